"""A sentence of the text that is set large beside it is said once."""

from __future__ import annotations

from newsdrop.documents import Block
from newsdrop.parse.repeats import repeated_quotes

TEXT = Block("p", "Lee Baker says that there was only one road, and the boats came in at night.")


def gone(*said: str) -> list[int]:
    return list(repeated_quotes([TEXT, *(Block("quote", one) for one in said)]))


def test_a_quotation_that_repeats_a_part_of_a_paragraph_goes() -> None:
    assert gone("“There was only one road, and the boats came in at night”") == [1]
    assert list(
        repeated_quotes([Block("quote", "那时这里只有一条土路"), Block("p", "他说，那时这里只有一条土路。")])
    ) == [0]


def test_who_is_quoted_goes_with_it() -> None:
    assert gone("There was only one road, and the boats came in", "— Lee Baker") == [1, 2]


def test_other_quotations_stay() -> None:
    assert gone("There were two roads, and the boats came in at noon") == []
    assert gone("We have a new harbour now.", "Lee Baker") == []
    assert gone(TEXT.text) == []
    assert gone("…") == []
