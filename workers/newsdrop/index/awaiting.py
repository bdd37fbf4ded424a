"""Waits until a starting server accepts our credentials; clock and request are arguments."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

__all__ = ["comes_up"]

_UNAUTHORIZED: Final = 401
_LOOK_AGAIN_S: Final = 1.0
#: Elasticsearch rejects everybody until it has read its users; after this time, rejections are real.
_STRANGER_S: Final = 60.0


def comes_up(
    status: Callable[[], int | None],
    wait_s: float,
    *,
    clock_s: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], object] = time.sleep,
) -> bool:
    """Whether the server answers within this time. One that rejects our credentials gets a minute.

    Args:
        status: the status of its answer to the simplest request; None if there was no answer.
    """
    end_s = clock_s() + wait_s
    stranger_until_s = None
    while True:
        found = status()
        if found is not None and found != _UNAUTHORIZED:
            return True
        now_s = clock_s()
        if found is None:
            stranger_until_s = None
        elif stranger_until_s is None:
            stranger_until_s = now_s + _STRANGER_S
        if now_s >= end_s or (stranger_until_s is not None and now_s >= stranger_until_s):
            # It answers, although it rejects us: the next request will report the reason.
            return found is not None
        sleep(_LOOK_AGAIN_S)
