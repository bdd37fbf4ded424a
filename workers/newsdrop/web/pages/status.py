"""The status page: states, queues, workers, folders, the gate; and the history of the last hour."""

from __future__ import annotations

import time

from starlette.requests import Request
from starlette.responses import Response

from newsdrop.documents import State
from newsdrop.monitor.alarms import alarms
from newsdrop.monitor.reports import folder_words, shared_addresses, watcher_words, worker_words
from newsdrop.web.backends import Desk
from newsdrop.web.rendering import render

__all__ = ["status_page"]


def status_page(desk: Desk, request: Request, _form: dict[str, str]) -> Response:
    """`/status`; for htmx, only the part that changes."""
    standing = desk.backends.standing
    status = standing.now()
    now_ms = time.time_ns() // 1_000_000
    template = "status_piece.html" if request.headers.get("hx-request") else "status.html"
    values = {
        "status": status,
        "alarms": list(alarms(status, now_ms)),
        "now_ms": now_ms,
        "minutes": standing.minutes(),
        "states": [(state.value, status.states[state]) for state in State],
        "letters": sum(status.letters.values()),
        "shared": list(shared_addresses(status)),
        "worker_words": worker_words,
        "watcher_words": watcher_words,
        "folder_words": folder_words,
    }
    return render(template, request, values)
