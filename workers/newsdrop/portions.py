"""A series cut into portions, each bounded in number and in bytes: batches, bulks, and messages to Redis.

Refuses to cut a single item: one that is over the bound alone is a portion of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

__all__ = ["chunked", "portions"]

_T = TypeVar("_T")


def portions(
    items: Iterable[_T], bytes_of: Callable[[_T], int], *, most_bytes: int, most: int | None = None
) -> Iterator[list[_T]]:
    """The items in their order, in lists of at most `most` items and `most_bytes` bytes; none is empty.

    The items are taken one by one, so that no more than a portion and the next item are held.
    """
    portion: list[_T] = []
    size = 0
    for item in items:
        own = bytes_of(item)
        if portion and (len(portion) == most or size + own > most_bytes):
            yield portion
            portion, size = [], 0
        portion.append(item)
        size += own
    if portion:
        yield portion


def chunked(items: Iterable[_T], size: int) -> Iterator[list[_T]]:
    """The items in their order, in lists of at most `size`; none is empty."""
    source = iter(items)
    while part := list(islice(source, size)):
        yield part
