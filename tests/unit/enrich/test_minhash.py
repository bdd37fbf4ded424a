from __future__ import annotations

import random
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.corpus.text import chinese_story, english_story
from tests.corpus.words import traditional

from newsdrop.documents import Fingerprint
from newsdrop.enrich import minhash
from newsdrop.enrich.fingerprint import fingerprint_of, skeleton
from newsdrop.enrich.minhash import band_keys

LONG = skeleton("".join(chinese_story(1, seed=1, bytes_=3_000).sentences))
PINNED = "据市议会发布的消息，港口星期三将关闭一天，检查防波堤和三座旧吊机；渡轮改在北码头停靠。"
HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x4E40)


def jaccard(one: str, other: str) -> float:
    ours, theirs = ({text[at : at + 5] for at in range(len(text) - 4)} for text in (one, other))
    return len(ours & theirs) / len(ours | theirs)


def estimate(one: str, other: str) -> float:
    return Fingerprint(content="a", minhash=band_keys(one)).likeness(
        Fingerprint(content="b", minhash=band_keys(other))
    )


def test_keys_are_pinned_since_the_index_keeps_them() -> None:
    keys = band_keys(skeleton(PINNED))
    assert keys[0] == "0783bca0e0a1d713a"
    assert keys[-1] == "fdba81e7c37578fcf"


def test_another_process_makes_the_same_keys() -> None:
    code = f"from newsdrop.enrich.minhash import band_keys; print(band_keys({LONG!r}))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == str(band_keys(LONG))


def test_there_are_sixteen_keys_each_of_its_own_band() -> None:
    keys = band_keys(LONG)
    assert [key[0] for key in keys] == list("0123456789abcdef")
    assert {len(key) for key in keys} == {17}


@pytest.mark.parametrize(("length", "keys"), [(0, 0), (4, 0), (5, 0), (23, 0), (24, 16)])
def test_fewer_than_twenty_pieces_have_no_keys(length: int, keys: int) -> None:
    assert len(band_keys(LONG[:length])) == keys


def test_a_story_in_both_scripts_has_the_same_keys() -> None:
    story = "".join(chinese_story(3, seed=1, bytes_=9_000).sentences)
    assert fingerprint_of(story) == fingerprint_of(traditional(story))


@pytest.mark.parametrize("share", [0.0, 0.02, 0.1, 0.3, 0.5, 0.8, 1.0])
def test_estimates_agree_with_the_exact_similarity(share: float) -> None:
    draw = random.Random(int(share * 100))
    errors = []
    for number in range(40):
        make = english_story if number % 4 == 0 else chinese_story
        ours = make(number, seed=2, bytes_=4_000).sentences
        theirs = make(number + 1_000, seed=2, bytes_=4_000).sentences
        mixed = [other if draw.random() < share else mine for mine, other in zip(ours, theirs, strict=False)]
        one, other = skeleton("".join(ours)), skeleton("".join(mixed))
        errors.append(estimate(one, other) - jaccard(one, other))
    # Standard error 0.0625 of one estimate, 0.01 of the mean of 40.
    assert abs(sum(errors) / len(errors)) < 0.03
    assert max(map(abs, errors)) < 0.25


@given(st.text(HAN, min_size=24, max_size=80))
def test_pieces_of_a_text_are_its_distinct_five_character_windows(text: str) -> None:
    windows = [text[at : at + 5] for at in range(len(text) - 4)]
    pieces = list(minhash._pieces(text))
    assert len(pieces) == len(windows)
    assert len(set(pieces)) == len(set(windows))


@given(st.text(HAN, min_size=24, max_size=60), st.text(HAN, min_size=24, max_size=60))
def test_the_order_of_paragraphs_hardly_matters(one: str, other: str) -> None:
    assert estimate(one + other, other + one) >= 0.5 or jaccard(one + other, other + one) < 0.9


@given(st.text(st.characters(codec=None), max_size=200))
def test_any_text_has_sixteen_keys_or_none_and_always_the_same(text: str) -> None:
    keys = band_keys(text)
    assert len(keys) in (0, 16)
    assert keys == band_keys(text)


@given(st.text(HAN, min_size=24, max_size=60))
def test_saying_it_twice_adds_only_the_seam(text: str) -> None:
    assert estimate(text, text) == 1.0
    assert estimate(text * 3, text * 2) == 1.0


def test_another_algorithm_of_rensa_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minhash, "_ALGORITHM", 1)
    with pytest.raises(RuntimeError, match="version 2, ours is 1"):
        band_keys(LONG)


def test_likeness_is_certain_for_the_same_content_and_none_without_keys() -> None:
    keys = band_keys(LONG)
    short = Fingerprint(content="a")
    assert short.likeness(Fingerprint(content="a", minhash=keys)) == 1.0
    assert short.likeness(Fingerprint(content="b", minhash=keys)) == 0.0
    assert short.likeness(Fingerprint(content="b")) == 0.0
