"""Searching as people do, for tests: what they type against a store."""

from __future__ import annotations

from typing import Any

from newsdrop.documents import Hit
from newsdrop.index.query_parser import parse_query
from newsdrop.index.search import SearchAnswer, SearchRequest
from newsdrop.index.store import Store


def ask(store: Store, query: str, **more: Any) -> SearchAnswer:
    """The answer to a query, its dates in UTC."""
    return store.search(SearchRequest(query=parse_query(query), **more))


def hits(store: Store, query: str, size: int = 10) -> list[Hit]:
    """The first hits of a query."""
    return ask(store, query, size=size).hits


def marked(text: str, marks: list[tuple[int, int]]) -> list[str]:
    """The pieces of a text that are marked."""
    return [text[begin:stop] for begin, stop in marks]
