"""What the embedded index stores about a document besides its words: times, and values to count. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from newsdrop.documents import COARSE
from newsdrop.index.matching import counted_values, epoch_ms, values_of
from newsdrop.index.search import FACETS

__all__ = ["local_dates", "local_facets"]

_FIELDS = ("@timestamp", "published_at", "updated_at", "archived_at", "event.ingested")


def local_dates(source: dict[str, Any]) -> tuple[int | None, ...]:
    """A row of the table of dates, without the document: times in ms, and whether only a day is known."""
    texts = [values_of(source, field)[:1] for field in _FIELDS]
    at_ms, *others = [epoch_ms(text[0]) if text else None for text in texts]
    return (at_ms or 0, *others, source.get("published_precision") in COARSE)


def local_facets(source: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The fields and values that can be counted, as they are shown."""
    for field in FACETS:
        yield from ((field, value) for value in counted_values(source, field))
