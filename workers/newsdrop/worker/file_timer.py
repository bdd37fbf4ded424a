"""The limits one file works under in a pool child: a timer that cuts it, and the memory it may take.

    limit_s             FileTimeout is raised in Python code: the file's failure, its neighbours unaffected;
                        it tells how long the file was worked on, which is little where it only waited
    limit_s + 5 s CPU   the kernel ends the process, for code in C that never comes back to Python; the
                        ledger then counts a death against the file in hand
    memory_bytes        RLIMIT_AS: a MemoryError in the file instead of the machine's out-of-memory killer

The limit is counted in ticks, and while the machine or the process stands still (a suspend, a pause of its
virtual machine, SIGSTOP) at most one of them goes by, however long that lasts: so no file is cut for it.

Works in the main thread of a process only, because signals do.
"""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from types import FrameType, TracebackType
from typing import Final

from newsdrop.documents import Drop, ErrorClass, Failure, Stage

__all__ = ["FileTimeout", "FileTimer", "limit_memory", "memory_limit", "overdue"]

#: Python code that swallows the first cut (a bare `except:`) gets another one at each tick.
_TICK_S: Final = 1.0
#: In a short limit, too, one tick that went by in a standstill must be little.
_FEWEST_TICKS: Final = 5
_LAST_RESORT_S: Final = 5.0
#: A timer of nothing would be none.
_LEAST_S: Final = 0.001
#: A file cut after less work than this share of its limit has waited. On a machine that others keep busy one
#: that works gets more, and one that waits for a disk next to nothing.
_WORKED_SHARE: Final = 0.05


# No `Exception`, so that no handler in a file's way catches it.
class FileTimeout(BaseException):
    """One file took longer than worker.file_time_limit_s.

    Attributes:
        worked_s: how much of that time this process was at work, in seconds of user CPU; the rest it waited.
    """

    def __init__(self, worked_s: float) -> None:
        super().__init__(worked_s)
        self.worked_s = worked_s


class FileTimer:
    """`with FileTimer(limit_s): …` raises FileTimeout inside the block when it takes too long."""

    #: One for the process, as its signals are: the CPU seconds it was given, or None while nothing is timed,
    #: and the ticks that are left.
    _given_s: float | None = None
    _ticks = 0
    _claimed = False

    @staticmethod
    def claim_signals() -> None:
        """Make SIGALRM and SIGVTALRM ours in this process, and in those it forks; the first timer does it."""
        signal.signal(signal.SIGALRM, _cut)
        # The default action of SIGVTALRM ends the process; it counts only the time the process works.
        signal.signal(signal.SIGVTALRM, signal.SIG_DFL)
        FileTimer._claimed = True

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s

    def __enter__(self) -> FileTimer:
        FileTimer._given_s = self._limit_s + _LAST_RESORT_S
        # Once: asking whose handler it is costs more than everything else here (5 µs).
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
    # What is left of the CPU time tells what was used: reading a clock for each file would cost more.
    worked_s = FileTimer._given_s - signal.getitimer(signal.ITIMER_VIRTUAL)[0]
    # Ticks that fell into one call of C code are one tick here, but that was work.
    if FileTimer._ticks <= 0 or worked_s >= FileTimer._given_s - _LAST_RESORT_S:
        raise FileTimeout(worked_s)


def overdue(drop: Drop, worked_s: float, limit_s: float) -> Failure:
    """What a cut means: a file that kept us working is to blame; one that only waited is tried again."""
    over = f"{drop.source} took over worker.file_time_limit_s ({limit_s:g} s) and was cut"
    if worked_s >= _WORKED_SHARE * limit_s:
        return Failure(stage=Stage.WORKER, kind=ErrorClass.PERMANENT, type="FileTimeout", message=f"{over}.")
    return Failure(
        stage=Stage.WORKER,
        kind=ErrorClass.TRANSIENT,
        type="StalledError",
        message=f"{over}, though hardly any work was done meanwhile: its disk stood still, or others kept "
        "the machine busy.",
    )


def limit_memory(memory_bytes: int | None) -> None:
    """Bound the address space of this process for good."""
    if memory_bytes is None:
        return
    _soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        memory_bytes = min(memory_bytes, hard)
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, hard))


def _address_space_bytes() -> int:
    """What this process has now; 0 where the kernel doesn't say."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except (OSError, ValueError):
        return 0


@contextmanager
def memory_limit(memory_bytes: int | None) -> Iterator[None]:
    """Bound for a while what this process may take beyond the address space that it has.

    Beyond it, since a program that calls newsdrop may have much already, and a thread that can't get its
    stack never starts and is waited for without end.
    """
    before = resource.getrlimit(resource.RLIMIT_AS)
    limit_memory(None if memory_bytes is None else memory_bytes + _address_space_bytes())
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
