"""A worker may write only to the ledger's index, and ends itself when that is another one."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from newsdrop.errors import ForeignIndexError, NewsdropError, OutageError
from newsdrop.ports import IndexIdentity
from newsdrop.worker.admission import Admission

MINE = IndexIdentity(kind="local", id="1", alias="", letters="", where="/i")


class Sides:
    """Index, ledger and clock; what `trouble` holds is raised by whichever is asked next."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.asked = 0
        self.claims = 0
        self.away: NewsdropError | None = None
        self.refused: NewsdropError | None = None
        self.admission = Admission(
            self, self, private=False, main_pid=os.getpid(), clock_s=lambda: self.now_s
        )

    def identity(self) -> IndexIdentity:
        self.asked += 1
        if self.away:
            raise self.away
        return MINE

    def claim(self, index: IndexIdentity, *, private: bool = False) -> None:
        assert index == MINE
        assert not private
        self.claims += 1
        if self.refused:
            raise self.refused


@pytest.fixture
def told() -> Iterator[list[int]]:
    """The signals that this process was sent."""
    numbers: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _frame: numbers.append(number))
    yield numbers
    signal.signal(signal.SIGTERM, before)


def test_the_ledger_is_asked_each_time_and_the_index_once_a_minute() -> None:
    sides = Sides()
    for sides.now_s in (0.0, 59.0, 61.0, 120.0):
        sides.admission.claim_or_end()
    assert (sides.asked, sides.claims) == (2, 4)
    assert sides.admission.index == MINE


def test_a_worker_that_differs_ends_itself_and_the_caller_knows(told: list[int]) -> None:
    sides = Sides()
    sides.refused = ForeignIndexError("another")
    with pytest.raises(ForeignIndexError):
        sides.admission.claim_or_end()
    assert told == [signal.SIGTERM]
    sides.admission.look()
    assert told == [signal.SIGTERM] * 2


def test_a_server_that_is_away_ends_nothing_and_is_not_asked_all_the_time(told: list[int]) -> None:
    sides = Sides()
    sides.away = OutageError("away")
    for sides.now_s in (0.0, 5.0, 60.0, 61.0):
        sides.admission.look()
    assert sides.asked == 2
    with pytest.raises(OutageError):
        sides.admission.claim_or_end()
    sides.away = None
    sides.now_s = 200.0
    sides.admission.look()
    sides.refused = OutageError("Redis is away")
    sides.admission.look()
    assert told == []


def test_an_index_that_went_away_is_asked_again_before_the_next_bulk() -> None:
    sides = Sides()
    sides.admission.claim()
    sides.now_s, sides.away = 100.0, OutageError("away")
    with pytest.raises(OutageError):
        sides.admission.claim()
