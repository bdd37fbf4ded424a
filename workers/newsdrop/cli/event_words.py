"""Events as `up` tells them to a person: a sentence where the log has a name and its values. Pure.

What only means that work waits is no alarm and reads like none. An event without words here is shown as the
log has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from newsdrop.cli.logs import field_name
from newsdrop.events import CATALOGUE

__all__ = ["in_words"]

_WORDS: Final = {
    "watch.healed": "{files} files of {folder} were found by looking through it: no event had told of them.",
    "watch.polling": "{folder} is looked through again and again, since it can't be watched: {reason}",
    "watch.overflow": "Files came faster than their events could be taken; the folders are looked through.",
    "watch.high_water": "{depth} files wait already: more are taken when there is room.",
    "watch.folder_missing": "The folder {folder} is missing or not mounted; work goes on when it is back.",
    "watch.folder_elsewhere": "The path of {folder} leads to {target} now; restart to follow it.",
    "watch.removals_held": "Removals from {folder} are held: {reason}",
    "watch.unreadable": "{path} can't be read: {reason}",
    "watch.outage": "Waiting, tried again in {retry_s} s: {reason}",
    "reconcile.outage": "Waiting, tried again in {retry_s} s: {reason}",
    "reconcile.reaped": "A worker fell silent with {drops} files in hand; others take them.",
    "reconcile.woke": "Nothing was done for {gap_s} s, as if the machine had slept; work goes on.",
    "batch.abandoned": "Files that another worker has taken over meanwhile were left to it.",
    "gate.closed": "Work pauses until this is mended: {reason}",
    "message.quarantined": "A message that nobody can read became dead letter {letter}: {reason}",
    "index.drift": "The index {index} is not as it should be: {difference}",
    "index.foreign": "{reason}",
    "letters.unexported": "{reason}",
    "letters.export_deleted": "The oldest file of exported dead letters was deleted: {path}.",
    "notice.failed": "A notice couldn't be sent, tried again in {retry_s} s: {reason}",
    "notice.incomplete": "A notice went out one way and not the other: {reason}",
    "ledger.reset": "Redis was emptied: all files are looked at again.",
    "redis.risk": "Redis has {setting} = {value}: {risk}",
    "health.unwritable": "{path} can't be written: {reason}",
}


def in_words(event: Mapping[str, Any]) -> str:
    """One event of a log, as its JSON line has it, as a sentence."""
    name = event.get("event.action")
    if name not in _WORDS:
        return str(event["message"])
    _, keys = CATALOGUE[name]
    values = {key: event.get(field_name(key), "?") for key in keys}
    return _WORDS[name].format_map(values)
