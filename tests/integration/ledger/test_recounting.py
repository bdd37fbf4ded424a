"""What the ledger counts after keys were lost: seen, and counted anew, whichever keys they were."""

from __future__ import annotations

from typing import Any

import pytest
import redis
from tests.models.ledger_room import Room, dead, indexed, retrying, settled
from tests.settling import settle

from newsdrop.documents import State
from newsdrop.ledger import keys
from newsdrop.ledger.recounting import miscounted, recount
from newsdrop.ports import Lane

pytestmark = pytest.mark.redis
MANY = 3_000


@pytest.fixture
def counted(room: Room) -> dict[str, dict[bytes, bytes]]:
    """A ledger with drops in many states and in both lanes; what it counts."""
    states = [State.INDEXED, State.SUPERSEDED, State.EXPANDED, State.GONE]
    drops = [room.drop(f"settled{number}") for number in range(MANY)]
    settle(room.ledger, [settled(drop, states[number % 4]) for number, drop in enumerate(drops)])
    room.ledger.put_away([(drop.id, drop.stamp) for drop in drops[:10]])
    settle(room.ledger, [dead(room.drop("dead")), retrying(room.drop("later")), indexed(room.drop("well"))])
    room.ledger.enqueue([room.drop(f"fresh{number}") for number in range(200)])
    room.ledger.enqueue([room.drop(f"backlog{number}") for number in range(300)], lane=Lane.BACKLOG)
    batch = next(one.id for one in room.ledger.batches() if one.lane == Lane.BACKLOG)
    room.ledger.start(batch, "run", process=1, task="task")
    return counts(room.client)


def counts(client: redis.Redis) -> dict[str, dict[bytes, bytes]]:
    found: dict[str, Any] = {key: client.hgetall(key) for key in (keys.COUNTS, keys.DEPTH)}
    return {
        key: {field: number for field, number in numbers.items() if number != b"0"}
        for key, numbers in found.items()
    }


@pytest.mark.parametrize("lost", [keys.COUNTS, keys.DEPTH])
def test_counts_that_were_lost_are_counted_anew(
    room: Room, counted: dict[str, dict[bytes, bytes]], lost: str
) -> None:
    assert not miscounted(room.ledger)
    room.client.delete(lost)
    assert miscounted(room.ledger)
    recount(room.ledger)
    assert not miscounted(room.ledger)
    assert counts(room.client) == counted


def test_entries_that_were_lost_are_counted_no_more(redis_client: redis.Redis) -> None:
    room = Room(redis_client)
    drops = [room.drop(str(number)) for number in range(100)]
    settle(room.ledger, [indexed(drop) for drop in drops])
    redis_client.delete(keys.LEDGER)
    room.ledger.enqueue(drops[:60])
    assert room.ledger.counts()[State.INDEXED] == 100
    assert miscounted(room.ledger)
    recount(room.ledger)
    assert room.ledger.counts()[State.INDEXED] == 0
    assert room.ledger.counts()[State.QUEUED] == room.ledger.depth()[Lane.FRESH] == 60


def test_an_empty_ledger_is_right(room: Room) -> None:
    assert not miscounted(room.ledger)
    recount(room.ledger)
    assert not miscounted(room.ledger)


def test_a_state_of_a_later_version_is_read_anew_and_breaks_nothing(room: Room) -> None:
    drop, other = room.drop("a"), room.drop("b")
    settle(room.ledger, [indexed(drop), indexed(other)])
    packed: Any = room.client.hget(keys.LEDGER, bytes.fromhex(drop.id))
    room.client.hset(keys.LEDGER, bytes.fromhex(drop.id), bytes([99]) + packed[1:])
    assert room.ledger.lookup([drop.id]) == [None]
    recount(room.ledger)
    assert room.ledger.counts()[State.INDEXED] == 1
    assert room.ledger.enqueue([drop, other]).queued == 1
    batch, drops = room.start()
    assert room.ledger.finish(batch, "run", [indexed(drops[0])])
    assert not miscounted(room.ledger)
