"""Enqueue: what is queued, what is only noted, what is skipped; and the message Celery gets."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any
from unittest.mock import patch

import msgspec
import pytest
from tests.models.ledger_room import Room, dead, indexed, retrying, settled
from tests.settling import settle

from newsdrop.documents import Drop, Stamp, State
from newsdrop.identity import earlier_drop_id
from newsdrop.ledger import keys
from newsdrop.ledger.ledger import Enqueued, Lane, Ledger, LedgerLimits, Settlement

pytestmark = pytest.mark.redis


def changed(drop: Drop, size: int = 99) -> Drop:
    return msgspec.structs.replace(drop, stamp=Stamp(size, 8))


def test_an_unknown_drop_is_queued_in_a_batch_with_a_message_celery_takes(room: Room) -> None:
    assert room.ledger.enqueue([room.drop("a")]) == Enqueued(queued=1)
    raw: Any = room.client.lindex(keys.QUEUE + Lane.FRESH, 0)
    message = json.loads(raw)
    batch = room.batch()
    assert json.loads(message["body"]) == [[batch, 1], {}, {}]
    assert message["headers"] == {"task": "newsdrop.ingest", "id": f"{batch}:1"}
    assert message["properties"]["delivery_tag"] == f"{batch}:1"
    assert message["properties"]["delivery_info"] == {"exchange": "", "routing_key": "newsdrop.ingest"}
    assert room.ledger.counts()[State.QUEUED] == 1
    assert room.ledger.depth() == {Lane.FRESH: 1, Lane.BACKLOG: 0}


def test_a_queued_drop_is_not_queued_twice_but_its_change_is_noted(room: Room) -> None:
    drop = room.drop("a")
    room.ledger.enqueue([drop])
    assert room.ledger.enqueue([drop]) == Enqueued(skipped=1)
    assert room.ledger.enqueue([changed(drop)]) == Enqueued(changed=1)
    assert room.entry(drop).stamp == Stamp(99, 8)
    assert room.messages() == 1


@pytest.mark.parametrize("state", [State.INDEXED, State.SUPERSEDED, State.EXPANDED, State.REMOVED])
def test_a_settled_drop_is_queued_again_only_when_changed_or_forced(room: Room, state: State) -> None:
    drop = room.drop("a")
    room.ledger.enqueue([drop])
    batch, drops = room.start()
    room.ledger.finish(batch, "run", [settled(drops[0], state)])
    assert room.state(drop) is state
    assert room.ledger.enqueue([drop]) == Enqueued(skipped=1)
    assert room.ledger.enqueue([changed(drop)]) == Enqueued(queued=1)
    batch, drops = room.start()
    room.ledger.finish(batch, "run", [settled(drops[0], state)])
    assert room.ledger.enqueue([changed(drop)], force=True) == Enqueued(queued=1)


def test_a_file_that_was_gone_is_queued_when_it_is_seen_again(room: Room) -> None:
    drop = room.drop("a")
    room.ledger.enqueue([drop])
    batch, drops = room.start()
    room.ledger.finish(batch, "run", [settled(drops[0], State.GONE)])
    assert room.ledger.enqueue([drop]) == Enqueued(queued=1)


def test_a_change_makes_a_waiting_drop_due_at_once_with_all_its_attempts(room: Room) -> None:
    drop = room.drop("a")
    room.ledger.enqueue([drop])
    batch, drops = room.start()
    room.ledger.finish(batch, "run", [retrying(drops[0], 600_000)])
    assert room.ledger.enqueue([drop]) == Enqueued(skipped=1)
    assert room.ledger.due() == 0
    assert room.ledger.enqueue([changed(drop)]) == Enqueued(changed=1)
    assert room.entry(drop).attempts == 0
    assert room.ledger.due() == 1


def test_a_changed_file_replays_its_letter(room: Room) -> None:
    drop = room.drop("a")
    room.make_dead(drop)
    assert room.ledger.enqueue([drop]) == Enqueued(skipped=1)
    assert room.ledger.enqueue([changed(drop)]) == Enqueued(queued=1)
    letter = room.letters.show(drop.id)
    assert letter is not None
    assert letter.status == "replayed"


@pytest.mark.parametrize(("lane", "sizes"), [(Lane.FRESH, [64, 64, 64, 64, 44]), (Lane.BACKLOG, [256, 44])])
def test_a_large_enqueue_is_cut_by_number_and_by_bytes(room: Room, lane: Lane, sizes: list[int]) -> None:
    room.ledger.enqueue([room.drop(f"n{number}") for number in range(300)], lane=lane)
    batches = sorted(room.ledger.batches(), key=lambda view: view.id)
    assert [len(view.drops) for view in batches] == sizes
    assert room.client.llen(keys.QUEUE + lane) == len(sizes)
    assert room.ledger.depth()[lane] == 300
    assert room.ledger.full(lane, 300)
    assert not any(room.ledger.full(other, 1) for other in Lane if other is not lane)
    room.client.flushall()
    room.ledger.enqueue([room.drop(f"b{number}", size=7_000_000) for number in range(5)])
    assert sorted(len(view.drops) for view in room.ledger.batches()) == [1, 2, 2]


def test_inline_bytes_are_kept_while_they_are_needed_and_freed_when_settled(room: Room) -> None:
    drop = room.inline("key", b"\xff\x00 bytes")
    room.ledger.enqueue([drop])
    batch, drops = room.start()
    assert drops[0].content == b"\xff\x00 bytes"
    assert drops[0].receipt == "key"
    assert room.became("key") == drop.id
    room.ledger.finish(batch, "run", [retrying(drops[0], 0)])
    room.ledger.due()
    batch, drops = room.start("second")
    assert drops[0].content == b"\xff\x00 bytes"
    room.ledger.finish(batch, "second", [indexed(drops[0])])
    assert not room.client.exists(keys.BODY + drop.id)
    assert room.ledger.enqueue([drop]) == Enqueued(skipped=1)


def test_names_that_are_no_utf8_and_members_survive_the_way_through_redis(room: Room) -> None:
    odd = room.drop("caf\udce9\\x41")
    member = msgspec.structs.replace(
        room.drop("b.zip"), id="ef" * 16, member="in/\udcff.md", collection="中文"
    )
    room.ledger.enqueue([odd, member])
    _, drops = room.start()
    found = {drop.id: drop for drop in drops}
    assert found[odd.id].path == "/drops/caf\udce9\\x41"
    assert (found[member.id].member, found[member.id].collection) == ("in/\udcff.md", "中文")


def test_lookup_keeps_the_order_and_knows_what_it_does_not_know(room: Room) -> None:
    drops = [room.drop(f"{number}") for number in range(2_500)]
    room.ledger.enqueue(drops[::2])
    found = room.ledger.lookup([drop.id for drop in drops])
    assert [entry is not None for entry in found] == [True, False] * 1_250
    assert room.ledger.lookup([]) == []
    names: Any = room.client.hkeys(keys.LEDGER)
    assert {name.hex() for name in names} == {drop.id for drop in drops[::2]}


def test_requeue_repairs_what_is_in_no_batch_and_leaves_the_rest(room: Room) -> None:
    held, stray = room.drop("held"), room.drop("stray")
    room.ledger.enqueue([held])
    make_stray(room, stray)
    assert room.ledger.batched([held.id, stray.id]) == {held.id}
    assert room.ledger.requeue([held, stray]) == 1
    assert room.ledger.batched([held.id, stray.id]) == {held.id, stray.id}


def make_stray(room: Room, drop: Drop) -> None:
    """Queued, and in no batch."""
    room.ledger.enqueue([drop])
    lost = next(view.id for view in room.ledger.batches() if drop.id in view.drops)
    room.client.delete(keys.BATCH + lost)
    room.client.zrem(keys.BATCHES, lost)
    room.client.hincrby(keys.DEPTH, Lane.FRESH, -1)


def test_a_repair_sees_a_batch_that_was_made_while_it_looked(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    stray = room.drop("stray")
    make_stray(room, stray)
    look = Ledger.batched

    def overtaken(ledger: Ledger, ids: Sequence[str]) -> set[str]:
        found = look(ledger, ids)
        monkeypatch.setattr(Ledger, "batched", look)
        assert room.another().requeue([stray]) == 1
        return found

    monkeypatch.setattr(Ledger, "batched", overtaken)
    assert room.ledger.requeue([stray]) == 0
    assert [view.drops for view in room.ledger.batches()] == [[stray.id]]


def test_a_repair_looks_into_no_batch_within_its_script(room: Room) -> None:
    for number in range(30):
        room.ledger.enqueue([room.drop(f"{number}")])
    stray = room.drop("stray")
    make_stray(room, stray)

    def looks() -> int:
        stats: Any = room.client.info("commandstats")
        return int(stats.get("cmdstat_hexists", {"calls": 0})["calls"])

    before = looks()
    assert room.ledger.requeue([stray]) == 1
    assert looks() == before


def test_a_document_the_ledger_never_heard_of_is_noted_and_a_known_one_kept(room: Room) -> None:
    drop = room.drop("a")
    gone = msgspec.structs.replace(drop, stamp=Stamp(0, 0), document_id="01" * 16)
    room.ledger.enqueue([gone], force=True)
    assert room.entry(drop).document_id == "01" * 16
    room.ledger.enqueue([msgspec.structs.replace(drop, document_id="02" * 16)])
    assert room.entry(drop).document_id == "01" * 16
    # While it waits, whoever reads it will say; and then the index may know better.
    room.ledger.enqueue([msgspec.structs.replace(drop, document_id="02" * 16)], force=True)
    assert room.entry(drop).document_id == "01" * 16


def test_a_queued_removal_learns_which_document_it_is_about_from_who_knows_it_later(room: Room) -> None:
    gone = msgspec.structs.replace(room.drop("a"), stamp=Stamp(0, 0))
    room.ledger.enqueue([gone], force=True)
    for document in ("01", "02"):
        told = msgspec.structs.replace(gone, document_id=document * 16)
        assert room.ledger.enqueue([told], force=True) == Enqueued(skipped=1)
    (batch,) = room.ledger.batches()
    (drop,) = room.ledger.start(batch.id, "run", process=1, task="t")
    assert drop.document_id == "01" * 16


def test_scheduled_names_those_that_wait(room: Room) -> None:
    first, second = room.drop("1"), room.drop("2")
    room.ledger.enqueue([first, second])
    batch, drops = room.start()
    by_id = {drop.id: drop for drop in drops}
    room.ledger.finish(batch, "run", [retrying(by_id[first.id], 5_000), dead(by_id[second.id])])
    assert room.ledger.scheduled([first.id, second.id]) == {first.id}
    waiting: Any = room.client.zrange(keys.DUE, 0, -1, withscores=True)
    ((_, due_ms),) = waiting
    assert due_ms == room.clock.now_ms + 5_000


def test_a_size_or_time_beyond_the_entry_is_cut_not_refused(room: Room) -> None:
    drop = msgspec.structs.replace(room.drop("a"), stamp=Stamp(2**50, 2**60))
    room.ledger.enqueue([drop])
    assert room.ledger.enqueue([drop]) == Enqueued(skipped=1)
    batch, drops = room.start()
    room.ledger.finish(batch, "run", [indexed(drops[0], drop.stamp)])
    assert room.state(drop) is State.INDEXED


def test_a_settled_drop_costs_the_ledger_no_more_than_130_bytes(room: Room) -> None:
    room.ledger = type(room.ledger)(room.client, LedgerLimits(batch_drops=500), now_ms=room.clock)
    before = room.client.info("memory")["used_memory"]
    room.ledger.enqueue([room.drop(f"{number}.md") for number in range(20_000)])
    for view in list(room.ledger.batches()):
        drops = room.ledger.start(view.id, "run", process=1, task="t")
        room.ledger.finish(view.id, "run", [indexed(drop) for drop in drops])
    room.client.delete(keys.QUEUE + Lane.FRESH)
    assert room.ledger.counts()[State.INDEXED] == 20_000
    ledger_bytes = room.client.memory_usage(keys.LEDGER, samples=0)
    assert ledger_bytes is not None
    assert ledger_bytes / 20_000 <= 130
    # The server itself knows best; what is left besides the ledger is next to nothing. A hash table that has
    # just doubled is at its worst here.
    assert (room.client.info("memory")["used_memory"] - before) / 20_000 <= 150


@pytest.mark.parametrize("state", [State.INDEXED, State.SUPERSEDED])
def test_a_known_drop_whose_article_went_with_another_file_is_queued_again(room: Room, state: State) -> None:
    member, winner, bystander = room.drop("pages.zip!1"), room.drop("newer"), room.drop("bystander")
    settle(room.ledger, [settled(member, state), indexed(winner), settled(bystander, State.EXPANDED)])
    assert room.ledger.enqueue([member, winner, bystander]).skipped == 3
    room.ledger.enqueue([winner], force=True)
    batch, drops = room.start()
    room.ledger.finish(batch, "run", [settled(drops[0], State.REMOVED)])
    assert room.ledger.enqueue([member, winner, bystander]) == Enqueued(queued=1, skipped=2)
    assert room.state(member) is State.QUEUED
    batch, drops = room.start()
    room.ledger.finish(batch, "run", [indexed(drops[0])])
    assert room.ledger.enqueue([member]).skipped == 1


def test_the_ledger_is_looked_through_for_documents_by_portions(room: Room) -> None:
    drops = [room.drop(str(number)) for number in range(2_500)]
    settle(room.ledger, [settled(drops[0], State.SUPERSEDED), settled(drops[1], State.EXPANDED)])
    room.ledger.enqueue(drops[2:])
    article, other, none = frozenset({"ab" * 16}), frozenset({"cd" * 16}), frozenset[str]()
    portions = list(room.ledger.bringing(article, none))
    assert len(portions) > 1
    assert sum(portions) == 1
    assert sum(room.ledger.bringing(other, article)) == 0


class TestIdsFromBeforeMembersHadTheirOwn:
    """A path with a `!` was hashed as a bundle's member is; what is known of it goes on under its new id."""

    def known(self, room: Room, ends: Settlement) -> tuple[Drop, Drop]:
        drop = ends.outcome.drop
        old = self.under_its_earlier_id(drop)
        outcome = msgspec.structs.replace(ends.outcome, drop=old)
        # As the version before did it.
        with patch("newsdrop.ledger.ledger.earlier_drop_id", return_value=None):
            settle(room.ledger, [Settlement(outcome, ends.decision)])
        assert room.ledger.lookup([drop.id]) == [None]
        return drop, old

    @pytest.mark.parametrize("state", [State.INDEXED, State.SUPERSEDED, State.GONE])
    def test_what_is_settled_is_not_read_again(self, room: Room, state: State) -> None:
        drop, old = self.known(room, settled(room.drop("a.zip!1.md"), state))
        before = room.entry(old)
        queued = room.ledger.enqueue([drop]).queued
        assert queued == (1 if state is State.GONE else 0)
        if state is not State.GONE:
            assert room.entry(drop) == before
        assert room.ledger.lookup([old.id]) == [None]
        assert sum(room.ledger.counts().values()) == 1

    def test_what_was_put_away_stays_so(self, room: Room) -> None:
        drop, old = self.known(room, indexed(room.drop("a!1.md")))
        room.ledger.put_away([(old.id, old.stamp)])
        room.ledger.enqueue([drop])
        assert room.entry(drop).put_away
        assert room.ledger.files_put_away() == 1

    def test_a_letter_goes_on_under_the_new_id(self, room: Room) -> None:
        drop, old = self.known(room, dead(room.drop("a!1.md")))
        assert room.ledger.enqueue([drop]).skipped == 1
        (letter,) = room.letters.list()
        assert (letter.id, letter.path) == (drop.id, drop.path)
        assert room.ledger.lookup([old.id]) == [None]
        assert room.letters.replay([drop.id], "me") == 1

    def test_a_bundle_is_listed_again_for_the_sake_of_its_members(self, room: Room) -> None:
        drop, old = self.known(room, settled(room.drop("a!1.zip"), State.EXPANDED))
        assert room.ledger.enqueue([drop]).queued == 1
        assert room.ledger.lookup([old.id]) == [None]

    def test_so_is_a_bundle_of_which_some_members_were_refused(self, room: Room) -> None:
        drop, old = self.known(room, dead(room.drop("a!1.zip"), error_type="BundleError"))
        assert room.ledger.enqueue([drop]).queued == 1
        assert room.ledger.lookup([old.id]) == [None]
        assert room.letters.list() == []
        assert sum(room.ledger.counts().values()) == 1

    def test_what_may_be_a_members_is_left_alone(self, room: Room) -> None:
        drop, old = self.known(room, indexed(room.drop("a!1.md")))
        assert room.ledger.enqueue([changed(drop)]).queued == 1
        assert room.state(old) is State.INDEXED

    @pytest.mark.parametrize("outcome", [indexed, dead])
    def test_what_a_worker_has_goes_on_under_the_new_id_when_it_is_settled(
        self, room: Room, outcome: Callable[[Drop], Settlement]
    ) -> None:
        drop, old = room.drop("a!1.md"), self.under_its_earlier_id(room.drop("a!1.md"))
        room.ledger.enqueue([old])
        assert room.ledger.enqueue([drop]).skipped == 1
        batch, drops = room.start("1")
        room.ledger.finish(batch, "1", [outcome(drops[0])])
        assert room.ledger.lookup([old.id]) == [None]
        assert room.entry(drop).state is (State.INDEXED if outcome is indexed else State.DEAD)
        assert sum(room.ledger.counts().values()) == 1
        assert [one.id for one in room.letters.list()] == ([] if outcome is indexed else [drop.id])

    def test_what_waits_for_a_retry_is_not_queued_beside_it(self, room: Room) -> None:
        drop, old = room.drop("a!1.md"), self.under_its_earlier_id(room.drop("a!1.md"))
        room.ledger.enqueue([old])
        batch, drops = room.start("1")
        room.ledger.finish(batch, "1", [retrying(drops[0], 1_000)])
        assert room.ledger.enqueue([drop]).skipped == 1
        room.clock.sleep(2)
        assert room.ledger.due() == 1
        batch, drops = room.start("2")
        room.ledger.finish(batch, "2", [indexed(drops[0])])
        assert [room.state(drop), room.ledger.lookup([old.id])] == [State.INDEXED, [None]]

    def test_a_file_that_changed_meanwhile_leaves_no_second_entry(self, room: Room) -> None:
        drop, old = room.drop("a!1.md"), self.under_its_earlier_id(room.drop("a!1.md"))
        room.ledger.enqueue([old])
        assert room.ledger.enqueue([changed(drop)]).queued == 1
        for view in list(room.ledger.batches()):
            drops = room.ledger.start(view.id, "run", process=1, task="task")
            room.ledger.finish(view.id, "run", [dead(one) for one in drops])
        assert [room.state(drop), room.ledger.lookup([old.id])] == [State.DEAD, [None]]
        assert [one.id for one in room.letters.list() if one.status == "dead"] == [drop.id]
        assert sum(room.ledger.counts().values()) == 1

    def under_its_earlier_id(self, drop: Drop) -> Drop:
        return msgspec.structs.replace(drop, id=earlier_drop_id(drop.path or "") or "")
