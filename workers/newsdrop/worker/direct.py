"""Processes drops in the calling process (`newsdrop ingest`), with a worker's own rules and code.

    drops ─▶ ledger: queued, in batches without a message ─▶ run_batch, as in a worker ─▶ ledger: settled
                                                                │ changed meanwhile, or with a worker already
                                                                └▶ followed up: started here or waited for

So it may run beside watchers and workers over the same files: a drop is in one batch, a batch has one run,
and an outdated reading is repeated. If this process dies, its batches go to any worker. It has no reconciler,
and does the necessary part of that work itself: drops that are due, and batches whose lease has expired.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import islice
from typing import Final
from uuid import uuid4

import msgspec

from newsdrop.documents import Drop, State
from newsdrop.errors import ForeignIndexError, NewsdropError, OutageError
from newsdrop.ledger.ledger import Ledger
from newsdrop.ports import Enqueued, Entry, Gate, Lane, Settlement
from newsdrop.worker.batch import BatchPipeline, BatchTools, run_batch

__all__ = ["Direct", "Done"]

_LOOK_S: Final = 0.2
_LOOKUP: Final = 1_000
#: Practically no limit: there is nobody else to give a batch to.
_NO_MARK: Final = 2**31
_OPEN = (State.QUEUED, State.RETRYING)


class Done(msgspec.Struct, frozen=True):
    """The result for a drop; `settlement` None: another process handled it.

    `state` is the ledger's: *retrying* if it is waiting for a later try.
    """

    drop: Drop
    state: State
    settlement: Settlement | None = None


class Direct:
    """Processes drops for one caller.

    Args:
        ours: tools for batches made here; others: for batches that were waiting for a worker.
        begin, end: called before and after each batch, with its id and token (the in-flight marker).
        process: the id of this process in the ledger.
    """

    def __init__(
        self,
        ledger: Ledger,
        pipeline: BatchPipeline,
        *,
        ours: BatchTools,
        others: BatchTools,
        process: int,
        begin: Callable[[str, str], object] = lambda _batch, _run: None,
        end: Callable[[], object] = lambda: None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._ledger = _Watched(ledger)
        self._pipeline = pipeline
        self._ours = msgspec.structs.replace(ours, admit=partial(self._admit, ours.admit))
        self._others = msgspec.structs.replace(others, admit=partial(self._admit, others.admit))
        self._refused: ForeignIndexError | None = None
        self._process = process
        self._begin = begin
        self._end = end
        self._sleep = sleep
        self._pending: dict[str, Drop] = {}
        self._settled: dict[str, Settlement] = {}
        self._strays: set[str] = set()

    def run(self, drops: Iterable[Drop]) -> Iterator[Done]:
        """Process the drops, and the members of bundles; yields each as soon as it is settled.

        Raises:
            OutageError: a server went away. Unsettled drops stay queued.
            ConfigError: the same, until a person acts.
        """
        waiting = iter(drops)
        most = self._ledger.inner.limits.backlog_batch_drops
        while some := list(islice(waiting, most)):
            self._pending.update((drop.id, drop) for drop in some)
            members = self._work_on(self._ledger.inner.hand_over(some))
            for start in range(0, len(members), _LOOKUP):
                yield from self._fates(members[start : start + _LOOKUP])
            yield from self._fates([drop.id for drop in some])
        while self._pending:
            yield from self._see_to_the_rest()

    def _work_on(self, batches: Sequence[str]) -> list[str]:
        """Run these batches, and those of members found in them; returns the ids of those members."""
        todo, found = deque(batches), dict[str, None]()
        while todo:
            self._run(todo.popleft(), self._ours)
            # Members of bundles, which are found while the bundle is listed.
            members, made = self._ledger.take()
            self._pending.update((drop.id, drop) for drop in members)
            found.update((drop.id, None) for drop in members)
            todo.extend(made)
        return list(found)

    def _run(self, batch: str, tools: BatchTools) -> None:
        run = uuid4().hex
        self._begin(batch, run)
        try:
            run_batch(
                self._ledger, self._pipeline, batch, run=run, process=self._process, task="", tools=tools
            )
        except BaseException:
            # Ctrl-C, or Redis: not the fault of this file.
            with suppress(NewsdropError):
                self._ledger.inner.finish(batch, run, [], yield_rest=True)
            raise
        finally:
            self._end()
        settled = self._ledger.take_settled()
        self._settled.update(settled)
        if self._refused is not None:
            raise self._refused
        gate = None if settled else self._ledger.gate()
        if gate is not None:
            raise OutageError(
                f"Work is paused: {gate.reason} {len(self._pending)} files stay queued for a worker."
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
        for drop_id, entry in zip(ids, self._ledger.inner.lookup(ids), strict=True):
            if entry is not None and entry.state not in _OPEN and drop_id in self._pending:
                yield self._done(drop_id, entry.state)

    def _done(self, drop_id: str, state: State) -> Done:
        return Done(self._pending.pop(drop_id), state, self._settled.pop(drop_id, None))

    def _see_to_the_rest(self) -> Iterator[Done]:
        """Follow up drops that changed meanwhile, belonged to another process, or were members of bundles."""
        before = len(self._pending)
        while self._ledger.inner.due(_NO_MARK):
            pass
        entries = self._entries()
        yield from self._settle(entries)
        if not self._pending:
            return
        started, held = self._start_waiting()
        self._requeue(entries.keys() & self._pending.keys() - held)
        if not started and len(self._pending) == before:
            self._sleep(_LOOK_S)

    def _requeue(self, strays: set[str]) -> None:
        """Queue what should be in a batch and is in none, as in a ledger that was restored in part.

        Only what was so at the last look, too: a worker may have finished it between two questions.
        """
        lasting, self._strays = strays & self._strays, strays
        if lasting:
            self._ledger.inner.requeue([self._pending[name] for name in sorted(lasting)])

    def _entries(self) -> dict[str, Entry | None]:
        ids = list(self._pending)
        found: dict[str, Entry | None] = {}
        for start in range(0, len(ids), _LOOKUP):
            some = ids[start : start + _LOOKUP]
            found.update(zip(some, self._ledger.inner.lookup(some), strict=True))
        return found

    def _settle(self, entries: Mapping[str, Entry | None]) -> Iterator[Done]:
        later = {drop_id for drop_id, entry in entries.items() if entry and entry.state is State.RETRYING}
        later = self._ledger.inner.scheduled(sorted(later))
        for drop_id, entry in entries.items():
            if entry is None:
                raise OutageError("Redis was emptied meanwhile: ingest the rest of the files again.")
            if entry.state not in _OPEN or drop_id in later:
                yield self._done(drop_id, entry.state)

    def _start_waiting(self) -> tuple[bool, set[str]]:
        """Start waiting batches that contain our drops; whether there were any, and all drops in batches."""
        started, held = False, set[str]()
        for batch in list(self._ledger.inner.batches()):
            held.update(batch.drops)
            if self._pending.keys().isdisjoint(batch.drops):
                continue
            if batch.run:
                # A worker has it; if that worker has died, this gives the batch back.
                self._ledger.inner.reap(batch.id)
                continue
            self._run(batch.id, self._others)
            started = True
        return started, held


class _Watched:
    """The ledger of a batch processed here; records what is settled and which members are found."""

    def __init__(self, inner: Ledger) -> None:
        self.inner = inner
        self._settled: dict[str, Settlement] = {}
        self._members: list[Drop] = []
        self._batches: list[str] = []

    def take(self) -> tuple[list[Drop], list[str]]:
        """The members that were found, and the batches that contain them."""
        taken = self._members, self._batches
        self._members, self._batches = [], []
        return taken

    def take_settled(self) -> dict[str, Settlement]:
        """The settlements, by drop id."""
        taken, self._settled = self._settled, {}
        return taken

    def enqueue(self, drops: Sequence[Drop], *, lane: Lane = Lane.FRESH, force: bool = False) -> Enqueued:
        made = self.inner.hand_over(drops)
        self._members += drops
        self._batches += made
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
            self._settled.update((one.outcome.drop.id, one) for one in settlements)
        return ours

    def gate(self) -> Gate | None:
        return self.inner.gate()

    def probe_gate(self) -> bool:
        return self.inner.probe_gate()

    def open_gate(self, service: str = "") -> bool:
        return self.inner.open_gate(service)

    def close_gate(self, service: str, reason: str, ttl_s: float) -> bool:
        return self.inner.close_gate(service, reason, ttl_s)
