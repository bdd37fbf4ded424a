"""Which file each pool child has in hand, recorded where the record outlives the child.

    child    InFlightMarker: a file in `state_dir/in-flight`, locked and mapped into memory; recording a file
             is a copy of 32 bytes, without a system call or a request to Redis
    death    the kernel keeps what was written and frees the lock, however the process ended
    others   `orphaned` finds the files whose lock is free, yields their content, and removes them

The worker's own main process checks when it loses a child, and every worker with the same state_dir does so
at intervals, so the next worker reports for one that was killed as a whole. If nobody checks in time (the
machine is lost), the lease expires without a name, and each drop of the batch is tried alone. Telling Redis
before each file took a fifth of a worker's time (docs/performance.md).
"""

from __future__ import annotations

import fcntl
import mmap
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple
from uuid import uuid4

from newsdrop.errors import ConfigError
from newsdrop.statefolder import for_the_owner

__all__ = ["InFlightMarker", "Orphaned", "in_flight_folder", "orphaned"]

_BATCH: Final = slice(0, 64)
_RUN: Final = slice(64, 96)
_DROP: Final = slice(96, 128)
_BYTES: Final = 128
_SUFFIX: Final = ".marker"
_BLANK: Final = b" " * 32


class Orphaned(NamedTuple):
    """What a dead process had in hand. `drop` is "" between files and while its bulk was being written."""

    batch: str
    run: str
    drop: str


def in_flight_folder(state_dir: Path) -> Path:
    """Where the processes of this state_dir keep their markers."""
    return state_dir.absolute() / "in-flight"


class InFlightMarker:
    """The marker of one process. Only usable in the process that made it: a lock isn't inherited.

    Raises:
        ConfigError: the folder can't be written to.
    """

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = _locked(folder)
        except OSError as error:
            raise ConfigError(
                f"A worker records the file in hand in {folder}, which can't be used "
                f"({error.strerror}): set state_dir (NEWSDROP_STATE_DIR) to a writable folder."
            ) from None
        self._shared = mmap.mmap(self._file.fileno(), _BYTES)

    def begin(self, batch: str, run: str) -> None:
        """Record that this process holds `batch` under the token `run`."""
        self._shared[_DROP] = _BLANK
        self._shared[_BATCH] = batch.encode("ascii").ljust(64)
        self._shared[_RUN] = run.encode("ascii").ljust(32)

    def name(self, drop: str) -> None:
        """Record the file in hand, by its drop id; "" for none."""
        self._shared[_DROP] = drop.encode("ascii") or _BLANK

    def end(self) -> None:
        """Record that the batch is finished; a later death is not counted against a file."""
        self._shared[:] = b" " * _BYTES

    def remove(self) -> None:
        """Remove the marker: this process takes no more batches."""
        Path(self._file.name).unlink(missing_ok=True)
        self.close()

    def close(self) -> None:
        """Release the marker; the next `orphaned` yields its content, as if the process had died."""
        self._shared.close()
        self._file.close()


def orphaned(folder: Path) -> Iterator[Orphaned]:
    """What dead processes had in hand, each yielded once: its marker is removed when the caller resumes.

    A caller that fails in between finds the same marker again the next time.
    """
    for path in sorted(folder.glob(f"*{_SUFFIX}")):
        try:
            with path.open("r+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                left = _read(file.read(_BYTES))
                if left is not None:
                    yield left
                path.unlink()
        except OSError:
            # Its process is alive, or another process has just handled it. Or it is another user's, who once
            # ran a worker here: then the lease ends by itself.
            continue


def _locked(folder: Path) -> BinaryIO:
    """A new marker's file, locked before anybody can take it for a dead process's."""
    while True:
        file = open(folder / f"{uuid4().hex}{_SUFFIX}", "x+b", opener=for_the_owner)  # noqa: SIM115  the marker's
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(b" " * _BYTES)
        file.flush()
        if os.fstat(file.fileno()).st_nlink:
            return file
        file.close()


def _read(text: bytes) -> Orphaned | None:
    """None: nothing was in hand, or the process was killed before the marker was ready."""
    if len(text) < _BYTES:
        return None
    batch, run, drop = (text[part].decode("ascii", "replace").strip() for part in (_BATCH, _RUN, _DROP))
    return Orphaned(batch, run, drop) if batch and run else None
