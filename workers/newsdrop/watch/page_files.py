"""The folder that a browser saved beside a page, when the page is put away: it goes with it, or is marked.

    move     Page_files/ moves beside the page's new name, and is called after it: `Page (2)_files`
    delete   Page_files/ stays, since nobody has read what is in it, and gets a mark, so that it is passed
             over without its page, too

Refuses to delete anything but what it has copied to another device.
"""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import suppress
from pathlib import Path

from newsdrop.identity import path_drop_id
from newsdrop.name_filter import PAGE_FILES_MARK

__all__ = ["mark", "move_beside"]

#: Inode, size, and times of the last change.
_Identity = tuple[int, int, int, int]

_NAMES_TRIED = 10_000
_TEXT = "newsdrop deleted the page that these files belong to, and takes none of them for an article.\n"


def mark(folder: str) -> None:
    """Have this folder passed over, whatever is beside it.

    Raises:
        OSError: it can't be written to.
    """
    Path(folder, PAGE_FILES_MARK).write_text(_TEXT, encoding="ascii")


def move_beside(folder: str, page: str, target: str) -> None:
    """Move a folder of the page `page` to where that page is now, `target`; nothing is overwritten.

    Raises:
        OSError: it can't be moved; then it is still where it was.
    """
    ending = folder[len(os.path.splitext(page)[0]) :]  # noqa: PTH122  as the name filter cuts it
    wanted = os.path.splitext(target)[0]  # noqa: PTH122
    for number in range(1, _NAMES_TRIED):
        place = Path(wanted + (f" ({number})" if number > 1 else "") + ending)
        if not os.path.lexists(place):
            _move(folder, place)
            return
    raise FileExistsError(errno.EEXIST, "too many folders with that name exist already", wanted)


def _move(folder: str, place: Path) -> None:
    try:
        Path(folder).rename(place)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
    else:
        return
    _carry(Path(folder), place)


def _carry(folder: Path, place: Path) -> None:
    """Move a folder to another device; what comes or changes meanwhile is not deleted."""
    part = place.with_name(f".newsdrop-{path_drop_id(folder)}.part")
    if part.exists():
        shutil.rmtree(part)
    before = _contents(folder)
    shutil.copytree(folder, part, symlinks=True, copy_function=_copy)
    if _contents(folder) != before:
        shutil.rmtree(part)
        raise OSError(errno.EBUSY, f"somebody is writing into {folder.name}", str(folder))
    part.rename(place)
    for path in reversed(before):
        with suppress(OSError):
            _delete(path, before[path])
    if folder.exists():
        # What came at the last moment is no article either, and its page goes now.
        mark(str(folder))


def _contents(folder: Path) -> dict[str, _Identity | None]:
    """What is in a folder, and in folders in it (None), each before what is in it."""
    found: dict[str, _Identity | None] = {}
    for above, folders, files in os.walk(folder, onerror=_fail):
        found[above] = None
        links = [name for name in folders if os.path.islink(f"{above}/{name}")]  # noqa: PTH114  a name of ours
        for name in (*files, *links):
            found[f"{above}/{name}"] = _identity(f"{above}/{name}")
    return found


def _fail(error: OSError) -> None:
    raise error


def _identity(path: str) -> _Identity:
    info = os.lstat(path)
    return info.st_ino, info.st_size, info.st_mtime_ns, info.st_ctime_ns


def _copy(source: str, target: str) -> str:
    """Copy a file so that it outlasts a power cut, in which its original may be gone already."""
    shutil.copyfile(source, target)
    with open(target, "rb") as copied:
        os.fsync(copied.fileno())
    shutil.copystat(source, target)
    return target


def _delete(path: str, before: _Identity | None) -> None:
    """Delete a folder that is empty, or a file that is what it was."""
    if before is None:
        Path(path).rmdir()
    elif _identity(path) == before:
        Path(path).unlink()
