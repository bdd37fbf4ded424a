"""Paths given on the command line, made into drops: files and members (`bundle!member`) as they are, folders
walked as by the watcher."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from newsdrop.archive.bundles.members import SEPARATOR
from newsdrop.documents import Drop, Stamp
from newsdrop.errors import ConfigError
from newsdrop.identity import member_drop_id, path_drop_id, resolved
from newsdrop.watch.scan import scan

__all__ = ["Gathered", "Missing", "gather", "listed"]


class Missing(msgspec.Struct, frozen=True):
    """A path where no file could be found, and what the system says."""

    path: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


class Gathered(msgspec.Struct):
    """The drops that were found, and the paths where none was."""

    drops: list[Drop] = []
    missing: list[Missing] = []


def gather(paths: Iterable[str], ignore: Sequence[str]) -> Gathered:
    """One drop per file, each once, in the order given; `ignore` applies inside folders only."""
    found = Gathered()
    seen: set[str] = set()
    for path in paths:
        try:
            drops = list(_drops_at(path, ignore))
        except OSError as error:
            found.missing.append(Missing(path, error.strerror or str(error)))
            continue
        for drop in drops:
            if drop.id not in seen:
                seen.add(drop.id)
                found.drops.append(drop)
    return found


def _drops_at(path: str, ignore: Sequence[str]) -> Iterator[Drop]:
    bundle, member = _cut(path)
    real = resolved(Path(bundle).expanduser())
    info = Path(real).stat()
    if member is not None:
        stamp = Stamp.from_ns(info.st_size, info.st_mtime_ns)
        yield Drop(id=member_drop_id(real, member), path=real, member=member, stamp=stamp)
        return
    if stat.S_ISDIR(info.st_mode):
        for found in scan(real, ignore):
            yield Drop(id=path_drop_id(found.path), path=found.path, stamp=found.stamp)
    else:
        yield Drop(id=path_drop_id(real), path=real, stamp=Stamp.from_ns(info.st_size, info.st_mtime_ns))


def _cut(path: str) -> tuple[str, str | None]:
    """A file, and of `bundle!member` the member; an exclamation mark in a file's own name is a part of it."""
    at = path.find(SEPARATOR)
    while at > 0 and not os.path.lexists(Path(path).expanduser()):
        if Path(path[:at]).expanduser().is_file():
            return path[:at], path[at + 1 :]
        at = path.find(SEPARATOR, at + 1)
    return path, None


def listed(paths: Sequence[str], *, null: bool = False) -> Iterator[str]:
    """The paths, with `-` replaced by the list on stdin: a path a line, or each ended by NUL.

    Raises:
        ConfigError: one is empty, or there is no stdin.
    """
    if "" in paths:
        raise ConfigError("A path is empty: is it a variable that isn't set? The folder you are in is '.'.")
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
