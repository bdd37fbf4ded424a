"""Reads an article's file once more: to find its headings and quotes, and to explain how it was read.

This happens in a separate process under a worker's limits for a file, because an archive's pages can be
anybody's: a page that hangs or uses too much memory ends that process, and the web page says so. Only files
that the ledger knows are read.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from threading import Thread
from typing import TypeVar

import msgspec

from newsdrop.archive.reader import Bundle, Raw, Reader
from newsdrop.assembly import build_preview, build_reader
from newsdrop.documents import Block, Drop
from newsdrop.errors import GoneError, TransientError
from newsdrop.parse.parser import Explanation
from newsdrop.settings import Settings
from newsdrop.worker.file_timer import FileTimeout, FileTimer, limit_memory, overdue

__all__ = ["PATIENCE_S", "Reread", "Rereader"]

_T = TypeVar("_T")
#: How long a user waits for a file.
PATIENCE_S = 30.0


class Reread(msgspec.Struct, frozen=True):
    """The current content of the file."""

    blocks: list[Block]
    explanation: Explanation


class Rereader:
    """Reads files in a process that is started on first use, and restarted if it ends.

    Args:
        settings: the page's own, which may know folders that are in no settings file.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None

    def reread(self, drop: Drop, patience_s: float = PATIENCE_S) -> Reread:
        """The blocks of the text, and the explanation of how they were found.

        Raises:
            NewsdropError: the file can't be read, or it takes too long.
        """
        return self._do(_reread, drop, patience_s)

    def data(self, drop: Drop) -> bytes:
        """The bytes of the file or member, unpacked.

        Raises:
            NewsdropError: like `reread`.
        """
        return self._do(_data, drop, PATIENCE_S)

    def html(self, drop: Drop) -> str:
        """The page in them, as a browser would get it.

        Raises:
            NewsdropError: like `reread`.
        """
        return self._do(_html, drop, PATIENCE_S)

    def warm(self) -> None:
        """Start the process, so that nobody has to wait for it; call it in the main thread."""
        # Ctrl-C reaches every process of a terminal; the reading process is ended by us, in order.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            self._submit(_begun)
        finally:
            signal.signal(signal.SIGINT, before)

    def close(self) -> None:
        """End the process."""
        with self._lock:
            if self._pool is not None:
                self._pool.shutdown(wait=True, cancel_futures=True)
                self._pool = None

    def _do(self, work: Callable[[Drop], _T], drop: Drop, patience_s: float) -> _T:
        try:
            future = self._submit(work, drop)
            try:
                return future.result(patience_s)
            except TimeoutError:
                future.cancel()
                raise TransientError(f"{drop.source} couldn't be read within {patience_s:g} s.") from None
        except BrokenProcessPool:
            self._give_up()
            raise TransientError(
                f"The content of {drop.source} ended the process that was reading it."
            ) from None

    def _submit(self, work: Callable[..., _T], *arguments: object) -> Future[_T]:
        with self._lock:
            if self._pool is None:
                context = multiprocessing.get_context("spawn")
                self._pool = ProcessPoolExecutor(1, context, initializer=_begin, initargs=(self._settings,))
            return self._pool.submit(work, *arguments)

    def _give_up(self) -> None:
        """Drop the process that ended; the next request starts another."""
        with self._lock:
            fallen, self._pool = self._pool, None
        if fallen is not None:
            fallen.shutdown(wait=False)


_settings: Settings


def _begin(settings: Settings) -> None:
    global _settings
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    _settings = settings
    limit_memory(_settings.worker.memory_bytes)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(0)


def _begun() -> None:
    """Do nothing: the process has started."""


def _reread(drop: Drop) -> Reread:
    pipeline = build_preview(_settings)

    def work() -> Reread:
        article, _ = pipeline.preview(drop)
        return Reread(article.blocks, pipeline.explain(drop))

    return _limited(drop, work)


def _data(drop: Drop) -> bytes:
    return _limited(drop, lambda: _fetched(build_reader(_settings), drop).data)


def _html(drop: Drop) -> str:
    reader = build_reader(_settings)
    return _limited(drop, lambda: reader.page(drop, _fetched(reader, drop)).html)


def _fetched(reader: Reader, drop: Drop) -> Raw:
    raw = reader.fetch(drop)
    if isinstance(raw, Bundle):
        raise GoneError(f"{drop.source} is a bundle of pages now, not a page.")
    return raw


def _limited(drop: Drop, work: Callable[[], _T]) -> _T:
    limit_s = _settings.worker.file_time_limit_s
    try:
        with FileTimer(limit_s):
            return work()
    except FileTimeout as cut:
        raise TransientError(overdue(drop, cut.worked_s, limit_s).message) from None
