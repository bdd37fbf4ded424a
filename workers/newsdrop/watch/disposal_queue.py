"""Files to be put away, found by scans or settled recently; processed a few at a time.

    settled ──▶ ready ──▶ put away
                │   ▲
                ▼   │ every half second
               waiting     while it is open for writing; in polled folders, and where the kernel can't tell,
                           while it changed lately; and a bundle while anything is queued

Bounded: files for which there is no room are found again by the next rescan.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from functools import cache
from itertools import islice

import msgspec

from newsdrop.archive.bundles.kinds import HEAD_BYTES, kind_of
from newsdrop.documents import SETTLED, Stamp, State
from newsdrop.identity import path_drop_id
from newsdrop.ports import Entry, WatcherLedger
from newsdrop.watch.ages import Ages
from newsdrop.watch.disposal import Disposed, unchanged
from newsdrop.watch.enqueuer import same_stamp
from newsdrop.watch.folder import Mode
from newsdrop.watch.scan import Found
from newsdrop.watch.work import FolderWork

__all__ = ["DisposalQueue"]

_LIMIT = 10_000
_LOOK_MS = 500
_LOOK_FILES = 1_000
_BUDGET_S = 0.03
#: How many files are reported to the ledger at once.
_PORTION = 32


class _Waiting(msgspec.Struct, frozen=True):
    """`since_ms`: when the file was first kept back; None: its fate was not known so far."""

    work: FolderWork
    found: Found
    since_ms: int | None = None


class _Candidate(msgspec.Struct, frozen=True):
    work: FolderWork
    found: Found
    entry: Entry
    since_ms: int | None

    @property
    def noted(self) -> tuple[str, Stamp]:
        """The drop as it is reported to the ledger."""
        return path_drop_id(self.found.path), self.entry.stamp

    def is_here(self) -> bool:
        """Whether the file that the ledger tells of is still there."""
        return unchanged(self.found.path, self.entry.stamp)


class DisposalQueue:
    """The files of all folders that will be moved or deleted.

    Args:
        returned: called with a dead file that somebody moved back, so that it is tried again.
        ages: says which files have not changed for so long that no writer will go on with them.
    """

    def __init__(
        self, ledger: WatcherLedger, returned: Callable[[FolderWork, Found], None], *, ages: Ages
    ) -> None:
        self._ledger = ledger
        self._returned = returned
        self._ages = ages
        self._ready: deque[_Candidate] = deque()
        # Files whose fate is still open, and those that can't go yet.
        self._waiting: dict[str, _Waiting] = {}
        self._look_at_ms = 0

    def __len__(self) -> int:
        return len(self._ready)

    def settled(self, work: FolderWork, found: Found, entry: Entry) -> None:
        """A scan saw a file that the ledger knows unchanged."""
        if not work.disposal.concerns(entry) or len(self._ready) >= _LIMIT:
            return
        waiting = self._waiting.pop(found.path, None)
        since_ms = waiting.since_ms if waiting is not None and waiting.found == found else None
        self._ready.append(_Candidate(work, found, entry, since_ms))

    def queued(self, work: FolderWork, found: Found) -> None:
        """A file was queued, and will be settled soon."""
        if work.folder.disposes:
            self._wait(_Waiting(work, found))

    def step(self, now_ms: int) -> None:
        """Do what is due, for about 30 ms.

        Raises:
            OutageError, ConfigError: Redis is away or refuses; nothing is forgotten.
        """
        if self._waiting and now_ms >= self._look_at_ms:
            self._look_at_ms = now_ms + _LOOK_MS
            self._look()
        deadline_s = time.monotonic() + _BUDGET_S
        idle = cache(self._idle)
        while self._ready and time.monotonic() < deadline_s:
            portion = list(islice(self._ready, _PORTION))
            present = [one for one in portion if one.work.folder.present and one.is_here()]
            free = [self._may_go(one, now_ms, idle) for one in present]
            self._put_away([one for one, may_go in zip(present, free, strict=True) if may_go])
            for _ in portion:
                self._ready.popleft()
            for one, may_go in zip(present, free, strict=True):
                if not may_go:
                    self._wait(
                        _Waiting(one.work, one.found, now_ms if one.since_ms is None else one.since_ms)
                    )

    def _may_go(self, one: _Candidate, now_ms: int, idle: Callable[[], bool]) -> bool:
        """Whether nobody needs the file any more: no writer who goes on with it, and none of its members."""
        folder = one.work.folder
        writing = folder.being_written(one.found.path)
        if writing:
            return False
        # A writer that closes the file between two parts is only noticed by events.
        if (writing is None or folder.mode is Mode.POLLING) and not self._has_rested(one, now_ms):
            return False
        return not _may_be_needed(one.found, one.entry) or idle()

    def _has_rested(self, one: _Candidate, now_ms: int) -> bool:
        seen_for_ms = 0 if one.since_ms is None else now_ms - one.since_ms
        return seen_for_ms >= self._ages.pause_ms or self._ages.has_rested(one.work.folder, one.found.stamp)

    def _put_away(self, chosen: list[_Candidate]) -> None:
        # Recorded first: otherwise a missing file would count as having left its folder.
        noted = self._ledger.put_away([one.noted for one in chosen])
        gone: list[_Candidate] = []
        stayed: list[_Candidate] = []
        for one, its_own in zip(chosen, noted, strict=True):
            if its_own:
                with one.work.comebacks.trying(one.found.path):
                    result = one.work.disposal.put_away(one.found, one.entry)
                if result is Disposed.RETURNED:
                    self._returned(one.work, one.found)
                (gone if result in (Disposed.MOVED, Disposed.DELETED) else stayed).append(one)
        self._ledger.put_away([one.noted for one in stayed if one.is_here()], stayed=True)
        # Again, because another watcher may just have failed to put one of them away.
        self._ledger.put_away([one.noted for one in gone])

    def _wait(self, one: _Waiting) -> None:
        if one.found.path in self._waiting or len(self._waiting) < _LIMIT:
            self._waiting[one.found.path] = one

    def _look(self) -> None:
        chosen = list(islice(self._waiting.values(), _LOOK_FILES))
        entries = self._ledger.lookup([path_drop_id(one.found.path) for one in chosen])
        for one, entry in zip(chosen, entries, strict=True):
            if entry is not None and entry.state in SETTLED and same_stamp(one.found.stamp, entry.stamp):
                self.settled(one.work, one.found, entry)
            self._waiting.pop(one.found.path, None)
            if entry is not None and entry.state not in SETTLED:
                self._wait(one)

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
