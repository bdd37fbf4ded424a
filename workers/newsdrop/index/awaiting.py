"""Waiting until a server that is being started lets us in; pure but for its clock and its question."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

__all__ = ["comes_up"]

_UNAUTHORIZED: Final = 401
_LOOK_AGAIN_S: Final = 1.0
#: Elasticsearch calls everybody a stranger until it has read its users; after this it means what it says.
_STRANGER_S: Final = 60.0


def comes_up(
    status: Callable[[], int | None],
    wait_s: float,
    *,
    clock_s: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], object] = time.sleep,
) -> bool:
    """Whether the server answers within this time. One that doesn't know us is given a minute to.

    Args:
        status: the status of its answer to the plainest question; None where there was none.
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
            # It answers, if only that it doesn't know us: whoever asks it next says so with its reason.
            return found is not None
        sleep(_LOOK_AGAIN_S)
