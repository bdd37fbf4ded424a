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
from newsdrop.index.local_counts import counts
from newsdrop.index.local_query import select
from newsdrop.index.local_rank import rank
from newsdrop.index.search import Bucket, SearchAnswer, SearchRequest, sorting

__all__ = ["found_rows", "hits_of", "search"]

_NEWEST = "at_ms DESC, document DESC"
_ORDER = {"newest": _NEWEST, "oldest": "at_ms, document"}
_FORMATS = {"year": "%Y", "month": "%Y-%m", "day": "%Y-%m-%d"}
_IDS = 500
_TABLE = "CREATE TEMP TABLE found (document INTEGER PRIMARY KEY, at_ms INTEGER, counted BLOB)"
_VIEW = "CREATE TEMP VIEW found AS SELECT document, at_ms, counted FROM dates"
#: Days first, which are numbers: a date is spelled for each of them and not for each document.
_BY_TIME = (
    "SELECT strftime(?, day * 86400, 'unixepoch') AS start, sum(n) FROM (SELECT "
    "(at_ms - 86399999 * (at_ms < 0)) / 86400000 AS day, count(*) AS n FROM found GROUP BY day) "
    "GROUP BY start ORDER BY start"
)


def search(db: sqlite3.Connection, request: SearchRequest) -> SearchAnswer:
    """The requested page, and the requested counts."""
    with _found(db, request):
        rows = _rows(db, request, request.start, request.size)
        total = int(db.execute("SELECT count(*) FROM found").fetchone()[0])
        return SearchAnswer(
            total=total,
            hits=hits_of(db, rows, request),
            facets=counts(db, request, total),
            histogram=_histogram(db, request),
        )


def found_rows(db: sqlite3.Connection, request: SearchRequest) -> array[int]:
    """The rows of all documents found, in the order of the request; eight bytes each."""
    with _found(db, request):
        return array("q", (row for row, _ in _rows(db, request, 0, -1)))


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


def _rows(db: sqlite3.Connection, request: SearchRequest, start: int, size: int) -> list[tuple[int, float]]:
    """Rows and scores from `start` on, `size` of them or (-1) all, in the order of the request."""
    if sorting(request) != "relevance":
        return _by_time(db, _ORDER[sorting(request)], start, size)
    best = rank(db, request.query)
    rows = best[start:] if size < 0 else best[start : start + size]
    missing = -1 if size < 0 else size - len(rows)
    if missing:
        others = f"document NOT IN ({','.join(str(row) for row, _ in best)})"
        rows += _by_time(db, _NEWEST, max(0, start - len(best)), missing, others)
    return rows


def _by_time(
    db: sqlite3.Connection, order: str, start: int, size: int, condition: str = "1"
) -> list[tuple[int, float]]:
    asked = f"SELECT document, 0.0 FROM found WHERE {condition} ORDER BY {order} LIMIT ? OFFSET ?"  # noqa: S608  numbers and constants
    return db.execute(asked, (size, start)).fetchall()


@contextmanager
def _found(db: sqlite3.Connection, request: SearchRequest) -> Iterator[None]:
    """The table `found` (document, at_ms, counted), for as long as the block takes."""
    chosen = select(request.node)
    conditions = list(chosen.conditions)
    values: list[Any] = [*chosen.values]
    origin = "dates"
    if chosen.match is not None:
        origin = "terms CROSS JOIN dates ON dates.document = terms.rowid"
        conditions.insert(0, "terms MATCH ?")
        values.insert(0, chosen.match)
    db.execute("BEGIN")
    try:
        if conditions:
            counted = "counted" if request.facets else "NULL"
            db.execute(_TABLE)
            db.execute(
                f"INSERT INTO temp.found (document, at_ms, counted) SELECT document, at_ms, {counted} "  # noqa: S608  made of constants
                f"FROM {origin} WHERE {' AND '.join(conditions)}",
                values,
            )
        else:
            # Everything lies there already, and in order.
            db.execute(_VIEW)
        yield
    finally:
        db.execute("ROLLBACK")


def _histogram(db: sqlite3.Connection, request: SearchRequest) -> list[Bucket]:
    if request.histogram is None:
        return []
    rows = db.execute(_BY_TIME, (_FORMATS[request.histogram],))
    return [Bucket(start, count) for start, count in rows]
