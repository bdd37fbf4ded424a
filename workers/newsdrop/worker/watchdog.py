"""A worker's heartbeat, and how it detects that it is stuck.

A worker that waits for Redis or at the gate is healthy. It is stuck if Redis answers but Celery's event loop
stands still, or if messages are waiting and this worker, with nothing in hand, takes none. Both are known
failures of Celery on Redis after a lost connection, and only a restart helps. The thread is started before
Celery waits for its broker, so that waiting there counts as alive.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from newsdrop.heartbeat import BEAT_S, Heartbeat

__all__ = ["STUCK_S", "Watchdog"]

#: How long a worker may be idle although it could work.
STUCK_S: Final = 120.0
#: How much longer than its longest task: in the `solo` pool the event loop stands still for that long.
_MARGIN_S: Final = 60.0

_STILL = "Redis answers, but Celery's event loop stands still"
_IDLE = "messages are waiting, but it takes none"
_ENDED = "one of its own threads has ended"


class Watchdog:
    """Collects what the worker's threads report, and writes the heartbeat in a thread of its own.

    Args:
        stopping: whether the worker should stop.
        longest_s: how long one task may take.
    """

    def __init__(
        self,
        heartbeat: Heartbeat,
        stopping: Callable[[], bool],
        *,
        longest_s: float = STUCK_S - _MARGIN_S,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._heartbeat = heartbeat
        self._stopping = stopping
        self._stuck_s = max(STUCK_S, longest_s + _MARGIN_S)
        self._clock_s = clock_s
        self._stop = threading.Event()
        self._threads_alive: Callable[[], bool] | None = None
        self._turned_s = clock_s()
        self._answering_since_s: float | None = None
        self._idle_since_s: float | None = None
        self._taken = 0
        self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)

    def start(self) -> None:
        """Start, before the worker is ready."""
        self._thread.start()

    def stop(self) -> None:
        """Stop, and remove the heartbeat file."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(BEAT_S)
        self._heartbeat.end()

    def began(self, threads_alive: Callable[[], bool]) -> None:
        """The worker is ready; `threads_alive` checks its own threads."""
        self._turned_s = self._clock_s()
        self._threads_alive = threads_alive

    def turned(self) -> None:
        """Record that Celery's event loop has run."""
        self._turned_s = self._clock_s()

    def answered(self, *, waiting: int, taken: int, busy: bool) -> None:
        """Record that Redis answered: how many messages wait, and how many this worker has taken so far."""
        now_s = self._clock_s()
        if self._answering_since_s is None:
            self._answering_since_s = now_s
        idle = waiting > 0 and not busy and taken == self._taken
        self._taken = taken
        if not idle:
            self._idle_since_s = None
        elif self._idle_since_s is None:
            self._idle_since_s = now_s

    def unanswered(self) -> None:
        """Record that Redis doesn't answer, so that nothing is expected of the worker."""
        self._answering_since_s = self._idle_since_s = None

    def trouble(self) -> str:
        """Why this worker should be restarted; '' if it should not."""
        began, now_s = self._threads_alive, self._clock_s()
        if began is None or self._stopping():
            return ""
        if not began():
            return _ENDED
        since_s = self._answering_since_s
        if since_s is not None and now_s - max(since_s, self._turned_s) > self._stuck_s:
            return _STILL
        if self._idle_since_s is not None and now_s - self._idle_since_s > self._stuck_s:
            return _IDLE
        return ""

    def beat(self) -> None:
        """Write one heartbeat."""
        not_ready = "it is still starting" if self._threads_alive is None else ""
        if self._stopping():
            not_ready = "it is stopping"
        self._heartbeat.beat(not_ready=not_ready, trouble=self.trouble())

    def _run(self) -> None:
        while not self._stop.is_set():
            self.beat()
            self._stop.wait(1.0)
