"""Queues the files of selected articles to be read again, behind everything that is fresh."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

import msgspec

from newsdrop.desk.chosen import Source, sources
from newsdrop.documents import Hit
from newsdrop.index.search import SearchRequest
from newsdrop.index.store import Store
from newsdrop.ports import DropQueue, Enqueued, Lane

__all__ = ["Readable", "queue_again", "readable"]

_PORTION = 5_000


class Readable(msgspec.Struct):
    """Counts of articles whose files can be read again (`members` of them in bundles), and of others."""

    articles: int = 0
    members: int = 0
    missing: int = 0
    without_file: int = 0


def readable(found: Iterator[Source | Hit], count: Readable) -> Iterator[Source]:
    """Those whose files exist; all are counted."""
    for one in found:
        if not isinstance(one, Source):
            count.without_file += 1
        elif one.missing:
            count.missing += 1
        else:
            count.articles += 1
            count.members += one.drop.member is not None
            yield one


def queue_again(
    store: Store,
    ledger: DropQueue,
    request: SearchRequest,
    *,
    await_room: Callable[[], object] = lambda: None,
) -> tuple[int, Readable]:
    """Queue the files of everything that a request finds; returns how many, and the counts.

    Args:
        await_room: called before each portion of 5,000; returns when the queue has room again.

    Raises:
        OutageError, ConfigError: ledger or index is away or refuses; call again to finish.
    """
    count, result = Readable(), Enqueued()
    found = readable(sources(store, request), count)
    while portion := list(islice(found, _PORTION)):
        await_room()
        result += ledger.enqueue([one.drop for one in portion], lane=Lane.BACKLOG, force=True)
    return result.queued + result.changed, count
