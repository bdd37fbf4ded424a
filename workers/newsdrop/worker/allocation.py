"""How a process that parses files holds its memory: what a page took is kept for the next.

A page is made of some large blocks (its text, its tree) and tens of thousands of short-lived objects in no
cycles. Both malloc and Python's collector are set up for other programs: glibc gives large blocks back to the
system after each page and asks for them again, and the collector looks through everything, again and again.

Refuses to bound memory: file_timer.py does, and neither setting takes anything from its bound.
"""

from __future__ import annotations

import ctypes
import gc
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

__all__ = ["keep_memory", "parsing", "ready_to_fork", "ready_to_parse"]

#: malloc.h
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_KEPT_BYTES: Final = 32 * 1024 * 1024
#: What people set it with themselves; they know better.
_VARIABLES: Final = ("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "GLIBC_TUNABLES")
_GC_THRESHOLDS = (20_000, 50, 100)


def ready_to_fork() -> None:
    """Set this process up for forking children, once everything that they share is there.

    Celery's pool collects garbage before each fork; of what stands now there is none, and looking through it
    would take a tenth of a second each time. Nor do the children copy its pages only to look at them.
    """
    gc.freeze()


def ready_to_parse() -> None:
    """Set this process up for parsing until it ends, once everything that stays is there."""
    keep_memory()
    _spare_collector()


def keep_memory(environment: Mapping[str, str] = os.environ) -> bool:
    """Let malloc keep the memory of one page for the next (mallopt(3)); whether it does.

    Left to itself, glibc does so once a process has freed a block of more than 128 kB, and no sooner. Where
    C's library has no such switch (musl, macOS), or a person has turned it, nothing is done.
    """
    mallopt = None if any(map(environment.get, _VARIABLES)) else _mallopt()
    if mallopt is None:
        return False
    kept = mallopt(_M_MMAP_THRESHOLD, _KEPT_BYTES // 2), mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)
    return all(kept)


def _mallopt() -> Callable[[int, int], int] | None:
    try:
        found: Callable[[int, int], int] | None = getattr(ctypes.CDLL(None), "mallopt", None)
    except OSError:
        # A static program has no library to look into.
        return None
    return found


@contextmanager
def parsing() -> Iterator[None]:
    """The same for a while, in a process that does something else as well.

    Where somebody has told the collector already what stays, that is left as it is.
    """
    thresholds, told = gc.get_threshold(), gc.get_freeze_count() > 0
    keep_memory()
    if not told:
        _keep_what_stands()
    gc.set_threshold(*_GC_THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        if not told:
            gc.unfreeze()


def _spare_collector() -> None:
    # A page makes tens of thousands of short-lived objects in no cycles: at the usual thresholds the
    # collector took a fifth of a worker's time.
    _keep_what_stands()
    gc.set_threshold(*_GC_THRESHOLDS)


def _keep_what_stands() -> None:
    """Of what stands now, nothing is to be looked through again."""
    gc.collect()
    gc.freeze()
