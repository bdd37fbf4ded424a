"""Names and titles are cleaned one way, wherever they come from."""

from __future__ import annotations

import time

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
        (["Ann Li &#38; more"], ["Ann Li"]),
        (["Ann Li, Bo Chen and 2 others"], ["Ann Li", "Bo Chen"]),
        (["Bo Chen et al."], ["Bo Chen"]),
        (["R&#38;D", "Rock &#38; Moore"], ["R&D", "Rock & Moore"]),
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


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("a\x01b\x7f\x9bc", "abc"),
        ("桥梁\ud83d", "桥梁\ufffd"),
        ("\u200b \u200b题\u00ad \u2060", "题"),
        ("two\nlines", "two\nlines"),
        ("a\x0bb\x1fc\x85d", "a b c d"),
    ],
)
def test_controls_half_characters_and_what_takes_no_room_are_no_title(written: str, text: str) -> None:
    assert clean_text(written) == text


@pytest.mark.parametrize("between", [" ", "\u200b ", " ,"])
def test_endless_blanks_in_a_name_take_no_endless_time(between: str) -> None:
    begun_s = time.process_time()
    assert clean_names([f"a{between * 60_000}b"])
    # Tried from each of its characters on, a run of spaces took 20 s.
    assert time.process_time() - begun_s < 2
