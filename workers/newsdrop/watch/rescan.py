"""One scan of a folder against the ledger, in slices, so that fresh files never wait for a large scan.

    every file ──▶ known to the ledger: nothing, or put away      (Judged.settled)
               ──▶ known, but its article was removed with another
                   file, or with that of one of its members, or
                   the known one was put away and this is another (Judged.again)
               ──▶ needed and old enough: queued                  (Judged.needed)
               ──▶ needed and young: tracked until it settles     (Judged.young)

Does not decide what happens next: each slice reports what it found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from itertools import islice

import msgspec

from newsdrop.documents import State
from newsdrop.identity import path_drop_id
from newsdrop.ports import Entry, Lane, WatcherLedger
from newsdrop.watch.enqueuer import needs
from newsdrop.watch.folder import WatchedFolder
from newsdrop.watch.scan import Found
from newsdrop.watch.stability import is_old

__all__ = ["Judged", "Reason", "Rescan"]

#: Files of one slice: about 30 ms of work.
SLICE_FILES = 1_000
#: With this many finds, a scan's files are a backlog, which must not delay newly arriving files.
BACKLOG_FILES = 256
_HAVING = (State.INDEXED, State.SUPERSEDED)


class Reason(StrEnum):
    """Why a folder, or one below it, is scanned."""

    START = "start"
    #: A scheduled scan: what it finds was missed by events.
    PERIODIC = "periodic"
    #: The kernel lost events.
    OVERFLOW = "overflow"
    #: Files were dropped for lack of room, or a server was away.
    CATCH_UP = "catch_up"
    #: The ledger was emptied.
    LEDGER_RESET = "ledger_reset"
    #: The folder was missing and is back.
    FOLDER_BACK = "folder_back"
    #: A member of a bundle may contain an article that was removed with another file.
    LOST_ARTICLE = "lost_article"
    #: A new folder inside a watched one.
    NEW_FOLDER = "new_folder"
    POLL = "poll"


#: Scans whose finds should have been reported by events.
HEALING = frozenset({Reason.PERIODIC, Reason.OVERFLOW})


class Judged(msgspec.Struct):
    """What one slice found."""

    needed: list[Found] = []
    young: list[Found] = []
    settled: list[tuple[Found, Entry]] = []
    again: list[Found] = []


class Rescan:
    """A scan in progress.

    Attributes:
        files: how many were seen; found: how many of them the ledger needs.
        relist: whether known bundles must be listed again (lost_articles.py).
        came_back: whether a known file lies where newsdrop put one away (`FolderWork.came_back`).
        passed_over: how many files and folders were passed over so far, by reason.
    """

    def __init__(
        self,
        folder: WatchedFolder,
        reason: Reason,
        files: Iterator[Found],
        now_ms: int,
        *,
        below: str | None = None,
        passed_over: Mapping[str, int] = {},
        relist: bool = False,
        came_back: Callable[[str, Entry], bool] = lambda _path, _entry: False,
    ) -> None:
        self.folder = folder
        self._came_back = came_back
        self.reason = reason
        self.below = below
        self.passed_over = passed_over
        self.files = 0
        self.found = 0
        self.started_ms = now_ms
        self.worked_ms = 0
        self.done = False
        self._removed: frozenset[str] | None = None
        self._relist = relist
        self._source = files
        self._slice: list[Found] = []

    @property
    def lane(self) -> Lane:
        """The lane for its finds."""
        return Lane.BACKLOG if self.found >= BACKLOG_FILES else Lane.FRESH

    def read(self) -> bool:
        """Read the next slice of the folder, unless one is still unjudged; returns whether there is one.

        Raises:
            OSError: the folder is gone.
        """
        if not self._slice:
            self._slice = list(islice(self._source, SLICE_FILES))
            self.files += len(self._slice)
            self.done = not self._slice
        return not self.done

    def judge(self, ledger: WatcherLedger, wall_ms: int, old_ms: int) -> Judged:
        """Compare the slice that was read with the ledger.

        Raises:
            OutageError, ConfigError: like the ledger; the slice is kept and can be judged again.
        """
        judged = Judged()
        if self._removed is None:
            self._removed = ledger.removed()
        entries = ledger.lookup([path_drop_id(found.path) for found in self._slice])
        for found, entry in zip(self._slice, entries, strict=True):
            if entry is not None and not needs(entry, found.stamp):
                if self._must_be_read_again(found, entry):
                    judged.again.append(found)
                else:
                    judged.settled.append((found, entry))
            elif is_old(found.stamp, wall_ms, old_ms):
                judged.needed.append(found)
            else:
                judged.young.append(found)
        self._slice = []
        self.found += len(judged.needed)
        return judged

    def _must_be_read_again(self, found: Found, entry: Entry) -> bool:
        if self._came_back(found.path, entry):
            return True
        if entry.state not in _HAVING:
            return self._relist and entry.state is State.EXPANDED
        return self._removed is not None and entry.document_id in self._removed
