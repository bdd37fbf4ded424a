"""The status for people: one table of counts with their changes, and the lines that matter. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from newsdrop.cli.terminal import clean
from newsdrop.monitor.alarms import ago, alarms
from newsdrop.monitor.rates import rate_words
from newsdrop.monitor.reports import folder_words, shared_addresses, watcher_words, worker_words
from newsdrop.monitor.status import Status
from newsdrop.plurals import counted

__all__ = ["StateRates", "status_view"]


class StateRates:
    """The net change of each state per second, over the last `window_s`."""

    def __init__(self, window_s: float = 10.0) -> None:
        self._window_s = window_s
        self._looks: deque[tuple[float, Mapping[str, int]]] = deque()

    def look(self, now_s: float, states: Mapping[str, int]) -> None:
        """Record how many drops are in each state now."""
        self._looks.append((now_s, states))
        while len(self._looks) > 2 and now_s - self._looks[0][0] > self._window_s:
            self._looks.popleft()

    def per_second(self) -> dict[str, float]:
        """State → drops per second; empty before the second call of `look`."""
        if len(self._looks) < 2:
            return {}
        (from_s, before), (to_s, now) = self._looks[0], self._looks[-1]
        if to_s <= from_s:
            return {}
        return {state: (count - before.get(state, count)) / (to_s - from_s) for state, count in now.items()}


def status_view(
    status: Status,
    *,
    now_ms: int,
    rates: Mapping[str, float] | None = None,
    files_per_s: float | None = None,
    outage: str = "",
) -> Group:
    """Everything on one screen.

    Args:
        now_ms: the clock, epoch ms.
        rates: changes per second, for a view that is shown repeatedly.
        files_per_s: files settled per second recently, likewise.
        outage: why this isn't the current status.
    """
    table = Table(header_style="bold")
    table.add_column("state")
    table.add_column("drops", justify="right")
    if rates is not None:
        table.add_column("change/s", justify="right")
    for state, count in status.states.items():
        change = [_rate(rates.get(state, 0.0))] if rates is not None else []
        table.add_row(state, f"{count:,}", *change, style=None if count else "dim")
    urgent = [Text(clean(line), style="bold red") for line in alarms(status, now_ms, outage)]
    speed = [] if files_per_s is None else [Text(f"settled lately: {rate_words(files_per_s)}")]
    return Group(table, *urgent, *speed, *(Text(clean(line)) for line in _lines(status, now_ms)))


def _rate(change: float) -> str:
    return f"{change:+.1f}" if abs(change) >= 0.05 else ""


def _lines(status: Status, now_ms: int) -> Iterator[str]:
    queue = status.queue
    lanes = ", ".join(_lane(name, depth, queue.oldest_s.get(name, 0)) for name, depth in queue.lanes.items())
    requests = f"; Celery requests {queue.requests}" if queue.requests else ""
    yield f"queues: {lanes}; batches {queue.batches}; due {queue.due}; inbox {queue.inbox}{requests}"
    yield f"redis: {status.services.redis}"
    held = status.index.error or counted(status.index.documents or 0, "article")
    yield f"index: {status.services.index}, {held}"
    if status.put_away:
        yield f"moved or deleted by newsdrop itself: {status.put_away:,} files"
    yield from shared_addresses(status)
    if status.letters:
        by_stage = ", ".join(f"{stage} {count}" for stage, count in status.letters.items())
        yield f"dead letters: {by_stage} (see `newsdrop dead groups`)"
    yield from _reports("watcher", status.watchers, _watcher_with_folders, now_ms)
    yield from _reports("worker", status.workers, worker_words, now_ms)


def _lane(name: str, depth: int, oldest_s: float) -> str:
    return f"{name} {depth:,}" + (f" (oldest message {ago(oldest_s)})" if oldest_s >= 1 else "")


def _reports(kind: str, reports: Mapping[str, dict[str, Any]], describe: Any, now_ms: int) -> Iterator[str]:
    if not reports:
        yield f"{kind}: none has reported recently"
    for name, values in reports.items():
        yield f"{kind} {name}: {describe(values, now_ms)}"


def _watcher_with_folders(values: Mapping[str, Any], _now_ms: int) -> str:
    folders = (f"{folder.get('path')} ({folder_words(folder)})" for folder in values.get("folders", ()))
    return "; ".join([watcher_words(values), *folders])
