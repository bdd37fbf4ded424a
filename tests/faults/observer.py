"""Sees from outside which files have their fate, what was at risk when a fault struck, and how long it took.

Asks the ledger for what the folder holds, as the watcher does, and believes no process of the product.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import redis
from tests.faults.background import LedgerWatch

from newsdrop.documents import Stamp, State
from newsdrop.identity import path_drop_id
from newsdrop.ledger.ledger import Ledger
from newsdrop.watch.enqueuer import needs

__all__ = ["Injection", "Observer"]

_CHUNK = 2_000
_WAITING = (State.QUEUED, State.RETRYING)


@dataclass
class Injection:
    """One fault that struck. `risk`: files without a fate while it lasted; `waits`: those still without."""

    name: str
    began_s: float
    risk: set[str]
    waits: set[str] = field(default_factory=set)
    ended_s: float | None = None
    recovered_s: float | None = None


class Observer(LedgerWatch):
    """A thread that looks at the ledger."""

    def __init__(self, client: Callable[[], redis.Redis]) -> None:
        super().__init__("observer", client)
        self._lock = threading.Lock()
        self._files: set[str] = set()
        self._waiting: set[str] = set()
        self._open: list[Injection] = []
        self.injections: list[Injection] = []

    def saw(self, path: str) -> None:
        """A file was written or changed."""
        with self._lock:
            self._files.add(path)
            self._waiting.add(path)
            for one in self._open:
                if one.ended_s is None:
                    one.risk.add(path)
                    one.waits.add(path)

    def struck(self, name: str, *, forgets: bool = False) -> Injection:
        """A fault begins. `forgets`: what was settled may be lost with it."""
        with self._lock:
            if forgets:
                self._waiting = set(self._files)
            one = Injection(name, time.monotonic(), set(self._waiting), set(self._waiting))
            self._open.append(one)
            self.injections.append(one)
            return one

    def healed(self, one: Injection) -> None:
        """… and is over."""
        with self._lock:
            one.ended_s = time.monotonic()

    def waiting(self) -> set[str]:
        """The files without a fate, as of the last look."""
        with self._lock:
            return set(self._waiting)

    def files(self) -> int:
        """How many files were ever written."""
        with self._lock:
            return len(self._files)

    def _look(self, ledger: Ledger) -> None:
        paths = sorted(self.waiting())
        for start in range(0, len(paths), _CHUNK):
            chunk = paths[start : start + _CHUNK]
            stamps = [_stamp(path) for path in chunk]
            entries = ledger.lookup([path_drop_id(path) for path in chunk])
            done = {
                path
                for path, stamp, entry in zip(chunk, stamps, entries, strict=True)
                if stamp and entry and entry.state not in _WAITING and not needs(entry, stamp)
            }
            # What was changed since the look has another stamp now.
            changed = {path for path, stamp in zip(chunk, stamps, strict=True) if _stamp(path) != stamp}
            self._settle(done - changed)
        self._close()

    def _settle(self, done: set[str]) -> None:
        with self._lock:
            self._waiting -= done
            for one in self._open:
                one.waits -= done

    def _close(self) -> None:
        now_s = time.monotonic()
        with self._lock:
            for one in self._open:
                if one.ended_s is not None and not one.waits:
                    one.recovered_s = now_s - one.ended_s
            self._open = [one for one in self._open if one.recovered_s is None]


def _stamp(path: str) -> Stamp | None:
    try:
        about = Path(path).stat()
    except OSError:
        return None
    return Stamp.from_ns(about.st_size, about.st_mtime_ns)
