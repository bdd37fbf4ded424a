"""The reference semantics of a query: whether one document matches. Pure, and slow.

The fake store uses it, and the tests compare the real stores with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from fnmatch import translate
from functools import partial
from re import fullmatch
from typing import Any as Anything

from newsdrop.documents import COARSE
from newsdrop.index.fields import LABELS, held_value, parent_sites, parent_tags
from newsdrop.index.query import (
    AddressStart,
    All,
    Any,
    Dates,
    Identity,
    Node,
    Not,
    Path,
    Prefix,
    Present,
    Value,
    Words,
)
from newsdrop.index.terms import terms

__all__ = ["counted_values", "epoch_ms", "matches", "occurrences", "values_of"]


def matches(node: Node, document_id: str, source: dict[str, Anything]) -> bool:
    """Whether the document matches the query."""
    match node:
        case All(nodes):
            return all(matches(inner, document_id, source) for inner in nodes)
        case Any(nodes):
            return any(matches(inner, document_id, source) for inner in nodes)
        case Not(inner):
            return not matches(inner, document_id, source)
        case Identity() | AddressStart():
            return _at(node, document_id, source)
        case Present(field):
            return bool(values_of(source, field))
        case Path(pattern):
            return any(_globbed(path, pattern) for path in values_of(source, "file.path"))
        case Value(field, wanted):
            return any(wanted in held(field, value) for value in values_of(source, field))
        case Dates():
            return _within(node, source)
        case Words() | Prefix():
            return occurrences(node, source) > 0


def _at(node: Identity | AddressStart, document_id: str, source: dict[str, Anything]) -> bool:
    if isinstance(node, Identity):
        return document_id == node.id
    return any(url.startswith(node.text) for url in values_of(source, "url.full"))


def occurrences(node: Words | Prefix, source: dict[str, Anything]) -> int:
    """How often the words occur in the fields; the title counts twice."""
    if isinstance(node, Prefix):
        return _count(node.fields, source, lambda words: sum(word.startswith(node.term) for word in words))
    wording = node.wording
    counts = [
        _count(node.fields, source, partial(_runs, [phrase, *wording.others]))
        for phrase in wording.phrases
        if phrase
    ]
    return sum(counts) if all(counts) else 0


def held(field: str, value: str) -> list[str]:
    """All values by which a document's value can be found."""
    value = held_value(field, value, typed=False)
    if field == "url.domain":
        return parent_sites(value)
    return parent_tags(value) if field == "language" else [value]


def values_of(source: Anything, field: str) -> list[str]:
    """The texts under a dotted name, through lists of objects."""
    if field.startswith(LABELS):
        # A key of front matter may itself contain dots.
        return list(source.get("labels", {}).get(field.removeprefix(LABELS), []))
    for part in field.split("."):
        if isinstance(source, list):
            source = [one.get(part) for one in source if isinstance(one, dict)]
        else:
            source = source.get(part) if isinstance(source, dict) else None
    found = source if isinstance(source, list) else [source]
    return [value for value in found if isinstance(value, str)]


def counted_values(source: dict[str, Anything], field: str) -> list[str]:
    """The values of a document that are counted: as written, unless the index stores them only folded."""
    values = values_of(source, field)
    shown = values if field == "language" else [held_value(field, value, typed=False) for value in values]
    return list(dict.fromkeys(shown))


def epoch_ms(text: str) -> int:
    """The instant of a document's date."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def _count(fields: Sequence[str], source: dict[str, Anything], count: Callable[[list[str]], int]) -> int:
    return sum(
        (2 if field == "title" else 1) * count(terms(text))
        for field in fields
        for text in values_of(source, field)
    )


def _runs(wanted: Sequence[list[str]], words: list[str]) -> int:
    """How often any of these runs of terms occurs in the words."""
    return sum(words[at : at + len(run)] == run for run in wanted for at in range(len(words) - len(run) + 1))


def _globbed(path: str, pattern: str) -> bool:
    return fullmatch(translate(pattern.replace("[", "[[]")), path) is not None


def _within(dates: Dates, source: dict[str, Anything]) -> bool:
    coarse = dates.divided and _precision(source) in COARSE
    start, end = dates.wall if coarse else dates.exact
    times = [epoch_ms(text) for text in values_of(source, dates.field)]
    return any((start is None or at >= start) and (end is None or at < end) for at in times)


def _precision(source: dict[str, Anything]) -> str | None:
    found: Sequence[str] = values_of(source, "published_precision")
    return found[0] if found else None
