"""One thread beside the calling one, for work that mostly waits for a server.

It does one piece of work at a time, always in the same thread, because the embedded index keeps what it has
read per thread. It never keeps the process from ending: whoever wants what it does to be complete waits.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Generic, TypeVar

__all__ = ["Beside"]

_T = TypeVar("_T")


class Beside(Generic[_T]):
    """Does what it is given, in its own thread, until it is closed.

    The thread starts at once: where memory is short, one that is started late may not get its stack.
    """

    def __init__(self, name: str) -> None:
        self._given: SimpleQueue[Callable[[], _T] | None] = SimpleQueue()
        self._over = threading.Event()
        self._over.set()
        self._result: _T | None = None
        self._error: BaseException | None = None
        threading.Thread(target=self._work, name=name, daemon=True).start()

    def begin(self, work: Callable[[], _T]) -> None:
        """Have this done; what was begun before must have been waited for."""
        self._over.clear()
        self._given.put(work)

    def result(self, every_s: float, meanwhile: Callable[[], object]) -> _T:
        """What the work returned, once it is over, or raised. Calls `meanwhile` at intervals until then."""
        while not self._over.wait(every_s):
            meanwhile()
        if self._error is not None:
            raise self._error
        return self._result  # type: ignore[return-value]  # set, since there is no error

    def close(self) -> None:
        """The thread ends after what it is doing."""
        self._given.put(None)

    def _work(self) -> None:
        while (work := self._given.get()) is not None:
            self._result = self._error = None
            try:
                self._result = work()
            except BaseException as error:  # noqa: BLE001  raised again where it is waited for
                self._error = error
            # Nothing of it is kept in memory until the next.
            del work
            self._over.set()
