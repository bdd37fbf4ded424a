"""The state folder: how it is made, and how it is known again by whoever walks past it.

    state_dir/
        newsdrop-state      the mark: nothing below this folder is ever a drop
        valkey/  index.sqlite3  alive/  in-flight/  log/  …

Another installation's state folder bears the mark as ours does, so newsdrop takes neither for articles,
wherever they lie: the mark is for those who meet the folder on their way. Refuses to know what is in it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from newsdrop.errors import ConfigError

__all__ = ["MARK", "for_the_owner", "is_full", "is_state_folder", "make_state_folder", "told_of"]

#: The file that marks a state folder.
MARK: Final = "newsdrop-state"
_TEXT: Final = "newsdrop keeps its own files in this folder and takes nothing in it for an article.\n"
#: Less room than this is none: a file grows by whole blocks, and several files grow at once.
_ROOM_BYTES: Final = 100_000


def is_full(folder: Path) -> bool:
    """Whether the folder's disk has no room left. One that doesn't tell its size has."""
    try:
        disk = shutil.disk_usage(folder)
    except OSError:
        return False
    return disk.total > 0 and disk.free < _ROOM_BYTES


def make_state_folder(state_dir: Path) -> None:
    """Make the folder, if need be, closed to others, since articles and notes lie in it; and mark it.

    Raises:
        OSError: it can't be made.
    """
    state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    # The mark serves those who walk past. A folder that can't be written to is told of by whoever needs to.
    with suppress(OSError), open(state_dir / MARK, "x", encoding="ascii", opener=for_the_owner) as file:
        file.write(_TEXT)


@contextmanager
def told_of(state_dir: Path) -> Iterator[None]:
    """Tell the system's refusals inside as those of a setting.

    Raises:
        ConfigError: the state folder can't be made or written to.
    """
    try:
        yield
    except OSError as error:
        raise ConfigError(
            f"The state folder {state_dir} can't be used: {error.strerror}. Set state_dir "
            "(NEWSDROP_STATE_DIR) to a folder that can be written."
        ) from None


def for_the_owner(path: str, flags: int) -> int:
    """How `open` makes a file that nobody else may read, whatever the umask and the folder are."""
    return os.open(path, flags, 0o600)


def is_state_folder(folder: str) -> bool:
    """Whether some installation keeps its state in this very folder."""
    return os.path.isfile(f"{folder}/{MARK}")  # noqa: PTH113  asked of every folder that is walked
