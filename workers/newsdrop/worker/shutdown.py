"""How a worker stops: it takes nothing new, its children give back what they haven't started, and it exits.

    SIGTERM, SIGINT or SIGHUP (unless ignored, as by nohup) in the main process
      └ StopFlag set (a byte that all its children see) and the drain begins, in Celery's event loop:
          children: finish the file in hand, commit, give back the rest
          main: consumes no more; no task left, or 15 s over ─▶ Celery's own shutdown (cold if tasks are left)
    SIGQUIT in the main process ─▶ Celery's cold shutdown at once, and the flag is set
    SIGTERM in a child (sent to the whole group) ─▶ the same for this child; a second one ends it at once

Celery's own shutdowns either wait for tasks without a bound, or always wait for the whole time, even if the
tasks have finished. Its cold shutdown also joins the children inside the signal handler: if a child hangs in
the kernel (a dead network disk), or the signal comes at a bad moment, it never ends. So a thread also waits
for the end: after END_S (COLD_S for SIGQUIT) it kills the children and the process, like a power cut; leases
do the rest.
"""

from __future__ import annotations

import logging
import mmap
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any, Final

from newsdrop.stopsignals import stop_signals

__all__ = ["COLD_S", "DRAIN_S", "END_S", "StopFlag", "Stopper", "deferred_signals"]

_LOGGER = logging.getLogger("newsdrop.worker")

DRAIN_S: Final = 15.0
#: The drain, plus one file's whole time limit. The grace period of systemd or containers must be longer.
END_S: Final = 50.0
COLD_S: Final = 20.0
_LOOK_EVERY_S: Final = 0.5
_ENDING: Final = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


class StopFlag:
    """One bit shared with all processes forked from this one."""

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, mmap.PAGESIZE)

    def set(self) -> None:
        self._shared[0] = 1

    def __bool__(self) -> bool:
        return self._shared[0] == 1


class Stopper:
    """Runs before Celery's signal handlers in the main process; the consumer polls it."""

    def __init__(self) -> None:
        self.flag = StopFlag()
        self._celery: dict[int, Any] = {}
        # Asked before anybody takes the signal.
        self._hangs_up = signal.SIGHUP in stop_signals()
        self._over_s: float | None = None

    def install(self) -> None:
        """Call this in the main thread, after Celery has installed its own handlers."""
        for number, ours in (
            (signal.SIGTERM, self._take),
            (signal.SIGINT, self._take),
            (signal.SIGQUIT, self._take_cold),
        ):
            self._celery[number] = signal.getsignal(number)
            signal.signal(number, ours)
        self._celery[signal.SIGHUP] = self._celery[signal.SIGTERM]
        signal.signal(signal.SIGHUP, self._take if self._hangs_up else signal.SIG_IGN)

    def see_to_the_end(self) -> None:
        """Make sure that the worker, once told to stop, ends within END_S, whatever Celery does."""
        # Started now: starting a thread in a signal handler may wait for a lock that is already held.
        threading.Thread(target=self._wait_for_the_end, name="end", daemon=True).start()

    def proceed(self, *, cold: bool) -> None:
        """The drain is over: let Celery end; `cold` if unfinished tasks must be interrupted."""
        # Always as for SIGTERM, which counts as success; the exit code for SIGINT would be a failure.
        self._call(signal.SIGQUIT if cold else signal.SIGTERM)

    def _take(self, number: int, _frame: FrameType | None) -> None:
        if self.flag:
            # A second signal: leave it to Celery, as if we weren't here.
            self._call(number)
            return
        self.flag.set()
        self._over_s = time.monotonic() + END_S

    def _take_cold(self, number: int, _frame: FrameType | None) -> None:
        self.flag.set()
        self._over_s = time.monotonic() + COLD_S
        self._call(number)

    def _wait_for_the_end(self) -> None:
        while self._over_s is None or time.monotonic() < self._over_s:
            time.sleep(_LOOK_EVERY_S)
        left = _children()
        _LOGGER.error("asked to stop and still running; killing %d children and this process", len(left))
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        os._exit(1)

    def _call(self, number: int) -> None:
        handler = self._celery.get(number)
        if callable(handler):
            handler(number, None)


def _children() -> list[int]:
    """The children of all threads. Without /proc none is found; orphans end when they ask for a task."""
    return [int(pid) for one in Path("/proc/self/task").glob("*/children") for pid in one.read_text().split()]


@contextmanager
def deferred_signals() -> Iterator[list[int]]:
    """While a child processes a batch, a signal that would end it is only recorded in the yielded list.

    billiard's own handler raises SystemExit wherever the child is, and an innocent file would be blamed. A
    second signal kills. When the block is left after a signal, the child ends.
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
