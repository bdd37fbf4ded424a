"""The status for people: one table of counts with what changes a second, and the lines that matter. Pure."""

from __future__ import annotations

import datetime
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from newsdrop.cli.terminal import clean
from newsdrop.documents import State
from newsdrop.monitor.alarms import ago, alarms
from newsdrop.monitor.status import Status
from newsdrop.ports import IndexIdentity

__all__ = ["StateRates", "moment", "passed_over_line", "status_view"]


class StateRates:
    """What comes into each state a second, net, over the last `window_s`."""

    def __init__(self, window_s: float = 10.0) -> None:
        self._window_s = window_s
        self._looks: deque[tuple[float, Mapping[str, int]]] = deque()

    def look(self, now_s: float, states: Mapping[str, int]) -> None:
        """Take note of how many drops are in each state now."""
        self._looks.append((now_s, states))
        while len(self._looks) > 2 and now_s - self._looks[0][0] > self._window_s:
            self._looks.popleft()

    def per_second(self) -> dict[str, float]:
        """State → drops a second; nothing before the second look."""
        if len(self._looks) < 2:
            return {}
        (from_s, before), (to_s, now) = self._looks[0], self._looks[-1]
        if to_s <= from_s:
            return {}
        return {state: (count - before.get(state, count)) / (to_s - from_s) for state, count in now.items()}


def status_view(
    status: Status, *, now_ms: int, rates: Mapping[str, float] | None = None, outage: str = ""
) -> Group:
    """Everything on one screen.

    Args:
        now_ms: the clock, epoch ms.
        rates: what changes a second, for a view that is shown again and again.
        outage: why this is not the newest status.
    """
    table = Table(header_style="bold")
    table.add_column("state")
    table.add_column("drops", justify="right")
    if rates is not None:
        table.add_column("a second", justify="right")
    for state, count in status.states.items():
        change = [_rate(rates.get(state, 0.0))] if rates is not None else []
        table.add_row(state, f"{count:,}", *change, style=None if count else "dim")
    urgent = [Text(clean(line), style="bold red") for line in alarms(status, now_ms, outage)]
    return Group(table, *urgent, *(Text(clean(line)) for line in _lines(status, now_ms)))


def _rate(change: float) -> str:
    return f"{change:+.1f}" if abs(change) >= 0.05 else ""


def _lines(status: Status, now_ms: int) -> Iterator[str]:
    queue = status.queue
    lanes = ", ".join(_lane(name, depth, queue.oldest_s.get(name, 0)) for name, depth in queue.lanes.items())
    yield f"queues: {lanes}; batches {queue.batches}; due {queue.due}; inbox {queue.inbox}"
    yield f"redis: {status.services.redis}"
    yield f"index: {status.services.index}, {status.index.error or f'{status.index.documents} documents'}"
    if status.put_away:
        yield f"put away by newsdrop itself: {status.put_away:,} files"
    yield from _shared(status)
    if status.letters:
        by_stage = ", ".join(f"{stage} {count}" for stage, count in status.letters.items())
        yield f"dead letters: {by_stage} (see `newsdrop dead groups`)"
    yield from _reports("watcher", status.watchers, _watcher, now_ms)
    yield from _reports("worker", status.workers, _worker, now_ms)


def _shared(status: Status) -> Iterator[str]:
    """Why there are fewer articles than files, where there are."""
    files = sum(status.states[state] for state in (State.INDEXED, State.SUPERSEDED))
    articles = status.index.documents
    if articles is not None and not status.index.error and files > articles:
        yield (
            f"{files:,} files, {articles:,} articles: {files - articles:,} share an address with another, or "
            "aren't searchable yet"
        )


def _lane(name: str, depth: int, oldest_s: float) -> str:
    return f"{name} {depth:,}" + (f" (oldest message {ago(oldest_s)})" if oldest_s >= 1 else "")


def _reports(kind: str, reports: Mapping[str, dict[str, Any]], describe: Any, now_ms: int) -> Iterator[str]:
    if not reports:
        yield f"{kind}: none has reported lately"
    for name, values in reports.items():
        yield f"{kind} {name}: {describe(values, now_ms)}"


def _worker(values: Mapping[str, Any], now_ms: int) -> str:
    parts = [f"{values.get('busy', 0)} of {values.get('processes', '?')} processes busy"]
    if values.get("started_ms"):
        parts.append(f"up {ago((now_ms - values['started_ms']) / 1000)}")
    parts.append(f"version {values.get('version', '?')}")
    if values.get("index"):
        parts.append(f"writes to {IndexIdentity(**values['index']).described}")
    return ", ".join(parts + (["ending"] if values.get("stopping") else []))


def _watcher(values: Mapping[str, Any], _now_ms: int) -> str:
    parts = [f"{values.get('unsettled', 0)} still being written, {values.get('waiting', 0)} to hand over"]
    if values.get("healed"):
        parts.append(f"{values['healed']} found by rescans")
    if values.get("full"):
        parts.append(f"waits, since {' and '.join(values['full'])} is full")
    if values.get("outage"):
        parts.append(str(values["outage"]))
    return "; ".join([*parts, *map(_folder, values.get("folders", ()))])


def _folder(folder: Mapping[str, Any]) -> str:
    ago_s = folder.get("rescanned_ago_s")
    scanned = f"rescanned {ago(ago_s)} ago" if ago_s is not None else "not rescanned yet"
    # By `get`: a watcher of another version may say less.
    facts = [
        str(folder.get("mode", "")),
        f"{folder.get('files', '?')} files",
        folder.get("scanning") or scanned,
    ]
    if folder.get("passed_over"):
        facts.append(f"passed over {passed_over_line(folder['passed_over'])}")
    facts += [] if folder.get("present", True) else ["missing"]
    facts += [f"nothing is removed: {folder['removals_held']}"] if folder.get("removals_held") else []
    facts += [f"{folder['troubles']} that can't be read"] if folder.get("troubles") else []
    return f"{folder.get('path')} ({', '.join(facts)})"


def passed_over_line(counts: Mapping[str, int]) -> str:
    """What was passed over and why, as `91 (88 asset, 3 hidden)`."""
    parts = ", ".join(f"{count:,} {reason}" for reason, count in sorted(counts.items()))
    return f"{sum(counts.values()):,} ({parts})"


def moment(epoch_s: float) -> str:
    """A time for people, in UTC."""
    return datetime.datetime.fromtimestamp(epoch_s, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
