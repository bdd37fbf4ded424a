"""Hypothesis drives workers, reconcilers, watchers, producers and people over the real scripts, in any order.

The suite runs a small number of stories; NEWSDROP_TEST_LONG=<examples> runs that many, 40 steps each.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
import redis
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule, run_state_machine_as_test
from tests.models.ledger_actors import (
    FATES,
    CrashError,
    Steps,
    World,
    check_blame,
    connect_ledger,
    forgotten_paths,
    move_elsewhere,
    move_to_failed,
    put_away,
    recall,
    reconciler,
    removal_of,
    reread,
    settle,
    takedown,
    watcher,
    worker,
)
from tests.models.ledger_invariants import check_invariants
from tests.models.list_accidents import MessageAccidents

from newsdrop.identity import inline_drop_id, path_drop_id
from newsdrop.ledger import keys
from newsdrop.ledger.deadletters import DeadLetters
from newsdrop.ledger.gone_files import prune_gone
from newsdrop.ledger.ledger import Lane

pytestmark = pytest.mark.redis

LONG = int(os.environ.get("NEWSDROP_TEST_LONG") or 0)
PATHS = ["/a", "/b", "/c", "/d"]
KEYS = ["k", "l"]
KINDS = sorted(FATES)
WORKERS = ["w1", "w2"]
RECONCILERS = ["r1", "r2"]


class Story(MessageAccidents):
    @initialize(kinds=st.lists(st.sampled_from(KINDS), min_size=4, max_size=4))
    def begin(self, kinds: list[str]) -> None:
        self.client.flushall()
        self.world = World(files={path: (1, kind) for path, kind in zip(PATHS, kinds, strict=True)})
        self.ledger = connect_ledger(self.client, self.world)
        self.letters = DeadLetters(self.client, self.ledger)
        self.alive: dict[str, Steps] = {}
        self.runs = 0
        self.version = 1
        self.saved: dict[bytes, bytes] = {}
        self.run_on("s", lambda: watcher(self.ledger, self.world), 3)

    def run_on(self, name: str, make: Callable[[], Steps], steps: int) -> None:
        for _ in range(steps):
            process = self.alive.get(name) or make()
            self.alive[name] = process
            try:
                next(process)
            except (StopIteration, CrashError):
                del self.alive[name]
                return

    @rule(name=st.sampled_from(WORKERS), steps=st.integers(1, 8))
    def work(self, name: str, steps: int) -> None:
        self.runs += 1
        run = f"{name}-{self.runs}"
        self.run_on(name, lambda: worker(self.ledger, self.world, run), steps)

    @rule(name=st.sampled_from(RECONCILERS), steps=st.integers(1, 6))
    def reconcile(self, name: str, steps: int) -> None:
        self.run_on(name, lambda: reconciler(self.ledger, self.world), steps)

    @rule(steps=st.integers(1, 3), lane=st.sampled_from(list(Lane)))
    def rescan(self, steps: int, lane: Lane) -> None:
        self.run_on("s", lambda: watcher(self.ledger, self.world, lane), steps)

    @rule(name=st.sampled_from([*WORKERS, *RECONCILERS, "s"]))
    def kill(self, name: str) -> None:
        self.alive.pop(name, None)

    @rule(seconds=st.sampled_from([5, 31, 61]))
    def sleep(self, seconds: int) -> None:
        self.world.now_ms += seconds * 1000

    @rule(path=st.sampled_from(PATHS), kind=st.sampled_from(KINDS))
    def change(self, path: str, kind: str) -> None:
        self.version += 1
        self.world.taken_away.discard(path)
        self.world.put_away.discard(path)
        self.world.files[path] = (self.version, kind)

    @rule(path=st.sampled_from(PATHS))
    def take_away(self, path: str) -> None:
        """A file is removed from a folder whose articles go with their files, and the watcher says so."""
        self.world.files[path] = None
        self.world.taken_away.add(path)
        self.ledger.enqueue([removal_of(path)], force=True)

    @rule(path=st.sampled_from(PATHS))
    def put_away(self, path: str) -> None:
        put_away(self.ledger, self.world, path)

    @rule(path=st.sampled_from(PATHS))
    def move_to_failed(self, path: str) -> None:
        move_to_failed(self.ledger, self.world, path)

    @rule(path=st.sampled_from(PATHS))
    def replay_the_moved(self, path: str) -> None:
        self.letters.replay([path_drop_id(f"/failed{path}")], "tester")

    @rule(path=st.sampled_from(PATHS))
    def move_elsewhere(self, path: str) -> None:
        move_elsewhere(self.ledger, self.world, path)

    @rule(days=st.integers(0, 2))
    def forget_what_is_gone(self, days: int) -> None:
        self.world.now_ms += days * 86_400_000
        prune_gone(self.client, self.ledger, older_than_s=0)

    @rule(path=st.sampled_from(PATHS))
    def change_policy(self, path: str) -> None:
        """From now on articles go with their files; and somebody takes the drop for one that left."""
        if self.world.files[path] is None:
            self.world.taken_away.add(path)
            self.ledger.enqueue([removal_of(path)], force=True)

    @rule(path=st.sampled_from(PATHS))
    def remove(self, path: str) -> None:
        self.world.files[path] = None

    @rule(up=st.booleans())
    def index(self, up: bool) -> None:
        self.world.index_up = up

    @rule(path=st.sampled_from(PATHS), key=st.sampled_from(KEYS))
    def replay(self, path: str, key: str) -> None:
        self.letters.replay([path_drop_id(path), inline_drop_id(key)], "tester")

    @rule(path=st.sampled_from(PATHS), key=st.sampled_from(KEYS))
    def discard(self, path: str, key: str) -> None:
        self.letters.discard([path_drop_id(path), inline_drop_id(key)], "tester")

    @rule(path=st.sampled_from(PATHS), steps=st.integers(1, 2))
    def forget(self, path: str, steps: int) -> None:
        self.run_on(f"forget {path}", lambda: takedown(self.ledger, self.world, path_drop_id(path)), steps)

    @rule(path=st.sampled_from(PATHS))
    def recall(self, path: str) -> None:
        recall(self.ledger, path)

    @rule(path=st.sampled_from(PATHS))
    def post_path(self, path: str) -> None:
        self.client.xadd(keys.INBOX, {"path": path})

    @rule(key=st.sampled_from(KEYS), kind=st.sampled_from(KINDS))
    def post_content(self, key: str, kind: str) -> None:
        # The same key always brings the same bytes, as its contract says.
        kind = self.world.inline.setdefault(key, kind)
        self.client.xadd(keys.INBOX, {"key": key, "kind": kind})

    @rule()
    def repair(self) -> None:
        reread(self.ledger, self.world, PATHS)

    @rule()
    def renew_after_a_gap(self) -> None:
        self.ledger.tick(throttle_ms=0, gap_ms=60_000)

    @rule(chance=st.integers(0, 7))
    def empty_redis(self, chance: int) -> None:
        if chance == 7:
            self.client.flushall()
            self.world.put_away.clear()
            self.world.blamed.clear()
            self.world.inline.clear()

    @rule()
    def save(self) -> None:
        names: Any = self.client.keys("*")
        dump: Any = self.client.dump
        self.saved = {key: dump(key) for key in names}
        self.saved_inline = dict(self.world.inline)

    @rule()
    def roll_back(self) -> None:
        """Redis was killed under appendfsync everysec, or failed over: an earlier state, workers alive."""
        if self.saved:
            forgotten = forgotten_paths(self.ledger, self.world)
            self.client.flushall()
            # The record may name a drop that a run left long ago: blame can't be judged any more.
            self.world.rolled_back = True
            self.world.put_away.clear()
            self.world.inline = dict(self.saved_inline)
            for key, value in self.saved.items():
                self.client.restore(key, 0, value)
            # Taken out of the index, and Redis knows nothing of it any more: the audit finds that.
            reread(self.ledger, self.world, sorted(forgotten - forgotten_paths(self.ledger, self.world)))

    @rule(name=st.sampled_from(WORKERS), steps=st.integers(2, 9))
    def overtake(self, name: str, steps: int) -> None:
        """One worker stands still for longer than its lease, and another does its work meanwhile."""
        other = "w2" if name == "w1" else "w1"
        self.kill(other)
        self.work(name, steps)
        self.world.now_ms += 61_000
        self.reconcile("r1", 6)
        self.work(other, 14)
        self.work(other, 14)

    @invariant()
    def holds(self) -> None:
        if hasattr(self, "world"):
            check_invariants(self.client, in_place=True)
            check_blame(self.ledger, self.world)

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.alive.clear()
            settle(self.ledger, self.world)


@pytest.mark.slow
@pytest.mark.timeout(0 if LONG else 180)
def test_no_order_of_steps_and_accidents_breaks_an_invariant(each_client: redis.Redis) -> None:
    story = type("StoryHere", (Story,), {"client": each_client})
    run_state_machine_as_test(
        story,
        settings=settings(
            max_examples=LONG or 60,
            stateful_step_count=40 if LONG else 30,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            # Shrinking a story takes minutes: NEWSDROP_TEST_LONG does it.
            phases=[Phase.generate, Phase.shrink] if LONG else [Phase.generate],
            report_multiple_bugs=False,
        ),
    )
