"""The ledger's clock in this process: Redis' own time, asked now and then, and counted on in between.

Which capture is the newer, and whether a time is still to come, must not depend on which machine a worker
runs: one whose clock is a day behind would take today's captures for false ones. Between two questions the
machine's monotonic clock counts on, which nobody sets.
"""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["LedgerClock"]


def _monotonic_ms() -> int:
    return time.monotonic_ns() // 1_000_000


class LedgerClock:
    """Epoch milliseconds by the ledger; asks when it is first called.

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
            OutageError, ConfigError: it was never asked, and Redis doesn't answer.
        """
        if self._ahead_ms is None:
            self.sync()
        return self._monotonic_ms() + (self._ahead_ms or 0)

    def known(self) -> int | None:
        """The time now, without asking; None if it was never asked."""
        return None if self._ahead_ms is None else self._monotonic_ms() + self._ahead_ms

    def sync(self) -> None:
        """Ask the ledger.

        Raises:
            OutageError, ConfigError: Redis doesn't answer; what was known stays.
        """
        self._ahead_ms = self._ask() - self._monotonic_ms()
