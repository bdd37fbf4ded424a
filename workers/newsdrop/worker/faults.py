"""Accidents on purpose, for the test suite: a file can be told to kill, hang or exhaust the worker it is in.

Off unless NEWSDROP_FAULT_FILES is set, to a JSON object of glob patterns: `{"*kill*.md": "kill"}`. The one
place that reads a NEWSDROP_FAULT_ variable.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import cache
from hashlib import pbkdf2_hmac
from typing import Final

__all__ = ["strike"]

_VARIABLE: Final = "NEWSDROP_FAULT_FILES"


def strike(source: str) -> None:
    """Do to this process what the variable says of the file `source`."""
    for pattern, fault in _told().items():
        if fnmatchcase(source, pattern):
            if fault not in _FAULTS:
                raise ValueError(f"{_VARIABLE} names {fault}, which is no fault")
            _FAULTS[fault]()


@cache
def _told() -> dict[str, str]:
    """Pattern → fault, as the variable had it when this process began to work."""
    return dict(json.loads(os.environ.get(_VARIABLE) or "{}"))


def _kill_child() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _kill_group() -> None:
    # As a container's out-of-memory killer does: the main process and all its children.
    os.killpg(os.getpgid(os.getppid()), signal.SIGKILL)


def _kill_main() -> None:
    os.kill(os.getppid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


def _hang() -> None:
    while True:
        pass


def _spin() -> None:
    # One call into C that ends in hours: no signal handler of Python's runs meanwhile.
    pbkdf2_hmac("sha256", b"", b"", 2**31 - 1)


def _exit() -> None:
    raise SystemExit(3)


_FAULTS: Final[dict[str, Callable[[], object]]] = {
    "kill": _kill_child,
    "group": _kill_group,
    "kill_main": _kill_main,
    "hang": _hang,
    "spin": _spin,
    "memory": lambda: bytearray(1 << 46),
    "exit": _exit,
    "slow": lambda: time.sleep(0.2),
    # As a read from a disk that doesn't answer.
    "stall": lambda: time.sleep(3600),
}
