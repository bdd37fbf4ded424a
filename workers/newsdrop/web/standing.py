"""The status, requested at most once a second however many pages are open; and the history of the last hour.

The history is kept in memory and begins with this server; Prometheus keeps older data.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

import msgspec

from newsdrop.monitor.rates import settled
from newsdrop.monitor.status import Status
from newsdrop.web.remembered import Remembered

__all__ = ["SAMPLE_S", "Minute", "Standing"]

#: Between two samples.
SAMPLE_S: Final = 10.0
_HOUR_S: Final = 3_600.0


class Minute(msgspec.Struct, frozen=True):
    """One minute. `settled`: how many files were settled; `lag_s`: the wait of the oldest message."""

    settled: int
    lag_s: float


class _Sample(msgspec.Struct, frozen=True):
    at_s: float
    settled: int
    lag_s: float


class Standing:
    """The status, for all threads.

    Args:
        ask: asks the servers; its errors reach the caller.
        clock_s: the monotonic clock.
    """

    def __init__(self, ask: Callable[[], Status], clock_s: Callable[[], float] = time.monotonic) -> None:
        self._status = Remembered(ask, clock_s=clock_s)
        self._clock_s = clock_s
        self._lock = threading.Lock()
        self._samples: deque[_Sample] = deque()

    def now(self) -> Status:
        """The current status, or a recent one.

        Raises:
            OutageError, ConfigError: the ledger can't be asked.
        """
        return self._status.value()

    def sample(self) -> None:
        """Record a sample of the status; call it every SAMPLE_S."""
        status = self.now()
        lag_s = max(status.queue.oldest_s.values(), default=0.0)
        with self._lock:
            self._samples.append(_Sample(self._clock_s(), settled(status.states), lag_s))
            while self._samples[-1].at_s - self._samples[0].at_s > _HOUR_S:
                self._samples.popleft()

    def minutes(self) -> list[Minute]:
        """The last hour, the oldest minute first; as far as it has been observed."""
        with self._lock:
            samples = list(self._samples)
        found: list[Minute] = []
        while len(samples) > 1:
            end = samples[-1]
            inside = [one for one in samples if end.at_s - one.at_s <= 60.0]
            start = inside[0]
            if start is end:
                break
            found.append(Minute(max(0, end.settled - start.settled), max(one.lag_s for one in inside)))
            samples = [one for one in samples if one.at_s <= start.at_s]
        return found[::-1]
