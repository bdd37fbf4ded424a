"""The metrics' numbers in a real Redis: counted with the outcomes or not at all, and read in one go."""

from __future__ import annotations

import pytest
import redis
from tests.models.ledger_room import Room, dead, indexed

from newsdrop.documents import Stage
from newsdrop.ledger import keys
from newsdrop.ledger.gauges import read_gauges
from newsdrop.ledger.ledger import Lane

pytestmark = pytest.mark.redis
METERS = {"newsdrop_outcomes_total|indexed": 2, "newsdrop_latency_seconds|sum": 2**40}


def test_a_finish_counts_and_a_second_or_foreign_one_does_not(room: Room) -> None:
    room.ledger.enqueue([room.drop("a"), room.drop("b")])
    batch, drops = room.start()
    outcomes = [indexed(drop) for drop in drops]
    assert not room.ledger.finish(batch, "another run", outcomes, meters=METERS)
    assert room.ledger.gauges().meters == {}
    assert room.ledger.finish(batch, "run", outcomes, meters=METERS)
    assert not room.ledger.finish(batch, "run", outcomes, meters=METERS)
    assert room.ledger.gauges().meters == METERS


def test_counts_of_several_processes_add_up(room: Room) -> None:
    room.ledger.count(METERS)
    room.another().count(METERS)
    room.ledger.count({})
    assert room.ledger.gauges().meters == {field: 2 * by for field, by in METERS.items()}


def test_an_empty_redis_has_a_value_for_every_gauge(redis_client: redis.Redis) -> None:
    now = read_gauges(redis_client)
    assert set(now.lanes) == set(Lane)
    assert sum(now.states.values()) == sum(now.letters.values()) == now.inbox == 0
    assert (now.tick_s, now.gate, now.overdue_s, now.born) == (None, None, 0.0, "")
    assert now.watchers == now.workers == {}
    assert now.memory_bytes > 0


def test_the_oldest_message_is_told_and_one_whose_batch_is_done_or_in_hand_is_not(room: Room) -> None:
    room.ledger.enqueue([room.drop("a")])
    first = room.batch()
    room.clock.sleep(20)
    room.ledger.enqueue([room.drop("b")])
    room.clock.sleep(30)
    lane = room.ledger.gauges().lanes[Lane.FRESH]
    assert (lane.messages, lane.drops, lane.oldest_s) == (2, 2, 50)
    room.ledger.start(first, "run", process=1, task="task")
    assert room.ledger.gauges().lanes[Lane.FRESH].oldest_s == 30
    # Rubbish of another program at the list's old end hides nothing.
    room.client.rpush(keys.QUEUE + Lane.FRESH, b"rubbish")
    assert room.ledger.gauges().lanes[Lane.FRESH].oldest_s == 30


def test_letters_gate_inbox_and_retries_are_told(room: Room) -> None:
    room.make_dead(room.drop("a"))
    room.ledger.enqueue([room.drop("b")])
    batch, drops = room.start("run b")
    room.ledger.finish(batch, "run b", [dead(drops[0], "Another thing.", Stage.READ)])
    room.ledger.close_gate("index", "It is down.", 30)
    room.client.xadd(keys.INBOX, {"drop": "{}"}, id=f"{room.clock.now_ms - 9_000}-0")
    now = room.ledger.gauges()
    assert (now.letters["parse"], now.letters["read"], now.unmirrored) == (1, 1, 2)
    assert now.gate is not None
    assert (now.gate.service, now.gate.reason) == ("index", "It is down.")
    assert now.inbox == 1
    assert now.inbox_oldest_s == 9
    assert sum(room.letters.group_sizes(10).values()) == 2
    assert sum(room.letters.group_sizes(1).values()) == 1
