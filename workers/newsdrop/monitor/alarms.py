"""The parts of a status that a person should act on, as sentences. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from newsdrop.documents import State
from newsdrop.ledger.installation import LedgerIndex, foreign
from newsdrop.monitor.status import Status
from newsdrop.ports import IndexIdentity

__all__ = ["ago", "alarms"]

_MINUTE_S, _HOUR_S, _DAY_S = 60, 3_600, 86_400


def alarms(status: Status, now_ms: int, outage: str = "") -> Iterator[str]:
    """The sentences, the worst first.

    Args:
        now_ms: the clock, epoch ms.
        outage: why this isn't the current status.
    """
    if outage:
        yield f"Not up to date: {outage}"
    if status.ledger.reset:
        yield "The ledger was emptied since the last check: a rescan fills it again."
    if status.ledger.eviction:
        yield (
            f"Redis deletes keys when it is full (maxmemory-policy {status.ledger.eviction}), and with them "
            "the state of files: set it to noeviction, then run `newsdrop audit --repair`."
        )
    yield from _foreign(status)
    if status.queue.gate:
        since_ms = status.queue.gate_since_ms
        since = f" (for {ago((now_ms - since_ms) / 1000)})" if since_ms else ""
        yield f"Work is paused{since}: {status.queue.gate}"
    waits = sum(status.states[state] for state in (State.QUEUED, State.RETRYING)) + status.queue.inbox
    if waits and not status.workers:
        yield (
            "Work is waiting, but no worker has reported recently: start `newsdrop worker` (or "
            "`newsdrop up`)."
        )
    yield from _held_removals(status, now_ms)
    yield from _missing_folders(status)


def _missing_folders(status: Status) -> Iterator[str]:
    for values in status.watchers.values():
        for folder in values.get("folders", ()):
            if not folder.get("present", True):
                yield f"The folder {folder.get('path')} is missing or not mounted."
            elif folder.get("elsewhere"):
                yield (
                    f"The path of {folder.get('path')} now leads to {folder['elsewhere']}: restart watcher "
                    "and workers to follow it. Until then the old folder is watched, and keeps its articles."
                )

    for name, values in status.workers.items():
        for folder in values.get("missing", ()):
            yield (
                f"Worker {name} lacks {folder}, in which a watcher sees files: mount it on that host at the "
                "same path, let the worker's unit or container see it, or end that worker. Its files are "
                "tried again every minute."
            )


def _held_removals(status: Status, now_ms: int) -> Iterator[str]:
    for name, held in status.held.items():
        since = ago((now_ms - held.since_ms) / 1000)
        yield (
            f"Nothing of {name} is removed (for {since}): {held.articles:,} of its {held.of:,} articles have "
            "no file any more. Bring the files back, or confirm that the articles should be removed: "
            + (
                "confirmed, a watcher will do it."
                if held.confirmed
                else "`newsdrop watch --confirm-removals`."
            )
        )


def _foreign(status: Status) -> Iterator[str]:
    if status.ledger.foreign:
        yield status.ledger.foreign
    for name, values in status.workers.items():
        if _writes_elsewhere(status.ledger.index, values):
            yield f"Worker {name} has another index than the ledger's, and stops."


def _writes_elsewhere(held: LedgerIndex | None, worker: Mapping[str, Any]) -> bool:
    # `get`, because a worker of another version may report less.
    index = worker.get("index")
    return held is not None and index is not None and foreign(held, IndexIdentity(**index)) is not None


def ago(seconds: float) -> str:
    """A duration in its largest fitting unit, such as `90 s`, `12 min`, `5 h`, `3 d`."""
    for limit, unit_s, unit in (
        (2 * _MINUTE_S, 1, "s"),
        (2 * _HOUR_S, _MINUTE_S, "min"),
        (2 * _DAY_S, _HOUR_S, "h"),
    ):
        if seconds < limit:
            return f"{seconds / unit_s:.0f} {unit}"
    return f"{seconds / _DAY_S:.0f} d"
