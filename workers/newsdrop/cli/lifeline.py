"""A child's tie to `newsdrop up`: it gets SIGTERM from the kernel when its parent dies, however that dies.

Linux only (prctl); elsewhere a child outlives a killed parent, and the next `up` finds it at work.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

__all__ = ["tie_to_parent"]

_PR_SET_PDEATHSIG = 1


def tie_to_parent(parent: int) -> None:
    """End this process when `parent` ends; at once if it is gone already."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)
