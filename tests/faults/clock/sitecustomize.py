"""Python imports this at its start, if it finds it: the wall clock of a process under test, moved by hand.

NEWSDROP_TEST_CLOCK names a file of eight bytes: how far the clock is off, in ns, as a little-endian integer.
Only what tests start is given the variable and this folder in its path; the product knows nothing of either.
"""

import mmap
import os
import struct
import time

_name = os.environ.get("NEWSDROP_TEST_CLOCK")
if _name:
    with open(_name, "rb") as _file:
        _shared = mmap.mmap(_file.fileno(), 8, access=mmap.ACCESS_READ)
    _wall_ns = time.time_ns

    def _moved_ns() -> int:
        return _wall_ns() + struct.unpack("<q", _shared[:8])[0]

    def _moved() -> float:
        return _moved_ns() / 1e9

    time.time_ns = _moved_ns
    time.time = _moved
