"""Where refused messages go, which Celery must not see: each becomes a dead letter of stage `message`.

Called from inside the worker's consumer, so it never raises and never waits for long: what Redis doesn't
accept is kept in memory, within limits, and tried again by the worker's maintenance thread, which may run at
the same time as the consumer.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from typing import Final

from newsdrop.errors import NewsdropError

__all__ = ["configure", "keep", "keep_again"]

#: How many refused messages are kept in memory; beyond that the oldest is dropped and logged.
_WAITING: Final = 1_000

Store = Callable[[bytes, str], object]
_LOGGER = logging.getLogger("newsdrop.worker")


class _Rejects:
    def __init__(self) -> None:
        self.store: Store | None = None
        self.waiting: deque[tuple[bytes, str]] = deque()


# One per process, because kombu creates its clients itself, so we can't pass arguments.
_REJECTS: Final = _Rejects()


def configure(store: Store) -> None:
    """Set the function that stores a refused message: `store(raw, reason)`, which may raise our errors."""
    _REJECTS.store = store


def keep(raw: bytes, reason: str) -> None:
    """Store the raw bytes of a refused message, now or a little later."""
    _REJECTS.waiting.append((bytes(raw), reason))
    keep_again()


def keep_again() -> None:
    """Store what couldn't be stored before; several threads may call it at once."""
    while True:
        try:
            # Taken out before it is stored, so that no other thread stores it too.
            raw, reason = _REJECTS.waiting.popleft()
        except IndexError:
            return
        try:
            if _REJECTS.store is None:
                raise NewsdropError("no worker runs in this process")
            _REJECTS.store(raw, reason)
        except Exception as error:  # noqa: BLE001  nobody else has the message any more
            _REJECTS.waiting.appendleft((raw, reason))
            _LOGGER.error("a refused message couldn't be stored yet (%d bytes): %s", len(raw), error)
            _drop_oldest()
            return


def _drop_oldest() -> None:
    while len(_REJECTS.waiting) > _WAITING:
        raw, reason = _REJECTS.waiting.popleft()
        _LOGGER.error("a refused message was lost, because Redis accepts none: %s %r", reason, raw[:1_000])
