"""Events as sentences for people, as `up` shows them instead of the log's names and values. Pure.

An event that only means that work waits is not worded as an alarm. An event without words here is shown as in
the log.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from newsdrop.cli.logs import field_name
from newsdrop.events import CATALOGUE

__all__ = ["in_words"]

_WORDS: Final = {
    "watch.healed": "A scan of {folder} found {files} files for which there had been no event.",
    "watch.polling": "{folder} is polled, because it can't be watched: {reason}",
    "watch.overflow": "Files arrived faster than their events could be processed; the folders are scanned.",
    "watch.high_water": "{depth} files are already waiting; more are queued when there is room.",
    "watch.folder_missing": (
        "The folder {folder} is missing or not mounted; watching resumes when it is back."
    ),
    "worker.folder_missing": (
        "The worker sees nothing in {folder}, in which a watcher on {seen_by} sees files: mount it for the "
        "worker, too."
    ),
    "watch.folder_elsewhere": "The path of {folder} now leads to {target}; restart to follow it.",
    "watch.removals_held": "Removals from {folder} are held: {reason}",
    "watch.stray_articles": "{articles} articles that no file of {folder} brings any more are removed.",
    "watch.unreadable": "{path}: {reason}",
    "watch.outage": "Waiting; next try in {retry_s} s: {reason}",
    "reconcile.outage": "Waiting; next try in {retry_s} s: {reason}",
    "reconcile.reaped": (
        "A worker stopped responding with {drops} files in hand; other workers take them over."
    ),
    "reconcile.woke": "For {gap_s} s no worker ran, or the machine was suspended; work resumes.",
    "batch.abandoned": "Files that another worker has meanwhile taken over are left to that worker.",
    "gate.closed": "Work is paused until this is fixed: {reason}",
    "message.quarantined": "A malformed message became the dead letter {letter}: {reason}",
    "index.drift": "The index {index} is not as it should be: {difference}",
    "index.foreign": "{reason}",
    "letters.unexported": "{reason}",
    "letters.export_deleted": "The oldest export of dead letters was deleted: {path}.",
    "notice.failed": "A notification couldn't be sent; next try in {retry_s} s: {reason}",
    "notice.incomplete": "A notification was sent one way but not the other: {reason}",
    "ledger.reset": "Redis was emptied: all files are checked again.",
    "redis.risk": "Redis has {setting} = {value}: {risk}",
    "health.unwritable": "{path} can't be written: {reason}",
}


def in_words(event: Mapping[str, Any]) -> str:
    """One logged event, in the form of its JSON line, as a sentence."""
    name = event.get("event.action")
    if name not in _WORDS:
        return str(event["message"])
    _, keys = CATALOGUE[name]
    values = {key: event.get(field_name(key), "?") for key in keys}
    return _WORDS[name].format_map(values)
