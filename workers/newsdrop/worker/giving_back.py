"""Gives back the batches of a pool child that Redis was away from for longer than a batch waits.

    Redis away for 30 s ──▶ the task ends with its error ──▶ add ──▶ tried until Redis is back ──▶ published

Nobody has died, but to the ledger a batch that nobody finishes looks as if its holder had: when its lease
ended, a death would be counted against a drop that is alone in it. If the child ends before Redis is back,
that is what happens. Refuses to remember outcomes: the files are read again.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from newsdrop.errors import NewsdropError

__all__ = ["GivingBack"]

_MOST: Final = 1_000
_FIRST_S: Final = 0.5
_LONGEST_S: Final = 5.0


class GivingBack:
    """The batches that one process still has to give back; the thread that does it ends with the last.

    Args:
        give_back: called with a batch and its run; raises OutageError while Redis is away, or ConfigError.
            Harmless for a batch that is no longer held under that run.
    """

    def __init__(
        self, give_back: Callable[[str, str], object], sleep: Callable[[float], object] | None = None
    ) -> None:
        self._give_back = give_back
        self._sleep = sleep or threading.Event().wait
        self._lock = threading.Lock()
        self._left: deque[tuple[str, str]] = deque(maxlen=_MOST)
        self._running = False

    def add(self, batch: str, run: str) -> None:
        """Give this batch back as soon as Redis answers; returns at once."""
        with self._lock:
            self._left.append((batch, run))
            if not self._running:
                # Without memory for a thread, the lease ends as if the process had died.
                with suppress(RuntimeError):
                    threading.Thread(target=self._work, name="giving back", daemon=True).start()
                    self._running = True

    def _work(self) -> None:
        pause_s = _FIRST_S
        while (first := self._first()) is not None:
            # Before the first try, too: a batch that fails each time must not go round as fast as it can.
            self._sleep(pause_s)
            try:
                self._give_back(*first)
            except NewsdropError:
                pause_s = min(2 * pause_s, _LONGEST_S)
                continue
            pause_s = _FIRST_S
            with self._lock, suppress(ValueError):
                self._left.remove(first)

    def _first(self) -> tuple[str, str] | None:
        """The first that is left; without one, the thread is over."""
        with self._lock:
            if self._left:
                return self._left[0]
            self._running = False
            return None
