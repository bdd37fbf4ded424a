"""Waiting at the gate: what a worker does with its batch while a service is down.

    closed? ──no──▶ continue
      │ yes: touch '-' every 10 s, ask the service whenever it is our turn
      ▼
    opened by a probe, or expired ──▶ continue
    a minute has passed, or the worker should stop ──▶ give the batch back without counting a death

The gate is one key with a TTL and a reason, so that `status` can say why all work is paused. Makes
no decisions about drops.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec

from newsdrop.errors import ConfigError, OutageError
from newsdrop.events import emit
from newsdrop.options import QueueOptions
from newsdrop.ports import Gate, GateLedger

__all__ = ["GateTimes", "Gatekeeper"]

#: The service behind `Store`; the other one, "worker", is the ledger's own (a crash loop).
SERVICE = "index"


class GateTimes(msgspec.Struct, frozen=True, kw_only=True):
    """The times of a gate."""

    #: How long a batch waits here in total before it is given back.
    wait_s: float = QueueOptions().gate_wait_s
    #: How often the lease is renewed.
    touch_s: float = 10.0
    look_s: float = 1.0
    #: A closed gate opens by itself if nobody closes it again.
    ttl_s: float = 30.0


class Gatekeeper:
    """The waiting of one batch.

    Args:
        check: asks the service; raises OutageError or ConfigError when it is still down.
        touch: renews the batch's lease; raises when the batch is no longer ours.
        stopping: whether the worker should stop.

    Attributes:
        waited_s: how long it has waited at the closed gate so far.
    """

    def __init__(
        self,
        ledger: GateLedger,
        check: Callable[[], None],
        *,
        touch: Callable[[], None],
        stopping: Callable[[], bool],
        times: GateTimes,
        clock_s: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._ledger = ledger
        self._check = check
        self._touch = touch
        self._stopping = stopping
        self._times = times
        self._clock_s = clock_s
        self._sleep = sleep
        self._patience_s = times.wait_s
        self.waited_s = 0.0

    def pass_through(self) -> bool:
        """Wait until the gate is open; False if the batch should be given back instead."""
        if self._ledger.gate() is None:
            return True
        begun_s = self._clock_s()
        try:
            return self._stand(begun_s + self._patience_s)
        finally:
            stood_s = self._clock_s() - begun_s
            self.waited_s += stood_s
            self._patience_s = max(0.0, self._patience_s - stood_s)

    def close(self, error: OutageError | ConfigError) -> None:
        """Pause all work, for this reason."""
        if self._ledger.close_gate(SERVICE, error.message, self._times.ttl_s):
            emit("gate.closed", service=SERVICE, reason=error.message)

    def _stand(self, deadline_s: float) -> bool:
        touch_at_s = self._clock_s()
        while True:
            now_s = self._clock_s()
            if now_s >= touch_at_s:
                self._touch()
                touch_at_s = now_s + self._times.touch_s
            gate = self._ledger.gate()
            if gate is None or self._ask(gate):
                return True
            if self._stopping() or now_s >= deadline_s:
                return False
            self._sleep(min(self._times.look_s, max(0.0, deadline_s - now_s)))

    def _ask(self, gate: Gate) -> bool:
        """Whether it was our turn to ask the service, and it is back."""
        if not self._ledger.probe_gate():
            return False
        try:
            self._check()
        except (OutageError, ConfigError) as error:
            self.close(error)
            return False
        if self._ledger.open_gate(gate.service):
            emit("gate.opened", service=gate.service)
        return True
