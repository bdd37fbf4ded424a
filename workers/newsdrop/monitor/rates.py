"""How fast files get their fate, reckoned and spelled in one way wherever it stands. Pure.

What counts is files that are settled, members of bundles and dead letters among them; waiting for the first
one is no part of the time. tests/project/test_words.py holds the other modules to these words.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Final

from newsdrop.documents import SETTLED

__all__ = ["FILES_PER_S", "Rate", "per_second", "rate_words", "settled"]

FILES_PER_S: Final = "files/s"


def settled(states: Mapping[str, int]) -> int:
    """How many of the files in these states have their fate."""
    return sum(states.get(state, 0) for state in SETTLED)


def per_second(files: int, seconds: float) -> float:
    """Files a second, to one decimal; 0 of no time."""
    return round(max(0, files) / seconds, 1) if seconds > 0 else 0.0


def rate_words(files_per_s: float) -> str:
    """As it is said: `1,234.5 files/s`."""
    return f"{files_per_s:,.1f} {FILES_PER_S}"


class Rate:
    """Files settled a second: lately, and over all the time in which any were."""

    def __init__(self, window_s: float = 10.0) -> None:
        self._window_s = window_s
        self._looks: deque[tuple[float, int]] = deque()
        self._first: tuple[float, int] | None = None
        self._last: tuple[float, int] | None = None

    def look(self, now_s: float, files: int) -> None:
        """Take note that at `now_s` this many files were settled."""
        self._looks.append((now_s, files))
        while now_s - self._looks[0][0] > self._window_s:
            self._looks.popleft()
        if self._first is None or files == self._first[1]:
            # Waiting for the first file is no part of the speed: the look just before it is the start.
            self._first = self._last = (now_s, files)
        elif self._last is None or files != self._last[1]:
            self._last = (now_s, files)

    @property
    def lately(self) -> float:
        """Files a second within the window."""
        return _between(self._looks[0], self._looks[-1]) if self._looks else 0.0

    @property
    def overall(self) -> float:
        """Files a second from the first to the last that was settled."""
        return _between(self._first, self._last) if self._first and self._last else 0.0


def _between(start: tuple[float, int], end: tuple[float, int]) -> float:
    return per_second(end[1] - start[1], end[0] - start[0])
