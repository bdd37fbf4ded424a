"""The ledger: the state of every drop, and the only way to change it.

    queued ──▶ indexed | superseded | gone | removed | expanded | forgotten
      │ ▲
      ▼ │ due
    retrying ──▶ dead ──▶ discarded            dead, indexed … ──changed, replayed──▶ queued
    indexed | superseded ──takedown──▶ forgotten ──undone──▶ removed

Each method that changes something is one script, so ledger, batch record, message and letter agree at any
moment. A running batch is held by its run token and a lease; only `reap` takes it away. All times are the
server's. It is not a queue: a message in Celery's list is only a hint that may be lost or duplicated.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from newsdrop.documents import Drop, Stage, Stamp, State
from newsdrop.errors import kept_message, kept_trace, printable
from newsdrop.identity import drop_id, earlier_drop_id
from newsdrop.ledger import keys
from newsdrop.ledger.gauges import QueueGauges, read_gauges
from newsdrop.ledger.grouping import group_key, group_of
from newsdrop.ledger.held_removals import HeldRemovals
from newsdrop.ledger.receipts import RECEIPT_TTL_S
from newsdrop.ledger.records import drop_of, fit, pack_record, raw, raw_id, unpack_entry
from newsdrop.ledger.redis_errors import redis_errors
from newsdrop.ledger.scripts import Scripts
from newsdrop.ledger.views import BatchView, LedgerViews
from newsdrop.options import ELASTICSEARCH_TIMEOUT_S, REQUEST_MARGIN_S, Limits, QueueOptions, WatchOptions
from newsdrop.portions import portions
from newsdrop.ports import AT_GATE, IN_BULK, Enqueued, Entry, Gate, Lane, Retry, Settlement
from newsdrop.traces import Traces
from newsdrop.version import VERSION

if TYPE_CHECKING:
    import redis

__all__ = [
    "AT_GATE",
    "IN_BULK",
    "BatchView",
    "Enqueued",
    "Entry",
    "Gate",
    "Lane",
    "Ledger",
    "LedgerLimits",
    "Reaped",
    "Settlement",
]

#: The service whose gate the crash loop closes.
CRASH_LOOP = "worker"

#: States that come with a document of the drop's article.
_WITH_DOCUMENT = (State.INDEXED, State.SUPERSEDED, State.FORGOTTEN)

_QUEUE = QueueOptions()
_PIPELINE_CHUNKS = 32
_JUST_WRITTEN_MS = 600_000
#: The length of the message kept for each attempt.
_BRIEF_CHARS = 300
_LOST_TYPE = "WorkerLostError"
#: With more drops than this in the backlog lane, retries and replays wait in the ledger.
HIGH_WATER: Final = WatchOptions().high_water
#: How many items a script checks, at most, of something unbounded: about 20 ms.
_STEP: Final = 5_000
_LOST_MESSAGE = (
    "The worker process died, or stood still for longer than its lease, each time it had this drop in hand, "
    "so it is not tried again. Check what is unusual about the file, and worker.memory_bytes."
)


class LedgerLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers of the protocol; those that are settings have the defaults of options.py."""

    lease_ms: int = _QUEUE.lease_s * 1000
    #: A batch that waits for the index is held for so long at least: one request may take it.
    request_ms: int = int((ELASTICSEARCH_TIMEOUT_S + REQUEST_MARGIN_S) * 1000)
    grace_ms: int = _QUEUE.grace_s * 1000
    max_deaths: int = _QUEUE.max_deaths
    batch_drops: int = _QUEUE.batch_drops
    backlog_batch_drops: int = _QUEUE.backlog_batch_drops
    batch_bytes: int = _QUEUE.batch_bytes
    message_letters: int = _QUEUE.message_letters
    #: Refused messages are kept whole up to this size, and of larger ones so much.
    message_bytes: int = Limits().message_bytes
    message_raw_bytes: int = 262_144
    crash_loop_deaths: int = 10
    crash_loop_gate_ms: int = 60_000
    receipt_ttl_s: int = RECEIPT_TTL_S
    #: How many attempts a record or a letter keeps.
    history: int = 50


class Reaped(msgspec.Struct, frozen=True):
    """The result of reaping one batch.

    early: the deadline isn't over. missing: there is no such record. published, extended: nobody had started
    it. waiting: its worker died at the gate. charged: a death was counted against the drop `blamed`
    (`letter`: it is dead now). split: its worker died in the bulk request, and each drop is tried alone now.
    """

    batch: str
    what: str
    run: str = ""
    blamed: str = ""
    drops: int = 0
    letter: bool = False


class Held(msgspec.Struct, frozen=True):
    """The drops that were in a batch at some moment, and how many batches had been made before."""

    since: int
    ids: set[str]

    def wire(self, drops: Sequence[Drop]) -> dict[str, Any]:
        """The part of it that the script needs for these drops."""
        held = [raw_id(drop.id) for drop in drops if drop.id in self.ids]
        return {"since": self.since, "held": held}


class Ledger(LedgerViews):
    """The ledger over one Redis client (which must return bytes, not text).

    Args:
        host: recorded in attempts and letters.
        traces: gives queued drops the context of a trace; None: tracing is off.
        now_ms: a clock for tests only; without it, the server's clock is used.

    Every method raises OutageError if Redis can't be reached or refuses writes, and ConfigError if it rejects
    our credentials.
    """

    def __init__(
        self,
        client: redis.Redis,
        limits: LedgerLimits | None = None,
        *,
        host: str | None = None,
        traces: Traces | None = None,
        version: str = VERSION,
        now_ms: Callable[[], int] | None = None,
    ) -> None:
        super().__init__(client)
        self.limits = limits or LedgerLimits()
        self.host = host or socket.gethostname()
        self.version = version
        self.traces = traces
        self.scripts = Scripts(client, now_ms)
        self.held = HeldRemovals(client, self.now_ms)
        self._now_ms = now_ms
        self._limits = msgspec.to_builtins(self.limits)
        self._task = ""
        self._trial = False

    def enqueue(self, drops: Sequence[Drop], *, lane: Lane = Lane.FRESH, force: bool = False) -> Enqueued:
        """Queue drops that are new, changed or, with `force`, settled; one script per batch.

        A drop's `document_id` is recorded if the ledger has none, or with `force` if the drop isn't waiting:
        an article of which only the index knows can be removed from it.
        """
        return self._enqueue(drops, lane, force=force)[0]

    def hand_over(self, drops: Sequence[Drop]) -> list[str]:
        """Queue drops for this process, even if they are settled; returns the batches to start now.

        Drops in a batch stay there. A batch not started within its grace period goes to any worker.
        """
        return self._enqueue(drops, Lane.BACKLOG, force=True, quiet=True)[1]

    def put_away(self, files: Sequence[tuple[str, Stamp]], *, stayed: bool = False) -> list[bool]:
        """Record for drops, by id and stamp, that newsdrop itself is about to move or delete their files.

        To be called first. False: the entry is about another file or isn't settled, so the file must stay.
        `stayed`: they could not be moved or deleted after all.
        """
        drops = [[raw_id(drop_id), *msgspec.structs.astuple(fit(stamp))] for drop_id, stamp in files]
        noted = self.scripts.run("put_away", {"drops": drops, "back": stayed}) if drops else []
        return [bool(its_own) for its_own in noted]

    def requeue(self, drops: Sequence[Drop], *, lane: Lane = Lane.FRESH) -> int:
        """Queue drops whatever their state, unless they are in a batch; used by the audit's repair.

        Returns:
            How many will be tried again: those queued, and those retrying that are due now.
        """
        since = self.batches_made()
        held = self.batched([drop.id for drop in drops])
        done, _ = self._enqueue(drops, lane, force=True, repair=Held(since, held))
        return done.queued + done.changed

    def start(self, batch: str, run: str, *, process: int, task: str) -> list[Drop]:
        """Claim a batch under the token `run`; an empty list means that there is nothing to do."""
        who = self._who(self.host, process, task)
        answer = self.scripts.run("start", {"batch": batch, "run": run, "who": who, "limits": self._limits})
        self._trial = bool(answer and answer[0])
        self._task = task
        return [
            drop_of(answer[i], answer[i + 1], unpack_entry(answer[i + 2]), answer[i + 3])
            for i in range(1, len(answer), 4)
        ]

    def touch(self, batch: str, run: str, current: str) -> bool:
        """Record what is in hand: a drop's id, `IN_BULK` or `AT_GATE`. False: the batch isn't ours.

        In the bulk and at the gate the index is asked, and the lease outlasts its answer.
        """
        asking = current in (IN_BULK, AT_GATE)
        least_ms = self.limits.request_ms if asking else 0
        arguments = {
            "batch": batch,
            "run": run,
            "current": _wire_current(current),
            "lease_ms": max(self.limits.lease_ms, least_ms),
        }
        return bool(self.scripts.run("touch", arguments))

    def finish(
        self,
        batch: str,
        run: str,
        settlements: Sequence[Settlement],
        *,
        yield_rest: bool = False,
        meters: Mapping[str, int] = {},
    ) -> bool:
        """Write the outcomes of drops. False: the batch was taken from us, and nothing is written.

        Args:
            yield_rest: publish the drops without a settlement again, without counting a death.
            meters: what a meters.Tally took; counted if and only if the outcomes are written.
        """
        outcomes = [self._outcome(one) for one in settlements]
        arguments = {
            "batch": batch,
            "run": run,
            "yield": yield_rest,
            "outcomes": outcomes,
            "meters": dict(meters),
            "limits": self._limits,
        }
        done = bool(self.scripts.run("finish", arguments))
        self._trial = False
        return done

    def announce_migration(self, index: str | None) -> None:
        """Make workers also write everything to this index, from their next batch on; None ends it."""
        with redis_errors(self.client):
            if index is None:
                self.client.delete(keys.MIGRATION)
            else:
                self.client.set(keys.MIGRATION, index)

    def expire(self, batch: str, run: str, current: str) -> bool:
        """End the lease of a batch at once if it is still held under `run`, whose process has died.

        Args:
            current: the id of the drop in hand, against which the death is counted; "" if unknown.
        """
        arguments = {"batch": batch, "run": run, "current": _wire_current(current)}
        return bool(self.scripts.run("expire", arguments))

    def reap(self, batch: str) -> Reaped:
        """Reclaim a batch whose deadline is over (see `Reaped`)."""
        lost = {
            "error_type": _LOST_TYPE,
            "message": _LOST_MESSAGE,
            "group": group_key(Stage.WORKER, _LOST_TYPE, _LOST_MESSAGE),
            "version": self.version,
        }
        answer = self.scripts.run(
            "reap", {"batch": batch, "lost": lost, "suspects": Lane.BACKLOG, "limits": self._limits}
        )
        what, run, blamed, drops, letter = answer
        return Reaped(batch, what.decode(), run.decode(), blamed.decode(), drops, bool(letter))

    def due(self, high_water: int = HIGH_WATER) -> int:
        """Queue a batch of drops that are due, behind fresh ones; returns how many.

        None while the lane holds `high_water` drops: they stay due and keep waiting.
        """
        arguments = {"lane": Lane.BACKLOG, "high_water": high_water, "limits": self._limits}
        return int(self.scripts.run("due", arguments))

    def tick(self, *, throttle_ms: int, gap_ms: int, count: int = 64) -> tuple[int, list[str]]:
        """Take a reconciler's turn.

        Returns:
            (0, batches whose deadline is over); (-1, []) if another just had a turn; (gap in ms, [])
            if nobody had a turn for longer than `gap_ms`, so all expired leases were renewed.
        """
        arguments = {
            "throttle_ms": throttle_ms,
            "gap_ms": gap_ms,
            "count": count,
            "step": _STEP,
            "limits": self._limits,
        }
        gap = 0
        while True:
            first, *rest = self.scripts.run("tick", arguments)
            if first <= 0:
                return gap or int(first), [] if first or gap else [batch.decode() for batch in rest]
            gap = max(gap, int(first))
            if not rest[1]:
                return gap, []

    def count(self, meters: Mapping[str, int]) -> None:
        """Add the counts of a meters.Tally to the sums of all processes."""
        if meters:
            self.scripts.run("count", {"meters": dict(meters)})

    def close_gate(self, service: str, reason: str, ttl_s: float) -> bool:
        """Pause all work for a while; True if the gate was open before."""
        return self._gate("close", service=service, reason=printable(reason), ttl_ms=int(ttl_s * 1000))

    def gate(self) -> Gate | None:
        """Why work must wait, or None. In a crash loop the worker whose turn it is to try sees it open."""
        with redis_errors(self.client):
            packed: Any = self.client.get(keys.GATE)
        found = msgspec.msgpack.decode(packed, type=Gate) if packed else None
        return None if found and found.service == CRASH_LOOP and self._trial else found

    def open_gate(self, service: str = "") -> bool:
        """Let work resume; True if the gate was closed. The gate of a crash loop needs its name."""
        return self._gate("open", service=service)

    def probe_gate(self, ttl_s: float = 5.0) -> bool:
        """Whether it is our turn to ask the service if it is back; never in a crash loop."""
        return self._gate("probe", ttl_ms=int(ttl_s * 1000))

    def gauges(self) -> QueueGauges:
        """Everything that `status` and the metrics show, in one or two round trips."""
        return read_gauges(self.client, self._now_ms)

    def report(self, kind: str, name: str, values: dict[str, Any], ttl_s: float) -> None:
        """Report the state of this process for `status`; it expires after `ttl_s` without another report."""
        text = msgspec.json.encode(values).decode()
        self.scripts.run("report", {"kind": kind, "name": name, "values": text, "ttl_ms": int(ttl_s * 1000)})

    def now_ms(self) -> int:
        """The time by the server's clock."""
        with redis_errors(self.client):
            return self.scripts.now_ms()

    def wire_limits(self) -> dict[str, int]:
        """The limits in the form that the scripts take."""
        return dict(self._limits)

    def _enqueue(
        self,
        drops: Sequence[Drop],
        lane: Lane,
        *,
        force: bool,
        repair: Held | None = None,
        quiet: bool = False,
    ) -> tuple[Enqueued, list[str]]:
        """How many were queued, and the batches that were made."""
        total = Enqueued()
        batches: list[str] = []
        if self.traces is not None:
            drops = self.traces.handing_over(drops, lane)
        most = self.limits.backlog_batch_drops if lane is Lane.BACKLOG else self.limits.batch_drops
        chunks = list(self._chunks(drops, most))
        for start in range(0, len(chunks), _PIPELINE_CHUNKS):
            with redis_errors(self.client), self.client.pipeline(transaction=False) as pipeline:
                for chunk in chunks[start : start + _PIPELINE_CHUNKS]:
                    arguments = {
                        "drops": [wire_drop(drop) for drop in chunk],
                        "lane": lane,
                        "force": force,
                        "repair": repair.wire(chunk) if repair else False,
                        "quiet": quiet,
                        "limits": self._limits,
                    }
                    self.scripts.queue(pipeline, "enqueue", arguments)
                for *counts, batch in pipeline.execute():
                    total += Enqueued(*counts)
                    batches += [batch.decode()] if batch else []
        return total, batches

    def _gate(self, action: str, **arguments: Any) -> bool:
        return bool(self.scripts.run("gate", {"action": action, **arguments}))

    @staticmethod
    def _who(host: str, process: int, task: str) -> str:
        return f"{host}\n{process}\n{task}"

    def _chunks(self, drops: Sequence[Drop], most: int) -> Iterator[list[Drop]]:
        now_ms = self.now_ms() if any(drop.seen_ms is None for drop in drops) else 0
        for chunk in portions(drops, _drop_bytes, most_bytes=self.limits.batch_bytes, most=most):
            yield [seen(drop, now_ms) for drop in chunk]

    def _outcome(self, one: Settlement) -> dict[str, Any]:
        outcome, drop = one.outcome, one.outcome.drop
        wire: dict[str, Any] = {"id": raw_id(drop.id), "inline": drop.path is None}
        if drop.path is not None and drop.id == earlier_drop_id(drop.path, drop.member):
            wire["own"] = raw_id(drop_id(drop.path, drop.member))
        if outcome.stamp is not None:
            stamp = fit(outcome.stamp)
            wire.update(size=stamp.size, mtime=stamp.mtime)
        if outcome.state is not None:
            wire["kind"] = outcome.state
            if outcome.document_id and outcome.state in _WITH_DOCUMENT:
                wire["document"] = raw_id(outcome.document_id)
            if outcome.state is State.INDEXED and drop.path is not None:
                read = outcome.stamp or drop.stamp
                wire["record"] = raw(pack_record(msgspec.structs.replace(drop, stamp=read)))
            if outcome.lowered:
                wire["lowered"] = True
            return wire
        return wire | self._failure(one)

    def _failure(self, one: Settlement) -> dict[str, Any]:
        failure = one.outcome.failure
        if failure is None or one.decision is None:
            raise ValueError(
                f"{one.outcome.drop.source}: a settlement needs a state, or a failure and a decision"
            )
        message = kept_message(failure.message)
        wire = {
            "stage": failure.stage,
            "error_type": failure.type,
            "error_message": message,
            "brief": message[:_BRIEF_CHARS],
            "group": group_of(failure, one.outcome.drop.source),
            "stack_trace": kept_trace(failure.stack_trace),
            "sha256": one.outcome.sha256,
            "task_id": self._task,
            "host": self.host,
            "version": self.version,
        }
        if isinstance(one.decision, Retry):
            decision = one.decision
            return {
                "kind": "retry",
                "after_ms": decision.after_ms,
                "spent": decision.spent,
                "failure": wire,
            }
        return {"kind": "dead", "failure": wire}


def _wire_current(current: str) -> Any:
    return raw_id(current) if len(current) == 32 else current


def _drop_bytes(drop: Drop) -> int:
    """The drop's share of its batch in bytes: the size of its file, or of its content if that is larger."""
    return max(drop.stamp.size, len(drop.content or b""))


def wire_drop(drop: Drop) -> list[Any]:
    """A drop as the scripts take it: id, size, mtime, packed record; body, receipt, document, earlier id or
    False."""
    if (drop.path is None) == (drop.content is None):
        raise ValueError(f"{drop.source}: a drop has either a path or content")
    stamp = fit(drop.stamp)
    body = False if drop.content is None else raw(drop.content)
    document = raw_id(drop.document_id) if drop.document_id else False
    record = raw(pack_record(drop))
    earlier = earlier_drop_id(drop.path, drop.member) if drop.path is not None else None
    return [
        raw_id(drop.id),
        stamp.size,
        stamp.mtime,
        record,
        body,
        drop.receipt or False,
        document,
        raw_id(earlier) if earlier else False,
    ]


def seen(drop: Drop, now_ms: int) -> Drop:
    """The drop with the time from which its latency counts: its file's last change, or now (`seen_ms`).

    A file that was last changed long ago was copied or moved here with its date, so its date doesn't count.
    """
    if drop.seen_ms is not None:
        return drop
    changed_ms = drop.stamp.mtime // 100
    complete_ms = changed_ms if now_ms - _JUST_WRITTEN_MS <= changed_ms <= now_ms else now_ms
    return msgspec.structs.replace(drop, seen_ms=complete_ms)


def content_stamp(content: bytes) -> Stamp:
    """The stamp of inline content."""
    return Stamp(len(content), 0)
