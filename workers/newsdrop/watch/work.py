"""What there is to do about one watched folder: which scan is next, who puts files away, and how it went.

Refuses to talk to servers itself; `Watcher` runs the scans that are chosen here.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from newsdrop.archive.ground import has_entries
from newsdrop.documents import State
from newsdrop.events import emit
from newsdrop.identity import inside, path_drop_id
from newsdrop.ports import Entry, FileLetters, FolderFiles, WatcherLedger
from newsdrop.settings import Settings
from newsdrop.watch.comebacks import Comebacks
from newsdrop.watch.disposal import Disposal
from newsdrop.watch.folder import Mode, Presence, WatchedFolder
from newsdrop.watch.lost_articles import LostArticles
from newsdrop.watch.removal import Removals, removals_of
from newsdrop.watch.rescan import HEALING, Reason, Rescan
from newsdrop.watch.scan import Found, look, report_trouble

__all__ = ["FolderWork", "Troubles", "works_of"]

_NEW_FOLDERS = 1_000
#: A scan takes at most one part in this many of the watcher's time.
_RESCAN_SHARE = 5
_POLL_SHARE = 10
#: A dead file that comes back is known by its letter (`Disposal`).
_READ_AGAIN = (State.INDEXED, State.SUPERSEDED, State.EXPANDED)


class Troubles:
    """Says of each path once what is the matter with it; bounded, so that it may say it again one day."""

    def __init__(self, limit: int = 10_000) -> None:
        self._limit = limit
        self._said: OrderedDict[tuple[str, str], None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._said)

    def report(self, path: str, reason: str) -> None:
        """Say it, unless it was said."""
        if (path, reason) in self._said:
            return
        self._said[path, reason] = None
        if len(self._said) > self._limit:
            self._said.popitem(last=False)
        report_trouble(path, reason)


class FolderWork:
    """One folder, its scans and its figures.

    Args:
        rescan_ms, poll_ms: from the end of one scan to the next, at least.
        removals: None where articles stay when files go.
        lost: articles that went though members of bundles bring them, too.
    """

    def __init__(
        self,
        folder: WatchedFolder,
        letters: FileLetters | None,
        removals: Removals | None,
        lost: LostArticles,
        *,
        rescan_ms: int,
        poll_ms: int,
    ) -> None:
        self.folder = folder
        self.troubles = Troubles()
        self.disposal = Disposal(
            folder.policy,
            folder.root,
            letters,
            self.troubles.report,
            being_written=folder.being_written,
            page_folders=folder.page_folders,
        )
        self.comebacks = Comebacks()
        self.removals = removals
        self.lost = lost
        self.scan: Rescan | None = None
        self.wanted: Reason | None = Reason.START
        self.healed = 0
        self._healed_unsaid = 0
        self._new_folders: dict[str, None] = {}
        self._rescan_ms = rescan_ms
        self._poll_ms = poll_ms
        self._next_ms = 0
        self._queued = 0
        self._last: dict[str, Any] = {"files": 0, "passed_over": {}, "last_rescan_ms": 0}
        self._last_at_ms: int | None = None

    def look(self) -> Presence:
        """See whether the folder is there; if its path leads to another one now, that is said once."""
        before, presence = self.folder.elsewhere, self.folder.look()
        if self.folder.elsewhere not in ("", before):
            emit("watch.folder_elsewhere", folder=self.folder.name, target=self.folder.elsewhere)
        return presence

    def examine(self, path: str) -> Found | None:
        """The file of this folder at `path`, or that a symlink there stands for; None: there is none."""
        return look(path, self.folder.root, self.troubles.report, skip=self.folder.inner)

    def came_back(self, path: str, entry: Entry) -> bool:
        """Whether a file that the ledger knows unchanged must be read all the same: newsdrop put it away."""
        if not entry.put_away or entry.state not in _READ_AGAIN:
            return False
        return not self.folder.disposes or self.comebacks.is_another(path, entry)

    def want(self, reason: Reason) -> None:
        """Have the whole folder scanned as soon as may be.

        What a scan finds from here on was let go knowingly, so it is none that events missed, even where the
        scan under way finds it first.
        """
        if self.wanted is None or self.wanted in HEALING:
            self.wanted = reason
        if self.scan is not None and self.scan.reason in HEALING and reason not in HEALING:
            self.scan.reason = reason

    def want_below(self, path: str) -> None:
        """Have a new folder inside this one scanned."""
        if self._covered(path):
            return
        if len(self._new_folders) >= _NEW_FOLDERS:
            self._new_folders.clear()
            self.want(Reason.NEW_FOLDER)
            return
        self._new_folders[path] = None

    def expects(self, path: str) -> bool:
        """Whether a scan to come, that an event asked for, will see this file."""
        return any(inside(path, folder) for folder in self._new_folders)

    def next_scan(self, now_ms: int) -> tuple[Reason, str | None] | None:
        """What is to be scanned now: a reason, and the folder below which (None: all). A choice is taken."""
        if self.scan is not None or not self.folder.present:
            return None
        if self._new_folders and self.wanted is None:
            path = next(iter(self._new_folders))
            del self._new_folders[path]
            return Reason.NEW_FOLDER, path
        if self.wanted is not None:
            reason, self.wanted = self.wanted, None
            self._new_folders.clear()
            return reason, None
        if now_ms >= self._next_ms:
            return (Reason.POLL if self.folder.mode is Mode.POLLING else Reason.PERIODIC), None
        return None

    def scan_in_ms(self, now_ms: int) -> int | None:
        """When there is something to scan, from now; None while the folder is missing."""
        if not self.folder.present:
            return None
        if self.scan is not None or self._new_folders or self.wanted is not None:
            return 0
        return max(0, self._next_ms - now_ms)

    def queued(self, *, missed: bool) -> None:
        """A file of this folder was handed to the ledger."""
        self._queued += 1
        self._healed_unsaid += missed

    def take_back(self, path: str) -> None:
        """A file lies where a dead one was (`Disposal.take_back`)."""
        self.disposal.take_back(path, path_drop_id(path))

    def say_healed(self) -> None:
        """Report files that were queued though no event told of them."""
        if self._healed_unsaid:
            emit("watch.healed", folder=self.folder.name, files=self._healed_unsaid)
            self.healed += self._healed_unsaid
            self._healed_unsaid = 0

    def ended(self, scan: Rescan, now_ms: int) -> None:
        """A scan came to its end."""
        self.scan = None
        if scan.below is not None:
            return
        polled = self.folder.mode is Mode.POLLING
        least_ms, share = (self._poll_ms, _POLL_SHARE) if polled else (self._rescan_ms, _RESCAN_SHARE)
        self._next_ms = now_ms + max(least_ms, (share - 1) * scan.worked_ms)
        self._last = {
            "files": scan.files,
            "passed_over": {str(reason): count for reason, count in sorted(scan.passed_over.items())},
            "last_rescan_ms": now_ms - scan.started_ms,
        }
        self._last_at_ms = now_ms
        if scan.reason is not Reason.POLL or scan.found:
            emit(
                "watch.rescanned",
                folder=self.folder.name,
                files=scan.files,
                queued=scan.found,
                duration_ms=now_ms - scan.started_ms,
            )

    def gone(self) -> None:
        """The folder is missing: nothing of it is to be done."""
        self.scan = None
        self._new_folders.clear()

    def report(self, now_ms: int) -> dict[str, Any]:
        """How it stands, for `status`."""
        folder = self.folder
        return {
            "path": folder.name,
            "mode": folder.mode.value,
            "polling": folder.polling or "",
            "present": folder.present,
            "holds_files": has_entries(folder.root),
            "elsewhere": folder.elsewhere,
            "after": folder.policy.after,
            "on_delete": folder.policy.on_delete,
            "removals_held": self.removals.held if self.removals is not None else "",
            "scanning": self.scan.reason.value if self.scan else "",
            "queued": self._queued,
            "healed": self.healed,
            "troubles": len(self.troubles),
            "rescanned_ago_s": None if self._last_at_ms is None else (now_ms - self._last_at_ms) // 1000,
            **self._last,
        }

    def _covered(self, path: str) -> bool:
        return self.wanted is not None or path in self._new_folders or self.expects(path)


def works_of(
    folders: Sequence[WatchedFolder],
    settings: Settings,
    ledger: WatcherLedger,
    letters: FileLetters | None,
    store: FolderFiles | None,
    compare_s: float | None,
) -> dict[str, FolderWork]:
    """What there is to do in each folder, by its resolved path."""
    return {
        folder.root: FolderWork(
            folder,
            letters,
            removals_of(folder, settings, ledger, store, compare_s) if folder.removes else None,
            LostArticles(ledger),
            rescan_ms=settings.watch.rescan_s * 1000,
            poll_ms=settings.watch.poll_ms,
        )
        for folder in folders
    }
