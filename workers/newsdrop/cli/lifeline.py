"""Ties a child to `newsdrop up`: the kernel sends it SIGTERM when its parent dies, for whatever reason.

Linux only (prctl); elsewhere a child outlives a killed parent, and the next `up` finds it running.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

__all__ = ["tie_to_parent"]

_PR_SET_PDEATHSIG = 1


def tie_to_parent(parent: int) -> None:
    """End this process when `parent` ends; at once if it has ended already."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)
