"""How old a file must be, in its folder, to count as written to the end at first sight.

By the time of its last change, which is another machine's on network file systems: there it takes longer.
Refuses to look at files.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from newsdrop.documents import Stamp
from newsdrop.watch.folder import WatchedFolder
from newsdrop.watch.stability import PAUSE_TIMES, is_old

__all__ = ["Ages", "wall_ms"]

#: A file last written this long ago is settled at first sight. Other machines' clocks need more.
_OLD_MS: Final = 3_000
_OLD_NETWORK_MS: Final = 60_000


def wall_ms() -> int:
    """The time of day, since the epoch."""
    return time.time_ns() // 1_000_000


class Ages:
    """Judges stamps by the time of day.

    Attributes:
        pause_ms: how long a writer may pause without its file being taken for complete.
    """

    def __init__(self, settle_ms: int, clock_ms: Callable[[], int] = wall_ms) -> None:
        self.pause_ms = PAUSE_TIMES * settle_ms
        self._old_ms = max(_OLD_MS, 2 * settle_ms)
        self._clock_ms = clock_ms

    def old_after_ms(self, folder: WatchedFolder) -> int:
        """For how long a file must not have changed to be settled at first sight."""
        return max(self._old_ms, _OLD_NETWORK_MS) if folder.network else self._old_ms

    def is_old(self, folder: WatchedFolder, stamp: Stamp) -> bool:
        """Whether a file is settled at first sight."""
        return is_old(stamp, self._clock_ms(), self.old_after_ms(folder))

    def has_rested(self, folder: WatchedFolder, stamp: Stamp) -> bool:
        """Whether a file surely hasn't changed for longer than any pause that its writer is granted.

        Never on network file systems: with a server whose clock is behind, what is being written looks old.
        """
        if folder.network:
            return False
        return is_old(stamp, self._clock_ms(), max(self.old_after_ms(folder), self.pause_ms))
