"""The reports of workers and watchers in words, for the terminal and the web interface. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from newsdrop.documents import State
from newsdrop.monitor.alarms import ago
from newsdrop.monitor.status import Status
from newsdrop.plurals import counted
from newsdrop.ports import IndexIdentity

__all__ = ["folder_words", "passed_over_line", "shared_addresses", "watcher_words", "worker_words"]


def shared_addresses(status: Status) -> Iterator[str]:
    """Why there are fewer articles than files, if there are."""
    files = sum(status.states[state] for state in (State.INDEXED, State.SUPERSEDED))
    articles = status.index.documents
    if articles is not None and not status.index.error and files > articles:
        shared, held = files - articles, status.ledger.index
        # Elasticsearch counts what its last refresh has seen, the embedded index what was written.
        yet = "" if held and held.index.kind == "local" else ", or can't be searched for yet"
        yield (
            f"{counted(files, 'file')}, {counted(articles, 'article')}: "
            f"{counted(shared, 'shares', 'share')} a URL with another{yet}"
        )


def worker_words(values: Mapping[str, Any], now_ms: int) -> str:
    """The report of a worker, in words.

    Args:
        now_ms: the clock, epoch ms.
    """
    parts = [f"{values.get('busy', 0)} of {values.get('processes', '?')} processes busy"]
    if values.get("started_ms"):
        parts.append(f"up {ago((now_ms - values['started_ms']) / 1000)}")
    parts.append(f"version {values.get('version', '?')}")
    if values.get("index"):
        parts.append(f"writes to {IndexIdentity(**values['index']).described}")
    return ", ".join(parts + (["ending"] if values.get("stopping") else []))


def watcher_words(values: Mapping[str, Any]) -> str:
    """The report of a watcher, in words, without its folders."""
    parts = [f"{values.get('unsettled', 0)} still being written, {values.get('waiting', 0)} to enqueue"]
    if values.get("healed"):
        parts.append(f"{values['healed']} found by rescans")
    if values.get("full"):
        parts.append(f"waiting, because {' and '.join(values['full'])} is full")
    if values.get("outage"):
        parts.append(str(values["outage"]))
    return "; ".join(parts)


def folder_words(folder: Mapping[str, Any]) -> str:
    """The report of a watcher on one of its folders, in words."""
    ago_s = folder.get("rescanned_ago_s")
    scanned = f"rescanned {ago(ago_s)} ago" if ago_s is not None else "not rescanned yet"
    # `get`, because a watcher of another version may report less.
    facts = [
        str(folder.get("mode", "")),
        counted(folder["files"], "file") if "files" in folder else "? files",
        _scan_words(str(folder["scanning"])) if folder.get("scanning") else scanned,
    ]
    if folder.get("passed_over"):
        facts.append(f"passed over {passed_over_line(folder['passed_over'])}")
    facts += [] if folder.get("present", True) else ["missing"]
    facts += [f"nothing is removed: {folder['removals_held']}"] if folder.get("removals_held") else []
    facts += [f"{folder['troubles']} that can't be taken or put away"] if folder.get("troubles") else []
    return ", ".join(facts)


def _scan_words(reason: str) -> str:
    return f"being scanned ({reason.replace('_', ' ')})"


def passed_over_line(counts: Mapping[str, int]) -> str:
    """How many files were passed over and why, such as `91 (88 asset, 3 hidden)`."""
    parts = ", ".join(f"{count:,} {reason}" for reason, count in sorted(counts.items()))
    return f"{sum(counts.values()):,} ({parts})"
