"""Each rule of the protocol switched off breaks something: so the tests over the whole would see it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import redis
from tests.models.ledger_actors import (
    Steps,
    World,
    check_blame,
    connect_ledger,
    exhaust,
    path_drop,
    reconciler,
    settle,
    takedown,
    watcher,
    worker,
)
from tests.models.ledger_invariants import check_invariants

from newsdrop.documents import State
from newsdrop.identity import path_drop_id
from newsdrop.ledger import keys, scripts
from newsdrop.ledger.ledger import Lane, Ledger

pytestmark = pytest.mark.redis


def until(steps: Steps, place: str) -> None:
    for reached in steps:
        if reached == place:
            return
    raise AssertionError(f"never came to {place}")


def later(client: redis.Redis, world: World, seconds: int) -> None:
    world.now_ms += seconds * 1000
    exhaust(reconciler(connect_ledger(client, world), world))
    check_invariants(client)


def asleep_with_an_older_text(client: redis.Redis) -> tuple[World, Ledger, Steps]:
    """A worker that slept through its lease and is about to write; the file has a newer text since."""
    world = World(files={"/a": (1, "good")})
    ledger = connect_ledger(client, world)
    exhaust(watcher(ledger, world))
    sleeper = worker(ledger, world, "sleeper")
    until(sleeper, "parsed")
    later(client, world, 61)
    world.files["/a"] = (2, "good")
    exhaust(watcher(ledger, world))
    return world, ledger, sleeper


def overtaken_by_a_newer_text(client: redis.Redis) -> None:
    world, ledger, sleeper = asleep_with_an_older_text(client)
    for run in "123":
        exhaust(watcher(ledger, world))
        later(client, world, 1)
        exhaust(worker(ledger, world, run))
    exhaust(sleeper)
    settle(ledger, world)


def overtaken_between_write_and_finish(client: redis.Redis) -> None:
    """The older text comes after the newer one, and its confession before the ledger knows of that."""
    world, ledger, sleeper = asleep_with_an_older_text(client)
    other = worker(ledger, world, "other")
    until(other, "wrote")
    exhaust(sleeper)
    exhaust(other)
    settle(ledger, world)
    assert not client.exists(keys.AGAIN)


def gone_for_a_moment(client: redis.Redis) -> None:
    """Who lost a batch at the gate isn't believed: it looked when the file was away."""
    world = World(files={"/a": None, "/b": (1, "good")}, index_up=False)
    ledger = connect_ledger(client, world)
    ledger.enqueue([path_drop("/a", 1), path_drop("/b", 1)])
    sleeper = worker(ledger, world, "sleeper")
    until(sleeper, "waiting")
    later(client, world, 61)
    world.files["/a"], world.index_up = (1, "good"), True
    other = worker(ledger, world, "other")
    until(other, "wrote")
    exhaust(sleeper)
    exhaust(other)
    assert [entry.state for entry in ledger.lookup([path_drop_id("/a")]) if entry] == [State.INDEXED]


def killed_in_the_bulk(client: redis.Redis) -> None:
    world = World(files={"/a": (1, "good"), "/b": (1, "bulkbomb"), "/c": (1, "good")})
    ledger = connect_ledger(client, world)
    exhaust(watcher(ledger, world))
    settle(ledger, world, rounds=60)


def a_time_without_workers(client: redis.Redis) -> None:
    world = World()
    ledger = connect_ledger(client, world)
    for number in range(5):
        world.files = {f"/{number}": (1, "good")}
        exhaust(watcher(ledger, world))
    for _ in range(30):
        later(client, world, 31)
    assert client.llen(keys.QUEUE + Lane.FRESH) <= 5, "published over and over"


def death_at_the_gate(client: redis.Redis) -> None:
    world = World(files={"/a": (1, "good")}, index_up=False)
    ledger = connect_ledger(client, world)
    exhaust(watcher(ledger, world))
    for run in "123":
        until(worker(ledger, world, run), "waiting")
        # At the gate nothing is in hand.
        world.hand[run] = ""
        world.now_ms += 61_000
        for view in list(ledger.batches()):
            ledger.reap(view.id)
    check_blame(ledger, world)


def changed_while_it_was_read(client: redis.Redis) -> None:
    world = World(files={"/a": (1, "good")})
    ledger = connect_ledger(client, world)
    exhaust(watcher(ledger, world))
    steps = worker(ledger, world, "run")
    until(steps, "wrote")
    world.files["/a"] = (2, "good")
    exhaust(watcher(ledger, world))
    exhaust(steps)
    settle(ledger, world)


def forgotten_while_it_was_written(client: redis.Redis) -> None:
    world = World(files={"/a": (1, "good")})
    ledger = connect_ledger(client, world)
    exhaust(watcher(ledger, world))
    steps = worker(ledger, world, "run")
    until(steps, "asked what is forgotten")
    exhaust(takedown(ledger, world, path_drop_id("/a")))
    exhaust(steps)
    settle(ledger, world)


def forgotten_while_a_sleeper_slept(client: redis.Redis) -> None:
    """It wakes and writes the same text that another wrote and that was taken out since."""
    world = World(files={"/a": (1, "good")})
    ledger = connect_ledger(client, world)
    exhaust(watcher(ledger, world))
    sleeper = worker(ledger, world, "sleeper")
    until(sleeper, "asked what is forgotten")
    later(client, world, 61)
    exhaust(worker(ledger, world, "other"))
    exhaust(takedown(ledger, world, path_drop_id("/a")))
    exhaust(sleeper)
    settle(ledger, world)


RULES: list[tuple[Callable[[redis.Redis], None], str, str]] = [
    (overtaken_by_a_newer_text, "for _, o in ipairs(A.outcomes) do repair(o) end", ""),
    (
        killed_in_the_bulk,
        "split(drops)\nreturn",
        "publish(A.batch, lane)\nreturn",
    ),
    (
        a_time_without_workers,
        "if tonumber(seq) < passed or call('LLEN', K.queue .. lane) == 0 then",
        "if true then",
    ),
    (death_at_the_gate, "if current == '-' then", "if false then"),
    (overtaken_between_write_and_finish, "if written then", "if false then"),
    (gone_for_a_moment, "if call('HGET', key, '@run') ~= A.run then", "if false then"),
    (changed_while_it_was_read, "if newer or changed_meanwhile(o, e, record) then", "if false then"),
    (forgotten_while_it_was_written, "if forgotten_meanwhile(o) then", "if false then"),
    (forgotten_while_a_sleeper_slept, " and not is_forgotten(o.document) then", " then"),
]


@pytest.mark.parametrize(
    ("story", "rule", "without"), RULES, ids=lambda value: getattr(value, "__name__", "")
)
def test_the_story_ends_well_with_the_rule_and_breaks_without_it(
    redis_client: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
    story: Callable[[redis.Redis], None],
    rule: str,
    without: str,
) -> None:
    story(redis_client)
    redis_client.flushall()
    whole = scripts.source
    monkeypatch.setattr(scripts, "source", lambda name: whole(name).replace(rule, without))
    assert any(rule in whole(name) for name in ("finish", "reap"))
    with pytest.raises((AssertionError, redis.exceptions.ResponseError)):
        story(redis_client)
