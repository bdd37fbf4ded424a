"""What a worker's main process does besides Celery's event loop, which must never wait for Redis.

Two threads: the reconciler, and one that ends the leases of processes that died (its own children, and those
of an earlier worker with the same state_dir), stores refused messages that Redis didn't accept at once,
checks that the worker's index is still the ledger's (admission.py), reports the worker's state for `status`,
checks whether messages are waiting that it doesn't take (watchdog.py) and watched folders missing
(sight.py), and reports settings of Redis that
bring a risk while it runs. Both survive any outage.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from celery.worker import state

from newsdrop.errors import NewsdropError
from newsdrop.ledger.connect import RiskWatch
from newsdrop.ledger.ledger import Ledger
from newsdrop.ledger.reconcile import Reconciler
from newsdrop.version import VERSION
from newsdrop.worker import rejects
from newsdrop.worker.admission import Admission
from newsdrop.worker.in_flight import orphaned
from newsdrop.worker.shutdown import StopFlag
from newsdrop.worker.sight import Sight
from newsdrop.worker.watchdog import Watchdog

__all__ = ["Maintenance"]

_LOGGER = logging.getLogger("newsdrop.worker")
_JOIN_S = 5.0


class Maintenance:
    """The two threads; `start` and `stop` them from the main thread.

    Args:
        in_flight: the folder where pool children record what they have in hand.
        lists: the Celery lists this worker takes from.
        watchdog: receives whether Redis answers, and what is waiting.
        admission: knows this worker's index.
        risks: reports what settings of Redis bring while the worker runs.
        sight: knows which watched folders this host lacks.
    """

    def __init__(
        self,
        ledger: Ledger,
        reconciler: Reconciler,
        *,
        processes: int,
        interval_s: float,
        stopping: StopFlag,
        in_flight: Path,
        lists: Sequence[str] = (),
        watchdog: Watchdog | None = None,
        admission: Admission | None = None,
        risks: RiskWatch | None = None,
        sight: Sight | None = None,
    ) -> None:
        self._ledger = ledger
        self._processes = processes
        self._interval_s = min(interval_s, 5.0)
        self._stopping = stopping
        self._in_flight = in_flight
        self._lists = tuple(lists)
        self._watchdog = watchdog
        self._admission = admission
        self._risks = risks
        self._sight = sight
        self._unforeseen = ""
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._started_ms = time.time_ns() // 1_000_000
        self._threads = [
            threading.Thread(target=reconciler.run, args=(self._stop,), name="reconciler", daemon=True),
            threading.Thread(target=self._run, name="maintenance", daemon=True),
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End both threads, after reporting dead children."""
        self._stop.set()
        self._wake.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(_JOIN_S)

    def alive(self) -> bool:
        """Whether both threads are running."""
        return self._stop.is_set() or all(thread.is_alive() for thread in self._threads)

    def lost(self) -> None:
        """A child died: find out what it had in hand, and end its lease. Returns at once."""
        self._wake.set()

    def _run(self) -> None:
        while True:
            last = self._stop.is_set()
            steps = (self._expire, rejects.keep_again, self._claim, self._report, self._look, self._warn)
            for step in steps:
                try:
                    step()
                except NewsdropError:
                    # Redis is away, which the reconciler's thread reports once. The lease expires by itself.
                    if self._watchdog is not None:
                        self._watchdog.unanswered()
                    continue
                except Exception as error:
                    # Without this thread no dead child would be noticed, and nobody know of this worker.
                    if repr(error) != self._unforeseen:
                        self._unforeseen = repr(error)
                        _LOGGER.exception("part of this worker's upkeep failed, and is tried again")
            if last:
                return
            self._wake.wait(self._interval_s)
            self._wake.clear()

    def _expire(self) -> None:
        for dead in orphaned(self._in_flight):
            self._ledger.expire(dead.batch, dead.run, dead.drop)

    def _claim(self) -> None:
        if self._admission is not None and not self._stopping:
            self._admission.look()

    def _report(self) -> None:
        values: dict[str, Any] = {
            "pid": os.getpid(),
            "processes": self._processes,
            "busy": len(state.active_requests),
            "started_ms": self._started_ms,
            "version": VERSION,
            "stopping": bool(self._stopping),
        }
        if self._admission is not None and self._admission.index is not None:
            values["index"] = msgspec.to_builtins(self._admission.index)
        if self._sight is not None and (missing := self._sight.look()):
            values["missing"] = missing
        self._ledger.report("worker", f"{self._ledger.host}-{os.getpid()}", values, 3 * self._interval_s + 5)

    def _look(self) -> None:
        if self._watchdog is None:
            return
        self._watchdog.answered(
            waiting=self._ledger.message_count(self._lists),
            taken=sum(state.total_count.values()),
            busy=bool(state.active_requests),
        )

    def _warn(self) -> None:
        if self._risks is not None:
            self._risks.look()
