"""Who gives a command, as ledger and letters remember it."""

from __future__ import annotations

import getpass
import os
import socket

__all__ = ["who"]


def who() -> str:
    """The user and the machine: `mary@desk`."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = str(os.getuid())
    return f"{name}@{socket.gethostname()}"
