"""The state of a folder's mounts: whether the absence of a file proves that it was deleted.

An unmounted disk looks like a folder whose files were deleted. So before drawing conclusions from an absence,
compare with the mounts that there were, from the start until now.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from newsdrop.archive.mounts import read_mounts
from newsdrop.documents import encode_path
from newsdrop.identity import inside

__all__ = ["Ground", "has_entries"]


class Ground:
    """The device of the folder at the resolved path `root`, and whatever was mounted inside it.

    A folder that doesn't exist yet is recorded when it is first seen. Whoever keeps a ground looks from time
    to time: a disk may be plugged in later, and taken away again.
    """

    def __init__(self, root: str) -> None:
        self.root = root
        self._device = _device(root)
        self._mounts: set[str] = set()
        self.look()

    def look(self) -> frozenset[str]:
        """Note and return what is mounted inside by now."""
        now = frozenset(mount.point for mount in read_mounts() if inside(mount.point, self.root))
        self._mounts |= now
        return now

    def stands(self) -> bool:
        """Whether the folder, if there is one, is on the device that it was on when it was first seen."""
        device = _device(self.root)
        if self._device is None:
            self._device = device
        return device is None or device == self._device

    def doubt(self, path: str | None = None) -> str | None:
        """Why nothing may be concluded from the absence of files (of the file `path`); None: something
        may."""
        device = _device(self.root)
        if device is None:
            return "The folder is missing."
        if self._device is None:
            self._device = device
        if device != self._device:
            return "The folder is on another device than at the start; restart the watcher to accept that."
        if not has_entries(self.root):
            return "The folder is empty, as an unmounted one would be."
        if path is None:
            return None
        for point in self._mounts - self.look():
            if inside(path, point):
                return f"The file system mounted at {encode_path(point)} is gone; restart to accept that."
        return None


def _device(path: str) -> int | None:
    try:
        return Path(path).stat().st_dev if Path(path).is_dir() else None
    except OSError:
        return None


def has_entries(path: str) -> bool:
    """Whether there is a folder at this path, and anything in it."""
    with suppress(OSError), os.scandir(path) as listing:
        return next(listing, None) is not None
    return False
