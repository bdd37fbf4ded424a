"""Articles that a member of a bundle may bring now that another file doesn't: which bundles to list again.

A scan visits single files and sees at once which of them contain an article that was removed (rescan.py). It
never sees the members of bundles, and the ledger knows drops only by their ids. So articles that are still
missing when the next scan begins, when all single files have been read, are searched for in the whole ledger,
a little at a time. If some drop contained one, the next scan has the folder's bundles listed again, and the
ledger queues those members and no others (intake.lua). Searches only once for each article.

An article whose file was corrected to an earlier time is in the index, but a member may contain a newer
capture of it now: the same happens, without waiting for a scan.

Nor does a scan see the members whose article was taken out for good and is allowed again, whether or not
another file brings it: after the next scan, bundles are listed again while such a drop remains.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from newsdrop.documents import State
from newsdrop.errors import ConfigError, NewsdropError
from newsdrop.ports import WatcherLedger

__all__ = ["LostArticles"]

#: How many portions of the ledger are searched in one step: about 20 ms.
_PORTIONS = 10

#: A document, and when its file told an earlier time or it was allowed again; 0 for one that is missing.
_Lost = tuple[str, int]


class LostArticles:
    """The lost articles of one watched folder."""

    def __init__(self, ledger: WatcherLedger) -> None:
        self._ledger = ledger
        self._missing: frozenset[_Lost] = frozenset()
        self._dealt_with: set[_Lost] = set()
        self._search: Iterator[int] | None = None
        self._wanted: frozenset[_Lost] = frozenset()
        self._brought = False

    def begin_scan(self) -> bool:
        """A scan of the whole folder begins; returns whether it should have all bundles listed again.

        Raises:
            OutageError, ConfigError: like the ledger.
        """
        recalled = frozenset(self._ledger.recalled().items())
        missing = recalled.union((document, 0) for document in self._ledger.removed())
        lowered = frozenset(self._ledger.lowered().items())
        self._dealt_with &= missing | lowered
        lasting = (missing & self._missing | lowered) - self._dealt_with - self._wanted
        self._missing = missing
        if self._search is None and lasting and self._ledger.counts()[State.EXPANDED]:
            search = self._ledger.bringing(_documents(lasting - recalled), _documents(lasting & recalled))
            self._wanted, self._search = lasting, search
        elif self._search is None:
            self._dealt_with |= lasting
        brought, self._brought = self._brought, False
        return brought

    def step(self) -> bool:
        """Search a little further; returns whether bundles must be listed again.

        Raises:
            OutageError: Redis can't be reached; the next scan restarts the search.
            ConfigError: it refuses the search, which is reported once; the audit will find the articles.
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


def _documents(lost: frozenset[_Lost]) -> frozenset[str]:
    return frozenset(document for document, _ in lost)
