"""The wall clock that the processes of a campaign see, which can be stepped (rigging/moved_clock.py)."""

from __future__ import annotations

import struct
from pathlib import Path

__all__ = ["WallClock"]


class WallClock:
    """One clock for all processes that are given `environ`."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._file.write_bytes(bytes(8))

    def environ(self) -> dict[str, str]:
        """The variable that makes a process of newsdrop's go by this clock."""
        return {"NEWSDROP_TEST_CLOCK": str(self._file)}

    def step(self, seconds: float) -> None:
        """From now on the clock is off by so many seconds."""
        with self._file.open("r+b") as shared:
            shared.write(struct.pack("<q", int(seconds * 1e9)))
