"""The folder that dead letters are exported to before they are deleted: one file per day and size.

    dead-letters/2026-11-29.jsonl        the first of the day
    dead-letters/2026-11-29.2.jsonl      the next, once the first has file_bytes

Several reconcilers may write to it: each appends whole lines, or nothing. Never overwrites a file, and never
deletes one that it didn't name.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from newsdrop.errors import ConfigError
from newsdrop.options import QueueOptions
from newsdrop.times import utc_day

__all__ = ["MESSAGES_ONLY", "LetterFolder", "TrimPolicy"]

_QUEUE = QueueOptions()
_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\.(\d+))?\.jsonl")


class LetterFolder(msgspec.Struct, frozen=True, kw_only=True):
    """The export folder.

    Attributes:
        file_bytes: when a file reaches this size, another one is started.
        files: the maximum number of files kept; the oldest are deleted.
    """

    path: Path
    file_bytes: int = _QUEUE.dead_export_bytes
    files: int = _QUEUE.dead_export_files

    def check(self) -> None:
        """Return if the path can be used as a folder.

        Raises:
            ConfigError: it is something else, such as a file that an earlier version wrote.
        """
        if self.path.exists() and not self.path.is_dir():
            raise ConfigError(
                f"queue.dead_export names {self.path}, which is a file; it must be a folder. Move the file "
                "into a folder and name that folder."
            )

    def write(self, lines: Sequence[bytes], at_ms: int) -> list[str]:
        """Append lines and sync them to disk; returns the names of old files that were deleted.

        Raises:
            ConfigError: the folder can't be written to.
        """
        self.check()
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._append(b"".join(lines), utc_day(at_ms))
            return self._delete_old()
        except OSError as error:
            raise ConfigError(
                f"Dead letters can't be written to queue.dead_export ({self.path}): {error.strerror}. None "
                "is deleted until it has been written there."
            ) from None

    def _append(self, data: bytes, day: str) -> None:
        part = max((part for one, part, _ in self._written() if one == day), default=1)
        name = _name(day, part)
        if (self.path / name).exists() and (self.path / name).stat().st_size >= self.file_bytes:
            name = _name(day, part + 1)
        # Letters may contain whole articles: readable by the owner only.
        descriptor = os.open(self.path / name, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            # Not on every network file system; there, another reconciler may at worst write beside us.
            with suppress(OSError):
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            _append(descriptor, data)
        finally:
            os.close(descriptor)

    def _delete_old(self) -> list[str]:
        surplus = [name for _, _, name in self._written()][: -self.files]
        for name in surplus:
            (self.path / name).unlink(missing_ok=True)
        return surplus

    def _written(self) -> list[tuple[str, int, str]]:
        """The files that we wrote, oldest first: day, part and name."""
        matches = [_NAME.fullmatch(one.name) for one in self.path.iterdir()]
        return sorted((match[1], int(match[2] or 1), match[0]) for match in matches if match)


class TrimPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """How many letters are kept and for how long; None means no limit. Others are written to `export`."""

    max_count: int | None = None
    max_age_s: float | None = None
    export: LetterFolder | None = None

    def __post_init__(self) -> None:
        if (self.max_count or self.max_age_s) and self.export is None:
            raise ConfigError(
                "queue.dead_max_count and queue.dead_max_days need queue.dead_export "
                "(NEWSDROP_QUEUE_DEAD_EXPORT): no dead letter is deleted before it has been written there."
            )


#: Trims only letters of stage `message`, when there are too many.
MESSAGES_ONLY = TrimPolicy()


def _append(descriptor: int, data: bytes) -> None:
    """Write all of it at the end of a file and sync it, or leave the file as it was."""
    size = os.fstat(descriptor).st_size
    # A process that was killed, or a power cut, may have left half a line: ours must not be joined to it.
    if size and os.pread(descriptor, 1, size - 1) != b"\n":
        data = b"\n" + data
    written = 0
    try:
        while written < len(data):
            written += os.write(descriptor, data[written:])
        os.fsync(descriptor)
    except OSError:
        # A disk that is full takes what fits into the last block.
        if os.fstat(descriptor).st_size == size + written:
            os.ftruncate(descriptor, size)
        raise


def _name(day: str, part: int) -> str:
    return f"{day}.jsonl" if part == 1 else f"{day}.{part}.jsonl"
