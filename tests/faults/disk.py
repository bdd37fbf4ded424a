"""A small disk that can be full: a tmpfs of our own, shrunk to what it holds and grown again.

Needs the right to mount (root). Without it `SmallDisk.mounted` is False, the folder is an ordinary one, and a
campaign leaves out the faults that need it and says so in its table.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

__all__ = ["SmallDisk"]


class SmallDisk:
    """`folder` on a disk of `bytes_`."""

    def __init__(self, folder: Path, bytes_: int) -> None:
        self.folder = folder
        self._bytes = bytes_
        folder.mkdir(parents=True, exist_ok=True)
        self.mounted = self._mount("-t", "tmpfs", "-o", f"size={bytes_},mode=0755", "newsdrop-test")

    def fill(self) -> None:
        """No room left: whoever writes gets ENOSPC, in the middle of a file, too."""
        used = os.statvfs(self.folder)
        taken = (used.f_blocks - used.f_bfree) * used.f_frsize
        self._resize(max(taken, used.f_frsize))

    def clear(self) -> None:
        """Room again."""
        self._resize(self._bytes)

    def remove(self) -> None:
        """Unmount it; what was on it is gone."""
        if self.mounted:
            subprocess.run(["umount", "-l", str(self.folder)], check=False)
            self.mounted = False

    def _resize(self, bytes_: int) -> None:
        # Between the look and the call somebody may have written: the kernel refuses a disk too small.
        for slack in (0, 1 << 16, 1 << 20):
            if self._mount("-o", f"remount,size={bytes_ + slack}"):
                return
        raise OSError(f"the disk of {self.folder} can't be resized")

    def _mount(self, *options: str) -> bool:
        command = ["mount", *options, str(self.folder)]
        done = subprocess.run(command, capture_output=True, check=False)
        return done.returncode == 0
