from __future__ import annotations

import itertools
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from newsdrop.portions import portions

SIZES = st.lists(st.integers(0, 12), max_size=40)


@given(SIZES, st.integers(1, 20), st.none() | st.integers(1, 5))
def test_nothing_is_lost_and_every_portion_keeps_to_its_bounds_and_is_as_full_as_they_let_it(
    sizes: list[int], most_bytes: int, most: int | None
) -> None:
    found = list(portions(sizes, lambda size: size, most_bytes=most_bytes, most=most))
    assert [size for portion in found for size in portion] == sizes
    for portion in found:
        assert portion
        assert sum(portion) <= most_bytes or len(portion) == 1
        assert most is None or len(portion) <= most
    for portion, following in itertools.pairwise(found):
        assert len(portion) == most or sum(portion) + following[0] > most_bytes


def test_items_are_taken_only_as_portions_are_asked_for() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    assert next(portions(items(), lambda _: 1, most_bytes=1_000, most=3)) == [0, 1, 2]
    assert taken == [0, 1, 2, 3]
