from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdrop.enrich.writing_systems import count_scripts, count_words


def test_each_script_is_counted_apart() -> None:
    counts = count_scripts("港口 Café 12 かな カナー 한국 Привет 𠮷 😀 。「」")
    assert (counts.han, counts.kana, counts.hangul, counts.latin) == (3, 5, 2, 4)
    assert counts.others == {"Cyrl": 6}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", (0, 0)),
        ("港口关闭", (4, 0)),
        ("港口，关闭。“真的？”", (6, 0)),
        ("5G手机", (2, 1)),
        ("covid-19 疫情", (2, 2)),
        ("don't stop", (0, 2)),
        ("don’t stop", (0, 2)),
        ("他说：‘不要 stop now’", (4, 2)),
        ("naïve café", (0, 2)),
        ("Łódź and Привет", (0, 3)),
        ("它’s Łódź’s", (1, 2)),
        ("𠮷野家 opened", (3, 1)),
        ("カタカナとひらがな", (9, 0)),
        ("부산 항구", (0, 2)),
        ("2020-06-04", (0, 3)),
        ("snake_case", (0, 2)),
    ],
)
def test_words_are_characters_and_runs(text: str, words: tuple[int, int]) -> None:
    assert count_words(text) == words


@given(st.text(st.sampled_from("港口関係，。 abcdé12'’-_\n")))
def test_the_fast_way_counts_runs_as_a_plain_loop_does(text: str) -> None:
    runs = "".join(char if char in "abcdé12" else "" if char in "'’" else " " for char in text).split()
    han = sum(unicodedata.name(char, "").startswith("CJK UNIFIED") for char in text)
    assert count_words(text) == (han, len(runs))


def test_kana_are_told_from_all_other_characters() -> None:
    every = [chr(code) for code in range(0x10000) if not 0xD800 <= code < 0xE000]
    pattern = re.compile("[\u3041-\u3096\u30a1-\u30fa\u30fc\u31f0-\u31ff\uff66-\uff9d]")
    kana = [char for char in every if pattern.match(char)]
    assert count_scripts("".join(every)).kana == len(kana) == 249
    assert count_scripts("".join(kana)).kana == 249
    assert count_scripts("".join(set(every) - set(kana))).kana == 0


@given(st.text(st.characters(codec=None)))
def test_no_text_is_too_strange(text: str) -> None:
    characters, runs = count_words(text)
    counts = count_scripts(text)
    assert 0 <= characters + runs <= len(text)
    assert counts.han + counts.kana == characters
