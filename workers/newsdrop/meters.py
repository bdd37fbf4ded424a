"""The catalogue of everything newsdrop measures, and how a process counts: each metric's kind, labels, help.

Gauges are read from the ledger when somebody asks. Counters and histograms are kept in one Redis hash as
whole numbers, so that forked workers on many hosts add to the same sums, a restart loses nothing, and asking
costs the workers nothing: a process collects in a `Tally` and hands it over once per batch. Labels are few
and bounded: never a path, a host or a batch. docs/metrics.md tables the catalogue and a test compares.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Final, Literal

import msgspec

__all__ = ["CATALOGUE", "Metric", "Series", "Stopwatch", "Tally", "read_series"]

#: Seconds are kept as whole microseconds.
_MICRO: Final = 1_000_000
_SEPARATOR: Final = "|"
_SUM: Final = "sum"


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """One metric.

    Attributes:
        known: for a counter, the values of each label that are told even while they are 0.
        buckets: upper bounds of a histogram, without the last one, which is infinite.
        scale: what a value is multiplied with to be kept as a whole number.
    """

    kind: Literal["gauge", "counter", "histogram"]
    help: str
    labels: tuple[str, ...] = ()
    known: tuple[tuple[str, ...], ...] = ()
    buckets: tuple[float, ...] = ()
    scale: int = 1


def _gauge(help_: str, *labels: str) -> Metric:
    return Metric(kind="gauge", help=help_, labels=labels)


def _counter(help_: str, *, scale: int = 1, **labels: tuple[str, ...]) -> Metric:
    return Metric(kind="counter", help=help_, labels=tuple(labels), known=tuple(labels.values()), scale=scale)


def _histogram(help_: str, *buckets: float, scale: int = 1) -> Metric:
    return Metric(kind="histogram", help=help_, buckets=buckets, scale=scale)


#: What may become of a drop in one try (worker/batch.py), and the stages in which it may fail.
_FATES: Final = ("indexed", "superseded", "gone", "expanded", "retrying", "dead", "yielded")
_STAGES: Final = ("read", "parse", "enrich", "index")

CATALOGUE: Final[Mapping[str, Metric]] = {
    "newsdrop_up": _gauge("1 if Redis answered; if 0, no other metric is shown."),
    "newsdrop_drops": _gauge("Drops per state; each drop ever seen is in exactly one.", "state"),
    "newsdrop_queue_drops": _gauge("Drops that are queued or being processed by a worker.", "lane"),
    "newsdrop_queue_messages": _gauge("Messages waiting in Celery's list.", "lane"),
    "newsdrop_queue_oldest_message_seconds": _gauge(
        "How long the oldest message in Celery's list has been waiting; 0 if none waits.", "lane"
    ),
    "newsdrop_batches": _gauge("Batches that are queued or being processed."),
    "newsdrop_retries_waiting": _gauge("Drops waiting until their next try is due."),
    "newsdrop_retries_overdue_seconds": _gauge(
        "How long the earliest of them has been overdue; more than a minute means that no reconciler is "
        "running."
    ),
    "newsdrop_inbox_messages": _gauge("Messages from producers waiting in the inbox."),
    "newsdrop_inbox_oldest_message_seconds": _gauge("How long the oldest of them has been waiting."),
    "newsdrop_gate_closed": _gauge("1 while work is paused because of this service.", "service"),
    "newsdrop_dead_letters": _gauge("Open dead letters per stage.", "stage"),
    "newsdrop_dead_letters_by_group": _gauge(
        "Open dead letters of the 20 largest groups among the latest 5,000; the others together as "
        "`other`. Updated once a minute.",
        "group",
    ),
    "newsdrop_dead_letters_unmirrored": _gauge("Dead letters whose last change isn't in the index yet."),
    "newsdrop_workers": _gauge("Workers that have reported recently."),
    "newsdrop_worker_processes": _gauge("Worker processes by state.", "state"),
    "newsdrop_worker_missing_folders": _gauge(
        "Watched folders that workers' hosts lack, summed over the workers."
    ),
    "newsdrop_watchers": _gauge("Watchers that have reported recently."),
    "newsdrop_watch_unsettled_files": _gauge(
        "Files that are still being written, as far as the watchers can tell."
    ),
    "newsdrop_watch_oldest_unsettled_seconds": _gauge("How long the oldest of them has been unsettled."),
    "newsdrop_watch_waiting_files": _gauge("Settled files that the watchers have not enqueued yet."),
    "newsdrop_watch_missing_folders": _gauge("Watched folders that are gone or unmounted."),
    "newsdrop_watch_passed_over": _gauge(
        "Files and folders that each folder's last rescan passed over for their names, by reason.", "reason"
    ),
    "newsdrop_watch_held_removals": _gauge(
        "Articles whose files left, too many at once to remove without confirmation.", "folder"
    ),
    "newsdrop_reconciler_silent_seconds": _gauge("Time since the last turn of any reconciler."),
    "newsdrop_redis_memory_used_bytes": _gauge("Memory used by Redis."),
    "newsdrop_redis_memory_limit_bytes": _gauge("Redis' `maxmemory`; 0 means no limit."),
    "newsdrop_outcomes_total": _counter("Outcomes of drops, one count per try.", outcome=_FATES),
    "newsdrop_failures_total": _counter(
        "Tries that failed, by stage and by the decision that followed.",
        stage=(*_STAGES, "worker"),
        outcome=("retrying", "dead"),
    ),
    "newsdrop_flaws_total": _counter(
        "Documents indexed without the result of an enrichment step, or with a text that may not be the "
        "article's (`root`).",
        step=("language", "counts", "fingerprint", "keywords", "root"),
    ),
    "newsdrop_stage_seconds_total": _counter(
        "Workers' time per stage; `index` includes waiting for the index.", stage=_STAGES, scale=_MICRO
    ),
    "newsdrop_gate_wait_seconds_total": _counter(
        "Time that workers spent waiting at the closed gate.", scale=_MICRO
    ),
    "newsdrop_latency_seconds": _histogram(
        "From the completion of a file (or arrival of a message) to the index's acknowledgement, "
        "including retries.",
        *(0.5, 1, 2, 3, 5, 10, 30, 60, 300, 1_800, 7_200, 43_200),
        scale=_MICRO,
    ),
    "newsdrop_batch_seconds": _histogram(
        "Duration of one batch, from claiming it to recording its outcomes.",
        *(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120),
        scale=_MICRO,
    ),
    "newsdrop_bulk_documents": _histogram("Documents per bulk request.", 1, 2, 4, 8, 16, 32, 64, 128, 256),
    "newsdrop_bulk_bytes": _histogram("Bytes per bulk request.", *(1e4, 3e4, 1e5, 3e5, 1e6, 3e6, 1e7, 3e7)),
    "newsdrop_bulk_seconds": _histogram(
        "Time until the index answered one bulk request.",
        *(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20),
        scale=_MICRO,
    ),
    "newsdrop_watch_healed_files_total": _counter(
        "Files that a rescan found and for which there had been no event."
    ),
    "newsdrop_watch_overflows_total": _counter("Overflows of the kernel's queue of file events."),
    "newsdrop_reaped_batches_total": _counter(
        "Batches whose lease expired: `published` again because no worker had started them, or reclaimed "
        "from a worker that died: while `waiting` at the gate, with a drop `charged`, or `split` if it "
        "died in the bulk request.",
        what=("published", "waiting", "charged", "split"),
    ),
    "newsdrop_inbox_taken_total": _counter(
        "Messages from producers read from the inbox.", result=("accepted", "rejected")
    ),
    "newsdrop_dead_letters_lost_total": _counter(
        "Dead letters of stage `message` dropped without export in a flood."
    ),
    "newsdrop_dead_export_failures_total": _counter(
        "How often dead letters couldn't be written to queue.dead_export."
    ),
}


class Tally:
    """What one process has counted and not handed over yet. For one thread."""

    def __init__(self) -> None:
        self._fields: dict[str, int] = {}

    def count(self, name: str, *labels: str, by: float = 1) -> None:
        """Add to a counter, in the unit its name says.

        Raises:
            KeyError: it isn't in the catalogue.
        """
        self._add(_SEPARATOR.join((name, *labels)), round(by * CATALOGUE[name].scale))

    def observe(self, name: str, value: float) -> None:
        """Put one value into a histogram, in the unit its name says."""
        metric = CATALOGUE[name]
        self._add(f"{name}{_SEPARATOR}{bisect_left(metric.buckets, value)}", 1)
        self._add(f"{name}{_SEPARATOR}{_SUM}", round(value * metric.scale))

    def take(self) -> dict[str, int]:
        """Everything counted so far, as fields of the hash and what to add to them; it is forgotten here."""
        taken, self._fields = self._fields, {}
        return taken

    def _add(self, field: str, by: int) -> None:
        if by:
            self._fields[field] = self._fields.get(field, 0) + by


class Series(msgspec.Struct, frozen=True):
    """One counter or histogram with its labels. `buckets`: counts per bucket, the infinite one last."""

    labels: tuple[str, ...]
    total: float = 0.0
    buckets: tuple[int, ...] = ()


def read_series(stored: Mapping[str, int], name: str) -> list[Series]:
    """What the hash holds of one metric; fields of another version's catalogue are passed over."""
    metric, prefix = CATALOGUE[name], name + _SEPARATOR
    if metric.kind == "histogram":
        buckets = tuple(stored.get(f"{prefix}{at}", 0) for at in range(len(metric.buckets) + 1))
        return [Series((), stored.get(prefix + _SUM, 0) / metric.scale, buckets)]
    values = dict.fromkeys(product(*metric.known), 0) | dict(_labelled(stored, name, metric))
    return [Series(labels, value / metric.scale) for labels, value in sorted(values.items())]


def _labelled(stored: Mapping[str, int], name: str, metric: Metric) -> Iterator[tuple[tuple[str, ...], int]]:
    for field, value in stored.items():
        first, *labels = field.split(_SEPARATOR)
        if first == name and len(labels) == len(metric.labels):
            yield tuple(labels), value


class Stopwatch:
    """Adds up the seconds spent in each of several parts; each thread is in one part at a time.

    Args:
        clock_s: a monotonic clock.
    """

    def __init__(self, clock_s: Callable[[], float] = time.perf_counter) -> None:
        self._clock_s = clock_s
        self._here = _Here()
        self._adding = threading.Lock()
        self._seconds: dict[str, float] = {}

    def enter(self, part: str | None) -> None:
        """From now on this thread's time belongs to this part; None: to nobody."""
        now_s, here = self._clock_s(), self._here
        if here.part is not None:
            with self._adding:
                self._seconds[here.part] = self._seconds.get(here.part, 0.0) + now_s - here.since_s
        here.part, here.since_s = part, now_s

    def take(self) -> dict[str, float]:
        """The seconds per part since the last call, of all threads."""
        with self._adding:
            taken, self._seconds = self._seconds, {}
        return taken


class _Here(threading.local):
    """The part that a thread is in, and since when."""

    part: str | None = None
    since_s: float = 0.0
