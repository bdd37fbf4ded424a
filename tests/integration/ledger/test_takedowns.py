"""Articles that are taken out for good, and let in again: what the ledger remembers of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

import pytest
from tests.models.ledger_room import Room
from tests.settling import settle

from newsdrop.desk.forgetting import forget
from newsdrop.documents import Outcome, State, StoredFile
from newsdrop.index.store import Store
from newsdrop.ledger.receipts import SentState, look_up
from newsdrop.ledger.records import raw_id
from newsdrop.ledger.takedowns import Takedown, Takedowns
from newsdrop.ports import Settlement

pytestmark = pytest.mark.redis
OUT, OTHER = "ab" * 16, "cd" * 16


def settled(room: Room, name: str, document: str, state: State = State.INDEXED) -> str:
    drop = room.drop(name)
    outcome = Outcome(drop=drop, state=state, stamp=drop.stamp, document_id=document)
    settle(room.ledger, [Settlement(outcome)])
    return drop.id


def takedown(document: str = OUT, at_ms: int = 5) -> Takedown:
    return Takedown(
        document_id=document,
        at_ms=at_ms,
        by="me",
        title="題\ud800",
        url="https://a/b",
        path="/a\\xff",
        member="m",
    )


def states(room: Room, *ids: str) -> list[State | None]:
    return [entry.state if entry else None for entry in room.ledger.lookup(ids)]


def test_all_drops_of_the_article_are_forgotten_and_no_others(room: Room) -> None:
    takedowns = Takedowns(room.client, room.ledger)
    first, second = settled(room, "a", OUT), settled(room, "b", OUT, State.SUPERSEDED)
    other, expanded = settled(room, "c", OTHER), settled(room, "d", OUT, State.EXPANDED)
    assert takedowns.forget([takedown()]) == 2
    assert takedowns.forget([takedown()]) == 0
    assert states(room, first, second, other, expanded) == ["forgotten", "forgotten", "indexed", "expanded"]
    assert takedowns.among([OTHER, OUT]) == {OUT}
    assert takedowns.among([]) == set()
    assert room.ledger.counts()[State.FORGOTTEN] == 2


def test_they_are_listed_the_latest_first_with_what_was_noted(room: Room) -> None:
    takedowns = Takedowns(room.client, room.ledger)
    takedowns.forget([takedown(), takedown(OTHER, at_ms=9)])
    latest, first = takedowns.listed()
    assert (latest.document_id, first.document_id) == (OTHER, OUT)
    assert (first.by, first.url, first.path, first.member) == ("me", "https://a/b", "/a\\xff", "m")
    assert first.title == "題\\ud800"


def test_what_is_let_in_again_is_as_if_its_article_had_gone_with_its_file(room: Room) -> None:
    takedowns = Takedowns(room.client, room.ledger)
    name, other = settled(room, "a", OUT), settled(room, "c", OTHER)
    takedowns.forget([takedown(), takedown(OTHER)])
    assert takedowns.recall([OUT]) == 1
    assert states(room, name, other) == ["removed", "forgotten"]
    assert [one.document_id for one in takedowns.listed()] == [OTHER]


def test_what_an_interrupted_undoing_allowed_is_not_called_forgotten(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    takedowns = Takedowns(room.client, room.ledger)
    name, other = settled(room, "a", OUT), settled(room, "c", OTHER)
    takedowns.forget([takedown(), takedown(OTHER)])

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(takedowns, "_drops_of", interrupted)
    with pytest.raises(KeyboardInterrupt):
        takedowns.recall([OUT])
    assert states(room, name, other) == ["removed", "forgotten"]


def test_what_a_worker_found_forgotten_before_it_was_undone_is_read_again(room: Room) -> None:
    takedowns = Takedowns(room.client, room.ledger)
    takedowns.forget([takedown()])
    drop = room.drop("a")
    room.ledger.enqueue([drop])
    batch, drops = room.start()
    assert takedowns.recall([OUT]) == 0
    outcome = Outcome(drop=drops[0], state=State.FORGOTTEN, stamp=drop.stamp, document_id=OUT)
    room.ledger.finish(batch, "run", [Settlement(outcome)])
    assert states(room, drop.id) == ["removed"]
    assert room.ledger.enqueue([drop]).queued == 1


def test_every_drop_of_what_is_allowed_again_is_read_by_whoever_offers_it(room: Room) -> None:
    # As the members of two bundles are: no scan sees them, but their bundles are listed again.
    takedowns, names = Takedowns(room.client, room.ledger), ("a.zip!1", "b.zip!1", "c.zip!1")
    for name in names:
        settled(room, name, OUT)
    takedowns.forget([takedown()])
    drops = [room.drop(name) for name in names]
    assert room.ledger.enqueue(drops).skipped == 3
    takedowns.recall([OUT])
    assert set(room.ledger.recalled()) == {OUT}
    assert sum(room.ledger.bringing(frozenset(), frozenset({OUT}))) == 3
    assert room.ledger.enqueue(drops[:2]).queued == 2
    # Forgotten once more meanwhile: the third was never read.
    assert takedowns.forget([takedown()]) == 1
    assert room.ledger.recalled() == {}
    assert states(room, drops[2].id) == ["forgotten"]
    # Interrupted, so that the drop itself heard nothing of it.
    room.ledger.scripts.run("recall", {"documents": [raw_id(OUT)], "drops": []})
    assert sum(room.ledger.bringing(frozenset(), frozenset({OUT}))) == 1
    assert room.ledger.enqueue(drops[2:]).queued == 1
    assert sum(room.ledger.bringing(frozenset(), frozenset({OUT}))) == 0


def test_what_a_worker_has_is_left_to_it(room: Room) -> None:
    takedowns = Takedowns(room.client, room.ledger)
    drop = room.drop("a")
    room.ledger.enqueue([drop])
    assert takedowns.forget([takedown()]) == 0
    assert room.state(drop) is State.QUEUED
    batch, drops = room.start()
    outcome = Outcome(drop=drops[0], state=State.FORGOTTEN, stamp=drop.stamp, document_id=OUT)
    room.ledger.finish(batch, "run", [Settlement(outcome)])
    assert (room.state(drop), room.entry(drop).document_id) == (State.FORGOTTEN, OUT)
    assert room.ledger.enqueue([drop]).skipped == 1


def test_a_producer_is_told_that_it_was_taken_down(room: Room) -> None:
    name = settled(room, "a", OUT)
    Takedowns(room.client, room.ledger).forget([takedown()])
    sent = look_up(room.client, name)
    assert (sent.state, sent.settled, sent.document) == (SentState.TAKEN_DOWN, True, OUT)


class Shelf:
    """An index that people interrupt: `meanwhile` happens once, when the document of its name goes."""

    def __init__(self, *documents: str) -> None:
        self.documents = set(documents)
        self.meanwhile: dict[str, Callable[[], object]] = {}

    def stored(self, ids: Sequence[str]) -> dict[str, StoredFile]:
        held = [one for one in ids if one in self.documents]
        return {one: StoredFile(document_id=one, version=1, path="/a", stamp=None) for one in held}

    def remove(self, document_id: str, _path: str | None) -> bool:
        self.documents.discard(document_id)
        self.meanwhile.pop(document_id, lambda: None)()
        return True


def test_an_article_that_is_allowed_again_before_its_turn_stays_in_the_index(room: Room) -> None:
    takedowns = Takedowns(room.client, room.ledger)
    settled(room, "a", OUT)
    index = Shelf(OUT, OTHER)
    index.meanwhile[OTHER] = lambda: takedowns.recall([OUT])
    forgotten = forget(cast(Store, index), takedowns, [takedown(OTHER), takedown(OUT)])
    assert forgotten.still_indexed == []
    assert index.documents == {OUT}


def test_an_article_that_is_allowed_again_at_the_moment_it_goes_is_read_again(room: Room) -> None:
    takedowns = Takedowns(room.client, room.ledger)
    drop = room.drop("a")
    index = Shelf(OUT)
    # Its file is read once more before the index has forgotten it.
    index.meanwhile[OUT] = lambda: (takedowns.recall([OUT]), settled(room, "a", OUT))
    settled(room, "a", OUT)
    forget(cast(Store, index), takedowns, [takedown()])
    assert room.state(drop) is State.INDEXED
    assert room.ledger.removed() == {OUT}
    assert room.ledger.enqueue([drop]).queued == 1
