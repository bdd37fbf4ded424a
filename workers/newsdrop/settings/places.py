"""Whether newsdrop would read what it writes: its own places held against the watched folders.

    state_dir             databases, logs, notes     neither may lie in the other
    queue.dead_export     dead letters, written out  likewise
    done, failed          files that were put away   not in a watched folder, whosever it is

Compared with symlinks resolved, and as folders: one may have several paths (bind mounts, names whose case
doesn't matter). Refuses to touch anything: a place that isn't there yet counts as well.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from newsdrop.errors import ConfigError
from newsdrop.identity import inside
from newsdrop.spelling import real_path

if TYPE_CHECKING:
    from newsdrop.settings.groups import Settings

__all__ = ["check_places", "misplaced", "own_places"]


class _Place(NamedTuple):
    """A place that newsdrop writes to: what sets it, and whether a watched folder may lie in it."""

    setting: str
    path: Path
    holds_folders: bool


def own_places(settings: Settings) -> frozenset[str]:
    """The resolved paths of newsdrop's own files and folders, which are never drops."""
    return frozenset(_real(place.path) for place in _places(settings) if not place.holds_folders)


def check_places(settings: Settings) -> None:
    """Nothing, if newsdrop would read nothing of what it writes.

    Raises:
        ConfigError: it would; the message names both settings.
    """
    if (wrong := misplaced(settings)) is not None:
        raise ConfigError(f"The settings together: {wrong}.")


def misplaced(settings: Settings) -> str | None:
    """What is wrong with the places, the two settings named, and what to do; None when all is well."""
    for place in _places(settings):
        written = _real(place.path)
        for folder in settings.folders:
            watched = _real(folder.path)
            if _within(written, watched):
                return (
                    f"{place.setting} is {place.path}, in the watched folder {folder.path} (folders, "
                    "NEWSDROP_FOLDERS): newsdrop would take what it writes for new articles. "
                    f"Set {place.setting} to a place outside of it, or watch another folder"
                )
            if not place.holds_folders and _within(watched, written):
                return (
                    f"the watched folder {folder.path} (folders, NEWSDROP_FOLDERS) lies in {place.path}, "
                    f"which is {place.setting} and newsdrop's own. Move one of the two out of the other"
                )
    return None


def _places(settings: Settings) -> Iterator[_Place]:
    yield _Place("state_dir (NEWSDROP_STATE_DIR)", settings.state_dir, holds_folders=False)
    if settings.queue.dead_export is not None:
        export = Path(settings.queue.dead_export)
        yield _Place("queue.dead_export (NEWSDROP_QUEUE_DEAD_EXPORT)", export, holds_folders=False)
    for folder in settings.folders:
        for name, place in (("done", folder.done), ("failed", folder.failed)):
            if place is not None:
                yield _Place(f"`{name}` of the folder {folder.path}", place, holds_folders=True)


def _within(path: str, folder: str) -> bool:
    """Whether a resolved path is, or lies in, a folder, whatever paths lead to that one."""
    if path == folder or inside(path, folder):
        return True
    known = _status(folder)
    above = map(_status, (path, *map(str, Path(path).parents)))
    return known is not None and any(one is not None and os.path.samestat(one, known) for one in above)


def _status(path: str) -> os.stat_result | None:
    try:
        return Path(path).stat()
    except OSError:
        return None


def _real(path: Path) -> str:
    return real_path(path)
