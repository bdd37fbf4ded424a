"""The life of one batch in a worker, from the message to the outcomes in the ledger.

    start ─▶ gate ─▶ drops, in groups: each stage recorded and timed ─▶ touch '' ─▶ commit in bulk ─▶ finish
               ▲                                                                      │ outage
               └────────────────────────────── wait, try again ◀─────────────────────┘

Several drops finish a stage before any of them enters the next, because that is faster. In every stage it is
still known which file is in hand and how much of its time is left.

Every way out leaves each drop with an outcome: settled, waiting for a retry, dead, or given back without
counting a death (time is up, the worker stops, a service stays down). A batch that was taken from us is
dropped at once. What kills the process is not handled here: the lease expires, and the reconciler counts a
death against the drop in hand. Knows no Celery; clocks and randomness are arguments.
"""

from __future__ import annotations

import random
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Final, NamedTuple, Protocol, TypeVar

import msgspec

from newsdrop.documents import Drop, ErrorClass, Outcome, Stage, State
from newsdrop.errors import ConfigError, ForeignIndexError, OutageError
from newsdrop.events import emit
from newsdrop.index.store import Store
from newsdrop.ledger.grouping import group_of
from newsdrop.ledger.retry import Backoff, Wait, decide
from newsdrop.meters import Stopwatch, Tally
from newsdrop.options import WorkerOptions
from newsdrop.pipeline import ABREAST, ABREAST_CHARS, Draft, Expansion, Prepared, describe
from newsdrop.ports import AT_GATE, IN_BULK, BatchLedger, Dead, Lane, Retry, Settlement, WriteContext
from newsdrop.traces import BatchTrace, Traces
from newsdrop.worker.file_timer import FileTimeout, FileTimer, overdue
from newsdrop.worker.gate import Gatekeeper, GateTimes

__all__ = ["BatchLimits", "BatchPipeline", "BatchRun", "BatchTools", "run_batch"]

_WORKER = WorkerOptions()
_T = TypeVar("_T")


class BatchLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers of one batch; those that are settings have the defaults of options.py."""

    #: No new file is started after this; the rest is given back.
    budget_s: float = _WORKER.batch_time_budget_s
    file_limit_s: float = _WORKER.file_time_limit_s
    #: The lease is renewed before a file when the last touch is older than this.
    renew_s: float = 10.0
    gate: GateTimes = GateTimes()
    backoff: Backoff = Backoff()
    #: How long to wait if Redis goes away, so that finished work isn't lost.
    redis_wait_s: float = 30.0
    redis_pause_s: float = 0.5


class BatchPipeline(Protocol):
    """The part of the pipeline that a batch uses."""

    store: Store
    stopwatch: Stopwatch

    def begin(self, drop: Drop) -> Draft | Prepared | Outcome | Expansion: ...
    def commit(self, prepared: Sequence[Prepared], context: WriteContext) -> list[Outcome]: ...


class BatchTools(msgspec.Struct, frozen=True, kw_only=True):
    """What a batch uses besides ledger and pipeline; tests pass their own.

    `timer` bounds one file; `stopping` says whether the worker should stop; `in_flight` records the id of the
    drop being processed ("": none) where it outlives this process. `admit` raises unless this worker's index
    is the ledger's. `moved` is given outcomes before they are written, for dead letters of files that are
    elsewhere now and bundles that are gone (ledger.gone_files). `now_ms` is the ledger's clock, and `sync`
    corrects it.
    """

    limits: BatchLimits = BatchLimits()
    stopping: Callable[[], bool] = lambda: False
    in_flight: Callable[[str], object] = lambda _drop: None
    admit: Callable[[], object] = lambda: None
    moved: Callable[[Sequence[Outcome]], object] = lambda _outcomes: None
    timer: Callable[[float], AbstractContextManager[object]] = FileTimer
    clock_s: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    random: Callable[[], float] = random.random
    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    sync: Callable[[], object] = lambda: None
    #: None: tracing is off.
    traces: Traces | None = None


DEFAULT_TOOLS = BatchTools()

#: A timer of zero would not be armed.
_LEAST_S: Final = 0.001
#: Members of a bundle that are listed between two renewals of the lease.
_MEMBERS: Final = 256


def run_batch(
    ledger: BatchLedger,
    pipeline: BatchPipeline,
    batch: str,
    *,
    run: str,
    process: int,
    task: str,
    tools: BatchTools = DEFAULT_TOOLS,
) -> None:
    """Process a batch under the token `run`; does nothing if another run has or had it.

    Args:
        process, task: who holds it: the worker's main process and Celery's task id.

    Raises:
        OutageError, ConfigError: Redis stays away; the batch's lease expires and it is processed again.
    """
    work = BatchRun(ledger, pipeline, batch, run, tools)
    if work.claim(process, task) and work.prepare():
        work.write()


class _AbandonedError(BaseException):
    """The batch is no longer ours. Not an `Exception`, or a file would be blamed for it."""


class _Begun(NamedTuple):
    """A drop, its next stage, and the rest of its time."""

    drop: Drop
    work: Callable[[], Draft | Prepared | Outcome | Expansion]
    left_s: float
    begun_ns: int
    chars: int = 0


class BatchRun:
    """A run of a batch, once claimed in two halves, `prepare` and `write`, which two threads may do in turn.

    Every method raises OutageError or ConfigError when Redis stays away.
    """

    def __init__(
        self, ledger: BatchLedger, pipeline: BatchPipeline, batch: str, run: str, tools: BatchTools
    ) -> None:
        #: What was claimed.
        self.drops: Sequence[Drop] = ()
        self._ledger = ledger
        self._pipeline = pipeline
        self._batch = batch
        self._run = run
        self._tools = tools
        self._prepared: list[Prepared] = []
        self._settled: list[Settlement] = []
        self._begun_s = self._touched_s = tools.clock_s()
        self._tally = Tally()
        self._trace: BatchTrace | None = None
        self._gate = Gatekeeper(
            ledger,
            pipeline.store.check,
            touch=lambda: self._touch(AT_GATE),
            stopping=tools.stopping,
            times=tools.limits.gate,
            clock_s=tools.clock_s,
            sleep=tools.sleep,
        )

    def claim(self, process: int, task: str) -> bool:
        """Take the batch; False: it is, or was, somebody else's."""
        self.drops = self._patiently(
            lambda: self._ledger.start(self._batch, self._run, process=process, task=task)
        )
        if not self.drops:
            return False
        self._patiently(self._tools.sync)
        emit("batch.started", batch=self._batch, run=self._run, drops=len(self.drops))
        if self._tools.traces is not None:
            self._trace = self._tools.traces.batch(self._batch, len(self.drops), time.time_ns())
        return True

    def prepare(self) -> bool:
        """Bring the drops up to the bulk; False: the batch was taken from us."""
        return self._unless_taken(self._prepare_all)

    def renew(self) -> None:
        """Renew the lease, while what was prepared waits to be written."""
        # If it is no longer ours, `write` finds that out as well.
        self._patiently(lambda: self._ledger.touch(self._batch, self._run, IN_BULK))

    def write(self) -> None:
        """Write the bulk, and what became of each drop."""
        self._unless_taken(self._write_all)

    def _unless_taken(self, half: Callable[[], object]) -> bool:
        try:
            half()
        except _AbandonedError:
            emit("batch.abandoned", batch=self._batch, run=self._run)
            return False
        return True

    def _prepare_all(self) -> None:
        if not self._patiently(self._gate.pass_through):
            return
        waiting = deque(self.drops)
        while waiting and self._time_for(self._tools.limits.file_limit_s):
            self._prepare_some(waiting)

    def _write_all(self) -> None:
        if self._prepared:
            for outcome in self._commit(self._prepared):
                self._settle(outcome)
        self._finish()

    def _time_for(self, file_s: float) -> bool:
        """Whether there is time for a file that takes this long; otherwise it is given back with the rest."""
        limits = self._tools.limits
        elapsed_s = self._tools.clock_s() - self._begun_s
        return elapsed_s + file_s < limits.budget_s + limits.file_limit_s and not self._tools.stopping()

    def _prepare_some(self, waiting: deque[Drop]) -> None:
        """Bring a group of waiting drops through all stages."""
        limit_s = self._tools.limits.file_limit_s
        # A drop that goes alone has a span in its trace with its own time.
        most = ABREAST if self._trace is None else 1
        begun: deque[_Begun] = deque()
        while (
            waiting
            and len(begun) < most
            and sum(one.chars for one in begun) < ABREAST_CHARS
            and self._time_for(limit_s)
        ):
            drop = waiting.popleft()
            begin = partial(self._pipeline.begin, drop)
            self._advance(_Begun(drop, begin, limit_s, time.time_ns()), begun)
        while begun:
            one = begun.popleft()
            if self._time_for(one.left_s):
                self._advance(one, begun)

    def _advance(self, one: _Begun, begun: deque[_Begun]) -> None:
        """Run one stage of one drop under its timer; it is the drop in hand for that time."""
        if self._tools.clock_s() - self._touched_s >= self._tools.limits.renew_s:
            self._touch(IN_BULK)
        begun_s = self._tools.clock_s()
        self._tools.in_flight(one.drop.id)
        step = self._timed(one.drop, one.left_s, one.work)
        outcome = self._expand(step) if isinstance(step, Expansion) else step
        self._tools.in_flight("")
        if self._trace is not None:
            self._trace.prepared(one.drop.id, one.begun_ns, time.time_ns())
        if isinstance(outcome, Draft):
            left_s = max(_LEAST_S, one.left_s - (self._tools.clock_s() - begun_s))
            begun.append(_Begun(one.drop, outcome.advance, left_s, one.begun_ns, outcome.chars))
        elif isinstance(outcome, Prepared):
            self._prepared.append(outcome)
        elif outcome is not None:
            self._settle(outcome)

    def _expand(self, bundle: Expansion) -> Outcome | Prepared | None:
        """Make the members of a bundle drops of their own as they are found; returns the bundle's outcome, or
        what is to be written before.

        The listing has the time limit of one file. None: the worker should stop; the next worker finds the
        members that are already known, and continues from there.
        """
        left_s = self._tools.limits.file_limit_s
        while True:
            begun_s = self._tools.clock_s()
            found = self._timed(bundle.drop, left_s, lambda: bundle.take(_MEMBERS))
            if isinstance(found, Outcome):
                return found
            left_s = max(_LEAST_S, left_s - (self._tools.clock_s() - begun_s))
            if not found:
                return bundle.outcome()
            # A member's latency and trace are those of its bundle.
            drop = bundle.drop
            whence = {"seen_ms": drop.seen_ms, "trace": drop.trace, "rewritten": drop.rewritten}
            members = [msgspec.structs.replace(member, **whence) for member in found]
            # A member's stamp is its length, and the bundle's time.
            enqueue = partial(self._ledger.enqueue, members, lane=Lane.BACKLOG, force=drop.rewritten)
            self._patiently(enqueue)
            self._touch(IN_BULK)
            if self._tools.stopping():
                return None

    def _timed(self, drop: Drop, left_s: float, work: Callable[[], _T]) -> _T | Outcome:
        try:
            with self._tools.timer(left_s):
                return work()
        except FileTimeout as cut:
            return Outcome(drop=drop, failure=overdue(drop, cut.worked_s, self._tools.limits.file_limit_s))
        except (Exception, SystemExit) as error:  # noqa: BLE001  the pipeline lets none out; if it does, its neighbours live on
            return Outcome(drop=drop, failure=describe(error, Stage.WORKER))

    def _commit(self, prepared: Sequence[Prepared]) -> list[Outcome]:
        """Write the bulk, waiting at the gate while the index refuses; returns nothing if patience ends.

        The same if the ledger belongs to another index: the gate must not stop the workers of that one.
        """
        while True:
            self._touch(IN_BULK)
            context = WriteContext(
                before_request=lambda: self._touch(IN_BULK),
                after_bulk=self._measure_bulk,
                # While `index migrate` runs, the new index gets everything that the old one gets.
                also_to=self._patiently(self._ledger.migration),
            )
            begun_ns = time.time_ns()
            try:
                self._tools.admit()
                outcomes = self._pipeline.commit(prepared, context)
                if self._trace is not None:
                    self._trace.committed(begun_ns, time.time_ns())
                return outcomes
            except ForeignIndexError:
                return []
            except (OutageError, ConfigError) as error:
                self._close_gate(error)
            except _AbandonedError:
                self._confess(prepared)
                raise
            if not self._patiently(self._gate.pass_through):
                return []

    def _measure_bulk(self, documents: int, bytes_: int, seconds: float) -> None:
        self._tally.observe("newsdrop_bulk_documents", documents)
        self._tally.observe("newsdrop_bulk_bytes", bytes_)
        self._tally.observe("newsdrop_bulk_seconds", seconds)

    def _confess(self, prepared: Sequence[Prepared]) -> None:
        """Report to the ledger what an interrupted bulk may have written over a newer text."""
        written = [
            Settlement(
                Outcome(
                    drop=one.drop,
                    state=State.INDEXED,
                    stamp=one.stamp,
                    sha256=one.sha256,
                    document_id=one.document.id,
                )
            )
            for one in prepared
            if one.document is not None
        ]
        self._patiently(lambda: self._ledger.finish(self._batch, self._run, written))

    def _settle(self, outcome: Outcome) -> None:
        failure = outcome.failure
        if failure is None:
            self._settled.append(Settlement(outcome))
            return
        attempt = outcome.drop.attempts + 1
        decision = decide(failure.kind, attempt, self._tools.random(), self._tools.limits.backoff)
        if isinstance(decision, Wait):
            # Given back with the rest; the gate prevents an endless loop.
            self._close_gate(OutageError(failure.message))
            return
        self._settled.append(Settlement(outcome, decision))

    def _finish(self) -> None:
        left = len(self.drops) - len(self._settled)
        fates = fate_counts(self._settled, left)
        duration_s = self._tools.clock_s() - self._begun_s
        self._measure(fates, duration_s)
        meters = self._tally.take()
        if self._settled:
            told = [one.outcome for one in self._settled]
            self._patiently(lambda: self._tools.moved(told))
        ours = self._patiently(
            lambda: self._ledger.finish(
                self._batch, self._run, self._settled, yield_rest=left > 0, meters=meters
            )
        )
        if not ours:
            raise _AbandonedError
        _emit_failures(self._settled)
        if self._trace is not None:
            self._trace.recorded([one.outcome for one in self._settled], time.time_ns())
        emit("batch.finished", batch=self._batch, run=self._run, **fates, duration_ms=int(duration_s * 1000))

    def _measure(self, fates: Mapping[str, int], duration_s: float) -> None:
        tally, now_ms = self._tally, self._tools.now_ms()
        tally.observe("newsdrop_batch_seconds", duration_s)
        tally.count("newsdrop_gate_wait_seconds_total", by=self._gate.waited_s)
        for stage, seconds in self._pipeline.stopwatch.take().items():
            tally.count("newsdrop_stage_seconds_total", stage, by=seconds)
        for fate, drops in fates.items():
            tally.count("newsdrop_outcomes_total", fate, by=drops)
        for one in self._settled:
            outcome = one.outcome
            if outcome.failure is not None:
                decided = "retrying" if isinstance(one.decision, Retry) else "dead"
                tally.count("newsdrop_failures_total", outcome.failure.stage, decided)
                continue
            for step in outcome.flaws:
                tally.count("newsdrop_flaws_total", step)
            if outcome.state is State.INDEXED and outcome.drop.seen_ms is not None:
                # The clocks of two machines may differ by more than the time it took.
                tally.observe("newsdrop_latency_seconds", max(0, now_ms - outcome.drop.seen_ms) / 1000)

    def _touch(self, current: str) -> None:
        self._touched_s = self._tools.clock_s()
        if not self._patiently(lambda: self._ledger.touch(self._batch, self._run, current)):
            raise _AbandonedError

    def _close_gate(self, error: OutageError | ConfigError) -> None:
        self._patiently(lambda: self._gate.close(error))

    def _patiently(self, call: Callable[[], _T]) -> _T:
        """Repeat a call for a while if Redis goes away: every call here may be repeated."""
        limits = self._tools.limits
        deadline_s = self._tools.clock_s() + limits.redis_wait_s
        while True:
            try:
                return call()
            except OutageError:
                if self._tools.clock_s() >= deadline_s:
                    raise
                self._tools.sleep(limits.redis_pause_s)


def _emit_failures(settled: Sequence[Settlement]) -> None:
    said = False
    for one in settled:
        drop, failure = one.outcome.drop, one.outcome.failure
        # While a disk is away, one file stands for all: each of a whole archive would come every minute.
        repeated = said and failure is not None and failure.kind is ErrorClass.STORAGE
        if failure is None or repeated:
            continue
        said = said or failure.kind is ErrorClass.STORAGE
        about = {
            "source": drop.source,
            "stage": failure.stage,
            "type": failure.type,
            "message": failure.message,
        }
        if isinstance(one.decision, Retry):
            emit("drop.retrying", **about, attempt=drop.attempts + 1, after_ms=one.decision.after_ms)
        else:
            emit("drop.dead", **about, group=group_of(failure, drop.source))


def fate_counts(settled: Sequence[Settlement], left: int) -> dict[str, int]:
    """The outcomes of a batch's drops, as counted in events and metrics; `left` are given back."""
    states = Counter(one.outcome.state for one in settled)
    return {
        "indexed": states[State.INDEXED],
        "superseded": states[State.SUPERSEDED],
        "gone": states[State.GONE] + states[State.REMOVED] + states[State.FORGOTTEN],
        "expanded": states[State.EXPANDED],
        "retrying": sum(isinstance(one.decision, Retry) for one in settled),
        "dead": sum(isinstance(one.decision, Dead) for one in settled),
        "yielded": left,
    }
