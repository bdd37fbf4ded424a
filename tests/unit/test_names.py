"""Names and titles are cleaned one way, wherever they come from."""

from __future__ import annotations

import pytest

from newsdrop.names import clean_names, clean_text


@pytest.mark.parametrize(
    ("written", "names"),
    [
        (["甲、乙，丙"], ["甲", "乙", "丙"]),
        (["Ann Li, Bo Chen; Cy"], ["Ann Li", "Bo Chen", "Cy"]),
        (["甲", "甲"], ["甲"]),
        (["null 李四"], ["李四"]),
        (["null", "undefined", " ", "None"], []),
        (["Ann Li &#38; more"], ["Ann Li & more"]),
        (["Nullmann"], ["Nullmann"]),
    ],
)
def test_names_are_split_trimmed_and_nothing_is_nobody(written: list[str], names: list[str]) -> None:
    assert clean_names(written) == names


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("a &amp;amp; b", "a &amp; b"),
        ("AT&T", "AT&T"),
        ("&notit;", "&notit;"),
        ("\ufeff 题 \n", "题"),
        ("&#0;", "\ufffd"),
    ],
)
def test_references_are_decoded_once_and_only_where_complete(written: str, text: str) -> None:
    assert clean_text(written) == text
