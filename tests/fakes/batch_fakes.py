"""In-memory stand-ins for what a batch needs: a ledger with the protocol's words, a pipeline, a clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

from newsdrop.archive.reader import Bundle
from newsdrop.documents import Document, Drop, Outcome, Stamp, State
from newsdrop.errors import NewsdropError
from newsdrop.ledger.ledger import Enqueued, Gate, Lane, Settlement
from newsdrop.meters import Stopwatch
from newsdrop.pipeline import Draft, Expansion, Prepared
from newsdrop.ports import WriteContext


def drop(name: str, attempts: int = 0) -> Drop:
    return Drop(id=name * 32, path=f"/in/{name}.md", stamp=Stamp(1, 1), attempts=attempts)


class FakeClock:
    """Time passes only by sleeping."""

    def __init__(self) -> None:
        self.now_s = 1_000.0
        self._later: list[tuple[float, Callable[[], object]]] = []

    def __call__(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += max(seconds, 0.001)
        while self._later and self._later[0][0] <= self.now_s:
            self._later.pop(0)[1]()

    def sleep_then(self, seconds: float, then: Callable[[], object]) -> None:
        """Once so much time has passed, `then` happens."""
        self._later.append((self.now_s + seconds, then))


class FakeLedger:
    """One batch. `calls` is what was asked, in order; `trouble` makes calls fail before they are answered."""

    def __init__(self, drops: Sequence[Drop]) -> None:
        self.drops = list(drops)
        self.run: str | None = None
        self.calls: list[tuple[Any, ...]] = []
        self.settled: list[Settlement] = []
        self.confessed: list[Settlement] = []
        self.yielded = False
        self.finished = False
        self.ours: Callable[[], bool] = lambda: True
        self.closed: Gate | None = None
        self.probes = 0
        self.migrating: str | None = None
        self.meters: dict[str, int] = {}
        self.trouble: list[NewsdropError] = []
        self.members: list[Drop] = []

    def _call(self, *call: Any) -> None:
        if self.trouble:
            raise self.trouble.pop(0)
        self.calls.append(call)

    def start(self, batch: str, run: str, *, process: int, task: str) -> list[Drop]:
        self._call("start", batch, process, task)
        self.run = run
        return self.drops

    def touch(self, batch: str, run: str, current: str) -> bool:
        assert run == self.run
        self._call("touch", current[:1])
        return self.ours()

    def finish(
        self,
        batch: str,
        run: str,
        settlements: Sequence[Settlement],
        *,
        yield_rest: bool = False,
        meters: Mapping[str, int] = {},
    ) -> bool:
        assert run == self.run
        self.meters = dict(meters)
        self._call("finish")
        if not self.ours():
            self.confessed = list(settlements)
            return False
        self.settled, self.yielded, self.finished = list(settlements), yield_rest, True
        return True

    def enqueue(self, drops: Sequence[Drop], *, lane: Lane = Lane.FRESH, force: bool = False) -> Enqueued:
        self._call("enqueue", lane, len(drops), *(["force"] if force else []))
        self.members += drops
        return Enqueued(queued=len(drops))

    def migration(self) -> str | None:
        return self.migrating

    def gate(self) -> Gate | None:
        return self.closed

    def close_gate(self, service: str, reason: str, ttl_s: float) -> bool:
        before, self.closed = self.closed, Gate(service, reason, 0)
        return before is None

    def open_gate(self, service: str = "") -> bool:
        before, self.closed = self.closed, None
        return before is not None

    def probe_gate(self) -> bool:
        self.probes += 1
        return self.closed is not None and self.closed.service != "worker"

    @property
    def touched(self) -> str:
        """What was touched, in order: a letter per drop, '-' at the gate, '|' for the bulk."""
        return "".join(call[1] or "|" for call in self.calls if call[0] == "touch")

    def fates(self) -> dict[str, Any]:
        """Drop's letter → its state, or its failure and decision."""
        return {
            one.outcome.drop.id[0]: one.outcome.state
            or (one.outcome.failure and one.outcome.failure.type, one.decision)
            for one in self.settled
        }


class FakeStore:
    """Only what a batch asks of a store itself."""

    def __init__(self) -> None:
        self.down: NewsdropError | None = None
        self.checks = 0
        self.bulks: list[tuple[int, int, float]] = []

    def check(self) -> None:
        self.checks += 1
        if self.down:
            raise self.down


class FakePipeline:
    """Prepares by table: a letter → what it does; commits what it is given, as a store would.

    `also_to` holds where each commit was to write as well.
    """

    def __init__(
        self, files: dict[str, Callable[[Drop], Draft | Prepared | Outcome | Expansion]] | None = None
    ) -> None:
        self.store: Any = FakeStore()
        self.stopwatch = Stopwatch()
        self.files = files or {}
        self.commits: list[str] = []
        self.also_to: list[str | None] = []
        self.refusals: list[NewsdropError] = []

    def begin(self, drop: Drop) -> Draft | Prepared | Outcome | Expansion:
        return self.files.get(drop.id[0], prepared)(drop)

    def commit(self, ready: Sequence[Prepared], context: WriteContext) -> list[Outcome]:
        context.before_request()
        self.also_to.append(context.also_to)
        for bulk in self.store.bulks:
            context.after_bulk(*bulk)
        self.commits.append("".join(one.drop.id[0] for one in ready))
        if self.refusals:
            raise self.refusals.pop(0)
        return [Outcome(drop=one.drop, state=State.INDEXED, stamp=one.stamp) for one in ready]


def prepared(drop: Drop) -> Prepared:
    document = Document(id=drop.id, version=0, source={})
    return Prepared(drop=drop, document=document, stamp=drop.stamp)


class FakeBundle:
    """A bundle of so many members; `then` happens after the last."""

    stamp = Stamp(1, 1)

    def __init__(self, count: int, then: Callable[[], object] = lambda: None) -> None:
        self.count = count
        self.then = then

    def members(self) -> Iterator[Drop]:
        for number in range(self.count):
            yield Drop(id=f"{number:032}", path="/in/x", member=f"{number}.md", stamp=Stamp(number, 1))
        self.then()


def expansion(count: int, then: Callable[[], object] = lambda: None) -> Callable[[Drop], Expansion]:
    return lambda drop: Expansion(drop, cast(Bundle, FakeBundle(count, then)))
