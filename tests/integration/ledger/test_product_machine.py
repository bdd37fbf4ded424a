"""The shipped worker, reconciler, inbox, handover and dead letters, interrupted anywhere, in any order.

As test_ledger_machine.py and test_crash_points.py, with the product's own code in the place of the model's
actors: every word to Redis is a place to die or sleep at. NEWSDROP_TEST_LONG=<examples> runs for longer.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule, run_state_machine_as_test
from tests.models.ledger_actors import FATES
from tests.models.list_accidents import MessageAccidents
from tests.models.product_actors import Theatre
from tests.models.product_people import recall, takedown
from tests.models.puppets import Puppet
from tests.servers.redis_server import RedisServer

from newsdrop.documents import State
from newsdrop.identity import inline_drop_id, member_drop_id, path_drop_id
from newsdrop.ledger import keys
from newsdrop.ledger.ledger import Lane

pytestmark = [pytest.mark.redis, pytest.mark.slow]

LONG = int(os.environ.get("NEWSDROP_TEST_LONG") or 0)
NAMES = ["a", "b", "c"]
KEYS = ["k", "l"]
KINDS = sorted(FATES)
MEMBERS = ["1", "2", "3"]
#: Members bring articles of their own, and those that plain files bring, too.
ARTICLES = [*NAMES, "m", "n"]
BUNDLE = "z.zip"
PAGES = st.tuples(st.sampled_from(KINDS), st.sampled_from(ARTICLES), st.booleans())
CLOCKS = ["redis", "watcher"]
#: By how much a clock is off, from nothing to nearly a day: a whole one is the limit of what may be to come.
OFF_S = [0, 5, -5, 100, -100, 3_600, -3_600, 86_000, -86_000]
WORKERS = ["w1", "w2"]
OTHERS = ["r1", "r2", "s", "i", "f", "u"]


class Play(MessageAccidents):
    port: int

    @initialize(kinds=st.lists(st.sampled_from(KINDS), min_size=3, max_size=3), removes=st.booleans())
    def begin(self, kinds: list[str], removes: bool) -> None:
        self.client.flushall()
        self.folder = tempfile.TemporaryDirectory(prefix="ndt-")
        self.theatre = Theatre(Path(self.folder.name), self.client, self.port, removes=removes)
        for name, kind in zip(NAMES, kinds, strict=True):
            self.theatre.write(name, kind)
        self.alive: dict[str, Puppet] = {}
        self.run_on("s", self.theatre.watcher, 100)

    def run_on(self, name: str, make: Callable[[], Puppet], steps: int) -> None:
        puppet = self.alive.get(name) or make()
        self.alive[name] = puppet
        for _ in range(steps):
            if not puppet.step():
                del self.alive[name]
                return

    @rule(name=st.sampled_from(WORKERS), steps=st.integers(1, 24))
    def work(self, name: str, steps: int) -> None:
        self.run_on(name, self.theatre.worker, steps)

    @rule(name=st.sampled_from(["r1", "r2"]), steps=st.integers(1, 30))
    def reconcile(self, name: str, steps: int) -> None:
        self.run_on(name, self.theatre.reconciler, steps)

    @rule(steps=st.integers(1, 12), lane=st.sampled_from(list(Lane)))
    def rescan(self, steps: int, lane: Lane) -> None:
        self.run_on("s", lambda: self.theatre.watcher(lane), steps)

    @rule(steps=st.integers(1, 60))
    def ingest_beside_watch(self, steps: int) -> None:
        """`newsdrop ingest` of the same folder, whoever else is at it."""
        self.run_on("i", self.theatre.ingest, steps)

    @rule(steps=st.integers(1, 24))
    def second_installation(self, steps: int) -> None:
        """A worker with another index takes a batch; it gives it back, and writes nothing."""
        self.run_on("x", lambda: self.theatre.worker(stranger=True), steps)

    @rule(name=st.sampled_from([*WORKERS, *OTHERS, "x"]))
    def kill(self, name: str) -> None:
        puppet = self.alive.pop(name, None)
        if puppet is not None:
            puppet.kill()
        if name == "s":
            self.theatre.forget_watcher()

    @rule(seconds=st.sampled_from([5, 31, 61, 3_600, 86_400]))
    def sleep(self, seconds: int) -> None:
        self.theatre.sleep(seconds)

    @rule(whose=st.sampled_from(CLOCKS), off_s=st.sampled_from(OFF_S))
    def clock(self, whose: str, off_s: int) -> None:
        """A clock jumps, and stays there."""
        self.theatre.set_clock(whose, off_s)

    @rule(seconds=st.sampled_from([5, 61, 86_400]))
    def suspend(self, seconds: int) -> None:
        """The machine of all processes stands still, and Redis' goes on."""
        self.theatre.suspend(seconds)

    @rule(
        name=st.sampled_from(NAMES),
        kind=st.sampled_from(KINDS),
        article=st.sampled_from(["", *ARTICLES]),
        older=st.booleans(),
        young=st.booleans(),
    )
    def change(self, name: str, kind: str, article: str, older: bool, young: bool) -> None:
        self.theatre.write(name, kind, article, older=older, young=young)

    @rule(
        members=st.dictionaries(st.sampled_from(MEMBERS), PAGES, min_size=1),
        name=st.sampled_from([BUNDLE, BUNDLE, NAMES[0]]),
    )
    def archive(self, members: dict[str, tuple[str, str, bool]], name: str) -> None:
        """A bundle comes, perhaps in the place of a page, or of another one with fewer members or more."""
        self.theatre.write_bundle(name, members)

    @rule(name=st.sampled_from([*NAMES, BUNDLE]))
    def remove(self, name: str) -> None:
        self.theatre.remove(name)

    @rule(name=st.sampled_from(NAMES), new=st.sampled_from(NAMES))
    def rename(self, name: str, new: str) -> None:
        self.theatre.rename(name, new)

    @rule(worker=st.sampled_from(WORKERS), steps=st.integers(2, 24), name=st.sampled_from(NAMES))
    def change_meanwhile(self, worker: str, steps: int, name: str) -> None:
        """A file changes while a worker has it, and the watcher says so."""
        self.work(worker, steps)
        self.theatre.write(name, "good")
        self.run_on("s", self.theatre.watcher, 100)

    @rule(worker=st.sampled_from(WORKERS), steps=st.integers(2, 24), name=st.sampled_from(NAMES))
    def overtake(self, worker: str, steps: int, name: str) -> None:
        """A worker sleeps through its lease; another does its work, and indexes a newer text."""
        other = "w2" if worker == "w1" else "w1"
        self.kill(other)
        self.change_meanwhile(worker, steps, name)
        for _ in range(2):
            self.theatre.lapse()
            self.run_on(other, self.theatre.worker, 200)

    @rule(up=st.booleans())
    def index(self, up: bool) -> None:
        self.theatre.index_up = up

    @rule(stopping=st.booleans())
    def stop(self, stopping: bool) -> None:
        """SIGTERM: workers give back what they haven't begun."""
        self.theatre.stopping = stopping

    @rule(up=st.booleans())
    def mirror(self, up: bool) -> None:
        self.theatre.mirror.up = up

    @rule(key=st.sampled_from(KEYS), kind=st.sampled_from(KINDS))
    def post(self, key: str, kind: str) -> None:
        self.theatre.post(key, kind)

    @rule(name=st.sampled_from([*NAMES, BUNDLE]))
    def post_path(self, name: str) -> None:
        self.theatre.post_path(name)

    @rule()
    def post_rubbish(self) -> None:
        self.client.xadd(keys.INBOX, {"drop": b"rubbish"})

    @rule(
        name=st.sampled_from(NAMES),
        member=st.sampled_from(MEMBERS),
        key=st.sampled_from(KEYS),
        gives_up=st.booleans(),
    )
    def decide(self, name: str, member: str, key: str, gives_up: bool) -> None:
        """A person replays or discards."""
        letters = self.theatre.letters()
        act = letters.discard if gives_up else letters.replay
        own = member_drop_id(self.theatre.path(BUNDLE), member)
        act([path_drop_id(self.theatre.path(name)), own, inline_drop_id(key)], "tester")

    @rule(article=st.sampled_from(ARTICLES), steps=st.integers(1, 16))
    def forget(self, article: str, steps: int) -> None:
        """A person takes an article out for good, and may be interrupted."""
        self.run_on("f", lambda: takedown(self.theatre, article), steps)

    @rule(steps=st.integers(1, 16))
    def undo(self, steps: int) -> None:
        """A person lets in again whatever was taken out."""
        self.run_on("u", lambda: recall(self.theatre), steps)

    @rule(chance=st.integers(0, 7))
    def empty_redis(self, chance: int) -> None:
        if chance == 7:
            self.client.flushall()
            self.theatre.inline.clear()
            self.theatre.forgot = True

    @invariant()
    def holds(self) -> None:
        if hasattr(self, "theatre"):
            self.theatre.check()

    def teardown(self) -> None:
        if hasattr(self, "theatre"):
            self.theatre.mirror.up = True
            # Who sleeps wakes at last.
            for puppet in self.alive.values():
                puppet.exhaust()
                self.theatre.check()
            self.theatre.settle()
            self.folder.cleanup()
            shutil.rmtree(self.theatre.markers, ignore_errors=True)


@pytest.mark.timeout(0 if LONG else 900)
def test_no_order_of_steps_and_accidents_breaks_an_invariant(
    each_redis: RedisServer, each_client: redis.Redis
) -> None:
    play = type("PlayHere", (Play,), {"client": each_client, "port": each_redis.port})
    run_state_machine_as_test(
        play,
        settings=settings(
            max_examples=LONG or 12,
            stateful_step_count=40 if LONG else 25,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.shrink] if LONG else [Phase.generate],
            report_multiple_bugs=False,
        ),
    )


#: Of a batch of three a worker has about 35 places to die at. These are one of each kind: the batch taken, a
#: file in hand, the bulk announced (17, 23), half of it written, the ledger asked. NEWSDROP_TEST_LONG tries
#: all pairs, on both servers.
POINTS = {
    "valkey": range(1, 36) if LONG else (5, 11, 17, 23, 24, 33),
    "redis": range(1, 36) if LONG else (11, 24, 33),
}


@pytest.mark.timeout(0 if LONG else 900)
@pytest.mark.parametrize("pauses", [False, True], ids=["killed", "asleep"])
@pytest.mark.parametrize("kind", ["poison", "bulkbomb", "good"])
def test_two_deaths_anywhere_in_the_shipped_worker_lose_nothing_and_blame_nobody_else(
    each_redis: RedisServer,
    each_client: redis.Redis,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    kind: str,
    pauses: bool,
) -> None:
    points = POINTS[request.node.callspec.params["each_redis"]]
    for first in points:
        for second in points:
            each_client.flushall()
            theatre = Theatre(tmp_path, each_client, each_redis.port)
            for name, what in zip(NAMES, ("good", kind, "flaky"), strict=True):
                theatre.write(name, what)
            _two_deaths(theatre, (first, second), pauses=pauses)
            entry = theatre.ledger().lookup([path_drop_id(theatre.path("b"))])[0]
            assert entry is not None
            assert kind == "good" or entry.state is State.DEAD


def _two_deaths(theatre: Theatre, points: tuple[int, int], *, pauses: bool) -> None:
    theatre.watcher().exhaust()
    theatre.reconciler().exhaust()
    sleepers: list[Puppet] = []
    for point in points:
        puppet = theatre.worker()
        if all(puppet.step() for _ in range(point)):
            sleepers.append(puppet) if pauses else puppet.kill()
        theatre.lapse()
        theatre.check()
    if sleepers:
        # While they sleep, a newer text is indexed; they wake, and may write their older one.
        theatre.write("a", "good")
        theatre.watcher().exhaust()
        for _ in range(4):
            theatre.worker().exhaust()
            theatre.lapse()
    for puppet in sleepers:
        puppet.exhaust()
        theatre.check()
    theatre.settle()
