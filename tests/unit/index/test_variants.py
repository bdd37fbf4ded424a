from __future__ import annotations

import pytest

from newsdrop.index.terms import terms
from newsdrop.index.variants import PAIRS, written_otherwise


def test_the_pairs_are_words_of_the_index_that_differ() -> None:
    for one, other in PAIRS:
        assert (list(one), list(other)) == (terms(one), terms(other))
        assert one != other
        assert len(one) == len(other)


@pytest.mark.parametrize(
    ("typed", "others"),
    [
        ("計畫", ["计划"]),
        ("计划", ["计画"]),
        ("五年計劃署", ["五年计画署"]),
        ("身分", ["身份"]),
        ("部分計劃", ["部份计划", "部分计画", "部份计画"]),
        ("知識份子", ["知识分子"]),
        ("香港", []),
        ("A股計画", ["a 股计划"]),
        ("霞が関", ["霞ケ关", "霞ガ关"]),
        ("霞ヶ関", ["霞が关", "霞ガ关"]),
        ("3か月", ["3ケ月", "3カ月"]),
        ("数ヵ所", ["数ケ所", "数か所"]),
        ("が出た", []),
        ("三个月", []),
    ],
)
def test_a_word_is_asked_for_in_both_spellings(typed: str, others: list[str]) -> None:
    assert written_otherwise(terms(typed)) == [terms(other) for other in others]


def test_many_words_make_few_spellings() -> None:
    assert len(written_otherwise(terms("身份" * 200))) == 3
