"""Whether this worker may write: only while the ledger belongs to the worker's own index.

Checked at the start, before every bulk request, and every few seconds by the main process, because a person
may assign another index while workers run (`newsdrop index adopt`), or replace the cluster behind its
address. A worker with another index must not close the gate, which applies to all workers: it stops, and says
why when it is restarted.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from typing import Final, Protocol

from newsdrop.errors import ConfigError, ForeignIndexError, OutageError
from newsdrop.events import emit
from newsdrop.ports import IndexIdentity

__all__ = ["Admission"]

#: How long the identity of an index is cached.
_BELIEVED_S: Final = 60.0


class _Index(Protocol):
    def identity(self) -> IndexIdentity: ...


class _Claims(Protocol):
    def claim(self, index: IndexIdentity, *, private: bool = False) -> None: ...


class Admission:
    """The admission of one process.

    Args:
        private: no other process can use this Redis (`Installation.claim`).
        main_pid: the worker's main process.
    """

    def __init__(
        self,
        index: _Index,
        installation: _Claims,
        *,
        private: bool,
        main_pid: int,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._index = index
        self._installation = installation
        self._private = private
        self._main_pid = main_pid
        self._clock_s = clock_s
        self._known: IndexIdentity | None = None
        self._asked_s = float("-inf")

    @property
    def index(self) -> IndexIdentity | None:
        """The index of this worker, if it is known."""
        return self._known

    def claim(self) -> None:
        """Return if this worker may write.

        Raises:
            ForeignIndexError: the ledger belongs to another index.
            OutageError, ConfigError: index or ledger can't be asked.
        """
        if self._known is None or self._asked_long_ago():
            self._asked_s = self._clock_s()
            self._known = self._index.identity()
        self._installation.claim(self._known, private=self._private)

    def claim_or_end(self) -> None:
        """The same, but a worker that may not write is also told to stop."""
        try:
            self.claim()
        except ForeignIndexError as error:
            self._end(error)
            raise

    def look(self) -> None:
        """Stop the worker if it may not write; rarely waits for the index, and ignores outages."""
        if self._known is None and not self._asked_long_ago():
            return
        try:
            if self._known is None:
                self.claim()
            else:
                self._installation.claim(self._known, private=self._private)
        except ForeignIndexError as error:
            self._end(error)
        except (OutageError, ConfigError):
            # The gate and the reconciler report servers that are away.
            return

    def _asked_long_ago(self) -> bool:
        return self._clock_s() - self._asked_s > _BELIEVED_S

    def _end(self, error: ForeignIndexError) -> None:
        emit("index.foreign", reason=error.message)
        os.kill(self._main_pid, signal.SIGTERM)
