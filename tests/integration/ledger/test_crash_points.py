"""Every pair of places at which two runs of one batch can be killed or put to sleep, on the real scripts."""

from __future__ import annotations

import os

import pytest
import redis
from tests.models.ledger_actors import (
    CrashError,
    Steps,
    World,
    check_blame,
    connect_ledger,
    exhaust,
    reconciler,
    settle,
    watcher,
    worker,
)
from tests.models.ledger_invariants import check_invariants

from newsdrop.documents import State
from newsdrop.identity import path_drop_id

pytestmark = pytest.mark.redis

#: NEWSDROP_TEST_LONG=1 tries every pair, else every pair of a coarser grid.
STEP = 1 if os.environ.get("NEWSDROP_TEST_LONG") else 3
POINTS = range(1, 16, STEP)


@pytest.mark.parametrize("pauses", [False, True], ids=["killed", "asleep"])
@pytest.mark.parametrize("kind", ["poison", "bulkbomb", "refused", "good"])
def test_two_crashes_anywhere_lose_nothing_and_blame_nobody_else(
    each_client: redis.Redis, kind: str, pauses: bool
) -> None:
    for first in POINTS:
        for second in POINTS:
            each_client.flushall()
            world = World(files={"/a": (1, "good"), "/b": (1, kind), "/c": (1, "good"), "/d": (1, "flaky")})
            _two_crashes(each_client, world, (first, second), pauses=pauses)
            if kind != "good":
                _expect_dead(each_client, world)


def _two_crashes(client: redis.Redis, world: World, points: tuple[int, int], *, pauses: bool) -> None:
    ledger = connect_ledger(client, world)
    exhaust(watcher(ledger, world))
    sleepers: list[Steps] = []
    for number, point in enumerate(points):
        steps = worker(ledger, world, f"run{number}")
        if _advance(steps, point):
            sleepers.append(steps)
        check_invariants(client)
        for pause_ms in (61_000, 31_000):
            world.now_ms += pause_ms
            exhaust(reconciler(ledger, world))
        check_invariants(client)
        check_blame(ledger, world)
    if pauses:
        for steps in sleepers:
            exhaust(steps)
            check_invariants(client)
    settle(ledger, world)


def _advance(steps: Steps, points: int) -> bool:
    """Whether the worker still runs after so many steps."""
    try:
        for _ in range(points):
            next(steps)
    except (StopIteration, CrashError):
        return False
    return True


def _expect_dead(client: redis.Redis, world: World) -> None:
    entry = connect_ledger(client, world).lookup([path_drop_id("/b")])[0]
    assert entry is not None
    assert entry.state is State.DEAD
