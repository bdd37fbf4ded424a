"""Tells a second `newsdrop up` on one state folder that it is the second. Does not keep it from working."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from newsdrop.cli.terminal import say
from newsdrop.statefolder import make_state_folder, told_of

__all__ = ["one_up"]


@contextmanager
def one_up(state_dir: Path) -> Iterator[bool]:
    """Hold the folder's lock while this `up` runs; yields False, and says so, if another holds it.

    Raises:
        ConfigError: the folder can't be written to.
    """
    with told_of(state_dir):
        make_state_folder(state_dir)
        mark = os.open(state_dir / "up", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(mark, 20).decode("ascii", "replace") or "?"
            say(
                f"Another `newsdrop up` (process {holder}) is already using {state_dir}: both will run, with "
                "one ledger and one index. Give one of them another --state-dir to keep them apart."
            )
            yield False
            return
        with told_of(state_dir):
            os.truncate(mark, 0)
            os.write(mark, str(os.getpid()).encode("ascii"))
        yield True
    finally:
        os.close(mark)
