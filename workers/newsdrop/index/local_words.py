"""The words of documents in the embedded index: two tables that FTS5 keeps, changed once in a transaction.

FTS5 gathers what is added in memory and writes it as one segment of its tree; many small segments cost time
when they are merged and whenever a word is looked up. Before any statement that could be undone by itself
SQLite has it write what it has gathered (xSavepoint; https://sqlite.org/vtab.html), and an upsert is such a
statement: among those of other tables, each document would become a segment of its own. So a transaction
collects its changes of words, and makes them after all the rest.

FTS5 keeps no copy of the words, so taking them away must name exactly those that were added.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import msgspec

from newsdrop.index.local_terms import COLUMN_NAMES, TABLES, columns, head

__all__ = ["WORDS_SCHEMA", "WordChanges", "Words", "changed_words", "words_of"]

#: How many bytes FTS5 gathers until it writes by itself: more than a bulk's words. 1 MB is its default.
_GATHERED_BYTES: Final = 8_000_000
WORDS_SCHEMA: Final = (
    *TABLES.values(),
    *(f"INSERT INTO {name} ({name}, rank) VALUES ('hashsize', {_GATHERED_BYTES})" for name in TABLES),  # noqa: S608  constants
)
_NAMES: Final = ", ".join(COLUMN_NAMES)
_MARKS: Final = ", ".join("?" * len(COLUMN_NAMES))
_ADD: Final = (
    f"INSERT INTO terms (rowid, {_NAMES}) VALUES (?, {_MARKS})",  # noqa: S608  constants
    "INSERT INTO heads (rowid, head) VALUES (?, ?)",
)
_TAKE: Final = (
    f"INSERT INTO terms (terms, rowid, {_NAMES}) VALUES ('delete', ?, {_MARKS})",  # noqa: S608  constants
    "INSERT INTO heads (heads, rowid, head) VALUES ('delete', ?, ?)",
)


class Words(msgspec.Struct, frozen=True):
    """What is looked for in a document, as the tables of words hold it."""

    columns: tuple[str, ...]
    head: str


def words_of(source: dict[str, Any]) -> Words:
    return Words(columns(source), head(source))


class WordChanges:
    """What a transaction adds to the tables of words and takes from them, in this order."""

    def __init__(self) -> None:
        self._changes: list[tuple[tuple[str, str], int, Words]] = []

    def add(self, rowid: int, words: Words) -> None:
        self._changes.append((_ADD, rowid, words))

    def take(self, rowid: int, words: Words) -> None:
        self._changes.append((_TAKE, rowid, words))

    def write(self, db: sqlite3.Connection) -> None:
        for (in_terms, _), rowid, words in self._changes:
            db.execute(in_terms, (rowid, *words.columns))
        for (_, in_heads), rowid, words in self._changes:
            db.execute(in_heads, (rowid, words.head))


@contextmanager
def changed_words(db: sqlite3.Connection) -> Iterator[WordChanges]:
    """Collect the changes of words in this block, the last of a transaction, and make them at its end."""
    changes = WordChanges()
    yield changes
    changes.write(db)
