"""What a watcher publishes about itself: its report for `status`, and its counts for the metrics."""

from __future__ import annotations

import os
from typing import Any, Final

from newsdrop.meters import Tally
from newsdrop.ports import WatcherLedger

__all__ = ["Figures"]

_TTL_S: Final = 20.0


class Figures:
    """Publishes through the ledger; remembers what it has already published."""

    def __init__(self, ledger: WatcherLedger) -> None:
        self._ledger = ledger
        self._healed = 0
        self._overflows = 0

    def publish(self, values: dict[str, Any], *, healed: int, overflows: int) -> None:
        """Report `values`, and count the files healed and the overflows since the last call.

        Raises:
            OutageError, ConfigError: like the ledger's methods.
        """
        tally = Tally()
        tally.count("newsdrop_watch_healed_files_total", by=healed - self._healed)
        tally.count("newsdrop_watch_overflows_total", by=overflows - self._overflows)
        # Recorded before it is sent: counting twice would be worse than not counting.
        self._healed, self._overflows = healed, overflows
        self._ledger.count(tally.take())
        name = f"{self._ledger.host}:{os.getpid()}"
        self._ledger.report("watcher", name, {**values, "healed": healed, "overflows": overflows}, _TTL_S)
