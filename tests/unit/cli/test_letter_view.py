from __future__ import annotations

import re

import msgspec
import pytest
from rich.cells import cell_len
from tests.inputs.letters import make_letter

from newsdrop.cli import terminal
from newsdrop.cli.fitting import fit_end, fit_path
from newsdrop.cli.letter_view import print_failures, print_groups, print_letter, stream_letters
from newsdrop.documents import Attempt, DeadLetter, Stage
from newsdrop.ledger.deadletters import LetterGroup

PATH = "/archive/2019/新聞/an-article-with-quite-a-long-name-that-nobody-typed-by-hand.md"


@pytest.fixture(autouse=True)
def _narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "_PIPED_COLUMNS", 80)


def letter(message: str, *tries: str) -> DeadLetter:
    return make_letter(
        error_type="NotTextError",
        error_message=message,
        group="read-NotTextError-00c0ffee",
        first_failed_ms=1_000,
        last_failed_ms=2_000,
        path=PATH,
        attempts=[Attempt(at_ms=1_000, host="h", stage=Stage.READ, type="E", message=one) for one in tries],
    )


def group(name: str, key: str, letters: int = 1) -> LetterGroup:
    return LetterGroup(
        group=key,
        name=name,
        stage=Stage.READ,
        error_type="E",
        message=f"{PATH} is a PNG image.",
        reason="is a PNG image (1,234 bytes); expected is text, and much more is to be said of it.",
        sample="ab" * 16,
        letters=letters,
        first_failed_ms=1,
        last_failed_ms=2,
    )


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (f"{PATH} is a PNG image.", "is a PNG image."),
        (f"{PATH}: its body is too long.", "its body is too long."),
        ("The page of that file has no text.", "The page of that file has no text."),
        (PATH, PATH),
        # Moved since it failed.
        (f"/in/2019/{PATH.rpartition('/')[2]} holds: '../x' (..).", "holds: '../x' (..)."),
        (
            f"/in/a b: c/{PATH.rpartition('/')[2]} is no text.",
            f"/in/a b: c/{PATH.rpartition('/')[2]} is no text.",
        ),
        ("/in/other.md is a PNG image.", "/in/other.md is a PNG image."),
    ],
)
def test_the_reason_leaves_the_file_out(message: str, said: str) -> None:
    assert letter(message).reason == said


def test_a_letter_in_a_list_keeps_to_the_width_and_says_why_first(capsys: pytest.CaptureFixture[str]) -> None:
    stream_letters([letter(f"{PATH} is a PNG image; " + "and so on, " * 20)])
    why, where = capsys.readouterr().out.splitlines()
    assert why.startswith("is a PNG image; ")
    assert where.startswith("  abababababab  ")
    assert where.endswith("-by-hand.md")
    assert max(cell_len(why), cell_len(where)) <= 80


def test_groups_are_a_line_each_and_those_of_one_name_are_one(capsys: pytest.CaptureFixture[str]) -> None:
    found = [
        group("a/b", "k-1", 12_000),
        group("e/f", "k-2", 3),
        group("c/d", "k-3", 2),
        group("c/d", "k-4", 2),
    ]
    print_groups(found)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [["12,000", "a/b"], ["4", "c/d"], ["3", "e/f"]]
    assert all("is a PNG image" in line and PATH not in line and cell_len(line) <= 80 for line in lines)


def test_a_kind_of_several_reasons_says_how_many(capsys: pytest.CaptureFixture[str]) -> None:
    reasons = ["It is no JSON.", "It is no JSON.", "Its key is unknown.", "Its version is 2."]
    kinds = [msgspec.structs.replace(group("a/b", f"k-{n}", 1), reason=one) for n, one in enumerate(reasons)]
    print_groups(kinds)
    (line,) = capsys.readouterr().out.splitlines()
    assert line == "4  a/b  It is no JSON. (and 2 other reasons)"


def test_what_failed_is_two_lines_with_the_path_once(capsys: pytest.CaptureFixture[str]) -> None:
    print_failures([(PATH, f"{PATH} is a PNG image; " + "and so on, " * 20), ("/x\x1b", "No file to read.")])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("is a PNG image; and so on")
    assert lines[1].endswith("-by-hand.md")
    assert lines[2:] == ["No file to read.", "  /x\\x1b"]
    assert all(cell_len(line) <= 80 for line in lines)


def test_a_list_names_the_zone_of_its_times(capsys: pytest.CaptureFixture[str]) -> None:
    stream_letters([letter("no")])
    assert re.search(r"  1970-01-01 \d\d:\d\d (UTC|[+-]\d\d:\d\d)  ", capsys.readouterr().out)


def test_a_letter_in_full_tells_nothing_twice(capsys: pytest.CaptureFixture[str]) -> None:
    message = f"{PATH} is a PNG image."
    print_letter(letter(message, "The disk says no.", message))
    shown = capsys.readouterr().out
    assert shown.count("is a PNG image.") == shown.count(PATH) == shown.count("ab" * 16) == 1
    assert shown.count("The disk says no.") == 1
    assert "not-text/png-image (read-NotTextError-00c0ffee)" in shown


@pytest.mark.parametrize(
    ("path", "columns", "shown"),
    [
        ("/a/b.md", 7, "/a/b.md"),
        ("/archive/2019/01/b.md", 12, "/archi…/b.md"),
        ("/archive/2019/01/a-long-name.md", 12, "/arc…name.md"),
        ("no-folder-at-all.md", 9, "no-f…l.md"),
        ("/新聞/新聞新聞新聞.md", 12, "/新…新聞.md"),
    ],
)
def test_a_path_loses_its_middle(path: str, columns: int, shown: str) -> None:
    assert fit_path(path, columns) == shown
    assert cell_len(shown) <= columns


def test_a_text_loses_its_end() -> None:
    assert fit_end("short", 5) == "short"
    assert fit_end("longer text", 8) == "longer…"
    assert fit_end("新聞新聞", 6) == "新聞…"
