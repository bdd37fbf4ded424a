"""Copies dead letters to the index for Kibana: changed ones, and all of them if the index has none.

    mirror_home() of the index ──differs from the ledger's──▶ all letters are marked, some at a time
    letters that are marked or changed ──64 at a time──▶ the index

An index that was lost, renamed, restored or newly created is recognized by its own id. How far the marking
has come is kept in Redis, so that it continues after a crash. Closed letters are mirrored, too, with their
status. Does not wait: letters that the index doesn't accept stay marked.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from newsdrop.ledger.deadletters import DeadLetters
from newsdrop.ports import LetterMirror

__all__ = ["MirrorKeeper"]

#: How often the id of the index is checked.
_ASK_S: Final = 60.0


class MirrorKeeper:
    """Keeps the mirror of one ledger's letters in one index.

    Args:
        clock_s: a monotonic clock.
    """

    def __init__(
        self, letters: DeadLetters, store: LetterMirror, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._letters = letters
        self._store = store
        self._clock_s = clock_s
        self._home = ""
        self._asked_s = float("-inf")

    def work(self, until_s: float = float("inf")) -> int:
        """Mirror until nothing is left or the clock reaches `until_s`; returns how many letters are clean.

        Raises:
            OutageError, ConfigError: the index is away or refuses; the rest stays marked.
        """
        total = 0
        if not self._letters.any():
            return total
        self._look()
        while True:
            marked, before = self._letters.mark_for_mirror(self._home), total
            while clean := self._letters.mirror(self._store):
                total += clean
                if self._clock_s() >= until_s:
                    return total
            if not marked and total == before:
                return total

    def _look(self) -> None:
        if self._clock_s() - self._asked_s >= _ASK_S:
            self._home = self._store.mirror_home()
            self._asked_s = self._clock_s()

    def look_again(self) -> None:
        """Check the id of the index at the next turn, because it refused what it was sent."""
        self._asked_s = float("-inf")
