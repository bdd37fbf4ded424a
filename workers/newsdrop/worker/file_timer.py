"""The limits of one file in a pool child: a timer that interrupts it, and the memory it may use.

    limit_s             FileTimeout is raised in Python code: the file fails, other files are unaffected;
                        it says how long the file was computing, which is little if it only waited
    limit_s + 5 s CPU   the kernel ends the process, for C code that never returns to Python; the
                        ledger then counts a death against the file in hand (limit_s more where another
                        thread computes as well)
    memory_bytes        RLIMIT_AS: a MemoryError in the file instead of the machine's out-of-memory killer

The limit is counted in ticks. While the machine or the process stands still (suspended, virtual machine
paused, SIGSTOP), at most one tick goes by, however long that lasts, so no file is interrupted because of it.

Works in the main thread of a process only, because signals do.
"""

from __future__ import annotations

import resource
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from types import FrameType, TracebackType
from typing import Final

from newsdrop.documents import Drop, ErrorClass, Failure, Stage

__all__ = ["FileTimeout", "FileTimer", "limit_memory", "memory_limit", "overdue"]

#: Python code that swallows the first timeout (a bare `except:`) gets another one at each tick.
_TICK_S: Final = 1.0
#: Even with a short limit, one tick during a standstill must be a small part.
_FEWEST_TICKS: Final = 5
_LAST_RESORT_S: Final = 5.0
#: A timer of zero would not be armed.
_LEAST_S: Final = 0.001
#: A file that used less than this share of its limit as CPU time was waiting. On a busy machine, a file that
#: computes gets more, and one that waits for a disk next to nothing.
_WORKED_SHARE: Final = 0.05


# Not an `Exception`, so that no handler on the way catches it.
class FileTimeout(BaseException):
    """One file took longer than worker.file_time_limit_s.

    Attributes:
        worked_s: how much of that time this process was computing, in seconds of user CPU.
    """

    def __init__(self, worked_s: float) -> None:
        super().__init__(worked_s)
        self.worked_s = worked_s


class FileTimer:
    """`with FileTimer(limit_s): …` raises FileTimeout inside the block when it takes too long.

    Args:
        shared: another thread of this process computes as well, for as long as it takes; it may have a core
            of its own.
    """

    #: One per process, like its signals: the CPU seconds it was given (None: no timing), how many of them are
    #: for C code that doesn't return, when the thread's CPU clock began (None: nothing else computes here),
    #: and the remaining ticks.
    _given_s: float | None = None
    _spare_s = _LAST_RESORT_S
    _begun_s: float | None = None
    _ticks = 0
    _claimed = False

    @staticmethod
    def claim_signals() -> None:
        """Make SIGALRM and SIGVTALRM ours in this process, and in its forks; called by the first timer."""
        signal.signal(signal.SIGALRM, _cut)
        # The default action of SIGVTALRM ends the process; its timer counts only CPU time.
        signal.signal(signal.SIGVTALRM, signal.SIG_DFL)
        FileTimer._claimed = True

    def __init__(self, limit_s: float, *, shared: bool = False) -> None:
        self._limit_s = limit_s
        self._shared = shared

    def __enter__(self) -> FileTimer:
        FileTimer._spare_s = _LAST_RESORT_S + (self._limit_s if self._shared else 0.0)
        FileTimer._given_s = self._limit_s + FileTimer._spare_s
        FileTimer._begun_s = time.thread_time() if self._shared else None
        # Only once: checking the handler costs more than everything else here (5 µs).
        if not FileTimer._claimed:
            FileTimer.claim_signals()
        signal.setitimer(signal.ITIMER_VIRTUAL, FileTimer._given_s)
        FileTimer._ticks = max(_FEWEST_TICKS, ceil(self._limit_s / _TICK_S))
        tick_s = self._limit_s / FileTimer._ticks
        signal.setitimer(signal.ITIMER_REAL, tick_s, tick_s)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        FileTimer._given_s = None
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _cut(_signal: int, _frame: FrameType | None) -> None:
    if FileTimer._given_s is None:
        return
    FileTimer._ticks -= 1
    if FileTimer._begun_s is not None:
        worked_s = time.thread_time() - FileTimer._begun_s
    else:
        # The used CPU time follows from what is left: reading a clock for each file would cost more.
        worked_s = FileTimer._given_s - signal.getitimer(signal.ITIMER_VIRTUAL)[0]
    # Ticks during one call of C code count as one tick here, although the time was used.
    if FileTimer._ticks <= 0 or worked_s >= FileTimer._given_s - FileTimer._spare_s:
        raise FileTimeout(worked_s)


def overdue(drop: Drop, worked_s: float, limit_s: float) -> Failure:
    """Interpret a timeout: a file that was computing is to blame; one that only waited is retried."""
    over = f"{drop.source} took over worker.file_time_limit_s ({limit_s:g} s) and was interrupted"
    if worked_s >= _WORKED_SHARE * limit_s:
        return Failure(stage=Stage.WORKER, kind=ErrorClass.PERMANENT, type="FileTimeout", message=f"{over}.")
    return Failure(
        stage=Stage.WORKER,
        kind=ErrorClass.TRANSIENT,
        type="StalledError",
        message=f"{over}, although hardly any work was done meanwhile: its disk stood still, or others kept "
        "the machine busy.",
    )


def limit_memory(memory_bytes: int | None) -> None:
    """Limit the address space of this process permanently."""
    if memory_bytes is None:
        return
    _soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        memory_bytes = min(memory_bytes, hard)
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, hard))


def _address_space_bytes() -> int:
    """The current address space of this process; 0 if the kernel doesn't say."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except (OSError, ValueError):
        return 0


@contextmanager
def memory_limit(memory_bytes: int | None) -> Iterator[None]:
    """Temporarily limit how much this process may add to its current address space.

    The limit is relative, because a program that calls newsdrop may use much already, and a thread that can't
    get its stack never starts and would be waited for forever.
    """
    before = resource.getrlimit(resource.RLIMIT_AS)
    limit_memory(None if memory_bytes is None else memory_bytes + _address_space_bytes())
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
