"""Threads for work that waits for servers, each with a store of its own: a store belongs to one thread.

There are few on purpose: however many pages are open, ingestion shares the machine with only these.
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
    """Processes jobs in the order in which they arrive.

    Args:
        open_store: opens a thread's store, without connecting, so that it doesn't fail during an outage.
    """

    def __init__(self, open_store: Callable[[], Store], size: int) -> None:
        self._open_store = open_store
        self._jobs: SimpleQueue[tuple[Future[Any], Callable[[Store], Any]] | None] = SimpleQueue()
        self._threads = [
            Thread(target=self._work, name=f"web-{number}", daemon=True) for number in range(size)
        ]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def close(self, patience_s: float = 10.0) -> None:
        """End after the waiting jobs; one that takes longer ends with the process."""
        for _ in self._threads:
            self._jobs.put(_END)
        for thread in self._threads:
            thread.join(patience_s)

    async def do(self, work: Callable[[Store], _T]) -> _T:
        """Run `work` with a thread's store; returns its result or raises its error."""
        future: Future[_T] = Future()
        self._jobs.put((future, work))
        return await asyncio.wrap_future(future)

    async def stream(self, begin: Callable[[Store], Iterator[bytes]]) -> AsyncGenerator[bytes]:
        """The pieces one by one; no thread is blocked while the reader is slow."""
        pieces = await self.do(begin)
        try:
            while (piece := await self.do(lambda _store: next(pieces, None))) is not None:
                yield piece
        finally:
            # The reader left early: release what the pieces hold open.
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
