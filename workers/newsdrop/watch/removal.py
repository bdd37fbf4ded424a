"""`on_delete = "remove"`: a file that leaves its folder takes its article along.

Who tells: the kernel's events, and now and then a comparison of the index with the folder, which finds what
left while nobody watched. All it does is to hand the drop in once more; the worker finds the file gone and
removes the article. Refuses to conclude anything from a folder that may be unmounted (`WatchedFolder.doubt`).
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from itertools import islice

from newsdrop.documents import Drop, Stamp, State, StoredFile
from newsdrop.events import emit
from newsdrop.identity import inside, path_drop_id
from newsdrop.ports import FolderFiles, WatcherLedger
from newsdrop.watch.folder import WatchedFolder

__all__ = ["NO_FILE", "Removals"]

#: The stamp of a drop whose file is known to be gone.
NO_FILE = Stamp(0, 0)
_SLICE = 500
_LIMIT = 50_000
_HOLD_MS = 2_000
_COMPARE_SHARE = 20


class Removals:
    """Finds and hands in the files that left one folder.

    Args:
        wait_ms: how long a file must have been away; editors remove and write anew.
        compare_ms: how long from one comparison with the index to the next, at least.
    """

    def __init__(
        self,
        folder: WatchedFolder,
        ledger: WatcherLedger,
        store: FolderFiles | None,
        *,
        wait_ms: int,
        compare_ms: int,
    ) -> None:
        self._folder = folder
        self._ledger = ledger
        self._store = store
        self._wait_ms = wait_ms
        self._compare_ms = compare_ms
        self._waiting: deque[tuple[int, str]] = deque()
        self._compare_at_ms = 0
        self._compared_since_ms = 0
        self._hold_until_ms = 0
        self._comparing: Iterator[StoredFile] | None = None
        self._held = ""

    def left(self, path: str, *, is_folder: bool, now_ms: int) -> None:
        """Somebody saw a file or folder leave."""
        if is_folder or len(self._waiting) >= _LIMIT:
            self._compare_at_ms = min(self._compare_at_ms, now_ms + self._wait_ms)
        else:
            self._waiting.append((now_ms + self._wait_ms, path))

    def step(self, now_ms: int) -> int:
        """Do a slice of what is due; how many files were handed in.

        Raises:
            OutageError: Redis or the index can't be reached; nothing is forgotten.
            ConfigError: they refuse us.
        """
        return self._step_events(now_ms) + self._step_comparison(now_ms)

    def _step_events(self, now_ms: int) -> int:
        due = [path for at_ms, path in islice(self._waiting, _SLICE) if at_ms <= now_ms]
        if not due or now_ms < self._hold_until_ms:
            return 0
        if self._doubted():
            self._hold_until_ms = now_ms + _HOLD_MS
            return 0
        handed = self._hand_in(due)
        for _ in due:
            self._waiting.popleft()
        return handed

    def _step_comparison(self, now_ms: int) -> int:
        if self._store is None:
            return 0
        if self._comparing is None:
            if now_ms < self._compare_at_ms:
                return 0
            self._compare_at_ms = now_ms + self._compare_ms
            self._compared_since_ms = now_ms
            if self._doubted():
                return 0
            self._comparing = self._store.files_under(self._folder.root)
        try:
            part = list(islice(self._comparing, _SLICE))
        except Exception:
            # An iterator that raised is over; the comparison starts again.
            self._comparing, self._compare_at_ms = None, now_ms + self._wait_ms
            raise
        if not part:
            self._comparing = None
            # A large index is not read all the time.
            took_ms = now_ms - self._compared_since_ms
            self._compare_at_ms = max(self._compare_at_ms, now_ms + _COMPARE_SHARE * took_ms)
            return 0
        return self._hand_in([file.path for file in part if file.path is not None])

    def _hand_in(self, paths: list[str]) -> int:
        gone = [path for path in dict.fromkeys(paths) if self._is_ours(path) and _is_gone(path)]
        if not gone or self._doubted():
            return 0
        # A folder mounted inside this one may have gone alone.
        gone = [path for path in gone if self._folder.doubt(path) is None]
        drops = [Drop(id=path_drop_id(path), path=path, stamp=NO_FILE) for path in gone]
        entries = self._ledger.lookup([drop.id for drop in drops])
        drops = [
            drop
            for drop, entry in zip(drops, entries, strict=True)
            if entry is not None
            and entry.document_id is not None
            and entry.state is not State.REMOVED
            and not (entry.state in (State.QUEUED, State.RETRYING) and entry.stamp == NO_FILE)
        ]
        if drops:
            self._ledger.enqueue(drops, force=True)
            emit("watch.left", folder=self._folder.name, files=len(drops))
        return len(drops)

    def _is_ours(self, path: str) -> bool:
        folder = self._folder
        return inside(path, folder.root) and not any(inside(path, inner) for inner in folder.inner)

    def _doubted(self) -> bool:
        reason = self._folder.doubt() or ""
        if reason and reason != self._held:
            emit("watch.removals_held", folder=self._folder.name, reason=reason)
        self._held = reason
        return bool(reason)


def _is_gone(path: str) -> bool:
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        # It can't be looked at, which says nothing.
        return False
    return False
