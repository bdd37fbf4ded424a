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
from pathlib import Path

from newsdrop.identity import path_drop_id
from newsdrop.name_filter import PAGE_FILES_MARK

__all__ = ["mark", "move_beside"]

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
    part = place.with_name(f".newsdrop-{path_drop_id(folder)}.part")
    if part.exists():
        shutil.rmtree(part)
    shutil.copytree(folder, part, symlinks=True)
    part.rename(place)
    shutil.rmtree(folder)
