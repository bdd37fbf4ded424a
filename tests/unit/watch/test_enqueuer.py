"""Settled files on their way to the ledger: judged, bounded, in lanes, up to the high-water mark."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from tests.fakes.watch_fakes import FakeLedger

from newsdrop.documents import Stamp, State
from newsdrop.errors import OutageError
from newsdrop.ledger.ledger import Entry, Lane
from newsdrop.watch.enqueuer import Enqueuer, Offer, needs

STAMP, OTHER = Stamp(1, 1), Stamp(2, 2)
FRESH, BACKLOG = Lane.FRESH, Lane.BACKLOG


def offer(name: str, **more: Any) -> Offer:
    return Offer(f"/w/{name}", STAMP, "/w", **more)


def entry(state: State, stamp: Stamp = STAMP) -> Entry:
    return Entry(state, 0, 0, 0, stamp)


@pytest.mark.parametrize("state", list(State))
def test_the_ledger_needs_what_is_unknown_changed_or_thought_gone(state: State) -> None:
    assert needs(None, STAMP)
    assert needs(entry(state), OTHER)
    assert needs(entry(state), STAMP) == (state in (State.GONE, State.REMOVED))


def test_a_date_the_ledger_cannot_hold_is_no_change() -> None:
    future = Stamp(1, 2**50)
    assert not needs(entry(State.INDEXED, Stamp(1, 2**48 - 1)), future)


def test_what_the_ledger_knows_is_not_queued_again() -> None:
    ledger = FakeLedger()
    ledger.settle("/w/a", State.INDEXED, STAMP)
    handover = Enqueuer(ledger, high_water=10)
    for name in "ab":
        handover.offer(offer(name), FRESH, 0)
    assert handover.flush(FRESH, 0).queued == 1
    assert ledger.enqueued() == ["/w/b"]
    assert len(handover) == 0


def test_what_the_ledger_knows_is_told_with_its_entry() -> None:
    told: list[tuple[str, State]] = []
    ledger = FakeLedger()
    ledger.settle("/w/a", State.INDEXED, STAMP)
    handover = Enqueuer(
        ledger, high_water=10, on_known=lambda one, entry: told.append((one.path, entry.state))
    )
    for name in "ab":
        handover.offer(offer(name), FRESH, 0)
    handover.flush(FRESH, 0)
    assert told == [("/w/a", State.INDEXED)]


def test_a_removed_file_that_is_back_is_forced() -> None:
    ledger = FakeLedger()
    ledger.settle("/w/a", State.REMOVED, STAMP)
    handover = Enqueuer(ledger, high_water=10)
    handover.offer(offer("a"), FRESH, 0)
    handover.flush(FRESH, 0)
    assert [force for _, force, _ in ledger.calls] == [True]


def test_a_lane_is_filled_to_its_high_water_mark_and_no_further(caplog: pytest.LogCaptureFixture) -> None:
    ledger = FakeLedger()
    handover = Enqueuer(ledger, high_water=3)
    for name in "abcde":
        handover.offer(offer(name), FRESH, 0)
    with caplog.at_level(logging.WARNING):
        handover.flush(FRESH, 0)
        assert ledger.depths[FRESH] == 3
        handover.flush(FRESH, 1)
        handover.flush(FRESH, 1_000)
    assert handover.waiting(FRESH) == 2
    assert handover.full(FRESH)
    assert [record.message for record in caplog.records] == ["watch.high_water"]
    ledger.depths[FRESH] = 0
    handover.flush(FRESH, 2_000)
    assert handover.waiting(FRESH) == 0
    assert not handover.full(FRESH)


def test_a_full_backlog_does_not_hold_fresh_files_back() -> None:
    ledger = FakeLedger()
    ledger.depths[BACKLOG] = 3
    handover = Enqueuer(ledger, high_water=3)
    handover.offer(offer("a"), BACKLOG, 0)
    handover.offer(offer("b"), FRESH, 0)
    handover.flush(BACKLOG, 0)
    handover.flush(FRESH, 0)
    assert ledger.enqueued() == ["/w/b"]


def test_a_file_that_arrives_again_waits_once_in_the_lane_named_last() -> None:
    handover = Enqueuer(FakeLedger(), high_water=10)
    handover.offer(offer("a"), BACKLOG, 0)
    handover.offer(offer("a"), FRESH, 0)
    assert (handover.waiting(BACKLOG), handover.waiting(FRESH)) == (0, 1)
    assert "/w/a" in handover
    handover.forget("/w/a")
    assert len(handover) == 0


def test_no_more_files_wait_than_the_limit() -> None:
    handover = Enqueuer(FakeLedger(), high_water=10, limit=2)
    assert [handover.offer(offer(name), FRESH, 0) for name in "abca"] == [True, True, False, True]


def test_an_outage_loses_nothing() -> None:
    ledger = FakeLedger()
    handover = Enqueuer(ledger, high_water=10)
    handover.offer(offer("a"), FRESH, 0)
    ledger.down = True
    with pytest.raises(OutageError):
        handover.flush(FRESH, 0)
    ledger.down = False
    handover.flush(FRESH, 0)
    assert ledger.enqueued() == ["/w/a"]


def test_a_lone_file_goes_at_once_and_a_burst_waits_for_fuller_batches() -> None:
    handover = Enqueuer(FakeLedger(), high_water=10_000, batch_drops=2, batch_wait_ms=200)
    assert handover.ready_in_ms(FRESH, 0, more_soon=False) is None
    handover.offer(offer("a"), FRESH, 1_000)
    assert handover.ready_in_ms(FRESH, 1_000, more_soon=False) == 0
    assert handover.ready_in_ms(FRESH, 1_050, more_soon=True) == 150
    assert handover.ready_in_ms(FRESH, 1_300, more_soon=True) == 0
    for number in range(40):
        handover.offer(offer(str(number)), FRESH, 1_050)
    assert handover.ready_in_ms(FRESH, 1_050, more_soon=True) == 0


def test_queued_files_are_told_with_what_is_known_of_them() -> None:
    told: list[Offer] = []
    handover = Enqueuer(FakeLedger(), high_water=10, on_queued=told.append)
    handover.offer(offer("a", missed=True), FRESH, 0)
    handover.flush(FRESH, 0)
    assert [(one.path, one.missed) for one in told] == [("/w/a", True)]
