"""White space comes out as readers see it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdrop.parse.text import BREAK, normal, squeezed


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("中文\n   换行", "中文换行"),
        ("中文 空格", "中文 空格"),
        ("中文\u3000全角\xa0不断", "中文 全角 不断"),
        ("Latin\n words", "Latin words"),
        ("中文\n Latin\n 中文", "中文 Latin 中文"),
        ("他说\n“好”\n 。", "他说“好”。"),
        ("“a”\n “b”", "“a” “b”"),
        ("中\n—\n文", "中—文"),
        ("한국\n말", "한국 말"),
        ("ａ\nｂ", "ａｂ"),
        ("ｱ\nｲ", "ｱｲ"),
        ("中\u200b文\ufeff里\u00ad的\u2060字", "中文里的字"),
        ("中 \u200b\n 文", "中文"),
        (f"中文{BREAK}换行", "中文 换行"),
        (f"中文\n {BREAK}\n 换行", "中文 换行"),
        ("  两端 \n", "两端"),
        ("两  个", "两 个"),
        ("tab\tinside", "tab inside"),
        ("line\u2028sep", "line sep"),
        ("中\r\n文", "中文"),
        ("\xa0\u3000\n", ""),
        ("", ""),
        ("emoji 👉\n中", "emoji 👉中"),
    ],
)
def test_runs_of_white_space_follow_the_segment_break_rule(written: str, read: str) -> None:
    assert normal(written) == read


@given(st.text(max_size=200))
def test_only_white_space_invisible_and_control_characters_ever_change(text: str) -> None:
    def bare(value: str) -> str:
        return re.sub(r"[\u200b\u2060\ufeff\u00ad\0-\x1f\x7f-\x9f]", "", squeezed(value))

    assert bare(normal(text)) == bare(text)


#: Every white space there is, among letters of all widths.
_SPACED = st.text(
    "".join(filter(str.isspace, map(chr, range(0x110000)))) + "a中한“\u200b" + BREAK, max_size=40
)


@given(st.text(max_size=200) | _SPACED)
def test_normal_text_stays_as_it_is_and_its_only_white_space_is_single_spaces(text: str) -> None:
    once = normal(text)
    assert set(filter(str.isspace, once)) <= {" "}
    assert normal(once) == once
    assert "  " not in once
    assert once == once.strip()


def test_control_characters_are_no_text() -> None:
    assert normal("one\x07 two\x1b[31m\x7f\x9bthree") == "one two[31mthree"
