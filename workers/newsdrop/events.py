"""The catalogue of everything newsdrop reports: each event's name and keys, for logs and metrics alike.

An event always carries all of its keys, on failure too; docs/events.md tables them and a test compares.
Names are `room.what`, keys are ECS where ECS has a word. Nothing here decides where events go.
"""

from __future__ import annotations

import logging
from typing import Any, Final

__all__ = ["CATALOGUE", "emit"]

#: Event name → (level, its keys).
CATALOGUE: Final[dict[str, tuple[int, tuple[str, ...]]]] = {
    "watch.started": (logging.INFO, ("folders", "mode")),
    "watch.enqueued": (logging.INFO, ("folder", "files", "lane")),
    "watch.healed": (logging.WARNING, ("folder", "files")),
    "watch.rescanned": (logging.INFO, ("folder", "files", "queued", "duration_ms")),
    "watch.polling": (logging.WARNING, ("folder", "reason")),
    "watch.overflow": (logging.WARNING, ("folders",)),
    "watch.left": (logging.INFO, ("folder", "files")),
    "watch.stray_articles": (logging.WARNING, ("folder", "articles")),
    "watch.high_water": (logging.WARNING, ("lane", "depth", "limit")),
    "watch.folder_missing": (logging.ERROR, ("folder",)),
    "watch.folder_elsewhere": (logging.WARNING, ("folder", "target")),
    "watch.folder_back": (logging.INFO, ("folder",)),
    "watch.removals_held": (logging.WARNING, ("folder", "reason")),
    "watch.removals_confirmed": (logging.INFO, ("folder", "articles", "user")),
    "watch.unreadable": (logging.WARNING, ("path", "reason")),
    "watch.disposed": (logging.INFO, ("path", "action", "state", "target")),
    "watch.outage": (logging.ERROR, ("service", "reason", "retry_s")),
    "batch.started": (logging.DEBUG, ("batch", "run", "drops")),
    "batch.finished": (
        logging.INFO,
        (
            "batch",
            "run",
            "indexed",
            "superseded",
            "gone",
            "expanded",
            "retrying",
            "dead",
            "yielded",
            "duration_ms",
        ),
    ),
    "batch.abandoned": (logging.WARNING, ("batch", "run")),
    "drop.retrying": (logging.WARNING, ("source", "stage", "type", "message", "attempt", "after_ms")),
    "drop.dead": (logging.ERROR, ("source", "stage", "type", "message", "group")),
    "gate.closed": (logging.ERROR, ("service", "reason")),
    "gate.opened": (logging.INFO, ("service",)),
    "reconcile.reaped": (logging.WARNING, ("batch", "run", "current", "drops")),
    "reconcile.due": (logging.DEBUG, ("drops",)),
    "reconcile.woke": (logging.WARNING, ("gap_s",)),
    "reconcile.outage": (logging.ERROR, ("service", "reason", "retry_s")),
    "inbox.taken": (logging.INFO, ("messages", "queued", "rejected")),
    "message.quarantined": (logging.ERROR, ("reason", "bytes", "letter")),
    "worker.folder_missing": (logging.ERROR, ("folder", "seen_by")),
    "index.created": (logging.INFO, ("index", "alias", "mapping_version")),
    "index.migrated": (logging.INFO, ("source", "target", "documents", "duration_ms")),
    "index.foreign": (logging.ERROR, ("reason",)),
    "index.drift": (logging.WARNING, ("index", "difference")),
    "letters.mirrored": (logging.DEBUG, ("letters",)),
    "letters.unexported": (logging.ERROR, ("reason",)),
    "letters.export_deleted": (logging.WARNING, ("path",)),
    "notice.sent": (logging.INFO, ("things",)),
    "notice.failed": (logging.ERROR, ("reason", "retry_s")),
    "notice.incomplete": (logging.ERROR, ("reason",)),
    "ledger.reset": (logging.ERROR, ("born",)),
    "redis.risk": (logging.WARNING, ("setting", "value", "risk")),
    "metrics.started": (logging.INFO, ("where",)),
    "web.started": (logging.INFO, ("where",)),
    "metrics.outage": (logging.ERROR, ("service", "reason")),
    "health.unwritable": (logging.WARNING, ("path", "reason")),
    "embedded.started": (logging.INFO, ("service", "where")),
    "embedded.stopped": (logging.INFO, ("service",)),
    "child.exited": (logging.ERROR, ("child", "code", "reason", "restart_s")),
}

_LOGGER = logging.getLogger("newsdrop")


def emit(name: str, **values: Any) -> None:
    """Report one event.

    Raises:
        KeyError: the name isn't in the catalogue.
        TypeError: a key is missing or not in the catalogue; both are mistakes in our own code.
    """
    level, keys = CATALOGUE[name]
    if values.keys() != set(keys):
        raise TypeError(f"event {name} takes {keys}, got {tuple(values)}")
    if _LOGGER.isEnabledFor(level):
        _LOGGER.log(level, "%s", name, extra={"event_name": name, "event_values": values})
