"""Sees from outside when the ledger has nothing more to do for files that left their folder."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import redis
from tests.faults.background import LedgerWatch

from newsdrop.documents import State
from newsdrop.identity import path_drop_id
from newsdrop.ledger.ledger import Entry, Ledger

__all__ = ["Settlements"]

_DONE = (State.GONE, State.REMOVED)


class Settlements(LedgerWatch):
    """A thread that looks at the ledger, until `stop`."""

    def __init__(self, client: Callable[[], redis.Redis]) -> None:
        super().__init__("settlements", client)
        self._lock = threading.Lock()
        self._settled_s: dict[str, float | None] = {}

    def left(self, path: str) -> None:
        """The file at a real path left; it is looked at from now on."""
        with self._lock:
            self._settled_s[path] = None

    def settled_s(self, path: str) -> float | None:
        """When the ledger was first seen to have dealt with the file's leaving; None if it never was."""
        with self._lock:
            return self._settled_s.get(path)

    def _look(self, ledger: Ledger) -> None:
        with self._lock:
            paths = list(self._settled_s)
        entries = ledger.lookup([path_drop_id(path) for path in paths])
        now_s = time.monotonic()
        with self._lock:
            for path, entry in zip(paths, entries, strict=True):
                self._settled_s[path] = _settled_s(self._settled_s[path], entry, now_s)


def _settled_s(before_s: float | None, entry: Entry | None, now_s: float) -> float | None:
    """Once settled, a file stays so if the ledger forgets it, but not if the ledger was set back."""
    if entry is None:
        return before_s
    if entry.state in _DONE:
        return before_s if before_s is not None else now_s
    return None
