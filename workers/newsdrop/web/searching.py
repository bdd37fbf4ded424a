"""A search as its URL: `/?q=香港&site=bbc.com&since=2020&sort=newest&page=2`. Pure.

The URL contains the whole search: everyone who opens it sees the same. Queries mean the same as on the
command line; values of fields that are counted are parameters of their own, and several of them must all
match.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final, cast, get_args
from urllib.parse import urlencode

import msgspec

from newsdrop.desk.dates import LOCAL, edges
from newsdrop.errors import ConfigError
from newsdrop.index.fields import TEXT_FIELDS, held_value
from newsdrop.index.query import EVERYTHING, Dates, Edge, Node, QueryError, Sort, Value, Words
from newsdrop.index.query_dates import edge
from newsdrop.index.query_parser import parse_query
from newsdrop.index.search import Interval, SearchRequest
from newsdrop.index.terms import is_asked

__all__ = ["FACET_PARAMETERS", "PAGE_SIZE", "Search", "interval_of"]

PAGE_SIZE: Final = 20
_MOST_ON_PAGE: Final = 100
#: Parameter → the field that it filters by, in the order of the page.
FACET_PARAMETERS: Final = {
    "source": "source.name",
    "site": "url.domain",
    "section": "section",
    "lang": "language",
    "collection": "collection",
    "tag": "tags",
    "author": "author",
}
_DAYS_BY_DAY: Final = 100
#: The page links to the search without each of them: what it writes grows with their square.
_MOST_CHOSEN: Final = 50


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """One search. `chosen`: (parameter, value) of additional filters."""

    q: str = ""
    since: str = ""
    until: str = ""
    sort: Sort = "relevance"
    page: int = 1
    size: int = PAGE_SIZE
    chosen: tuple[tuple[str, str], ...] = ()

    @classmethod
    def read(cls, parameters: Iterable[tuple[str, str]]) -> Search:
        """The search in the parameters of a URL; unknown parameters are ignored.

        Raises:
            QueryError: a page is not a number, an order is unknown, or there are very many filters.
        """
        given = [(name, value.strip()) for name, value in parameters if value.strip()]
        last = dict(given)
        chosen = tuple(dict.fromkeys(pair for pair in given if pair[0] in FACET_PARAMETERS))
        if len(chosen) > _MOST_CHOSEN:
            raise QueryError(f"A search may have {_MOST_CHOSEN} filters, and this one has {len(chosen)}.")
        sort = last.get("sort", "relevance")
        if sort not in get_args(Sort):
            raise QueryError(f"{sort!r} is not an order: write {', '.join(get_args(Sort))}.")
        return cls(
            q=last.get("q", ""),
            since=last.get("since", ""),
            until=last.get("until", ""),
            sort=cast(Sort, sort),
            page=_number("page", last.get("page"), 1),
            size=min(_MOST_ON_PAGE, _number("size", last.get("size"), PAGE_SIZE)),
            chosen=chosen,
        )

    def request(self, now: datetime, *, counted: bool = False) -> SearchRequest:
        """The request to a store.

        Args:
            now: the local time, without a zone.
            counted: count values and times as well.

        Raises:
            ConfigError: the query or a date is invalid.
        """
        return SearchRequest(
            query=parse_query(self.q, LOCAL) if self.q else EVERYTHING,
            filters=tuple(self._filters(now)),
            sort=self.sort,
            page=self.page,
            size=self.size,
            facets=tuple(FACET_PARAMETERS.values()) if counted else (),
            facet_size=12,
            histogram=interval_of(self.since, self.until, now) if counted else None,
        )

    def address(self, **changes: str | int) -> str:
        """The URL of this search with some changes, without `/?`, on its first page."""
        changed = msgspec.structs.replace(self, **{"page": 1, **changes})
        return _query(changed)

    def with_value(self, parameter: str, value: str) -> str:
        """The URL of this search with this filter added."""
        return _query(msgspec.structs.replace(self, page=1, chosen=(*self.chosen, (parameter, value))))

    def without_value(self, parameter: str, value: str) -> str:
        """The URL of this search without this filter."""
        left = tuple(pair for pair in self.chosen if pair != (parameter, value))
        return _query(msgspec.structs.replace(self, page=1, chosen=left))

    def _filters(self, now: datetime) -> Iterator[Node]:
        if self.since:
            yield Dates("@timestamp", _edges(self.since, now)[0], None)
        if self.until:
            yield Dates("@timestamp", None, _edges(self.until, now)[1])
        for parameter, value in self.chosen:
            yield _having(FACET_PARAMETERS[parameter], value)


def interval_of(since: str, until: str, now: datetime) -> Interval:
    """The unit in which times are counted: days for a short period, otherwise months.

    Raises:
        ConfigError: a date is invalid.
    """
    if not since:
        return "month"
    start = _edges(since, now)[0].wall_ms
    end = (_edges(until, now)[1] if until else edge(now, LOCAL)).wall_ms
    return "day" if 0 < end - start <= _DAYS_BY_DAY * 86_400_000 else "month"


def _having(field: str, value: str) -> Node:
    """A filter for this value; for a text field, for these words in this order."""
    if field not in TEXT_FIELDS:
        return Value(field, held_value(field, value, typed=True))
    if not is_asked(value):
        raise QueryError(f"Can't search {field} for {value[:40]!r}: it contains no word.")
    return Words(value, (field,), phrase=True)


def _edges(text: str, now: datetime) -> tuple[Edge, Edge]:
    try:
        return edges(text, now)
    except ConfigError as error:
        # It was typed here, so it isn't a setting.
        raise QueryError(error.message) from None


def _number(name: str, text: str | None, default: int) -> int:
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and int(text) > 0):
        raise QueryError(f"{name}={text[:20]} is not a number of 1 or more.")
    return int(text)


def _query(search: Search) -> str:
    standard = Search()
    pairs: list[tuple[str, str | int]] = [
        (name, getattr(search, name))
        for name in ("q", "since", "until", "sort", "page", "size")
        if getattr(search, name) != getattr(standard, name)
    ]
    return urlencode([*pairs, *search.chosen])
