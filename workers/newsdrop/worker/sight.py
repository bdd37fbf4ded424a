"""Whether this host has the folders in which watchers see files: what is absent with all of them isn't gone.

A worker on a host that lacks a mount would call every file gone, and the watcher, which sees it, queue it
again, without an end. Concludes nothing from watchers on this very host, which see what it sees.
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

    def unseen(self) -> dict[str, str]:
        """The watched folders that are missing or empty here, each with the host on which they aren't."""
        return {folder: host for folder, host in self._elsewhere().items() if not has_entries(folder)}

    def doubt(self, path: str) -> str | None:
        """Why the absence of a file at this path says nothing; None: it may be gone."""
        for folder, host in self.unseen().items():
            if inside(path, folder):
                shown = encode_path(folder)
                return (
                    f"{encode_path(path)} is not on {self._host}, where {shown} is missing or empty; on "
                    f"{host} it isn't. Mount it here at the same path, or end this worker: until then it is "
                    "tried again every minute, by whichever worker is free."
                )
        return None

    def look(self) -> list[str]:
        """What `unseen` has, as reports name it; each folder that is new among them is an event."""
        unseen = self.unseen()
        for folder in unseen.keys() - self._told:
            emit("worker.folder_missing", folder=encode_path(folder), seen_by=unseen[folder])
        self._told = frozenset(unseen)
        return sorted(map(encode_path, unseen))

    def _elsewhere(self) -> dict[str, str]:
        """The folders in which watchers on other hosts see files, each with one of these hosts."""
        if self._clock_s() - self._asked_s >= _BELIEVED_S:
            try:
                reports = self._watchers()
            except NewsdropError:
                # Whoever must know that Redis is away is told elsewhere; what was last seen counts on.
                return self._seen
            self._asked_s = self._clock_s()
            self._seen = {
                decode_path(str(folder["path"])): host
                for name, report in sorted(reports.items())
                if (host := name.rpartition(":")[0]) != self._host
                for folder in report.get("folders", ())
                # A watcher of another version doesn't say so.
                if folder.get("present") and folder.get("holds_files")
            }
        return self._seen
