"""Processes drops in the calling process (`newsdrop ingest`), with a worker's own rules and code.

    drops ─▶ ledger: queued, in batches without a message ─▶ prepared, as in a worker ─▶ written ─▶ settled
                 ▲                                               here                 in a thread beside
                 └── changed meanwhile, or with a worker already: followed up, started here or waited for

While one batch is written, the next is prepared: two batches are held at a time, each under a run and with a
marker of its own. They are written one after the other, in their order. A drop that is alone in its batch is
the one to blame if this process dies, so nothing is done beside it.

So it may run beside watchers and workers over the same files: a drop is in one batch, a batch has one run,
and an outdated reading is repeated. If this process dies, its batches go to any worker. It has no reconciler,
and does the necessary part of that work itself: drops that are due, and batches whose lease has expired.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import cycle, islice
from typing import Final, Protocol
from uuid import uuid4

import msgspec

from newsdrop.documents import Drop, State
from newsdrop.errors import ForeignIndexError, NewsdropError, OutageError
from newsdrop.ledger.ledger import Ledger
from newsdrop.ports import Enqueued, Entry, Gate, Lane, Settlement
from newsdrop.worker.batch import BatchPipeline, BatchRun, BatchTools
from newsdrop.worker.beside import Beside

__all__ = ["Direct", "Done", "Hand", "Marker"]

_LOOK_S: Final = 0.2
_LOOKUP: Final = 1_000
#: Practically no limit: there is nobody else to give a batch to.
_NO_MARK: Final = 2**31
_OPEN = (State.QUEUED, State.RETRYING)


class Marker(Protocol):
    """Records which batch and which file are in hand (in_flight.InFlightMarker)."""

    def begin(self, batch: str, run: str) -> None: ...
    def name(self, drop: str) -> None: ...
    def end(self) -> None: ...


class Hand(msgspec.Struct, frozen=True):
    """What holds one batch. Its ledger is its own: a ledger remembers what concerns its batch."""

    ledger: Ledger
    marker: Marker


class Writer(Protocol):
    """Where the second half of a batch is done (beside.Beside)."""

    def begin(self, work: Callable[[], Gate | None]) -> None: ...
    def result(self, every_s: float, meanwhile: Callable[[], object]) -> Gate | None: ...
    def close(self) -> None: ...


class Done(msgspec.Struct, frozen=True):
    """The result for a drop; `settlement` None: another process handled it.

    `state` is the ledger's: *retrying* if it is waiting for a later try.
    """

    drop: Drop
    state: State
    settlement: Settlement | None = None


class Direct:
    """Processes drops for one caller, who closes it at the end.

    Args:
        hands: two, for the batch that is prepared and the one that is written.
        ours: tools for batches made here; others: for batches that were waiting for a worker.
        process: the id of this process in the ledger.
        writer: where batches are written; by default in a thread of its own.
    """

    def __init__(
        self,
        ledger: Ledger,
        pipeline: BatchPipeline,
        hands: tuple[Hand, Hand],
        *,
        ours: BatchTools,
        others: BatchTools,
        process: int,
        writer: Writer | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._ledger = ledger
        self._pipeline = pipeline
        self._hands = cycle(hands)
        self._stop = threading.Event()
        self._ours = self._watched(ours)
        self._others = self._watched(others)
        self._refused: ForeignIndexError | None = None
        self._process = process
        self._writer = writer or Beside[Gate | None]("bulk")
        self._sleep = sleep
        self._todo: deque[str] = deque()
        self._preparing: _Held | None = None
        self._writing: _Held | None = None
        self._pending: dict[str, Drop] = {}
        self._settled: dict[str, Settlement] = {}
        self._strays: set[str] = set()

    def run(self, drops: Iterable[Drop]) -> Iterator[Done]:
        """Process the drops, and the members of bundles; yields each as soon as it is settled.

        Raises:
            OutageError: a server went away. Unsettled drops stay queued.
            ConfigError: the same, until a person acts.
        """
        try:
            for batch in self._queued(drops):
                yield from self._work_on(batch, self._ours)
            yield from self._written()
            while self._pending:
                yield from self._see_to_the_rest()
        finally:
            self.close()

    def close(self) -> None:
        """Give back what is being prepared, and wait for what is being written, which takes no longer than
        the index; whoever interrupts that gives it back, too. Idempotent."""
        self._stop.set()
        held, self._preparing = self._preparing, None
        self._give_back(held)
        try:
            if self._writing is not None:
                # An outage has no news: the batch is given back like the rest.
                with suppress(NewsdropError):
                    self._wait()
        finally:
            held, self._writing = self._writing, None
            self._give_back(held)
            self._writer.close()

    def _queued(self, drops: Iterable[Drop]) -> Iterator[str]:
        """The batches of these drops, each followed by those of the members that were found in it."""
        waiting = iter(drops)
        while some := list(islice(waiting, self._ledger.limits.backlog_batch_drops)):
            self._pending.update((drop.id, drop) for drop in some)
            self._todo.extend(self._ledger.hand_over(some))
            while self._todo:
                yield self._todo.popleft()

    def _work_on(self, batch: str, tools: BatchTools) -> Iterator[Done]:
        """Prepare a batch and have it written, once the one before is; yields what came of that one."""
        held = self._preparing = _Held(next(self._hands), self._pipeline, batch, tools)
        claimed = held.run.claim(self._process, "")
        alone = len(held.run.drops) == 1
        done = self._written() if alone else []
        claimed = claimed and held.run.prepare()
        # Members of bundles, which are found while the bundle is listed.
        self._pending.update((drop.id, drop) for drop in held.ledger.members)
        self._todo.extend(held.ledger.batches)
        done += self._written()
        if claimed:
            self._writing, self._preparing = held, None
            self._writer.begin(partial(self._write, held))
        else:
            held.let_go()
            self._preparing = None
            self._judge(self._ledger.gate())
        if alone:
            done += self._written()
        yield from done

    def _write(self, held: _Held) -> Gate | None:
        """In the writer's thread. The gate, if the batch could not pass it: then no other could."""
        try:
            held.run.write()
            gate = None if held.ledger.settled else held.ledger.gate()
        except BaseException:
            self._stop.set()
            raise
        if gate is not None or self._refused is not None:
            self._stop.set()
        return gate

    def _written(self) -> list[Done]:
        """What came of the batch that was being written."""
        if self._writing is None:
            return []
        gate = self._wait()
        held, self._writing = self._writing, None
        held.let_go()
        self._settled.update(held.ledger.settled)
        self._judge(gate)
        return list(self._fates([drop.id for drop in held.run.drops]))

    def _judge(self, gate: Gate | None) -> None:
        """End the call if no batch can be written."""
        if self._refused is not None:
            raise self._refused
        if gate is not None:
            raise OutageError(
                f"Work is paused: {gate.reason} {len(self._pending)} files stay queued for a worker."
            )

    def _wait(self) -> Gate | None:
        """Until what is being written is; the lease of what was prepared meanwhile must not end."""
        return self._writer.result(self._ours.limits.renew_s, self._renew)

    def _renew(self) -> None:
        if self._preparing is not None:
            self._preparing.run.renew()

    def _give_back(self, held: _Held | None) -> None:
        """Ctrl-C, or Redis: not the fault of the file in hand."""
        if held is not None:
            with suppress(NewsdropError):
                held.give_back()

    def _watched(self, tools: BatchTools) -> BatchTools:
        return msgspec.structs.replace(
            tools,
            admit=partial(self._admit, tools.admit),
            stopping=lambda: tools.stopping() or self._stop.is_set(),
        )

    def _admit(self, admit: Callable[[], object]) -> None:
        """An error for which a worker would stop ends the whole call, after its batch was given back."""
        try:
            admit()
        except ForeignIndexError as error:
            self._refused = error
            raise

    def _fates(self, ids: Sequence[str]) -> Iterator[Done]:
        """The drops that are settled now; they are no longer pending."""
        for drop_id, entry in zip(ids, self._ledger.lookup(ids), strict=True):
            if entry is not None and entry.state not in _OPEN and drop_id in self._pending:
                yield self._done(drop_id, entry.state)

    def _done(self, drop_id: str, state: State) -> Done:
        return Done(self._pending.pop(drop_id), state, self._settled.pop(drop_id, None))

    def _see_to_the_rest(self) -> Iterator[Done]:
        """Follow up drops that changed meanwhile, belonged to another process, or were members of bundles."""
        before = len(self._pending)
        while self._ledger.due(_NO_MARK):
            pass
        entries = self._entries()
        yield from self._settle(entries)
        if not self._pending:
            return
        held: set[str] = set()
        started = yield from self._start_waiting(held)
        self._requeue(entries.keys() & self._pending.keys() - held)
        if not started and len(self._pending) == before:
            self._sleep(_LOOK_S)

    def _requeue(self, strays: set[str]) -> None:
        """Queue what should be in a batch and is in none, as in a ledger that was restored in part.

        Only what was so at the last look, too: a worker may have finished it between two questions.
        """
        lasting, self._strays = strays & self._strays, strays
        if lasting:
            self._ledger.requeue([self._pending[name] for name in sorted(lasting)])

    def _entries(self) -> dict[str, Entry | None]:
        ids = list(self._pending)
        found: dict[str, Entry | None] = {}
        for start in range(0, len(ids), _LOOKUP):
            some = ids[start : start + _LOOKUP]
            found.update(zip(some, self._ledger.lookup(some), strict=True))
        return found

    def _settle(self, entries: Mapping[str, Entry | None]) -> Iterator[Done]:
        later = {drop_id for drop_id, entry in entries.items() if entry and entry.state is State.RETRYING}
        later = self._ledger.scheduled(sorted(later))
        for drop_id, entry in entries.items():
            if entry is None:
                raise OutageError("Redis was emptied meanwhile: ingest the rest of the files again.")
            if entry.state not in _OPEN or drop_id in later:
                yield self._done(drop_id, entry.state)

    def _start_waiting(self, held: set[str]) -> Generator[Done, None, bool]:
        """Start waiting batches that contain our drops; whether there were any.

        Args:
            held: gets all drops that are in batches.
        """
        for batch in list(self._ledger.batches()):
            held.update(batch.drops)
            if self._pending.keys().isdisjoint(batch.drops):
                continue
            if batch.run:
                # A worker has it; if that worker has died, this gives the batch back.
                self._ledger.reap(batch.id)
                continue
            self._todo.append(batch.id)
        started = bool(self._todo)
        while self._todo:
            yield from self._work_on(self._todo.popleft(), self._others)
        yield from self._written()
        return started


class _Held:
    """A batch that this process has, from its claim until it is written or given back."""

    def __init__(self, hand: Hand, pipeline: BatchPipeline, batch: str, tools: BatchTools) -> None:
        self._hand = hand
        self._batch = batch
        self._token = uuid4().hex
        self.ledger = _Watched(hand.ledger)
        tools = msgspec.structs.replace(tools, in_flight=hand.marker.name)
        self.run = BatchRun(self.ledger, pipeline, batch, self._token, tools)
        hand.marker.begin(batch, self._token)

    def let_go(self) -> None:
        """It is over."""
        self._hand.marker.end()

    def give_back(self) -> None:
        """Queue again what isn't settled, and blame no file."""
        try:
            self._hand.ledger.finish(self._batch, self._token, [], yield_rest=True)
        finally:
            self.let_go()


class _Watched:
    """The ledger of a batch processed here; records what is settled and which members are found.

    Attributes:
        settled: the settlements, by drop id.
        members: the members that were found; batches: those that contain them.
    """

    def __init__(self, inner: Ledger) -> None:
        self.inner = inner
        self.settled: dict[str, Settlement] = {}
        self.members: list[Drop] = []
        self.batches: list[str] = []

    def enqueue(self, drops: Sequence[Drop], *, lane: Lane = Lane.FRESH, force: bool = False) -> Enqueued:
        self.batches += self.inner.hand_over(drops)
        self.members += drops
        return Enqueued(queued=len(drops))

    def start(self, batch: str, run: str, *, process: int, task: str) -> list[Drop]:
        return self.inner.start(batch, run, process=process, task=task)

    def touch(self, batch: str, run: str, current: str) -> bool:
        return self.inner.touch(batch, run, current)

    def migration(self) -> str | None:
        return self.inner.migration()

    def finish(
        self,
        batch: str,
        run: str,
        settlements: Sequence[Settlement],
        *,
        yield_rest: bool = False,
        meters: Mapping[str, int] = {},
    ) -> bool:
        ours = self.inner.finish(batch, run, settlements, yield_rest=yield_rest, meters=meters)
        if ours:
            self.settled.update((one.outcome.drop.id, one) for one in settlements)
        return ours

    def gate(self) -> Gate | None:
        return self.inner.gate()

    def probe_gate(self) -> bool:
        return self.inner.probe_gate()

    def open_gate(self, service: str = "") -> bool:
        return self.inner.open_gate(service)

    def close_gate(self, service: str, reason: str, ttl_s: float) -> bool:
        return self.inner.close_gate(service, reason, ttl_s)
