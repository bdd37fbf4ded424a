"""The metrics in the formats of Prometheus and OpenMetrics, read from Redis when requested.

One exporter reports the sums of all processes on all hosts; several report the same. Does not fail if Redis
is away: `newsdrop_up` is 0 then, and nothing else is reported, rather than outdated values.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import accumulate
from typing import Any, Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from newsdrop.errors import ConfigError, OutageError
from newsdrop.ledger.gauges import QueueGauges
from newsdrop.meters import CATALOGUE, read_series
from newsdrop.name_filter import Reason
from newsdrop.ports import LetterGroups

__all__ = ["MetricsCollector", "gauge_values"]

Reports = Mapping[str, dict[str, Any]]
Values = dict[tuple[str, ...], float]

#: How many groups are reported by name, and how many of the latest letters are checked for that.
_GROUPS: Final = 20
_LETTERS: Final = 5_000
_GROUPS_EVERY_S: Final = 60.0
#: Services whose gate can be closed (worker/gate.py).
_GATES: Final = ("index", "worker")


class MetricsCollector(Collector):
    """Makes families of samples from the current values in Redis.

    Args:
        gauges: reads the queue's numbers; raises OutageError or ConfigError.
        on_error: called with every error, once until it changes.
    """

    def __init__(
        self,
        gauges: Callable[[], QueueGauges],
        letters: LetterGroups,
        *,
        on_error: Callable[[str], object] = lambda _message: None,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._gauges = gauges
        self._letters = letters
        self._on_error = on_error
        self._clock_s = clock_s
        self._complaint = ""
        self._groups: Mapping[str, int] = {}
        self._groups_at_s = float("-inf")

    def collect(self) -> Iterator[Family]:
        """All families, or `newsdrop_up 0` alone."""
        try:
            now = self._gauges()
            values = gauge_values(now)
            values["newsdrop_dead_letters_by_group"] = self._group_values()
        except (OutageError, ConfigError) as error:
            if self._complaint != error.message:
                self._complaint = error.message
                self._on_error(error.message)
            yield _gauge_family("newsdrop_up", {(): 0})
            return
        self._complaint = ""
        meters = {**now.meters, "newsdrop_dead_letters_lost_total": now.letters_lost}
        for name, metric in CATALOGUE.items():
            if metric.kind == "gauge":
                yield _gauge_family(name, values[name])
            elif metric.kind == "counter":
                yield _counter_family(name, meters)
            else:
                yield _histogram_family(name, meters)

    def describe(self) -> list[Family]:
        """Return nothing, so that registering asks no server."""
        return []

    def _group_values(self) -> Values:
        now_s = self._clock_s()
        if now_s - self._groups_at_s >= _GROUPS_EVERY_S:
            self._groups, self._groups_at_s = self._letters.group_sizes(_LETTERS), now_s
        by_size = sorted(self._groups.items(), key=lambda pair: (-pair[1], pair[0]))
        values: Values = {(group,): size for group, size in by_size[:_GROUPS]}
        rest = sum(size for _, size in by_size[_GROUPS:])
        return values | ({("other",): rest} if rest else {})


def gauge_values(now: QueueGauges) -> dict[str, Values]:
    """Every gauge except the groups of dead letters: name → values of labels → value."""

    def total(reports: Reports, key: str) -> float:
        return float(sum(values.get(key, 0) for values in reports.values()))

    watchers, workers = now.watchers, now.workers
    busy, processes = total(workers, "busy"), total(workers, "processes")
    folders = [folder for values in watchers.values() for folder in values.get("folders", ())]
    oldest_s = [values.get("oldest_unsettled_s", 0) for values in watchers.values()]
    lanes, closed = now.lanes.items(), now.gate.service if now.gate else None
    return {
        "newsdrop_up": {(): 1},
        "newsdrop_drops": {(state,): drops for state, drops in now.states.items()},
        "newsdrop_queue_drops": {(lane,): one.drops for lane, one in lanes},
        "newsdrop_queue_messages": {(lane,): one.messages for lane, one in lanes},
        "newsdrop_queue_oldest_message_seconds": {(lane,): one.oldest_s for lane, one in lanes},
        "newsdrop_batches": {(): now.batches},
        "newsdrop_retries_waiting": {(): now.retries},
        "newsdrop_retries_overdue_seconds": {(): now.overdue_s},
        "newsdrop_inbox_messages": {(): now.inbox},
        "newsdrop_inbox_oldest_message_seconds": {(): now.inbox_oldest_s},
        "newsdrop_gate_closed": {(service,): closed == service for service in _GATES},
        "newsdrop_dead_letters": {(stage,): letters for stage, letters in now.letters.items()},
        "newsdrop_dead_letters_unmirrored": {(): now.unmirrored},
        "newsdrop_workers": {(): len(workers)},
        "newsdrop_worker_processes": {("busy",): busy, ("idle",): max(0, processes - busy)},
        "newsdrop_worker_missing_folders": {
            (): sum(len(values.get("missing", ())) for values in workers.values())
        },
        "newsdrop_watchers": {(): len(watchers)},
        "newsdrop_watch_unsettled_files": {(): total(watchers, "unsettled")},
        "newsdrop_watch_oldest_unsettled_seconds": {(): max(oldest_s, default=0)},
        "newsdrop_watch_waiting_files": {(): total(watchers, "waiting")},
        "newsdrop_watch_missing_folders": {(): sum(not folder.get("present", True) for folder in folders)},
        "newsdrop_watch_passed_over": _passed_over(folders),
        "newsdrop_watch_held_removals": {(name,): one.articles for name, one in now.held.items()},
        "newsdrop_reconciler_silent_seconds": {} if now.tick_s is None else {(): now.tick_s},
        "newsdrop_redis_memory_used_bytes": {(): now.memory_bytes},
        "newsdrop_redis_memory_limit_bytes": {(): now.memory_limit_bytes},
    }


def _passed_over(folders: Iterable[Mapping[str, Any]]) -> Values:
    """By reason, those that no folder has among them."""
    passed: Counter[str] = Counter()
    for folder in folders:
        # A watcher of another version may say nothing of it, or know other reasons.
        passed.update(folder.get("passed_over", {}))
    return {(reason,): passed[reason] for reason in sorted({*map(str, Reason), *passed})}


def _gauge_family(name: str, values: Mapping[tuple[str, ...], float]) -> Family:
    metric = CATALOGUE[name]
    family = GaugeMetricFamily(name, metric.help, labels=metric.labels)
    for labels, value in values.items():
        family.add_metric(labels, float(value))
    return family


def _counter_family(name: str, meters: Mapping[str, int]) -> Family:
    metric = CATALOGUE[name]
    family = CounterMetricFamily(name.removesuffix("_total"), metric.help, labels=metric.labels)
    for one in read_series(meters, name):
        family.add_metric(one.labels, one.total)
    return family


def _histogram_family(name: str, meters: Mapping[str, int]) -> Family:
    metric = CATALOGUE[name]
    family = HistogramMetricFamily(name, metric.help)
    bounds = [*(format(float(bound), "g") for bound in metric.buckets), "+Inf"]
    for one in read_series(meters, name):
        buckets = list(zip(bounds, accumulate(one.buckets), strict=True))
        family.add_metric(one.labels, buckets=buckets, sum_value=one.total)
    return family
