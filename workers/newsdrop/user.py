"""Who runs this process, and where that user is at home.

Containers often run as a number that the system has no name and no home for.
"""

from __future__ import annotations

import getpass
import os
import socket
from pathlib import Path

from newsdrop.errors import ConfigError

__all__ = ["at_home", "who"]


def who() -> str:
    """The user and the machine, for the ledger and for dead letters: `mary@desk`, or `10001@desk`."""
    try:
        name = getpass.getuser()
    # Python before 3.13 raises KeyError.
    except (KeyError, OSError):
        name = str(os.getuid())
    return f"{name}@{socket.gethostname()}"


def at_home(path: Path) -> Path:
    """The path, with a `~` or `~name` at its beginning replaced by that user's home folder.

    Raises:
        ConfigError: the system doesn't know that folder.
    """
    try:
        return path.expanduser()
    except RuntimeError:
        raise ConfigError(
            f"The path {path} begins in a home folder that isn't known: there is no such user, or HOME isn't "
            f"set and the system has no entry for the user {os.getuid()}. Give the whole path, or set HOME."
        ) from None
