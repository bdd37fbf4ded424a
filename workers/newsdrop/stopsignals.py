"""The signals that ask a program to end: Ctrl-C, SIGTERM, and SIGHUP, as when its terminal is closed.

A SIGHUP that was ignored when the program started, as `nohup` has it, stays ignored. Knows nothing of what
is to be ended, but what must not be interrupted may ask for that.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["stop_signals", "undisturbed"]


def stop_signals() -> tuple[signal.Signals, ...]:
    """The signals that this process is to end at."""
    hangs_up = signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN
    return (signal.SIGINT, signal.SIGTERM, *((signal.SIGHUP,) if hangs_up else ()))


@contextmanager
def undisturbed() -> Iterator[None]:
    """While a command cleans up after Ctrl-C, further ones only wait for that: one raises when it is over.

    What is done in here must come to an end by itself.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        waiting.append(number)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_DFL if before is None else before)
    if waiting:
        signal.raise_signal(signal.SIGINT)
