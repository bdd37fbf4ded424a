"""Reads one file from the file system without ever hanging, and says what each failure means.

    vanished (no entry, broken link, a folder on the way is gone)      GoneError
    permission, I/O, memory short, stale handle                        TransientError
    its server or disk is away, its folder fails likewise, descriptors
    are short                                                          StorageError
    directory, FIFO, socket, device, unusable path                     PermanentError
    the path leads through a symbolic link                             ForbiddenPathError
    more bytes than the limit                                          TooLargeError

Links were resolved, and their targets checked, when the drop was enqueued. A link that is in the path now was
put there later, perhaps by someone who wants us to read another file: it is not followed.
Never reads more than the limit and one byte.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from newsdrop.documents import Stamp
from newsdrop.errors import (
    ForbiddenPathError,
    GoneError,
    NewsdropError,
    PermanentError,
    StorageError,
    TooLargeError,
    TransientError,
)

__all__ = ["is_replaced", "open_file", "read_file", "read_some", "too_large", "unreadable"]

_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
_GONE = frozenset({errno.ENOENT, errno.ENOTDIR})
_UNUSABLE = frozenset(
    {errno.ELOOP, errno.ENAMETOOLONG, errno.EINVAL, errno.ENXIO, errno.ENODEV, errno.EISDIR}
)
#: Never the fault of one file: its server doesn't answer, or this process may open no more files.
_STORAGE = frozenset(
    {
        *(errno.EMFILE, errno.ENFILE, errno.ENOTCONN, errno.ETIMEDOUT, errno.EHOSTDOWN, errno.EHOSTUNREACH),
        *(errno.ENETDOWN, errno.ENETUNREACH, errno.ECONNREFUSED, errno.ECONNRESET, errno.ECONNABORTED),
    }
)
#: The fault of one file, or of all that is where it is.
_PERHAPS_STORAGE = frozenset({errno.EIO, errno.ESTALE})
_KINDS = (
    (stat.S_ISDIR, "a directory"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a character device"),
    (stat.S_ISBLK, "a block device"),
)


def is_replaced(path: str) -> bool:
    """Whether something other than a regular file is at the path: a folder, a link, a pipe."""
    try:
        return not stat.S_ISREG(os.lstat(path).st_mode)
    except (OSError, ValueError):
        return False


def read_file(path: str, limit_bytes: int) -> tuple[bytes, Stamp]:
    """The file's bytes, and its stamp as it was when it was opened.

    The stamp is taken before reading: a file that changes meanwhile then looks changed to the next rescan.

    Raises:
        GoneError, TransientError, PermanentError, TooLargeError: as the module says.
    """
    try:
        # Before opening: opening a device or a pipe can itself have effects.
        _check(path, os.stat(path), limit_bytes)  # noqa: PTH116  paths are str in surrogateescape form
        descriptor = os.open(path, _FLAGS)
        try:
            _check_place(path, descriptor)
            status = os.fstat(descriptor)
            _check(path, status, limit_bytes)
            data = _read(descriptor, status.st_size, limit_bytes)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise unreadable(path, error) from None
    except ValueError:
        raise PermanentError(
            f"The path {path!r} contains a null character; no file can have this name."
        ) from None
    if len(data) > limit_bytes:
        raise too_large(path, len(data), limit_bytes)
    return data, Stamp.from_ns(status.st_size, status.st_mtime_ns)


def open_file(path: str) -> tuple[BinaryIO, os.stat_result]:
    """The file, open and of any size, and its status when it was opened.

    Raises:
        GoneError, TransientError, PermanentError: as the module says.
    """
    try:
        _check(path, os.stat(path), None)  # noqa: PTH116  paths are str in surrogateescape form
        descriptor = os.open(path, _FLAGS)
        try:
            _check_place(path, descriptor)
            status = os.fstat(descriptor)
            _check(path, status, None)
            return os.fdopen(descriptor, "rb"), status
        except BaseException:
            os.close(descriptor)
            raise
    except OSError as error:
        raise unreadable(path, error) from None


def too_large(source: str, size: int, limit_bytes: int) -> TooLargeError:
    """The error for `size` bytes where `limit_bytes` are allowed."""
    return TooLargeError(
        f"{source} has {size:,} bytes or more; at most {limit_bytes:,} are read (setting limits.file_bytes)."
    )


def _check_place(path: str, descriptor: int) -> None:
    # Asked of the open file, so that nobody can swap it in between.
    try:
        real = os.readlink(f"/proc/self/fd/{descriptor}")  # noqa: PTH115  as above
    except OSError:
        real = os.path.realpath(path)  # no /proc: a race is left, for who can write to the folder
    if real not in (path, f"{path} (deleted)"):
        raise ForbiddenPathError(
            f"{path} leads through a symbolic link to {real}, which wasn't there when it was enqueued, so it "
            "is not read. Ingest the file itself, or let the watcher find and check the link."
        )


def _check(path: str, status: os.stat_result, limit_bytes: int | None) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = next((name for is_kind, name in _KINDS if is_kind(status.st_mode)), "something else")
        raise PermanentError(f"{path} is {kind}; only regular files can be ingested.")
    if limit_bytes is not None and status.st_size > limit_bytes:
        raise too_large(path, status.st_size, limit_bytes)


def _read(descriptor: int, size: int, limit_bytes: int) -> bytes:
    # One call reads nearly every file whole; the loop is for growing files and slow disks.
    parts: list[bytes] = []
    left = limit_bytes + 1
    want = size + 1
    while left > 0:
        part = os.read(descriptor, min(want, left))
        if not part:
            break
        parts.append(part)
        left -= len(part)
        want = 1_048_576
    return parts[0] if len(parts) == 1 else b"".join(parts)


def read_some(file: BinaryIO, path: str, most: int) -> bytes:
    """The next bytes of an open file, `most` at most.

    Raises:
        TransientError: as the module says.
    """
    try:
        return file.read(most)
    except OSError as error:
        raise unreadable(path, error) from None


def unreadable(path: str, error: OSError) -> NewsdropError:
    """Our error for one of the system's about the file at `path`."""
    reason = os.strerror(error.errno) if error.errno else str(error)
    if error.errno in _GONE:
        return GoneError(f"{path} no longer exists ({reason}).")
    if error.errno in _UNUSABLE:
        return PermanentError(f"{path} can't be read as a file: {reason}.")
    if error.errno in (errno.EACCES, errno.EPERM):
        return TransientError(
            f"{path} can't be read ({reason}): give the worker's user permission to read it."
        )
    if error.errno in _STORAGE or (error.errno in _PERHAPS_STORAGE and _fails(Path(path).parent)):
        return StorageError(
            f"{path} could not be read: {reason}. The fault is not this file's but that of its disk or "
            "share, or of this process: it is tried again every minute, until that is mended."
        )
    return TransientError(f"{path} could not be read: {reason}. It will be tried again.")


def _fails(folder: Path) -> bool:
    """Whether the folder can't be listed either."""
    try:
        with os.scandir(folder) as listing:
            next(listing, None)
    except OSError as error:
        return error.errno not in _GONE
    return False
