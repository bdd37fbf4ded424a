"""The one way in which tests wait for what other processes do: look, and look again, until it is so.

A limit here only says when a test that will fail has failed. It is long, so that a slow or busy machine never
makes a test fail; what must happen within a certain time is measured in benchmarks/, not here.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TypeVar

__all__ = ["PATIENCE_S", "until"]

T = TypeVar("T")

#: How much longer than on a quiet machine everything may take.
_PATIENCE = 3.0
#: For whatever takes seconds on a quiet machine and is waited for in another way than by `until`.
PATIENCE_S: Final = 60.0 * _PATIENCE


def until(
    holds: Callable[[], T | None],
    what: str | Callable[[], str] = "",
    *,
    timeout_s: float = 60.0,
    every_s: float = 0.05,
) -> T:
    """The first true value of `holds()`.

    Args:
        what: what is waited for, or a question asked when it is too late (a log, say).
        timeout_s: on a quiet machine; a busy one gets three times as long.
    """
    deadline_s = time.monotonic() + timeout_s * _PATIENCE
    while not (value := holds()):
        if time.monotonic() > deadline_s:
            told = what() if callable(what) else what or repr(holds)
            raise AssertionError(
                f"waited {timeout_s * _PATIENCE:.0f} s in vain for: {told} (last: {value!r})"
            )
        time.sleep(every_s)
    return value
