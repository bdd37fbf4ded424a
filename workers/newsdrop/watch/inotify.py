"""Kernel events about changes in a tree of folders: Linux inotify, called directly through the C library.

Why no library: watchfiles stops at the first name that is not UTF-8 and is silent when the kernel's queue
overflows; both happen here. The output is simpler than inotify's: which file to examine, what has left, and
what must be scanned because nobody can know. Does not list or stat files.
"""

from __future__ import annotations

import ctypes
import errno
import os
import select
import struct
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

import msgspec

__all__ = [
    "Inotify",
    "Left",
    "Lost",
    "NewFolder",
    "Notice",
    "RootMoved",
    "Touched",
    "explain_limit",
    "supported",
]

_IN_MODIFY, _IN_ATTRIB, _IN_CLOSE_WRITE = 0x2, 0x4, 0x8
_IN_MOVED_FROM, _IN_MOVED_TO, _IN_CREATE, _IN_DELETE = 0x40, 0x80, 0x100, 0x200
_IN_DELETE_SELF, _IN_MOVE_SELF = 0x400, 0x800
_IN_UNMOUNT, _IN_Q_OVERFLOW, _IN_IGNORED = 0x2000, 0x4000, 0x8000
_IN_ONLYDIR, _IN_DONT_FOLLOW, _IN_EXCL_UNLINK, _IN_ISDIR = 0x1000000, 0x2000000, 0x4000000, 0x40000000

_LEAVES = _IN_MOVED_FROM | _IN_DELETE
_ARRIVES = _IN_MOVED_TO | _IN_CREATE
_ROOT_GOES = _IN_DELETE_SELF | _IN_MOVE_SELF | _IN_UNMOUNT
_MASK = (
    _IN_MODIFY | _IN_ATTRIB | _IN_CLOSE_WRITE | _LEAVES | _ARRIVES | _IN_DELETE_SELF | _IN_MOVE_SELF
    | _IN_ONLYDIR | _IN_DONT_FOLLOW | _IN_EXCL_UNLINK
)  # fmt: skip
_HEAD = struct.Struct("iIII")
_READ_BYTES = 1 << 18
_LIMITS = {
    errno.ENOSPC: "fs.inotify.max_user_watches",
    errno.EMFILE: "fs.inotify.max_user_instances",
    errno.ENOMEM: "fs.inotify.max_user_watches",
}


class Touched(msgspec.Struct, frozen=True):
    """A file to look at. `writing`: written to and not closed yet; None: this event doesn't say.

    `created`: the name is new. Whoever made the file may have it open for writing, unless it is a link.
    """

    path: str
    writing: bool | None
    created: bool = False


class Left(msgspec.Struct, frozen=True):
    """A file or folder no longer exists."""

    path: str
    is_folder: bool


class NewFolder(msgspec.Struct, frozen=True):
    """A folder to watch and then to scan: it may have been filled before it was watched."""

    path: str


class RootMoved(msgspec.Struct, frozen=True):
    """A watched folder itself was removed, renamed or unmounted."""

    path: str


class Lost(msgspec.Struct, frozen=True):
    """The kernel's queue overflowed: any file may have changed."""


Notice = Touched | Left | NewFolder | RootMoved | Lost


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def supported() -> bool:
    """Whether this system has inotify."""
    return hasattr(_libc(), "inotify_init1")


def explain_limit(error: OSError) -> str:
    """Why there are no events, and what to do, for people."""
    name = _LIMITS.get(error.errno or 0)
    if name is None:
        return f"inotify doesn't work here: {error.strerror or error}."
    return (
        f"The kernel's limit {name} is reached, so changes are found by polling, which is slower. "
        f"Raise it (`sysctl {name}=…`, and permanently in /etc/sysctl.d) and restart the watcher."
    )


class Inotify:
    """Watches over any number of folders, through one descriptor.

    Raises:
        OSError: the limit of instances is reached (`explain_limit`).
    """

    def __init__(self) -> None:
        self._fd = _checked(_libc().inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))
        self._poll = select.poll()
        self._poll.register(self._fd, select.POLLIN)
        self._paths: dict[int, str] = {}
        self._watches: dict[str, int] = {}
        self._roots: set[str] = set()

    def __len__(self) -> int:
        return len(self._paths)

    def watch(self, folders: Iterable[str], *, root: str | None = None) -> None:
        """Watch folders (not what is below them); watching one again is harmless. Missing ones are skipped.


        Args:
            root: the one whose own disappearance is reported (`RootMoved`).

        Raises:
            OSError: the limit of watches is reached (`explain_limit`).
        """
        if root is not None:
            self._roots.add(root)
        for path in folders:
            number = _libc().inotify_add_watch(self._fd, os.fsencode(path), _MASK)
            if number >= 0:
                self._name(number, path)
            elif ctypes.get_errno() in _LIMITS:
                _checked(number)

    def forget(self, folder: str) -> None:
        """Stop watching a folder and everything below it."""
        prefix = folder.rstrip("/") + "/"
        for path in [path for path in self._watches if path == folder or path.startswith(prefix)]:
            number = self._watches.pop(path)
            self._paths.pop(number, None)
            _libc().inotify_rm_watch(self._fd, number)
        self._roots.discard(folder)

    def read(self, timeout_ms: float) -> list[Notice]:
        """What happened; waits at most `timeout_ms` for the first event. One notice per path and kind, in
        order."""
        if not self._poll.poll(timeout_ms):
            return []
        notices: dict[Notice, None] = {}
        for _ in range(8):
            try:
                data = os.read(self._fd, _READ_BYTES)
            except BlockingIOError:
                break
            for number, mask, name in _events(data):
                for notice in self._notices(number, mask, name):
                    notices.pop(notice, None)
                    notices[notice] = None
        return list(notices)

    def close(self) -> None:
        """Stop watching."""
        with suppress(OSError):
            os.close(self._fd)

    def _forget_vanished(self) -> None:
        # Folders whose removal wasn't reported, because that event was lost with others.
        for path in [path for path in self._watches if not Path(path).is_dir()]:
            self._paths.pop(self._watches.pop(path), None)

    def _name(self, number: int, path: str) -> None:
        # A renamed folder keeps its number and is found under its new path.
        before = self._paths.get(number)
        if before is not None and before != path:
            self._watches.pop(before, None)
        self._paths[number] = path
        self._watches[path] = number

    def _notices(self, number: int, mask: int, name: bytes) -> Iterator[Notice]:
        if mask & _IN_Q_OVERFLOW:
            self._forget_vanished()
            yield Lost()
            return
        folder = self._paths.get(number)
        if folder is None:
            return
        if mask & _IN_IGNORED:
            self._paths.pop(number, None)
            if self._watches.get(folder) == number:
                del self._watches[folder]
        if not name:
            if mask & _ROOT_GOES and folder in self._roots:
                yield RootMoved(folder)
            return
        # Joined as text: names are many, and need not be UTF-8.
        path = f"{folder.rstrip('/')}/{os.fsdecode(name)}"
        yield from self._named(path, mask)

    def _named(self, path: str, mask: int) -> Iterator[Notice]:
        if mask & _LEAVES:
            if mask & _IN_MOVED_FROM and mask & _IN_ISDIR:
                # A deleted folder was empty, and the kernel has let go of its watch.
                self.forget(path)
            yield Left(path, bool(mask & _IN_ISDIR))
        elif mask & _IN_ISDIR:
            if mask & _ARRIVES:
                yield NewFolder(path)
        elif mask & _IN_CLOSE_WRITE:
            yield Touched(path, writing=False)
        elif mask & _IN_MODIFY:
            yield Touched(path, writing=True)
        elif mask & _IN_MOVED_TO:
            yield Touched(path, writing=False)
        else:
            yield Touched(path, writing=None, created=bool(mask & _IN_CREATE))


def _events(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    offset = 0
    while offset < len(data):
        number, mask, _, length = _HEAD.unpack_from(data, offset)
        offset += _HEAD.size
        yield number, mask, data[offset : offset + length].rstrip(b"\0")
        offset += length


def _checked(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
