"""A cached answer that many ask for at once: requested once from the servers, and kept while it is fresh."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final, Generic, TypeVar

__all__ = ["Remembered"]

_T = TypeVar("_T")
#: A slow answer is kept for this many times as long, so that asking takes at most a tenth of a thread.
_REST: Final = 10.0


class Remembered(Generic[_T]):
    """One answer, for all threads.

    Args:
        ask: asks the servers; its errors reach the caller, and the next caller asks again.
        fresh_s: how long an answer is reused, at least.
        clock_s: the monotonic clock.
    """

    def __init__(
        self, ask: Callable[[], _T], *, fresh_s: float = 1.0, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._ask = ask
        self._fresh_s = fresh_s
        self._clock_s = clock_s
        self._lock = threading.Lock()
        self._held: tuple[_T, float] | None = None

    def value(self) -> _T:
        """The current answer, or a recent one."""
        # Callers that arrive meanwhile wait for the same answer.
        with self._lock:
            if self._held is None or self._clock_s() > self._held[1]:
                begun_s = self._clock_s()
                answer = self._ask()
                now_s = self._clock_s()
                self._held = (answer, now_s + max(self._fresh_s, _REST * (now_s - begun_s)))
            return self._held[0]

    def forget(self) -> None:
        """Something changed: the next caller asks again."""
        with self._lock:
            self._held = None
