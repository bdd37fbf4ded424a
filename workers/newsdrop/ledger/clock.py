"""The ledger's clock in this process: Redis' own time, asked occasionally and extrapolated in between.

Which capture is newer, and whether a time is in the future, must not depend on the machine that a worker
runs on: one whose clock is a day behind would reject today's captures. Between two requests the machine's
monotonic clock counts on, which nobody sets.
"""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["LedgerClock"]


def _monotonic_ms() -> int:
    return time.monotonic_ns() // 1_000_000


class LedgerClock:
    """Epoch milliseconds by the ledger's clock; asks Redis on the first call.

    Args:
        ask: the ledger's `now_ms`.
    """

    def __init__(self, ask: Callable[[], int], *, monotonic_ms: Callable[[], int] = _monotonic_ms) -> None:
        self._ask = ask
        self._monotonic_ms = monotonic_ms
        self._ahead_ms: int | None = None

    def __call__(self) -> int:
        """The time now.

        Raises:
            OutageError, ConfigError: the time was never known, and Redis doesn't answer.
        """
        if self._ahead_ms is None:
            self.sync()
        return self._monotonic_ms() + (self._ahead_ms or 0)

    def known(self) -> int | None:
        """The time now, without asking Redis; None if it is not known."""
        return None if self._ahead_ms is None else self._monotonic_ms() + self._ahead_ms

    def sync(self) -> None:
        """Ask Redis for the time.

        Raises:
            OutageError, ConfigError: Redis doesn't answer; the known time stays.
        """
        self._ahead_ms = self._ask() - self._monotonic_ms()
