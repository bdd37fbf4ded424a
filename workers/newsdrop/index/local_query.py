"""Translates queries for the embedded index: FTS5 for words and values, SQL for dates, ids and paths. Pure.

As much of a tree as FTS5 can answer becomes one MATCH, from which relevance is also computed; the
rest become conditions on the table of dates, which has a row for every document.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from newsdrop.index.local_terms import present_term, value_term
from newsdrop.index.query import (
    AddressStart,
    All,
    Any,
    Dates,
    Identity,
    Limits,
    Node,
    Not,
    Path,
    Prefix,
    Present,
    Value,
    Words,
)
from newsdrop.index.wording import fts_expression, fts_phrase

__all__ = ["ADDRESS", "DATE_COLUMNS", "Selection", "match_expression", "select"]

#: The URL in a document's JSON.
ADDRESS = "json_extract(CAST(source AS TEXT), '$.url.full')"
#: Date fields → their columns in the table of dates.
DATE_COLUMNS = {
    "@timestamp": "at_ms",
    "published_at": "published_ms",
    "updated_at": "updated_ms",
    "archived_at": "archived_ms",
    "event.ingested": "ingested_ms",
}


class Selection(msgspec.Struct):
    """Selects rows of `dates`. `match`: an FTS5 expression that all of them match, if any.

    All `conditions` must hold; their question marks stand for `values`.
    """

    match: str | None
    conditions: list[str]
    values: list[str | int]


def select(node: Node) -> Selection:
    """The selection for a tree."""
    inner = node.nodes if isinstance(node, All) else (node,)
    wanted = [one for one in inner if match_expression(one) is not None]
    found = Selection(None, [], [])
    rest = [one for one in inner if one not in wanted]
    if wanted:
        # Exclusions need something to exclude from.
        excluded = [one for one in rest if isinstance(one, Not) and match_expression(one.node) is not None]
        rest = [one for one in rest if one not in excluded]
        found.match = match_expression(All((*wanted, *excluded)))
    for one in rest:
        found.conditions.append(_condition(one, found.values))
    return found


def match_expression(node: Node) -> str | None:
    """The FTS5 expression that is equivalent to a tree; None if FTS5 can't express it."""
    match node:
        case Words(_, fields):
            return fts_expression(node.wording, fields)
        case Prefix(term, fields):
            return fts_phrase([term], fields, prefix=True)
        case Value(field, value) if field != "file.path":
            return f"facets : {value_term(field, value)}"
        case Present(field) if field not in DATE_COLUMNS:
            return f"facets : {present_term(field)}"
        case Any(nodes):
            inner = [match_expression(one) for one in nodes]
            return None if None in inner else f"({' OR '.join(one for one in inner if one)})"
        case All(nodes):
            return _match_all(nodes)
        case _:
            return None


def _match_all(nodes: Sequence[Node]) -> str | None:
    inner = [match_expression(one) for one in nodes if not isinstance(one, Not)]
    excluded = [match_expression(one.node) for one in nodes if isinstance(one, Not)]
    if not inner or None in inner or None in excluded:
        return None
    found = f"({' AND '.join(one for one in inner if one)})"
    return f"({found} NOT ({' OR '.join(one for one in excluded if one)}))" if excluded else found


def _condition(node: Node, values: list[str | int]) -> str:
    expression = match_expression(node)
    if expression is not None:
        values.append(expression)
        return "document IN (SELECT rowid FROM terms WHERE terms MATCH ?)"
    match node:
        case All(nodes):
            return f"({' AND '.join(_condition(one, values) for one in nodes) or 1})"
        case Any(nodes):
            return f"({' OR '.join(_condition(one, values) for one in nodes)})"
        case Not(inner):
            return f"NOT {_condition(inner, values)}"
        case Dates():
            return _dates(node, values)
        case Present(field):
            return f"({DATE_COLUMNS[field]} IS NOT NULL)"
        case AddressStart(text):
            values += [text, f"{text}\U0010ffff"]
            return f"document IN (SELECT rowid FROM documents WHERE {ADDRESS} >= ? AND {ADDRESS} < ?)"  # noqa: S608
        case _:
            return _document(node, values)


def _document(node: Node, values: list[str | int]) -> str:
    match node:
        case Identity(wanted):
            condition, value = "id = ?", wanted
        case Value(_, path):
            condition, value = "path = ?", path
        case Path(pattern):
            # A bracket would start a character set.
            condition, value = "path GLOB ?", pattern.replace("[", "[[]")
        case _:
            raise TypeError(f"{node!r} is answered by FTS5")
    values.append(value)
    return f"document IN (SELECT rowid FROM documents WHERE {condition})"  # noqa: S608  a constant


def _dates(dates: Dates, values: list[str | int]) -> str:
    column = DATE_COLUMNS[dates.field]
    if not dates.divided:
        return _range(column, dates.exact, values)
    # In this order: the values must match the order of the question marks.
    coarse = _range(column, dates.wall, values)
    return f"((coarse AND {coarse}) OR (NOT coarse AND {_range(column, dates.exact, values)}))"


def _range(column: str, limits: Limits, values: list[str | int]) -> str:
    conditions = [f"{column} IS NOT NULL"]
    for sign, end in zip((">=", "<"), limits, strict=True):
        if end is not None:
            conditions.append(f"{column} {sign} ?")
            values.append(end)
    return f"({' AND '.join(conditions)})"
