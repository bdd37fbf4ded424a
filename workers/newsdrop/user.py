"""Who gave a command, as recorded in the ledger and in dead letters."""

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
