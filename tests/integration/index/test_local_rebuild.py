"""An embedded index of an older newsdrop, opened by this one: rebuilt whole, whatever happens meanwhile."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
from itertools import pairwise
from pathlib import Path

import pytest
from tests.inputs.index_samples import make_document
from tests.searching import ask

from newsdrop.documents import Document
from newsdrop.errors import ConfigError
from newsdrop.index.encoding import encode_json
from newsdrop.index.local import LocalStore

#: The tables of the newsdrop before single characters: no dates, no values to be counted, fewer columns.
OLD_TABLES = (
    "CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE documents (rowid INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, "
    "version INTEGER NOT NULL, path TEXT, size INTEGER, stamp INTEGER, source BLOB NOT NULL)",
    "CREATE INDEX documents_path ON documents (path)",
    "CREATE TABLE letters (id TEXT PRIMARY KEY, revision INTEGER NOT NULL, source BLOB NOT NULL) "
    "WITHOUT ROWID",
    "CREATE VIRTUAL TABLE terms USING fts5(title, text, summary, captions, alts, facets, "
    "content='', tokenize=\"ascii tokenchars '._'''''\")",
)
QUERIES = (
    "香港", "港", "2019年", "A股", "bridge", "brid*", "香港 -澳門", "author:张洁平", "language:zh",
    "after:2019", "before:2019", "*", "path:/drops/7.md",
)  # fmt: skip


def documents() -> list[Document]:
    texts = ("2019年，香港。", "澳門和香港的A股", "The bridges of 香港", "港")
    return [
        make_document(n, title=f"第{n}篇", text=texts[n % 4], author=["張潔平"], language="zh-Hant")
        for n in range(12)
    ]


@pytest.fixture
def old_file(tmp_path: Path) -> Path:
    """A file as that newsdrop left it: pairs of Han as terms, documents that don't say their id."""
    path = tmp_path / "old.sqlite3"
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    for statement in OLD_TABLES:
        db.execute(statement)
    db.execute("INSERT INTO facts VALUES ('analysis', 'terms-1 0123456789abcdef')")
    for row, document in enumerate(documents(), 1):
        source = {name: value for name, value in document.source.items() if name != "id"}
        file = source["file"]["path"]
        db.execute(
            "INSERT INTO documents VALUES (?, ?, ?, ?, 10, 20, ?)",
            (row, document.id, document.version, file, encode_json(source)),
        )
        text = source["text"]
        pairs = " ".join(map("".join, pairwise(text)))
        db.execute(
            "INSERT INTO terms (rowid, title, text, summary, captions, alts, facets) "
            "VALUES (?, ?, ?, '', '', '', '')",
            (row, source["title"], pairs),
        )
    db.close()
    return path


def answers(store: LocalStore) -> dict[str, tuple[int, list[str]]]:
    said = {query: ask(store, query, size=50, sort="newest") for query in QUERIES}
    return {query: (one.total, sorted(hit.id for hit in one.hits)) for query, one in said.items()}


@pytest.fixture
def expected(tmp_path: Path) -> dict[str, tuple[int, list[str]]]:
    """What an index that this newsdrop made of the same documents answers."""
    store = LocalStore(tmp_path / "new.sqlite3")
    store.put(documents())
    said = answers(store)
    store.close()
    assert sum(total > 0 for total, _ in said.values()) >= len(QUERIES) - 1
    return said


def test_an_older_file_is_refused_then_rebuilt_and_answers_alike(
    old_file: Path, expected: dict[str, tuple[int, list[str]]]
) -> None:
    store = LocalStore(old_file)
    with pytest.raises(ConfigError, match="newsdrop index migrate"):
        ask(store, "香港")
    status = store.status()
    assert not status.ok
    assert status.articles.documents == 12
    assert store.migrate().ok
    assert answers(store) == expected
    for document in documents():
        found = store.find(document.id[:16])
        assert [(one.id, one.version) for one in found] == [(document.id, document.version)]
    # What was there can be replaced and removed like anything else.
    replaced = make_document(1, text="渡輪", version=99)
    assert store.put([replaced])[0].status == "indexed"
    assert ask(store, "澳門").total == 2
    assert store.remove(documents()[0].id, "/drops/0.md")
    assert ask(store, "*").total == 11
    store.close()


def rebuild_and_die(path: Path) -> None:
    store = LocalStore(path)
    store.migrate(progress=lambda *_: os._exit(9))


def test_a_rebuild_whose_process_dies_is_begun_again(
    old_file: Path, expected: dict[str, tuple[int, list[str]]]
) -> None:
    spawn = multiprocessing.get_context("spawn")
    process = spawn.Process(target=rebuild_and_die, args=(old_file,))
    process.start()
    process.join(60)
    assert process.exitcode == 9
    store = LocalStore(old_file)
    assert store.count() == 12
    with pytest.raises(ConfigError, match="newsdrop index migrate"):
        store.check()
    assert store.migrate().ok
    assert answers(store) == expected
    store.close()


def test_a_rebuild_that_fails_leaves_the_file_as_it_was(old_file: Path) -> None:
    store = LocalStore(old_file)

    def failing(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.migrate(progress=failing)
    with store._file.reading() as db:
        names = [row[1] for row in db.execute("PRAGMA table_info(terms)")]
    assert names == ["title", "text", "summary", "captions", "alts", "facets"]
    assert store.migrate().ok
    assert ask(store, "香港").total == 9
    store.close()
