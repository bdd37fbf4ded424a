"""Whether a file has settled: size and modification time unchanged for a while. Pure; takes the clock.

A file that is old enough when it is first seen needs no tracking (`is_old`), which makes the scan of a full
folder fast; young files, and those with a time in the future, are checked until they stop changing. Does not
touch the file system: the caller looks, and passes what it saw.
"""

from __future__ import annotations

import heapq
from enum import Enum, auto
from typing import Final

import msgspec

from newsdrop.documents import Stamp

__all__ = ["PAUSE_TIMES", "Look", "StabilityTracker", "is_old"]

_MTIME_PER_MS = 100
_EMPTY_TIMES = 5
#: For how many settle times a writer may pause with its file open.
PAUSE_TIMES: Final = 10


def is_old(stamp: Stamp, wall_ms: int, old_ms: int) -> bool:
    """Whether the file was last written at least `old_ms` ago; one from the future is young.

    An empty file is what a file looks like before it is written, so it takes longer to be old.
    """
    needed_ms = old_ms if stamp.size else _EMPTY_TIMES * old_ms
    return wall_ms - stamp.mtime // _MTIME_PER_MS >= needed_ms


class Look(Enum):
    """The result of checking a tracked file once more."""

    SETTLED = auto()
    WAITING = auto()
    #: Gone, or not tracked (any more).
    ABSENT = auto()


class _Tracked(msgspec.Struct):
    token: int
    stamp: Stamp
    first_ms: int
    since_ms: int
    writing: bool | None
    missed: bool


class StabilityTracker:
    """The files that are being written, each until it stops changing or disappears.

    Args:
        settle_ms: how long size and time must stay the same.
        writing_ms: how long, for a file that is open for writing (a writer that pauses), or still empty.
        limit: how many files are tracked at most; the rest is left to the next scan.

    All times are of one monotonic clock.
    """

    def __init__(self, settle_ms: int, *, writing_ms: int | None = None, limit: int = 50_000) -> None:
        self._settle_ms = settle_ms
        self._writing_ms = max(settle_ms, PAUSE_TIMES * settle_ms if writing_ms is None else writing_ms)
        self._limit = limit
        self._tracked: dict[str, _Tracked] = {}
        # One item per file, with a token that distinguishes an entry from a later one for the same path.
        self._agenda: list[tuple[int, int, str]] = []
        self._tokens = 0

    def __len__(self) -> int:
        return len(self._tracked)

    def __contains__(self, path: str) -> bool:
        return path in self._tracked

    def saw(
        self, path: str, stamp: Stamp, now_ms: int, *, writing: bool | None = None, missed: bool = False
    ) -> bool:
        """Track a file, or update its stamp. False: there is no room for another.

        Args:
            writing: it is open for writing; None: unknown.
            missed: there was no event for it. A later event resets this.
        """
        known = self._tracked.get(path)
        if known is None:
            if len(self._tracked) >= self._limit:
                return False
            self._tokens += 1
            self._tracked[path] = _Tracked(self._tokens, stamp, now_ms, now_ms, writing, missed)
            heapq.heappush(self._agenda, (now_ms + self._settle_ms, self._tokens, path))
            return True
        if known.stamp != stamp:
            known.stamp, known.since_ms = stamp, now_ms
        known.missed = known.missed and missed
        if writing is not None:
            known.writing = writing
        return True

    def due(self, now_ms: int, count: int = 10_000) -> list[str]:
        """The files to check now; the caller must call `look` for each, or it is never due again."""
        paths: list[str] = []
        while self._agenda and self._agenda[0][0] <= now_ms and len(paths) < count:
            _, token, path = heapq.heappop(self._agenda)
            known = self._tracked.get(path)
            if known is not None and known.token == token:
                paths.append(path)
        return paths

    def look(self, path: str, stamp: Stamp | None, now_ms: int) -> Look:
        """Pass a file's stamp (None: it is gone); if it settled or disappeared, it is no longer tracked."""
        known = self._tracked.get(path)
        if known is None or stamp is None:
            self._tracked.pop(path, None)
            return Look.ABSENT
        if known.stamp != stamp:
            known.stamp, known.since_ms = stamp, now_ms
        needed_ms = self._writing_ms if known.writing or not stamp.size else self._settle_ms
        if now_ms - known.since_ms >= needed_ms:
            del self._tracked[path]
            return Look.SETTLED
        heapq.heappush(self._agenda, (self._next_look_ms(known, needed_ms, now_ms), known.token, path))
        return Look.WAITING

    def closed(self, path: str) -> bool:
        """Whether it is known of this tracked file that its writer has closed it."""
        known = self._tracked.get(path)
        return known is not None and known.writing is False

    def missed(self, path: str) -> bool:
        """Whether there was no event for this tracked file."""
        known = self._tracked.get(path)
        return known is not None and known.missed

    def forget(self, path: str) -> None:
        """Stop tracking a file."""
        self._tracked.pop(path, None)

    def forget_below(self, folder: str) -> None:
        """Stop tracking everything below a folder."""
        prefix = folder.rstrip("/") + "/"
        for path in [path for path in self._tracked if path.startswith(prefix)]:
            del self._tracked[path]

    def next_due_ms(self) -> int | None:
        """When the next file is due, at the earliest; None when none is tracked."""
        return self._agenda[0][0] if self._agenda and self._tracked else None

    def oldest_ms(self, now_ms: int) -> int:
        """How long the oldest tracked file has been tracked."""
        return max((now_ms - known.first_ms for known in self._tracked.values()), default=0)

    def _next_look_ms(self, known: _Tracked, needed_ms: int, now_ms: int) -> int:
        # A file that was written to may be closed at any moment, so it isn't left alone for the longer wait.
        return min(known.since_ms + needed_ms, now_ms + self._settle_ms)
