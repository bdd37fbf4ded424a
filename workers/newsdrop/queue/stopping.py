"""How a worker ends: it takes nothing new, its children give back what they haven't begun, and it goes.

    SIGTERM or SIGINT in the main process
      └ StopFlag set (a byte that all its children see) and the drain begins, in Celery's event loop:
          children: finish the file in hand, commit, give back the rest
          main: consumes no more; no task left, or 15 s over ─▶ Celery's own shutdown (cold if tasks are left)
    SIGTERM in a child (sent to the whole group) ─▶ the same for this child; a second one ends it on the spot

Celery's own ways either wait for tasks without bound, or always wait the whole time, deaf to their results.
"""

from __future__ import annotations

import mmap
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

__all__ = ["DRAIN_S", "StopFlag", "Stopper", "deferred_signals"]

#: A systemd or container grace must be longer.
DRAIN_S: Final = 15.0
_ENDING: Final = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


class StopFlag:
    """One bit shared with every process that is forked from this one."""

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, mmap.PAGESIZE)

    def set(self) -> None:
        self._shared[0] = 1

    def __bool__(self) -> bool:
        return self._shared[0] == 1


class Stopper:
    """Stands before Celery's signal handlers in the main process; the consumer asks it how things are."""

    def __init__(self) -> None:
        self.flag = StopFlag()
        self._celery: dict[int, Any] = {}

    def install(self) -> None:
        """Call it when Celery has installed its own handlers, in the main thread."""
        for number in (signal.SIGTERM, signal.SIGINT):
            self._celery[number] = signal.getsignal(number)
            signal.signal(number, self._take)
        self._celery[signal.SIGQUIT] = signal.getsignal(signal.SIGQUIT)

    def proceed(self, *, cold: bool) -> None:
        """The drain is over: let Celery end; `cold` when tasks are left that must be cut off."""
        # Always SIGTERM's way, which says that all is well; SIGINT's exit code calls the same a failure.
        self._call(signal.SIGQUIT if cold else signal.SIGTERM)

    def _take(self, number: int, _frame: FrameType | None) -> None:
        if self.flag:
            # Somebody is impatient: now it is Celery's business, as if we weren't here.
            self._call(number)
            return
        self.flag.set()

    def _call(self, number: int) -> None:
        handler = self._celery.get(number)
        if callable(handler):
            handler(number, None)


@contextmanager
def deferred_signals() -> Iterator[list[int]]:
    """While a child works on a batch, a signal that would end it is only noted in the list that is yielded.

    billiard's own handler raises SystemExit wherever the child is, and an innocent file would be blamed for
    it. A second signal kills. When the block is left after a signal, the child ends.
    """
    noted: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        if noted:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        noted.append(number)

    before = {number: signal.signal(number, note) for number in _ENDING}
    try:
        yield noted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
    if noted:
        raise SystemExit(0)
