"""Stops a process as a whole and says so only once it stands still.

`kill` returns as soon as the signal is queued: on a busy machine a server may answer one more request after
it, and a test that expects silence would see an answer.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from tests.waiting import PATIENCE_S


def freeze(pid: int) -> None:
    """SIGSTOP `pid` and wait until each of its threads is stopped."""
    os.kill(pid, signal.SIGSTOP)
    deadline = time.monotonic() + PATIENCE_S
    while not all(_stopped(thread) for thread in Path(f"/proc/{pid}/task").iterdir()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"process {pid} did not stop within {PATIENCE_S:.0f} s of SIGSTOP")
        time.sleep(0.005)


def thaw(pid: int) -> None:
    """SIGCONT."""
    os.kill(pid, signal.SIGCONT)


def _stopped(thread: Path) -> bool:
    try:
        state = (thread / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True  # this thread ended meanwhile
    return state in "TtZX"
