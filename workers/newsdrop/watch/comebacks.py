"""Whether a file lies where newsdrop put another one away, though both have the same size and time.

The ledger notes that a file is put away before it goes, so the file of such a note is either still there (a
crash came between, or the folder can't be written to) or another one has come. This watcher remembers what it
did; of what others did before it, the change time tells: a file that has lain here unchanged since before its
fate was known is the same one. In doubt a file counts as another one and is read, which at worst costs
reading it twice. Bounded.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

from newsdrop.ports import Entry

__all__ = ["Comebacks"]

_Identity = tuple[int, int, int]


class Comebacks:
    """The files of one folder that this watcher put away, or tried to."""

    def __init__(self, limit: int = 10_000) -> None:
        self._limit = limit
        #: By path, the file that stayed there after all; None: it went.
        self._left: OrderedDict[str, _Identity | None] = OrderedDict()

    @contextmanager
    def trying(self, path: str) -> Iterator[None]:
        """While the file at this path is put away; what is there afterwards is it only if it is unchanged."""
        before = _lstat(path)
        try:
            yield
        finally:
            after = _lstat(path)
            # Another file may have come the moment this one went. An attempt alone sets the change time.
            stayed = before is not None and after is not None and _contents(before) == _contents(after)
            self._left[path] = _identity(after) if stayed else None
            self._left.move_to_end(path)
            if len(self._left) > self._limit:
                self._left.popitem(last=False)

    def is_another(self, path: str, entry: Entry) -> bool:
        """Whether what is at this path is not the file whose putting away `entry` notes."""
        now = _identity(_lstat(path))
        if now is None:
            return False
        if path in self._left:
            return self._left[path] != now
        # The ledger has the second in which the fate was known.
        return now[2] >= entry.time_s * 1_000_000_000


def _lstat(path: str) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except OSError:
        return None


def _identity(info: os.stat_result | None) -> _Identity | None:
    return None if info is None else (info.st_dev, info.st_ino, info.st_ctime_ns)


def _contents(info: os.stat_result) -> tuple[int, ...]:
    return info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns
