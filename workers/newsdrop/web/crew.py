"""Threads for what waits for servers, each with a store of its own: a store belongs to one thread at a time.

Few on purpose: however many pages are open, ingestion shares the machine with no more than these.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Thread
from typing import Any, Final, TypeVar

from newsdrop.index.store import Store

__all__ = ["Crew"]

_T = TypeVar("_T")
_END: Final = None


class Crew:
    """Works off jobs in the order they come.

    Args:
        open_store: opens a thread's store; no connection yet, so it doesn't fail for an outage.
    """

    def __init__(self, open_store: Callable[[], Store], size: int) -> None:
        self._open_store = open_store
        self._jobs: SimpleQueue[tuple[Future[Any], Callable[[Store], Any]] | None] = SimpleQueue()
        self._threads = [
            Thread(target=self._work, name=f"web-{number}", daemon=True) for number in range(size)
        ]

    def start(self) -> None:
        """Begin to work."""
        for thread in self._threads:
            thread.start()

    def close(self, patience_s: float = 10.0) -> None:
        """End after the jobs that are waiting; one that takes longer is left to the process's end."""
        for _ in self._threads:
            self._jobs.put(_END)
        for thread in self._threads:
            thread.join(patience_s)

    async def do(self, work: Callable[[Store], _T]) -> _T:
        """What `work` makes of a thread's store; what it raises is raised here."""
        future: Future[_T] = Future()
        self._jobs.put((future, work))
        return await asyncio.wrap_future(future)

    async def stream(self, begin: Callable[[Store], Iterator[bytes]]) -> AsyncGenerator[bytes]:
        """The pieces one by one; no thread is held while the reader takes its time."""
        pieces = await self.do(begin)
        try:
            while (piece := await self.do(lambda _store: next(pieces, None))) is not None:
                yield piece
        finally:
            # A reader that left early: what the pieces hold open is let go.
            close = getattr(pieces, "close", None)
            if close is not None:
                await asyncio.shield(self.do(lambda _store: close()))

    def _work(self) -> None:
        store = self._open_store()
        try:
            while (job := self._jobs.get()) is not _END:
                future, work = job
                if future.set_running_or_notify_cancel():
                    _run(future, work, store)
        finally:
            store.close()


def _run(future: Future[Any], work: Callable[[Store], Any], store: Store) -> None:
    try:
        result = work(store)
    except BaseException as error:  # noqa: BLE001  whoever waits for it gets it
        future.set_exception(error)
    else:
        future.set_result(result)
