"""Whether this process sees the folders in which watchers see files: what is absent with them isn't gone.

A worker on a host that lacks a mount, or in a unit or container that hides it, would call every file gone,
and the watcher, which sees it, queue it again, without an end. What a watcher on this very host says is only
believed once it has lasted: a folder that has just been emptied is one that it still tells of as full.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from newsdrop.archive.ground import has_entries
from newsdrop.documents import decode_path, encode_path
from newsdrop.errors import NewsdropError
from newsdrop.events import emit
from newsdrop.identity import inside

__all__ = ["Sight"]

#: As often as watchers report.
_BELIEVED_S: Final = 5.0
_LASTING_S: Final = 2 * _BELIEVED_S


class Sight:
    """What this host lacks of what is watched, as of some seconds ago.

    Args:
        watchers: asks the ledger for the watchers' reports, by `host:pid`.
    """

    def __init__(
        self,
        host: str,
        watchers: Callable[[], Mapping[str, Mapping[str, Any]]],
        *,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._host = host
        self._watchers = watchers
        self._clock_s = clock_s
        self._seen: dict[str, str] = {}
        self._asked_s = float("-inf")
        self._told: frozenset[str] = frozenset()
        #: Folders that are missing or empty here, and since when.
        self._since_s: dict[str, float] = {}

    def unseen(self) -> dict[str, str]:
        """The watched folders that are missing or empty here, each with the host on which they aren't."""
        now_s = self._clock_s()
        lacking = {folder: host for folder, host in self._watched().items() if not has_entries(folder)}
        self._since_s = {folder: self._since_s.get(folder, now_s) for folder in lacking}
        return {
            folder: host
            for folder, host in lacking.items()
            if host != self._host or now_s - self._since_s[folder] >= _LASTING_S
        }

    def doubt(self, path: str) -> str | None:
        """Why the absence of a file at this path says nothing; None: it may be gone."""
        for folder, host in self.unseen().items():
            if inside(path, folder):
                shown = encode_path(folder)
                return (
                    f"{encode_path(path)} is absent for a worker on {self._host}, and so is all of {shown}, "
                    f"in which a watcher on {host} sees files. Mount it there at the same path, let the "
                    "worker's unit or container see it, or end that worker; until then it is tried again "
                    "every minute."
                )
        return None

    def look(self) -> list[str]:
        """What `unseen` has, as reports name it; each folder that is new among them is an event."""
        unseen = self.unseen()
        for folder in unseen.keys() - self._told:
            emit("worker.folder_missing", folder=encode_path(folder), seen_by=unseen[folder])
        self._told = frozenset(unseen)
        return sorted(map(encode_path, unseen))

    def _watched(self) -> dict[str, str]:
        """The folders in which watchers see files, each with the host of one, of another if possible."""
        if self._clock_s() - self._asked_s >= _BELIEVED_S:
            try:
                reports = self._watchers()
            except NewsdropError:
                # Whoever must know that Redis is away is told elsewhere; what was last seen counts on.
                return self._seen
            self._asked_s = self._clock_s()
            hosts = [(name.rpartition(":")[0], report) for name, report in sorted(reports.items())]
            self._seen = {
                decode_path(str(folder["path"])): host
                for host, report in sorted(hosts, key=lambda one: one[0] != self._host)
                for folder in report.get("folders", ())
                # A watcher of another version doesn't say so.
                if folder.get("present") and folder.get("holds_files")
            }
        return self._seen
