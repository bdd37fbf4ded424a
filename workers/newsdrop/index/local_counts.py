"""How often each value occurs among what a search found, in the embedded index.

Each value has a number, and each document the numbers of its values, packed beside its times: reading what is
found brings them along, so that all fields are counted in one pass. How many documents have a value is known
at any time; of everything nothing is counted, and of more than half what is missing is. A number is made of
the value and tells its field: none is looked up to write, and names only of those values that are shown.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from heapq import nlargest
from typing import Final

from newsdrop.index.search import FACETS, SearchRequest, ValueCount
from newsdrop.portions import chunked

__all__ = ["COUNTED_SCHEMA", "counts", "keep", "release"]

#: `documents`: how many have the value.
COUNTED_SCHEMA: Final = """
    CREATE TABLE IF NOT EXISTS counted (
        id INTEGER PRIMARY KEY, value TEXT NOT NULL, documents INTEGER NOT NULL
    )"""
#: A number's lowest four bits are its field's place in FACETS; by the others, two of a million values are one
#: in one of a million indexes.
_FIELD: Final = 0b1111
_PACKED: Final = "Q"
_NAMES_AT_ONCE: Final = 500
_KEEP: Final = "INSERT INTO counted VALUES (?, ?, 1) ON CONFLICT (id) DO UPDATE SET documents = documents + 1"


def keep(db: sqlite3.Connection, values: Iterable[tuple[str, str]]) -> bytes:
    """Count a document's fields and values, each once; their numbers, packed."""
    numbered = [(_number(field, value), value) for field, value in values]
    db.executemany(_KEEP, numbered)
    return array(_PACKED, [number for number, _ in numbered]).tobytes()


def release(db: sqlite3.Connection, packed: bytes) -> None:
    """The document that has these values goes; a value that no other has goes, too."""
    numbers = [(number,) for number in _unpacked(packed)]
    db.executemany("UPDATE counted SET documents = documents - 1 WHERE id = ?", numbers)
    db.executemany("DELETE FROM counted WHERE id = ? AND documents = 0", numbers)


def counts(db: sqlite3.Connection, request: SearchRequest, found: int) -> dict[str, list[ValueCount]]:
    """The most frequent values of each field that is asked for, in the table `found` of so many documents."""
    if not request.facets:
        return {}
    documents = int(db.execute("SELECT count(*) FROM dates").fetchone()[0])
    if 2 * found <= documents:
        return _named(db, request, _counted(db.execute("SELECT counted FROM found")))
    counted = Counter(dict(db.execute("SELECT id, documents FROM counted").fetchall()))
    if found < documents:
        missing = "SELECT counted FROM dates WHERE document NOT IN (SELECT document FROM found)"
        counted.subtract(_counted(db.execute(missing)))
    return _named(db, request, counted)


def _number(field: str, value: str) -> int:
    hashed = blake2b(value.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(hashed, "little") >> 1 & ~_FIELD | FACETS.index(field)


def _counted(rows: Iterable[tuple[bytes]]) -> Counter[int]:
    return Counter(_unpacked(b"".join([row[0] for row in rows])))


def _unpacked(packed: bytes) -> array[int]:
    numbers = array(_PACKED)
    numbers.frombytes(packed)
    return numbers


def _named(
    db: sqlite3.Connection, request: SearchRequest, counted: Counter[int]
) -> dict[str, list[ValueCount]]:
    by_field: dict[int, list[tuple[int, int]]] = {}
    for number, count in counted.items():
        if count:
            by_field.setdefault(number & _FIELD, []).append((count, number))
    return {
        field: _most(db, by_field.get(FACETS.index(field), []), request.facet_size)
        for field in request.facets
    }


def _most(db: sqlite3.Connection, found: Sequence[tuple[int, int]], size: int) -> list[ValueCount]:
    """The most frequent of (count, number), with their names; of equal ones those whose names come first."""
    if not found:
        return []
    least = nlargest(size, found)[-1][0]
    reaching = {number: count for count, number in found if count >= least}
    named: list[tuple[str, int]] = []
    for some in chunked(list(reaching), _NAMES_AT_ONCE):
        marks = ",".join("?" * len(some))
        rows = db.execute(f"SELECT value, id FROM counted WHERE id IN ({marks})", some)  # noqa: S608  only marks
        named += rows.fetchall()
    # As SQLite sorts texts: by their bytes.
    named.sort(key=lambda pair: (-reaching[pair[1]], pair[0].encode("utf-8", "surrogatepass")))
    return [ValueCount(value, reaching[number]) for value, number in named[:size]]
