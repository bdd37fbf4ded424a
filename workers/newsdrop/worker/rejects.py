"""Where messages go that Celery must not see: each becomes a dead letter of stage `message`, raw bytes kept.

Called from inside the worker's consumer, so it never raises and never waits for long: what Redis wouldn't
take is kept in memory, bounded, and tried again by the worker's maintenance thread, which may do so at any
moment of the consumer's own try.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from typing import Final

from newsdrop.errors import NewsdropError

__all__ = ["configure", "keep", "keep_again"]

#: Rubbish that can't be stored now; beyond that the oldest goes, with an error in the log.
_WAITING: Final = 1_000

Store = Callable[[bytes, str], object]
_LOGGER = logging.getLogger("newsdrop.worker")


class _Rejects:
    def __init__(self) -> None:
        self.store: Store | None = None
        self.waiting: deque[tuple[bytes, str]] = deque()


# One for the process, because kombu makes its clients itself, out of reach of any argument of ours.
_REJECTS: Final = _Rejects()


def configure(store: Store) -> None:
    """Say who stores a refused message: `store(raw, reason)`, which may raise errors of ours."""
    _REJECTS.store = store


def keep(raw: bytes, reason: str) -> None:
    """Store the raw bytes of a message that was refused, now or a little later."""
    _REJECTS.waiting.append((bytes(raw), reason))
    keep_again()


def keep_again() -> None:
    """Store what couldn't be stored before; several threads may do so at once."""
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
        except NewsdropError as error:
            _REJECTS.waiting.appendleft((raw, reason))
            _LOGGER.error("a refused message isn't stored yet (%d bytes): %s", len(raw), error)
            _drop_oldest()
            return


def _drop_oldest() -> None:
    while len(_REJECTS.waiting) > _WAITING:
        raw, reason = _REJECTS.waiting.popleft()
        _LOGGER.error("a refused message was lost, since Redis takes none: %s %r", reason, raw[:1_000])
