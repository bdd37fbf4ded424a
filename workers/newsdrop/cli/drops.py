"""Paths given on the command line, turned into drops: files and members (`bundle!member`) as given, folders
walked as the watcher walks them."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Final

import msgspec

from newsdrop.documents import Drop, Stamp
from newsdrop.errors import ConfigError
from newsdrop.identity import inside, member_drop_id, path_drop_id, resolved
from newsdrop.membership import existing
from newsdrop.name_filter import Reason
from newsdrop.settings import Settings, own_places
from newsdrop.spelling import as_listed
from newsdrop.statefolder import is_state_folder
from newsdrop.user import at_home
from newsdrop.watch.folder import parts_of
from newsdrop.watch.scan import scan

__all__ = ["Gathered", "Missing", "PassedFiles", "gather", "listed"]


#: How many folders are remembered while paths are read: lists of files go through one after the other.
_LISTINGS: Final = 16


class Missing(msgspec.Struct, frozen=True):
    """A path without a file, and the system's reason."""

    path: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


class Gathered(msgspec.Struct):
    """The drops that were found, the paths without one, and the number of files passed over, by reason.

    A folder that can't be listed, and what can't be examined in one, is such a path, too.
    """

    drops: list[Drop] = []
    missing: list[Missing] = []
    passed_over: Counter[str] = msgspec.field(default_factory=Counter)

    def failing(self, path: str, error: OSError) -> None:
        """Note a path that can't be examined."""
        self.missing.append(Missing(path, error.strerror or str(error)))


class PassedFiles:
    """Counts what a scan passes over, file by file, including files in folders that the scan doesn't enter.

    Attributes:
        skip: subfolders that another scan covers.
    """

    def __init__(self, counts: Counter[str]) -> None:
        self._counts = counts
        self.skip: frozenset[str] = frozenset()

    def __call__(self, path: str, reason: Reason, is_folder: bool) -> None:
        if not is_folder:
            self._counts[reason] += 1
            return
        # A folder that can't be listed counts as one.
        for above, folders, files in os.walk(path, onerror=lambda _: self._counts.update((reason,))):
            folders[:] = [name for name in folders if f"{above}/{name}" not in self.skip]
            self._counts[reason] += len(files)


def gather(paths: Iterable[str], settings: Settings | None = None) -> Gathered:
    """One drop per file, without repeats, in the order given; in folders, only what the watcher takes.

    Args:
        settings: they may change which names are passed over; None: the defaults.
    """
    settings = settings or Settings()
    found = Gathered()
    seen: set[str] = set()
    # A folder without case is listed once, not for each of a million files in it.
    spelled = partial(as_listed, names=lru_cache(_LISTINGS)(_names))
    for path in paths:
        try:
            drops = list(_drops_at(path, spelled, settings, found))
        except OSError as error:
            found.failing(path, error)
            continue
        for drop in drops:
            if drop.id not in seen:
                seen.add(drop.id)
                found.drops.append(drop)
    return found


def _drops_at(
    path: str, spelled: Callable[[str], str], settings: Settings, gathered: Gathered
) -> Iterator[Drop]:
    bundle, member = existing(path, lambda name: at_home(Path(name)))
    real = spelled(resolved(at_home(Path(bundle))))
    info = Path(real).stat()
    if (own := _own_place(real, settings)) is not None:
        raise FileExistsError(errno.EEXIST, f"newsdrop keeps its own files in {own}", path)
    if member is not None:
        stamp = Stamp.from_ns(info.st_size, info.st_mtime_ns)
        yield Drop(id=member_drop_id(real, member), path=real, member=member, stamp=stamp)
        return
    if stat.S_ISDIR(info.st_mode):
        passed = PassedFiles(gathered.passed_over)
        for part, names, skip in parts_of(real, settings):
            passed.skip = skip
            for found in scan(part, names, skip=skip, on_error=gathered.failing, on_passed=passed):
                yield Drop(id=path_drop_id(found.path), path=found.path, stamp=found.stamp)
    else:
        yield Drop(id=path_drop_id(real), path=real, stamp=Stamp.from_ns(info.st_size, info.st_mtime_ns))


def _names(folder: str) -> frozenset[str]:
    return frozenset(os.listdir(folder))  # noqa: PTH208  names, not paths


def _own_place(path: str, settings: Settings) -> str | None:
    """The place of newsdrop's own that this path is or is inside; None: it is in none."""
    named = (place for place in own_places(settings) if path == place or inside(path, place))
    return next(named, path if is_state_folder(path) else None)


def listed(paths: Sequence[str], *, null: bool = False) -> Iterator[str]:
    """The paths, with `-` replaced by the list on stdin: one path per line, or each ended by NUL.

    Raises:
        ConfigError: a path is empty, or there is no stdin.
    """
    if "" in paths:
        raise ConfigError("A path is empty. Is it a variable that isn't set? The current folder is '.'.")
    for path in paths:
        if path != "-":
            yield path
            continue
        if sys.stdin is None:
            raise ConfigError("'-' reads paths from stdin, and stdin is closed.")
        data = sys.stdin.buffer.read()
        for raw in data.split(b"\0") if null else data.splitlines():
            if raw:
                yield os.fsdecode(raw)
