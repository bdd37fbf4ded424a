"""Whether somebody has a file open for writing, asked of the kernel.

A read lease is granted only while nobody has the file open for writing; it is given back at once. Asked for
local files alone: on network file systems the server refuses leases for reasons of its own. Answers None
where the kernel can't tell, and never waits.
"""

from __future__ import annotations

import errno
import fcntl
import os
import signal
from typing import Final

__all__ = ["open_for_writing"]

_F_SETLEASE: Final = getattr(fcntl, "F_SETLEASE", None)
_F_SETSIG: Final = getattr(fcntl, "F_SETSIG", None)


def open_for_writing(path: str) -> bool | None:
    """Whether any process has this regular file open for writing; None: unknown.

    Unknown are files of other users (unless we have CAP_LEASE), file systems without leases, and files that
    are gone or can't be opened.
    """
    if _F_SETLEASE is None or _F_SETSIG is None:
        return None
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except BlockingIOError:
        # Somebody has the file for themselves, with a lease of their own (as Samba does for its clients).
        return True
    except OSError:
        return None
    try:
        # If somebody opens the file in this very moment, we are told by a signal, and SIGIO would kill us.
        fcntl.fcntl(descriptor, _F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, _F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, _F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return True if error.errno == errno.EAGAIN else None
    else:
        return False
    finally:
        os.close(descriptor)
