"""The gate, the crash loop that closes it, and what processes tell `status`."""

from __future__ import annotations

import pytest
import redis
from tests.models.ledger_room import Room, indexed

from newsdrop.documents import State
from newsdrop.ledger import keys
from newsdrop.ledger.ledger import LedgerLimits

pytestmark = pytest.mark.redis


def test_the_gate_says_why_and_opens_by_itself(room: Room) -> None:
    assert room.ledger.gate() is None
    assert room.ledger.close_gate("elasticsearch", "It doesn't answer: caf\udce9", 5)
    room.clock.sleep(1)
    assert not room.ledger.close_gate("elasticsearch", "It still doesn't answer.", 5)
    gate = room.another().gate()
    assert gate is not None
    assert (gate.service, gate.reason) == ("elasticsearch", "It still doesn't answer.")
    assert gate.closed_ms == room.clock.now_ms - 1_000
    assert 0 < room.client.pttl(keys.GATE) <= 5_000


def test_one_worker_at_a_time_probes_and_the_one_that_hears_opens(room: Room) -> None:
    room.ledger.close_gate("elasticsearch", "It doesn't answer.", 60)
    assert room.ledger.probe_gate()
    assert not room.another().probe_gate()
    assert room.ledger.open_gate()
    assert room.ledger.gate() is None
    assert not room.ledger.open_gate()


def test_a_gate_that_closes_right_after_it_was_opened_stays_closed_for_a_while(room: Room) -> None:
    """The service answers but takes nothing: two processes that ask in turn must not race each other."""
    room.ledger.close_gate("elasticsearch", "It takes nothing.", 60)
    assert room.ledger.probe_gate()
    assert room.ledger.open_gate()
    assert room.ledger.close_gate("elasticsearch", "It takes nothing.", 60)
    assert not room.ledger.probe_gate()
    assert not room.another().probe_gate()
    assert 0 < room.client.pttl(keys.GATE_PROBE) <= 5_000


@pytest.fixture
def crashing(redis_client: redis.Redis) -> Room:
    """Ten batches of a drop each, and a crash loop that ten deaths make."""
    room = Room(redis_client, limits=LedgerLimits(max_deaths=5))
    for number in range(10):
        room.ledger.enqueue([room.drop(f"{number}")])
    return room


def test_ten_deaths_without_one_finish_close_the_gate(crashing: Room) -> None:
    for number in range(9):
        crashing.kill_alone(crashing.drop(f"{number}"))
    assert crashing.ledger.gate() is None
    crashing.kill_alone(crashing.drop("9"))
    gate = crashing.ledger.gate()
    assert gate is not None
    assert gate.service == "worker"
    assert 0 < crashing.client.pttl(keys.GATE) <= 60_000
    # There is no service to ask, and an index that answers is no reason to open.
    assert not crashing.ledger.probe_gate()
    assert not crashing.ledger.open_gate()
    assert crashing.ledger.gate() is not None
    assert crashing.ledger.counts()[State.DEAD] == 0


def test_one_finish_in_between_ends_the_loop(crashing: Room) -> None:
    for number in range(9):
        crashing.kill_alone(crashing.drop(f"{number}"))
    view = next(view for view in crashing.ledger.batches() if crashing.drop("0").id in view.drops)
    drops = crashing.ledger.start(view.id, "good", process=1, task="t")
    crashing.ledger.finish(view.id, "good", [indexed(drops[0])])
    crashing.kill_alone(crashing.drop("9"))
    assert crashing.ledger.gate() is None


def test_after_the_minute_one_worker_tries_one_batch_and_its_finish_opens_the_gate(crashing: Room) -> None:
    for number in range(10):
        crashing.kill_alone(crashing.drop(f"{number}"))
    crashing.client.delete(keys.GATE)  # the minute is over
    first, second = crashing.another(), crashing.another()
    views = list(crashing.ledger.batches())
    drops = first.start(views[0].id, "first", process=1, task="t")
    second.start(views[1].id, "second", process=2, task="t")
    assert first.gate() is None
    waiting = second.gate()
    assert waiting is not None
    assert waiting.service == "worker"
    assert first.finish(views[0].id, "first", [indexed(drops[0])])
    assert second.gate() is None
    assert crashing.ledger.gate() is None


def test_another_death_in_a_loop_closes_the_gate_for_another_minute(crashing: Room) -> None:
    for number in range(10):
        crashing.kill_alone(crashing.drop(f"{number}"))
    crashing.client.delete(keys.GATE)
    crashing.kill_alone(crashing.drop("0"))
    assert crashing.another().gate() is not None


def test_reports_are_kept_while_they_are_fresh(room: Room) -> None:
    room.ledger.report("worker", "a", {"drops": 1}, 10)
    room.clock.sleep(8)
    room.ledger.report("worker", "b", {"drops": 2}, 10)
    room.ledger.report("watcher", "c", {"text": "中 文"}, 10)
    assert room.ledger.gauges().workers == {"a": {"drops": 1}, "b": {"drops": 2}}
    room.clock.sleep(4)
    now = room.ledger.gauges()
    assert now.workers == {"b": {"drops": 2}}
    assert now.watchers == {"c": {"text": "中 文"}}


def test_a_report_lets_those_be_forgotten_that_fell_silent(room: Room) -> None:
    room.ledger.report("worker", "a", {}, 10)
    room.clock.sleep(11)
    room.ledger.report("worker", "b", {}, 10)
    assert room.client.hkeys(keys.REPORT + "worker") == [b"b"]


def test_a_migration_is_known_from_its_announcement_to_its_end(room: Room) -> None:
    assert room.ledger.migration() is None
    room.ledger.announce_migration("newsdrop-articles-2")
    assert room.ledger.migration() == "newsdrop-articles-2"
    room.ledger.announce_migration(None)
    assert room.ledger.migration() is None


def test_without_a_clock_of_its_own_the_ledger_goes_by_the_servers(room: Room) -> None:
    ledger = type(room.ledger)(room.client)
    before = int(room.client.time()[0])
    ledger.enqueue([room.drop("a")])
    entry = ledger.lookup([room.drop("a").id])[0]
    assert entry is not None
    assert before <= entry.time_s <= int(room.client.time()[0])
    assert before * 1000 <= ledger.now_ms() <= (int(room.client.time()[0]) + 1) * 1000
