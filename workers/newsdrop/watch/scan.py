"""The files of a folder tree with their stamps, in stable order, fast, and without holding them all.

Only regular files count. A symlink to a regular file inside the tree stands for that file; one that leads
out of it is not followed, and linked folders never are (their real place is walked anyway), nor are links
into another watched folder inside the tree: what becomes of a file is decided where it really is. Nothing is
skipped silently except what disappeared meanwhile: names that are not drops are reported to `on_passed`, the
rest to `on_trouble`. Does not read files, and does not know the ledger.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import islice

import msgspec

from newsdrop.documents import Stamp, encode_path
from newsdrop.events import emit
from newsdrop.identity import inside
from newsdrop.name_filter import NameFilter, Reason
from newsdrop.spelling import real_path

__all__ = [
    "Failing",
    "Found",
    "Passed",
    "Trouble",
    "is_new_file",
    "look",
    "report_trouble",
    "scan",
    "subfolders",
    "why_unreadable",
]

#: How many entries of a folder are sorted together: a million files must not fill the memory.
_SORTED_ENTRIES = 20_000

_ABSENT = "The symlink leads nowhere: {} doesn't exist."
_LOOP = "The symlink is part of a loop."
#: What the system says of a symlink at whose end there can be no file, and what people are told of it.
_LEADING_NOWHERE = {
    errno.ENOENT: _ABSENT,
    errno.ENOTDIR: _ABSENT,
    errno.ENAMETOOLONG: _ABSENT,
    errno.ELOOP: _LOOP,
}

#: Called for what can't be examined: its path, and why.
Trouble = Callable[[str, str], None]
#: The same with the system's error, where there may be files that nobody has seen.
Failing = Callable[[str, OSError], None]
#: Called for what is passed over: its path, why, and whether it is a folder.
Passed = Callable[[str, Reason, bool], None]


class Found(msgspec.Struct, frozen=True, gc=False):
    """One file; `path` is resolved (the spelling whose hash is the drop's id)."""

    path: str
    stamp: Stamp


def report_trouble(path: str, reason: str) -> None:
    """Report it as an event."""
    emit("watch.unreadable", path=encode_path(path), reason=reason)


def scan(
    folder: str | os.PathLike[str],
    names: NameFilter,
    *,
    below: str | None = None,
    skip: frozenset[str] = frozenset(),
    on_trouble: Trouble = report_trouble,
    on_error: Failing | None = None,
    on_folder: Callable[[str], object] = lambda _path: None,
    on_passed: Passed = lambda _path, _reason, _is_folder: None,
) -> Iterator[Found]:
    """Walk a folder: the files of each folder by name, then its folders by name.

    Args:
        below: walk only this (resolved) folder inside `folder`.
        skip: resolved folders that are skipped: other watched folders inside this one.
        on_error: called for what can't be looked at or listed, instead of `on_trouble`.
        on_folder: called for each folder before it is listed.
        on_passed: called for each file and folder that is passed over by name; such a folder isn't entered.

    Raises:
        OSError: `folder` itself can't be listed.
    """
    failing = on_error or _telling(on_trouble)
    root = real_path(folder)
    stack = [below or root]
    if below is None:
        os.scandir(root).close()
    while stack:
        directory = stack.pop()
        on_folder(directory)
        folders: list[str] = []
        for entry in _entries(directory, failing):
            try:
                is_folder = entry.is_dir(follow_symlinks=False)
                judge = names.folder if is_folder else names.file
                reason = judge(entry.name, directory)
                if reason is not None:
                    on_passed(entry.path, reason, is_folder)
                elif is_folder:
                    folders.append(entry.path)
                elif (
                    found := _look(entry.path, entry.stat(follow_symlinks=False), root, skip, on_trouble)
                ) is not None:
                    yield found
            except FileNotFoundError:
                continue
            except OSError as error:
                failing(entry.path, error)
        stack.extend(path for path in sorted(folders, reverse=True) if path not in skip)


def subfolders(
    folder: str,
    names: NameFilter,
    *,
    skip: frozenset[str] = frozenset(),
    on_trouble: Trouble = report_trouble,
) -> Iterator[str]:
    """A folder and all folders below it, each yielded before it is listed, so that it is watched first."""
    stack = [folder]
    while stack:
        directory = stack.pop()
        yield directory
        for entry in _entries(directory, _telling(on_trouble), order=False):
            try:
                wanted = entry.is_dir(follow_symlinks=False) and names.folder(entry.name, directory) is None
            except OSError:
                continue
            if wanted and entry.path not in skip:
                stack.append(entry.path)


def look(
    path: str, root: str, on_trouble: Trouble = report_trouble, *, skip: frozenset[str] = frozenset()
) -> Found | None:
    """One file as `scan` would yield it; None if it is gone, or isn't a drop. Its folder must be
    resolved."""
    try:
        info = os.lstat(path)
        return None if stat.S_ISDIR(info.st_mode) else _look(path, info, root, skip, on_trouble)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        on_trouble(path, why_unreadable(error))
        return None


def is_new_file(path: str) -> bool:
    """Whether a name that was just made is that of a new file, and not another name of an older one."""
    try:
        info = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISREG(info.st_mode) and info.st_nlink == 1


def _look(
    path: str, info: os.stat_result, root: str, skip: frozenset[str], on_trouble: Trouble
) -> Found | None:
    mode = info.st_mode
    if stat.S_ISREG(mode):
        return Found(path, Stamp.from_ns(info.st_size, info.st_mtime_ns))
    if stat.S_ISLNK(mode):
        return _follow(path, root, skip, on_trouble)
    on_trouble(path, "It isn't a regular file (but a device, pipe or socket), so it is not ingested.")
    return None


def _follow(path: str, root: str, skip: frozenset[str], on_trouble: Trouble) -> Found | None:
    # In the spelling of the root, where names have no case.
    target = real_path(path)
    try:
        info = os.lstat(target)
    except OSError as error:
        if error.errno not in _LEADING_NOWHERE:
            raise
        on_trouble(path, _LEADING_NOWHERE[error.errno].format(encode_path(target)))
        return None
    if target != root and not inside(target, root):
        on_trouble(
            path,
            f"The symlink leads out of the watched folder, to {encode_path(target)}; it is not followed. "
            "Watch that folder too, or copy the file.",
        )
        return None
    if stat.S_ISLNK(info.st_mode):
        on_trouble(path, _LOOP)
        return None
    if any(inside(target, other) for other in skip):
        return None
    return _look(target, info, root, skip, on_trouble) if not stat.S_ISDIR(info.st_mode) else None


def _telling(on_trouble: Trouble) -> Failing:
    return lambda path, error: on_trouble(path, why_unreadable(error))


def _entries(directory: str, failing: Failing, *, order: bool = True) -> Iterator[os.DirEntry[str]]:
    try:
        listing = os.scandir(directory)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        failing(directory, error)
        return
    with closing(listing):
        while chunk := _chunk(listing, directory, failing):
            if order:
                chunk.sort(key=_name)
            yield from chunk


def _chunk(listing: Iterator[os.DirEntry[str]], directory: str, failing: Failing) -> list[os.DirEntry[str]]:
    chunk: list[os.DirEntry[str]] = []
    try:
        chunk.extend(islice(listing, _SORTED_ENTRIES))
    except OSError as error:
        failing(directory, error)
    return chunk


def _name(entry: os.DirEntry[str]) -> str:
    return entry.name


def why_unreadable(error: OSError) -> str:
    """An error of the file system for people."""
    why = error.strerror or type(error).__name__
    if error.errno == errno.ENAMETOOLONG:
        return f"It can't be examined: {why}. Shorten the names of the folders above it."
    return f"It can't be examined: {why}. Check its permissions and its disk."
