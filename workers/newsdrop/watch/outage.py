"""How long to wait before asking a server again that doesn't answer: longer each time, up to a bound."""

from __future__ import annotations

from newsdrop.errors import NewsdropError
from newsdrop.events import emit

__all__ = ["Outage"]

_FIRST_MS = 500
_MAX_MS = 15_000
#: A failure after this much quiet begins a new outage.
_QUIET_MS = 30_000


class Outage:
    """The state of one service. The clock is an argument."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._wait_ms = 0
        self._until_ms = 0
        self._failed_ms = 0
        self.reason = ""

    def may_try(self, now_ms: int) -> bool:
        """Whether it is time to ask."""
        return now_ms >= self._until_ms

    def in_ms(self, now_ms: int) -> int:
        """How long until it is time."""
        return max(0, self._until_ms - now_ms)

    def failed(self, error: NewsdropError, now_ms: int) -> None:
        """Record that it didn't answer, or refused.

        What answers in between isn't well: a server whose disk is full takes every question and refuses every
        write.
        """
        before_ms = self._wait_ms if now_ms - self._failed_ms <= _QUIET_MS else 0
        self._failed_ms = now_ms
        self._wait_ms = min(_MAX_MS, before_ms * 2 or _FIRST_MS)
        self._until_ms = now_ms + self._wait_ms
        self.reason = error.message
        emit("watch.outage", service=self._service, reason=error.message, retry_s=self._wait_ms / 1000)

    def answered(self) -> None:
        """Record that it answered, so that it may be asked at any time."""
        self._until_ms = 0
        self.reason = ""
