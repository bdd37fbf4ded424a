"""Searches the embedded index: the results go into a table in memory, from which page and counts are made.

Each search is one pass over the index and sees one consistent state of it.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec

from newsdrop.documents import Hit
from newsdrop.index.hits import make_hit
from newsdrop.index.local_query import select
from newsdrop.index.search import Bucket, SearchAnswer, SearchRequest, ValueCount, sorting

__all__ = ["found_rows", "hits_of", "search"]

#: The title counts twice; values of fields only filter.
_SCORE = "-bm25(terms, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0)"
_ORDER = {
    "relevance": "score DESC, at_ms DESC, document DESC",
    "newest": "at_ms DESC, document DESC",
    "oldest": "at_ms, document",
}
_FORMATS = {"year": "%Y", "month": "%Y-%m", "day": "%Y-%m-%d"}
_IDS = 500
_BY_DOCUMENT = (
    "SELECT field, value, count(*) AS n FROM found CROSS JOIN facets ON facets.document = found.document "
    "WHERE field IN ({}) GROUP BY field, value ORDER BY n DESC, value"
)
#: Looking up one document costs as much as skipping this many (measured: benchmarks/web.py).
_SEEKS = 12


def search(db: sqlite3.Connection, request: SearchRequest) -> SearchAnswer:
    """The requested page, and the requested counts."""
    limits = (request.size, request.start)
    with _found(db, request):
        order = _ORDER[sorting(request)]
        rows = db.execute(
            f"SELECT document, score FROM found ORDER BY {order} LIMIT ? OFFSET ?",  # noqa: S608  a constant
            limits,
        ).fetchall()
        total = int(db.execute("SELECT count(*) FROM found").fetchone()[0])
        return SearchAnswer(
            total=total,
            hits=hits_of(db, rows, request),
            facets=_facets(db, request, total),
            histogram=_histogram(db, request),
        )


def found_rows(db: sqlite3.Connection, request: SearchRequest) -> array[int]:
    """The rows of all documents found, in the order of the request; eight bytes each."""
    with _found(db, request):
        order = _ORDER[sorting(request)]
        return array("q", (row[0] for row in db.execute(f"SELECT document FROM found ORDER BY {order}")))  # noqa: S608  a constant


def hits_of(db: sqlite3.Connection, rows: Sequence[tuple[int, float]], request: SearchRequest) -> list[Hit]:
    """The hits of these rows and scores, in their order; documents removed meanwhile are left out."""
    held: dict[int, tuple[str, bytes]] = {}
    for start in range(0, len(rows), _IDS):
        some = [row for row, _ in rows[start : start + _IDS]]
        marks = ",".join("?" * len(some))
        answer = db.execute(f"SELECT rowid, id, source FROM documents WHERE rowid IN ({marks})", some)  # noqa: S608  only marks
        held |= {row: (name, source) for row, name, source in answer}
    return [
        make_hit(held[row][0], score, msgspec.json.decode(held[row][1]), request)
        for row, score in rows
        if row in held
    ]


@contextmanager
def _found(db: sqlite3.Connection, request: SearchRequest) -> Iterator[None]:
    """The table `found` (document, score, at_ms), for as long as the block takes."""
    chosen = select(request.node)
    conditions = " AND ".join(chosen.conditions) or "1"
    values: list[Any] = [*chosen.values]
    origin, score = "dates", "0.0"
    if chosen.match is not None:
        origin = "terms CROSS JOIN dates ON dates.document = terms.rowid"
        score = _SCORE if sorting(request) == "relevance" else "0.0"
        conditions = f"terms MATCH ? AND {conditions}"
        values.insert(0, chosen.match)
    db.execute("BEGIN")
    try:
        db.execute("DROP TABLE IF EXISTS temp.found")
        db.execute("CREATE TEMP TABLE found (document INTEGER PRIMARY KEY, score REAL, at_ms INTEGER)")
        db.execute(
            f"INSERT INTO temp.found SELECT document, {score}, at_ms FROM {origin} WHERE {conditions}",  # noqa: S608  made of constants
            values,
        )
        yield
    finally:
        db.execute("ROLLBACK")


def _facets(db: sqlite3.Connection, request: SearchRequest, total: int) -> dict[str, list[ValueCount]]:
    """The most frequent values of each field: counted by document if there are few, otherwise by value."""
    if not request.facets:
        return {}
    documents = int(db.execute("SELECT count(*) FROM dates").fetchone()[0])
    if total * _SEEKS < documents:
        return _counted_by_document(db, request)
    return {
        field: _counted_by_value(db, field, request, of_all=total == documents) for field in request.facets
    }


def _counted_by_document(db: sqlite3.Connection, request: SearchRequest) -> dict[str, list[ValueCount]]:
    found: dict[str, list[ValueCount]] = {field: [] for field in request.facets}
    marks = ",".join("?" * len(found))
    rows = db.execute(_BY_DOCUMENT.format(marks), request.facets)
    for field, value, count in rows:
        if len(found[field]) < request.facet_size:
            found[field].append(ValueCount(value, count))
    return found


def _counted_by_value(
    db: sqlite3.Connection, field: str, request: SearchRequest, *, of_all: bool
) -> list[ValueCount]:
    # The plus sign keeps SQLite from looking up documents one by one.
    condition = "" if of_all else "AND +document IN (SELECT document FROM found) "
    rows = db.execute(
        f"SELECT value, count(*) AS n FROM facets WHERE field = ? {condition}"  # noqa: S608  a constant
        "GROUP BY value ORDER BY n DESC, value LIMIT ?",
        (field, request.facet_size),
    )
    return [ValueCount(value, count) for value, count in rows]


def _histogram(db: sqlite3.Connection, request: SearchRequest) -> list[Bucket]:
    if request.histogram is None:
        return []
    rows = db.execute(
        "SELECT strftime(?, at_ms / 1000.0, 'unixepoch') AS start, count(*) FROM found "
        "GROUP BY start ORDER BY start",
        (_FORMATS[request.histogram],),
    )
    return [Bucket(start, count) for start, count in rows]
