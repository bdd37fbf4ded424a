from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdrop.folding import fold
from newsdrop.index.query import parse_query
from newsdrop.index.snippet import snippet
from newsdrop.index.terms import find_all, joined, normalise, terms

CHINESE = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=2, max_size=30)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("香港國安法", "香港 港国 国安 安法"),
        ("港", "港"),
        ("用5G手機", "用 5g 手机"),
        ("Covid-19, don't; U.S. A_b", "covid 19 don't u.s a_b"),
        ("3.14 foo. .bar", "3.14 foo bar"),
        ("ＡＢＣ　１２", "abc 12"),
        ("唐納德·特朗普", "唐纳 纳德 特朗 朗普"),
        ("ひらがな カタカナ", "ひら らが がな カタ タカ カナ"),
        ("éa\u0301 naïve", "éa\u0301 naïve"),
        ("，。！ — \x00", ""),
    ],
)
def test_terms_are_pairs_of_han_and_whole_words(text: str, expected: str) -> None:
    assert " ".join(terms(text)) == expected


@given(st.text())
def test_normalising_keeps_the_length_and_is_done_once(text: str) -> None:
    once = normalise(text)
    assert len(once) == len(text)
    assert normalise(once) == once


@given(before=CHINESE, word=CHINESE, after=CHINESE)
def test_the_pairs_of_a_piece_are_consecutive_pairs_of_the_whole(before: str, word: str, after: str) -> None:
    whole, piece = list(terms(before + word + after)), list(terms(word))
    start = len(before)
    assert whole[start : start + len(piece)] == piece


@given(CHINESE)
def test_both_scripts_give_the_same_terms(text: str) -> None:
    assert list(terms(text)) == list(terms(fold(text)))


def test_spaces_between_han_are_dropped_from_phrases_and_others_are_kept() -> None:
    assert joined("香港 國安 法 and law 法") == "香港國安法 and law 法"


@given(before=st.text(max_size=20), word=CHINESE, after=st.text(max_size=20))
def test_a_phrase_is_found_where_it_stands(before: str, word: str, after: str) -> None:
    text = f"{before}|{word}|{after}"
    spans = list(find_all(text, fold(word)))
    assert (len(before) + 1, len(before) + 1 + len(word)) in spans or any(
        start < len(before) + 1 + len(word) and end > len(before) + 1 for start, end in spans
    )


def test_a_snippet_shows_the_first_match_with_its_surroundings() -> None:
    text = "甲" * 200 + "香港\n國安法" + "乙" * 200
    piece = snippet(text, parse_query('"香港国安法" 香港'))
    assert "«香港 國安法»" in piece or "«香港»" in piece
    assert piece.startswith("…甲")
    assert piece.endswith("乙…")


def test_a_snippet_without_a_match_is_the_beginning() -> None:
    assert snippet("短文", parse_query("別的")) == "短文"
    assert snippet("", parse_query("language:en")) == ""
