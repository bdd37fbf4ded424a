from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from newsdrop.cli.wrapping import wrap


@pytest.mark.parametrize(
    ("text", "columns", "expected"),
    [
        ("one two three", 9, ["one two", "three"]),
        ("香港國安法實施", 6, ["香港國", "安法實", "施"]),
        ("香港國安法實施", 7, ["香港國", "安法實", "施"]),
        ("香港，國安", 4, ["香", "港，", "國安"]),
        ("看（香港）", 7, ["看（香", "港）"]),
        ("看（香", 5, ["看", "（香"]),
        ("在BBC報道", 5, ["在BBC", "報道"]),
        ("在 BBC 報道", 5, ["在", "BBC", "報道"]),
        ("abcdefgh", 3, ["abc", "def", "gh"]),
        ("a  b\nc", 10, ["a b c"]),
        ("e\u0301e\u0301 x", 2, ["e\u0301e\u0301", "x"]),
        ("", 10, []),
        ("國", 1, ["國"]),
    ],
)
def test_lines_are_broken_where_they_may_be(text: str, columns: int, expected: list[str]) -> None:
    assert wrap(text, columns) == expected


TEXT = st.text(st.sampled_from("ab 香港，。（）—1-\u0301\n"), max_size=60)


@given(TEXT, st.integers(2, 20))
def test_no_line_is_too_wide_and_nothing_is_lost(text: str, columns: int) -> None:
    lines = wrap(text, columns)
    assert all(cell_len(line) <= columns for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())
