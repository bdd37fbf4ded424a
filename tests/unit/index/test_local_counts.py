"""Values are counted as if one by one, however many documents are found."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdrop.index.local_counts import COUNTED_SCHEMA, counts, keep, release
from newsdrop.index.search import SearchRequest, ValueCount

_FIELDS = ("tags", "author")
_VALUES = st.lists(st.tuples(st.sampled_from(_FIELDS), st.sampled_from("ab港橋Zé")), unique=True, max_size=6)
#: A document's values, whether it is found, and whether it is taken out again before that.
_DOCUMENTS = st.lists(st.tuples(_VALUES, st.booleans(), st.booleans()), max_size=12)
Values = list[tuple[str, str]]


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    connection = _made()
    yield connection
    connection.close()


def _made() -> sqlite3.Connection:
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.execute(COUNTED_SCHEMA)
    db.execute("CREATE TABLE dates (document INTEGER PRIMARY KEY, counted BLOB NOT NULL)")
    db.execute("CREATE TABLE found (document INTEGER PRIMARY KEY, counted BLOB NOT NULL)")
    return db


def _put(db: sqlite3.Connection, document: int, values: Values, *, found: bool) -> bytes:
    packed = keep(db, values)
    db.execute("INSERT INTO dates VALUES (?, ?)", (document, packed))
    if found:
        db.execute("INSERT INTO found VALUES (?, ?)", (document, packed))
    return packed


def _one_by_one(documents: list[Values], field: str, size: int) -> list[ValueCount]:
    counted = Counter(value for values in documents for name, value in values if name == field)
    ordered = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    return [ValueCount(value, count) for value, count in ordered[:size]]


@given(_DOCUMENTS, st.integers(1, 4))
def test_counts_are_those_of_counting_one_by_one(
    documents: list[tuple[Values, bool, bool]], size: int
) -> None:
    db = _made()
    for number, (values, found, gone) in enumerate(documents):
        packed = _put(db, number, values, found=found and not gone)
        if gone:
            release(db, packed)
            db.execute("DELETE FROM dates WHERE document = ?", (number,))
    wanted = [values for values, found, gone in documents if found and not gone]
    request = SearchRequest(facets=_FIELDS, facet_size=size)
    assert counts(db, request, len(wanted)) == {field: _one_by_one(wanted, field, size) for field in _FIELDS}
    db.close()


def test_a_value_that_no_document_has_any_more_is_forgotten(db: sqlite3.Connection) -> None:
    first = _put(db, 1, [("tags", "a"), ("tags", "b")], found=False)
    _put(db, 2, [("tags", "b")], found=False)
    release(db, first)
    assert db.execute("SELECT value, documents FROM counted").fetchall() == [("b", 1)]


def test_many_values_of_one_count_are_named_in_their_order(db: sqlite3.Connection) -> None:
    for number in range(1_200):
        _put(db, number, [("author", f"Author {number:04}")], found=number % 3 == 0)
    (found,) = db.execute("SELECT count(*) FROM found").fetchone()
    listed = counts(db, SearchRequest(facets=("author",), facet_size=3), found)["author"]
    assert [one.value for one in listed] == ["Author 0000", "Author 0003", "Author 0006"]


def test_nothing_is_counted_that_nobody_asked_for(db: sqlite3.Connection) -> None:
    _put(db, 1, [("tags", "a")], found=True)
    assert counts(db, SearchRequest(), 1) == {}
    assert counts(db, SearchRequest(facets=("section",)), 1) == {"section": []}
