from __future__ import annotations

import resource
import stat
import threading
from pathlib import Path

import pytest

from newsdrop.errors import ConfigError, NewsdropError
from newsdrop.ledger.errands import Errands
from newsdrop.ledger.letter_export import LetterFolder

DAY_MS = 86_400_000
NOON_MS = 1_780_000_000_000


def names(folder: LetterFolder) -> list[str]:
    return sorted(path.name for path in folder.path.iterdir())


def test_each_day_has_its_file_and_a_full_one_is_followed_by_another(tmp_path: Path) -> None:
    folder = LetterFolder(path=tmp_path / "a" / "letters", file_bytes=10)
    for at_ms in (NOON_MS, NOON_MS, NOON_MS, NOON_MS + DAY_MS):
        assert folder.write([b"12345\n"], at_ms) == []
    assert names(folder) == ["2026-05-28.2.jsonl", "2026-05-28.jsonl", "2026-05-29.jsonl"]
    assert (folder.path / "2026-05-28.jsonl").read_bytes() == b"12345\n" * 2
    assert stat.S_IMODE((folder.path / "2026-05-28.jsonl").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700


def test_the_oldest_files_go_by_day_and_part_and_nothing_else_does(tmp_path: Path) -> None:
    folder = LetterFolder(path=tmp_path, file_bytes=1, files=3)
    (tmp_path / "notes.jsonl").touch()
    deleted = [name for _ in range(12) for name in folder.write([b"1\n"], NOON_MS)]
    assert deleted[:2] == ["2026-05-28.jsonl", "2026-05-28.2.jsonl"]
    assert names(folder) == [*(f"2026-05-28.{part}.jsonl" for part in (10, 11, 12)), "notes.jsonl"]


def test_a_disk_that_is_full_in_the_middle_of_a_line_joins_it_to_no_other(tmp_path: Path) -> None:
    folder, lines = LetterFolder(path=tmp_path), [b"%d" % number * 500 + b"\n" for number in range(1, 4)]
    folder.write(lines[:1], NOON_MS)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (700, hard))
    try:
        with pytest.raises(ConfigError, match="can't be written"):
            folder.write(lines[1:], NOON_MS)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    (path,) = tmp_path.iterdir()
    assert path.read_bytes() == lines[0]
    # The power was cut in the middle of one.
    with path.open("ab") as file:
        file.write(lines[1][:200])
    folder.write(lines[1:], NOON_MS)
    assert path.read_bytes().splitlines(keepends=True) == [lines[0], lines[1][:200] + b"\n", *lines[1:]]


def test_a_file_in_the_folders_place_is_refused_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "letters.jsonl").write_text("{}\n")
    folder = LetterFolder(path=tmp_path / "letters.jsonl")
    for refused in (folder.check, lambda: folder.write([b"1\n"], NOON_MS)):
        with pytest.raises(ConfigError, match="is a file; it must be a folder"):
            refused()
    assert (tmp_path / "letters.jsonl").read_text() == "{}\n"


def test_an_errand_that_is_held_up_holds_up_nobody() -> None:
    errands, go, done = Errands("test"), threading.Event(), threading.Event()
    failed: list[NewsdropError] = []

    def refuse() -> None:
        done.set()
        raise ConfigError("no")

    assert errands.run(lambda: go.wait(60), failed.append)
    assert not errands.run(refuse, failed.append)
    go.set()
    while not errands.run(refuse, failed.append):
        pass
    assert done.wait(60)
    while not failed:
        pass
    assert [error.message for error in failed] == ["no"]
