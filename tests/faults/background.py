"""A thread that goes on beside a campaign until it is told to stop."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress

import redis

from newsdrop.errors import ConfigError, OutageError
from newsdrop.ledger.ledger import Ledger

__all__ = ["Background", "LedgerWatch"]

_LOOK_S = 0.25


class Background(ABC):
    """What runs is `_run`, which ends soon after `_stop` is set."""

    def __init__(self, name: str) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """What is in hand is finished; nothing more is begun."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    @abstractmethod
    def _run(self) -> None: ...


class LedgerWatch(Background):
    """Looks at the ledger every quarter of a second, if Redis answers."""

    def __init__(self, name: str, client: Callable[[], redis.Redis]) -> None:
        super().__init__(name)
        self._connect = client

    def _run(self) -> None:
        client = self._connect()
        ledger = Ledger(client)
        while not self._stop.wait(_LOOK_S):
            # Redis is away half of the time; that is no news.
            with suppress(OutageError, ConfigError, redis.RedisError):
                self._look(ledger)
        client.close()

    @abstractmethod
    def _look(self, ledger: Ledger) -> None: ...
