"""Whether every file has its fate, over a fake ledger."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from newsdrop.documents import Stamp, State
from newsdrop.ledger.ledger import Entry
from newsdrop.monitor.fates import Seen, read_fates

STAMP = Stamp(1, 2)


class FakeLedger:
    def __init__(self, **states: State) -> None:
        self._states = states

    def lookup(self, ids: Sequence[str]) -> list[Entry | None]:
        return [self._entry(self._states.get(one)) for one in ids]

    def _entry(self, state: State | None) -> Entry | None:
        if state is None:
            return None
        return Entry(state=state, attempts=0, deaths=0, time_s=1, stamp=STAMP, document_id=None)


def seen(name: str, stamp: Stamp = STAMP) -> Seen:
    return Seen(name, f"/in/{name}", stamp)


def test_settled_files_have_their_fate_and_dead_ones_are_named() -> None:
    ledger = FakeLedger(a=State.INDEXED, b=State.DEAD, c=State.SUPERSEDED)
    fates = read_fates([seen("a"), seen("b"), seen("c")], ledger, chunk=2)
    assert fates.unsettled == 0
    assert fates.states == {"dead": 1, "indexed": 1, "superseded": 1}
    assert fates.dead == ("b",)


@pytest.mark.parametrize("state", [None, State.QUEUED, State.RETRYING, State.GONE, State.REMOVED])
def test_a_file_without_a_settled_state_of_its_own_is_unsettled(state: State | None) -> None:
    ledger = FakeLedger(**({"a": state} if state else {}))
    assert read_fates([seen("a")], ledger).unsettled == 1


def test_a_file_changed_since_it_was_settled_is_unsettled() -> None:
    fates = read_fates([seen("a", Stamp(3, 4))], FakeLedger(a=State.INDEXED))
    assert fates.unsettled == 1
    assert fates.files == 1


def test_files_that_are_to_be_put_away_are_counted() -> None:
    ledger = FakeLedger(a=State.INDEXED, b=State.DEAD, c=State.QUEUED)
    files = [seen("a"), seen("b"), seen("c")]
    fates = read_fates(files, ledger, goes=lambda _seen, entry: entry.state is State.INDEXED)
    assert (fates.to_put_away, fates.unsettled) == (1, 1)


def test_what_was_settled_during_a_run_is_counted_once_wherever_its_file_is() -> None:
    ledger = FakeLedger(a=State.INDEXED, b=State.EXPANDED, member=State.DEAD)
    files, inside = [seen("a"), seen("b")], {"b": [seen("member")]}

    def members(one: Seen) -> list[Seen]:
        return inside.get(one.id, [])

    before = read_fates(files, ledger, inside=members, before_s=1)
    assert (before.files, before.dead) == (0, ())
    assert read_fates(files, ledger, inside=members, before_s=2).files == 3
    entries = [(name, ledger.lookup([name])[0]) for name in ("a", "b", "member")]
    drops = [(name, entry) for name, entry in entries if entry is not None]
    gone = ("gone", Entry(State.GONE, 0, 0, 1, STAMP))
    fates = before.with_settled([*drops, gone])
    assert fates.states == {"dead": 1, "expanded": 1, "indexed": 1}
    assert (fates.files, fates.dead) == (3, ("member",))
