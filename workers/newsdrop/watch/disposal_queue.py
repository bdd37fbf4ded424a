"""Files to be put away, found by scans or settled recently; processed a few at a time.

Bounded: files for which there is no room are found again by the next rescan.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from functools import cache
from itertools import islice

from newsdrop.archive.bundles.kinds import HEAD_BYTES, kind_of
from newsdrop.documents import SETTLED, State
from newsdrop.identity import path_drop_id
from newsdrop.ports import Entry, WatcherLedger
from newsdrop.watch.disposal import Disposed
from newsdrop.watch.enqueuer import same_stamp
from newsdrop.watch.scan import Found
from newsdrop.watch.work import FolderWork

__all__ = ["DisposalQueue"]

_LIMIT = 10_000
_LOOK_MS = 500
_LOOK_FILES = 1_000
_BUDGET_S = 0.03
#: How many files are reported to the ledger at once.
_PORTION = 32


class DisposalQueue:
    """The files of all folders that will be moved or deleted.

    Args:
        returned: called with a dead file that somebody moved back, so that it is tried again.
    """

    def __init__(self, ledger: WatcherLedger, returned: Callable[[FolderWork, Found], None]) -> None:
        self._ledger = ledger
        self._returned = returned
        self._ready: deque[tuple[FolderWork, Found, Entry]] = deque()
        self._awaiting_fate: dict[str, tuple[FolderWork, Found]] = {}
        self._look_at_ms = 0

    def __len__(self) -> int:
        return len(self._ready)

    def settled(self, work: FolderWork, found: Found, entry: Entry) -> None:
        """A scan saw a file that the ledger knows unchanged."""
        if work.disposal.concerns(entry) and len(self._ready) < _LIMIT:
            self._ready.append((work, found, entry))

    def queued(self, work: FolderWork, found: Found) -> None:
        """A file was queued, and will be settled soon."""
        if work.folder.disposes and len(self._awaiting_fate) < _LIMIT:
            self._awaiting_fate[found.path] = (work, found)

    def step(self, now_ms: int) -> None:
        """Do what is due, for about 30 ms.

        Raises:
            OutageError, ConfigError: Redis is away or refuses; nothing is forgotten.
        """
        if self._awaiting_fate and now_ms >= self._look_at_ms:
            self._look_at_ms = now_ms + _LOOK_MS
            self._look()
        deadline_s = time.monotonic() + _BUDGET_S
        idle = cache(self._idle)
        while self._ready and time.monotonic() < deadline_s:
            portion = list(islice(self._ready, _PORTION))
            self._put_away(
                [
                    (work, found, entry)
                    for work, found, entry in portion
                    if work.folder.present and (not _may_be_needed(found, entry) or idle())
                ]
            )
            for _ in portion:
                self._ready.popleft()

    def _put_away(self, chosen: list[tuple[FolderWork, Found, Entry]]) -> None:
        # Recorded first: otherwise a missing file would count as having left its folder.
        noted = self._ledger.put_away([(path_drop_id(found.path), entry.stamp) for _, found, entry in chosen])
        for (work, found, entry), its_own in zip(chosen, noted, strict=True):
            if its_own and work.disposal.put_away(found, entry) is Disposed.RETURNED:
                self._returned(work, found)

    def _look(self) -> None:
        chosen = list(islice(self._awaiting_fate.values(), _LOOK_FILES))
        entries = self._ledger.lookup([path_drop_id(found.path) for _, found in chosen])
        for (work, found), entry in zip(chosen, entries, strict=True):
            del self._awaiting_fate[found.path]
            if entry is not None and entry.state not in SETTLED:
                self._awaiting_fate[found.path] = (work, found)
            elif entry is not None and same_stamp(found.stamp, entry.stamp):
                self.settled(work, found, entry)

    def _idle(self) -> bool:
        # The members of a bundle are read from the bundle, so it stays until nothing is waiting.
        counts = self._ledger.counts()
        return not counts[State.QUEUED] and not counts[State.RETRYING]


def _may_be_needed(found: Found, entry: Entry) -> bool:
    """Whether members may still have to be read from this file; good members of a dead bundle, too."""
    if entry.state is not State.DEAD:
        return entry.state is State.EXPANDED
    try:
        with open(found.path, "rb") as file:
            return kind_of(file.read(HEAD_BYTES)) is not None
    except OSError:
        return False
