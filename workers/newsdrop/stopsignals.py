"""The signals that ask a program to end: Ctrl-C, SIGTERM, and SIGHUP, as when its terminal is closed.

A SIGHUP that was ignored when the program started, as `nohup` has it, stays ignored. Knows nothing of what
is to be ended.
"""

from __future__ import annotations

import signal

__all__ = ["stop_signals"]


def stop_signals() -> tuple[signal.Signals, ...]:
    """The signals that this process is to end at."""
    hangs_up = signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN
    return (signal.SIGINT, signal.SIGTERM, *((signal.SIGHUP,) if hangs_up else ()))
