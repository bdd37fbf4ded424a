"""One Elasticsearch for all processes of a parallel run: the first who needs it starts it, and ends it last.

Who uses it holds a lock that the kernel takes from a process that dies, so that nobody waits for a dead one.
"""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

__all__ = ["Server", "shared_server"]


class Server(Protocol):
    """What can be shared."""

    @property
    def url(self) -> str: ...

    def start(self) -> Any: ...

    def remove(self) -> None: ...


@contextmanager
def shared_server(folder: Path, make: Callable[[], Server]) -> Iterator[str]:
    """The URL of the run's server. Its end waits for all others who use it, if this process started it.

    Args:
        folder: which all processes of the run know, and no other run.
    """
    address = folder / "elasticsearch.url"
    ours: Server | None = None
    with (folder / "elasticsearch.users").open("a") as users:
        try:
            with (folder / "elasticsearch.start").open("a") as starting:
                fcntl.flock(starting, fcntl.LOCK_EX)
                fcntl.flock(users, fcntl.LOCK_SH)
                if not address.exists():
                    ours = make()
                    ours.start()
                    address.write_text(ours.url, "utf-8")
            yield address.read_text("utf-8")
        finally:
            if ours is not None:
                fcntl.flock(users, fcntl.LOCK_EX)
                address.unlink(missing_ok=True)
                ours.remove()
