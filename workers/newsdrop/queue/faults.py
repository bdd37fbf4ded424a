"""Accidents on purpose, for the test suite: a file can be told to kill, hang or exhaust the worker it is in.

Off unless NEWSDROP_FAULT_FILES is set, to a JSON object of glob patterns: `{"*kill*.md": "kill"}`. The one
place that reads a NEWSDROP_FAULT_ variable.
"""

from __future__ import annotations

import json
import os
import signal
import time
from fnmatch import fnmatchcase
from hashlib import pbkdf2_hmac
from typing import Final

__all__ = ["strike"]

_VARIABLE: Final = "NEWSDROP_FAULT_FILES"


def strike(source: str) -> None:
    """Do to this process what the variable says of the file `source`."""
    text = os.environ.get(_VARIABLE)
    if not text:
        return
    for pattern, fault in json.loads(text).items():
        if fnmatchcase(source, pattern):
            _do(fault)


def _do(fault: str) -> None:
    if fault == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif fault == "group":
        # As a container's out-of-memory killer does: the main process and all its children.
        os.killpg(os.getpgid(os.getppid()), signal.SIGKILL)
    elif fault == "kill_main":
        os.kill(os.getppid(), signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)
    elif fault == "hang":
        while True:
            time.sleep(0.05)
    elif fault == "spin":
        # One call into C that ends in hours: no signal handler of Python's runs meanwhile.
        pbkdf2_hmac("sha256", b"", b"", 2**31 - 1)
    elif fault == "memory":
        bytearray(1 << 46)
    elif fault == "exit":
        raise SystemExit(3)
    elif fault == "slow":
        time.sleep(0.2)
    else:
        raise ValueError(f"{_VARIABLE} names {fault}, which is no fault")
