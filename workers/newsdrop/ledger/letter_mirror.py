"""Brings dead letters to the index for Kibana: those that changed, and all of them to an index that has none.

    mirror_home() of the index ──another than the ledger knows──▶ all letters are marked, some at a time
    letters that are marked or changed ──64 at a time──▶ the index

An index that was lost, renamed, restored or made for the first time is told by its own id; how far the
marking came is kept in Redis, so that it goes on after a crash. Closed letters come, too, as what they are.
Refuses to wait: what the index won't take stays marked.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from newsdrop.ledger.deadletters import DeadLetters
from newsdrop.ports import LetterMirror

__all__ = ["MirrorKeeper"]

#: How often it is asked which index this is.
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
        """Mirror until nothing is left or the clock says `until_s`; how many letters are clean now.

        Raises:
            OutageError, ConfigError: the index can't or won't; what is left stays marked.
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
        """Ask at the next turn which index this is: it has refused what it was sent."""
        self._asked_s = float("-inf")
