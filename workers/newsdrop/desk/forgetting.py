"""Takes articles out for good, and finds those that are meant; the ledger can allow them again."""

from __future__ import annotations

import time
from collections.abc import Sequence

import msgspec

from newsdrop.desk.chosen import choose
from newsdrop.desk.lookup import find_article, nodes_of_file
from newsdrop.documents import Document, Hit
from newsdrop.index.search import SearchRequest
from newsdrop.index.store import Store
from newsdrop.ledger.takedowns import Takedown, Takedowns

__all__ = ["Forgotten", "asked_for", "forget", "named", "takedown_of"]

_TRIES = 5


class Forgotten(msgspec.Struct, frozen=True):
    """The result. `drops`: how many files and members contain the articles.

    `still_indexed`: articles that were being written at that moment; a worker will take them out.
    """

    articles: int
    drops: int
    still_indexed: list[str]


def forget(store: Store, takedowns: Takedowns, articles: Sequence[Takedown]) -> Forgotten:
    """Take these articles out of the index, and keep them out.

    Raises:
        OutageError, ConfigError: ledger or index is away or refuses; call again to finish.
    """
    drops = takedowns.forget(articles)
    left = [one.document_id for one in articles if not _taken_out(store, one.document_id)]
    return Forgotten(len(articles), drops, left)


def named(store: Store, target: str, by: str) -> list[Takedown]:
    """The articles that an id, a URL or a path means; a bundle's path means all of its members.

    Raises:
        GoneError, ConfigError, OutageError: like `find_article`.
    """
    for node in nodes_of_file(target):
        request = SearchRequest(filters=(node,), snippets=False)
        if found := [_takedown_of_hit(hit, by) for hit in store.all_hits(request)]:
            return found
    return [takedown_of(find_article(store, target), by)]


def asked_for(store: Store, query: str, by: str) -> list[Takedown]:
    """Every article that a query finds.

    Raises:
        ConfigError: the query is invalid.
    """
    request = choose(None, None, None, query, everything=False)
    return [_takedown_of_hit(hit, by) for hit in store.all_hits(request)]


def takedown_of(document: Document, by: str) -> Takedown:
    """The record of taking out one article now."""
    source = document.source
    return Takedown(
        document_id=document.id,
        at_ms=_now_ms(),
        by=by,
        title=source.get("title", ""),
        url=source.get("url", {}).get("full"),
        path=source.get("file", {}).get("path"),
        member=source.get("archive", {}).get("member"),
    )


def _takedown_of_hit(hit: Hit, by: str) -> Takedown:
    return Takedown(
        document_id=hit.id,
        at_ms=_now_ms(),
        by=by,
        title=hit.title,
        url=hit.url,
        # An article that was sent without a file has only a name.
        path=hit.path if hit.path and hit.path.startswith("/") else None,
        member=hit.member,
    )


def _taken_out(store: Store, document_id: str) -> bool:
    for _ in range(_TRIES):
        there = store.stored([document_id]).get(document_id)
        if there is None or store.remove(document_id, there.path):
            return True
    return False


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
