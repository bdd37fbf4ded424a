"""Nothing a file says can act on the terminal."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdrop.cli.terminal import clean, paragraph, print_table, say, write, write_json


@given(st.text(st.characters()))
def test_cleaned_text_is_printable_utf8_on_one_line(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode("utf-8")
    assert not any(ord(char) < 32 or 0x7F <= ord(char) <= 0x9F for char in cleaned)
    assert len(cleaned.splitlines()) <= 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("two\nlines", "two\\nlines"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\x9b2J", "\\x9b2J"),
        ("name\udce9", "name\\udce9"),
        ("香港 [bold]", "香港 [bold]"),
    ],
)
def test_what_a_terminal_would_act_on_is_spelled_out(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_a_paragraph_keeps_its_lines() -> None:
    assert paragraph("one\ntwo\x07") == "one\ntwo\\x07"


def test_rich_markup_in_a_table_is_text(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["title"], [["[bold red]x[/] :smile: [link=http://e.vil]y[/link]"]])
    shown = capsys.readouterr().out
    assert "[bold red]x[/] :smile: [link=http://e.vil]y[/link]" in shown
    assert "\x1b" not in shown


def test_a_long_path_in_a_table_is_never_cut(capsys: pytest.CaptureFixture[str]) -> None:
    path = "/archive/" + "x" * 180
    print_table(["file", "why"], [[path, "empty"]])
    assert path in capsys.readouterr().out


def test_json_is_alone_on_stdout_and_notices_go_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    say("working\x1b")
    write_json({"title": "\x1b[31m香港"})
    out, err = capsys.readouterr()
    assert json.loads(out) == {"title": "\x1b[31m香港"}
    assert "\x1b" not in out
    assert err == "working\\x1b\n"


def test_a_written_line_is_cleaned(capsys: pytest.CaptureFixture[str]) -> None:
    write("a\rb\nc")
    assert capsys.readouterr().out == "a\\rb\nc\n"
