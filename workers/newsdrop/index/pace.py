"""How much is sent to Elasticsearch at once, and how soon: adapted to how it responds.

Pure; the writer reports and asks. Additive increase and multiplicative decrease, as in TCP (D. Chiu, R. Jain,
"Analysis of the Increase and Decrease Algorithms for Congestion Avoidance in Computer Networks", Computer
Networks and ISDN Systems 17, 1989): the one rule under which many senders that know nothing about each other
(each worker process is one) reach an even share. The size of a request follows how long requests take; the
pause between two replaces concurrency, which a process that sends one request at a time can't otherwise
lower.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from newsdrop.options import IndexOptions

__all__ = ["Pace", "PaceLimits"]

_FIRST_PAUSE_S = 0.1
_FORGOTTEN_S = 0.05
_STEPS = 16
_INDEX = IndexOptions()


class PaceLimits(msgspec.Struct, frozen=True, kw_only=True):
    """The bounds; those that are settings have the settings' defaults.

    `target_s`: a request that takes longer was too large. `refusals`: in a row, after which it is an outage.
    """

    most_bytes: int = _INDEX.bulk_bytes
    least_bytes: int = _INDEX.bulk_min_bytes
    target_s: float = _INDEX.bulk_target_s
    most_pause_s: float = 4.0
    refusals: int = 4


class Pace:
    """One sender's pace; starts at the upper bound and without a pause.

    Args:
        random: draws from [0, 1), so that senders that were refused together don't come back together.
    """

    def __init__(self, limits: PaceLimits, random: Callable[[], float]) -> None:
        self._limits = limits
        self._random = random
        self._least = min(limits.least_bytes, limits.most_bytes)
        self._pause_s = 0.0
        self._refused = 0
        self.bytes_ = limits.most_bytes

    @property
    def pause_s(self) -> float:
        """How long to wait before the next request; usually 0."""
        return self._pause_s * (0.5 + self._random() / 2) if self._pause_s else 0.0

    def took(self, bytes_: int, seconds: float) -> None:
        """Record that a request of `bytes_` was accepted after `seconds`."""
        self._refused = 0
        self._pause_s = self._pause_s / 2 if self._pause_s > _FORGOTTEN_S else 0.0
        if seconds > self._limits.target_s:
            # Only the size that was sent is known to be too large.
            self._shrink(min(self.bytes_, bytes_))
        elif seconds < self._limits.target_s / 2:
            self.bytes_ = min(self._limits.most_bytes, self.bytes_ + self._limits.most_bytes // _STEPS)

    def refused(self, bytes_: int) -> bool:
        """Record that a request was refused for load; returns whether to try again, after `pause_s`."""
        self._refused += 1
        self._pause_s = min(self._limits.most_pause_s, max(_FIRST_PAUSE_S, 2 * self._pause_s))
        self._shrink(min(self.bytes_, bytes_))
        if self._refused < self._limits.refusals:
            return True
        self._refused = 0
        return False

    def _shrink(self, from_bytes: int) -> None:
        self.bytes_ = max(self._least, from_bytes // 2)
