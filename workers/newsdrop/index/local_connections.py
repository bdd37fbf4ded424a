"""The connections of this process to SQLite files: none is open across a fork, and each knows its files.

SQLite keeps the locks of a file once for the whole process. A child that inherits an open connection believes
that it holds its parent's locks, holds none, and writes into files that others delete; so before a fork every
connection is closed, and whoever needs one opens it again. Locks may still be lost to whatever opens and
closes the file besides SQLite, so a connection can tell whether its files are those on disk.

Refuses to carry a connection into a child: if one was in use for too long, the child may use no index.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from weakref import WeakSet

from newsdrop.errors import OutageError

__all__ = ["Connection", "adopt", "in_use", "release"]

#: How long a fork waits for those who are using a connection; a writer waits for others at most 20 s.
_FORK_WAITS_S: Final = 60.0

_Inode = tuple[int, int] | None


class Connection:
    """An open connection, with the files that it has open."""

    def __init__(self, path: Path, db: sqlite3.Connection) -> None:
        self.db = db
        self.closed = False
        self._path = path
        self._database = _inode(path)
        self._log = _inode(_log_of(path))

    @property
    def moved(self) -> bool:
        """Whether the database was moved away, deleted or replaced; SQLite closes such a file unharmed."""
        return _inode(self._path) != self._database

    def require_its_log(self) -> None:
        """See that what is written arrives in the log that everybody reads.

        Raises:
            OutageError: it was deleted. No connection of this process to the file is safe any more, nor is
                opening another one, because SQLite would go on with what it knows of the deleted log.
        """
        if _inode(_log_of(self._path)) != self._log:
            raise OutageError(
                f"The embedded index {self._path} lost its log ({_log_of(self._path).name}) while it was "
                "open, so this process can neither write nor read it any more: start newsdrop again. "
                "Nothing may open or delete the index's files except newsdrop and SQLite."
            )

    def close(self) -> None:
        """Close it; it may belong to another thread, as long as nobody is using it."""
        self.closed = True
        _HERE.open.discard(self)
        self.db.close()


class _Process:
    """What this process has open, and who is using it."""

    def __init__(self) -> None:
        self.open: WeakSet[Connection] = WeakSet()
        self.inherited = False
        self._own = threading.local()
        self._changed = threading.Condition()
        self._in_use = 0
        self._forks = 0

    def begin(self) -> None:
        with self._changed:
            # Whoever already uses one goes on: the fork waits for them.
            if self._depth == 0:
                self._changed.wait_for(lambda: self._forks == 0)
            self._in_use += 1
            self._own.depth = self._depth + 1

    def end(self) -> None:
        with self._changed:
            self._own.depth = self._depth - 1
            self._in_use -= 1
            self._changed.notify_all()

    @property
    def _depth(self) -> int:
        return int(getattr(self._own, "depth", 0))

    def before_fork(self) -> None:
        with self._changed:
            self._forks += 1
            own = self._depth
            quiet = self._changed.wait_for(lambda: self._in_use == own, _FORK_WAITS_S)
            if quiet and own == 0:
                for connection in list(self.open):
                    connection.close()

    def after_in_parent(self) -> None:
        with self._changed:
            self._forks -= 1
            self._changed.notify_all()

    def after_in_child(self) -> None:
        # The threads that may have held the lock are not here.
        self._changed = threading.Condition()
        self._forks = 0
        self._in_use = self._depth
        self.inherited = self.inherited or len(self.open) > 0


@contextmanager
def in_use() -> Iterator[None]:
    """While connections are opened and used: no fork happens.

    Raises:
        OutageError: this process began in the middle of its parent's use.
    """
    _HERE.begin()
    try:
        if _HERE.inherited:
            raise OutageError(
                "This process was forked while its parent was using the embedded index, so it can't use it: "
                "start newsdrop again."
            )
        yield
    finally:
        _HERE.end()


def adopt(connection: Connection) -> Connection:
    """The same connection, which will be closed before the next fork."""
    _HERE.open.add(connection)
    return connection


def release(connection: Connection) -> None:
    """Close the connection, unless that is done or it is the parent's; no fork happens meanwhile."""
    _HERE.begin()
    try:
        if not connection.closed and not _HERE.inherited:
            connection.close()
    finally:
        _HERE.end()


def _log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _inode(path: Path) -> _Inode:
    try:
        found = path.stat()
    except OSError:
        # Not there, for whoever opens it again and is told why.
        return None
    return found.st_dev, found.st_ino


_HERE: Final = _Process()
os.register_at_fork(
    before=_HERE.before_fork, after_in_parent=_HERE.after_in_parent, after_in_child=_HERE.after_in_child
)
