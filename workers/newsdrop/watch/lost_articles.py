"""Articles that went with a file though a member of a bundle brings them, too: which bundles to list again.

A scan meets single files and sees at once which of them brought an article that is gone (rescan.py). It never
meets the members of bundles, and the ledger knows drops by their ids alone. So what is still missing when the
next scan begins, when all single files have been read, is looked for in the whole ledger, a little at a time;
if some drop brought it, the next scan has the folder's bundles listed again, and the ledger queues those
members and no others (intake.lua). Refuses to look for one article twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from newsdrop.documents import State
from newsdrop.errors import ConfigError, NewsdropError
from newsdrop.ports import WatcherLedger

__all__ = ["LostArticles"]

#: Portions of the ledger that are looked through in one step: some 20 ms.
_PORTIONS = 10


class LostArticles:
    """Those of one watched folder."""

    def __init__(self, ledger: WatcherLedger) -> None:
        self._ledger = ledger
        self._missing: frozenset[str] = frozenset()
        self._dealt_with: set[str] = set()
        self._search: Iterator[int] | None = None
        self._wanted: frozenset[str] = frozenset()
        self._brought = False

    def begin_scan(self) -> bool:
        """A scan of the whole folder begins; whether it is to have all bundles listed again.

        Raises:
            OutageError, ConfigError: as the ledger does.
        """
        missing = self._ledger.removed()
        self._dealt_with &= missing
        lasting = (missing & self._missing) - self._dealt_with - self._wanted
        self._missing = missing
        if self._search is None and lasting and self._ledger.counts()[State.EXPANDED]:
            self._wanted, self._search = frozenset(lasting), self._ledger.bringing(frozenset(lasting))
        elif self._search is None:
            self._dealt_with |= lasting
        brought, self._brought = self._brought, False
        return brought

    def step(self) -> bool:
        """Look a little further; whether it is found now that bundles are to be listed again.

        Raises:
            OutageError: Redis can't be reached; the next scan begins the search anew.
            ConfigError: it refuses to let us look; that is said once, and the audit is left to find them.
        """
        if self._search is None:
            return False
        try:
            found = list(islice(self._search, _PORTIONS))
        except NewsdropError as error:
            if isinstance(error, ConfigError):
                self._dealt_with |= self._wanted
            self._search, self._wanted = None, frozenset()
            raise
        self._brought = self._brought or any(found)
        if len(found) == _PORTIONS:
            return False
        self._dealt_with |= self._wanted
        self._search, self._wanted = None, frozenset()
        return self._brought
