"""Letters in the order of their last failure, a page at a time: only names, however many there are.

    dead, dead-closed ──page.lua, 200 names──▶ merged by time ──▶ the caller loads the letters

Continues after a place (time and name), never after a rank, so that letters that appear, go or move meanwhile
don't make it skip or repeat others. Neither loads nor filters letters.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from newsdrop.ledger.scripts import Scripts

__all__ = ["ANY_TIME", "PAGE", "Place", "Times", "walk"]

#: Names fetched at once.
PAGE: Final = 200


class Place(NamedTuple):
    """The place of a letter: the time of its last failure, then its id for equal times."""

    ms: int
    name: str


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """A period in epoch ms, both ends included; None: no bound."""

    earliest_ms: int | None = None
    latest_ms: int | None = None


ANY_TIME: Final = Times()


def walk(
    scripts: Scripts,
    orders: Sequence[str],
    times: Times = ANY_TIME,
    *,
    after: Place | None = None,
    newest: bool = True,
) -> Iterator[Place]:
    """The letters of these orders merged into one, `PAGE` of each at a time.

    Args:
        orders: keys of sorted sets.
        after: start after this place, whether or not a letter is still there.
        newest: the latest failure comes first; otherwise the oldest.

    Raises:
        OutageError, ConfigError: Redis is away or refuses.
    """
    streams = [_one(scripts, key, times, after, newest=newest) for key in orders]
    return streams[0] if len(streams) == 1 else heapq.merge(*streams, reverse=newest)


def _one(scripts: Scripts, key: str, times: Times, after: Place | None, *, newest: bool) -> Iterator[Place]:
    while True:
        arguments = {
            "key": key,
            "from": "-inf" if times.earliest_ms is None else str(times.earliest_ms),
            "to": "+inf" if times.latest_ms is None else str(times.latest_ms),
            "after": False if after is None else list(after),
            "newest": newest,
            "count": PAGE,
        }
        answer: Any = scripts.run("page", arguments)
        places = [
            Place(int(float(ms)), name.decode()) for name, ms in zip(answer[::2], answer[1::2], strict=True)
        ]
        yield from places
        if len(places) < PAGE:
            return
        after = places[-1]
