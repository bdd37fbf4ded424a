"""What is asked of a store's search, and what it answers: for the command line and for whatever shows pages.

`request.query` is a tree (query.py); `filters` are more of the same, kept apart because they come from
elsewhere than from what was typed. Counts by value and by time are made of everything found, not of the page.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from newsdrop.documents import Hit
from newsdrop.index.query import EVERYTHING, Node, QueryError, Sort, Words, all_of, leaves
from newsdrop.plurals import counted

__all__ = [
    "FACETS",
    "MOST_PAGED",
    "Bucket",
    "Interval",
    "SearchAnswer",
    "SearchRequest",
    "ValueCount",
    "sorting",
]

#: Pages reach so far: behind it each page would cost as much as all before it. `all_hits` has no end.
MOST_PAGED: Final = 10_000
#: The fields whose values can be counted.
FACETS: Final = ("source.name", "url.domain", "author", "section", "tags", "language", "collection")
Interval = Literal["year", "month", "day"]


class SearchRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One search.

    Args:
        sort: relevance where the query has words, else the newest first; dates are those of `@timestamp`.
        page: from 1.
        facets: fields of FACETS, each counted with its `facet_size` most frequent values.
        histogram: count what was found by this much of `@timestamp`, in UTC.
        snippets: whether hits show a piece of their text; whoever goes through very many may do without.
    """

    query: Node = EVERYTHING
    filters: tuple[Node, ...] = ()
    sort: Sort = "relevance"
    page: int = 1
    size: int = 10
    facets: tuple[str, ...] = ()
    facet_size: int = 20
    histogram: Interval | None = None
    snippets: bool = True

    def __post_init__(self) -> None:
        unknown = [name for name in self.facets if name not in FACETS]
        if unknown:
            raise QueryError(f"Values of {unknown[0]} can't be counted; those of {', '.join(FACETS)} can.")

    @property
    def node(self) -> Node:
        """Everything that a document must be."""
        return all_of([self.query, *self.filters])

    @property
    def start(self) -> int:
        """How many hits lie before the page.

        Raises:
            QueryError: more than pages reach.
        """
        if self.page * self.size > MOST_PAGED:
            raise QueryError(
                f"Page {self.page:,} lies beyond the {MOST_PAGED:,}th article, as far as pages reach (with "
                f"{counted(self.size, 'article')} a page): narrow the search, or take all that it finds, by "
                "`newsdrop search --ndjson` or the downloads of the web interface."
            )
        return (self.page - 1) * self.size


class ValueCount(msgspec.Struct, frozen=True):
    """How many of the articles found have a value."""

    value: str
    count: int


class Bucket(msgspec.Struct, frozen=True):
    """How many of the articles found are of one span of time. `start`: 2023, 2023-05 or 2023-05-01."""

    start: str
    count: int


class SearchAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One page of what was found, and how much there is in all."""

    total: int
    hits: list[Hit] = []
    facets: dict[str, list[ValueCount]] = {}
    histogram: list[Bucket] = []


def sorting(request: SearchRequest) -> Sort:
    """How the hits are really sorted: without a word there is no relevance."""
    if request.sort == "relevance" and not any(isinstance(leaf, Words) for leaf in leaves(request.query)):
        return "newest"
    return request.sort
