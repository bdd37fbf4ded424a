"""The embedded index: one SQLite file with FTS5, for `newsdrop up` without Elasticsearch.

Keeps the same contract as Elasticsearch: the same documents, external versions,
and the same answers to the same queries, because it indexes the same terms (terms.py) and asks for the same
phrases. The full-text table holds terms only; the documents lie beside it as JSON. Several processes may
write: WAL, one writer at a time, each waits its turn.

Refuses to share a file with a newsdrop whose analysis differs until `newsdrop index migrate` has rebuilt it.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from newsdrop.documents import (
    DeadLetter,
    Document,
    Fingerprint,
    Hit,
    ItemResult,
    Original,
    StoredFile,
    encode_path,
)
from newsdrop.errors import ConfigError
from newsdrop.index.bulk import path_of
from newsdrop.index.document import stored_file
from newsdrop.index.duplicates import original
from newsdrop.index.encoding import encode_json
from newsdrop.index.letter import build_letter
from newsdrop.index.local_file import LocalFile
from newsdrop.index.local_terms import COLUMN_NAMES, SCHEMA, bands_expression, columns, match_expression
from newsdrop.index.query import Clause, parse_query
from newsdrop.index.snippet import snippet
from newsdrop.index.store import IndexState, IndexStatus
from newsdrop.index.terms import analysis_key
from newsdrop.ports import PLAIN_WRITE, WriteContext

__all__ = ["LocalStore"]

#: As long as Elasticsearch's index.gc_deletes: a straggler's older write doesn't bring back what was removed.
_VERSION = 1
_IDS = 500
_ORIGINALS = 1_000


class LocalStore:
    """A store.Store in one SQLite file, made when it isn't there.

    A migration of the file is one transaction, so no write ever goes to another index as well.

    Args:
        now_s: the clock that tombstones go by.
    """

    def __init__(self, path: Path) -> None:
        self._file = LocalFile(path)

    def put(self, documents: Sequence[Document], context: WriteContext = PLAIN_WRITE) -> list[ItemResult]:
        # Terms are made before the write lock is taken: they are most of the work.
        encoded = ((document, encode_json(document.source)) for document in documents)
        made = [(document, source, _columns(source)) for document, source in encoded]
        context.before_request()
        begun_s = time.perf_counter()
        with self._file.writing() as db:
            self._require_same_analysis(db)
            results = [_put(db, *one) for one in made]
        size = sum(len(source) for _, source, _ in made)
        context.after_bulk(len(made), size, time.perf_counter() - begun_s)
        return results

    def remove(self, document_id: str, path: str, context: WriteContext = PLAIN_WRITE) -> bool:
        context.before_request()
        with self._file.writing() as db:
            self._require_same_analysis(db)
            row = db.execute(
                "SELECT rowid, version, source, path FROM documents WHERE id = ?", (document_id,)
            ).fetchone()
            if row is None:
                return True
            if row[3] != encode_path(path):
                return False
            _unindex(db, row[0], row[2])
            db.execute("DELETE FROM documents WHERE rowid = ?", (row[0],))
            return True

    def stored(self, ids: Sequence[str]) -> dict[str, StoredFile]:
        found: dict[str, StoredFile] = {}
        with self._file.reading() as db:
            for start in range(0, len(ids), _IDS):
                some = ids[start : start + _IDS]
                marks = ",".join("?" * len(some))
                rows = db.execute(f"SELECT {_FILE_COLUMNS} FROM documents WHERE id IN ({marks})", some)  # noqa: S608  only marks
                found |= {row[0]: _stored(row) for row in rows}
        return found

    def originals(
        self, fingerprints: Sequence[Fingerprint], context: WriteContext = PLAIN_WRITE
    ) -> list[Original]:
        if fingerprints:
            context.before_request()
        found: dict[str, bytes] = {}
        with self._file.reading() as db:
            for asked in fingerprints:
                values = (bands_expression(asked), _ORIGINALS - len(found))
                found |= db.execute(_ORIGINALS_QUERY, values).fetchall()
        sources = ((name, msgspec.json.decode(source)) for name, source in found.items())
        return [one for name, source in sources if (one := original(name, source)) is not None]

    def files_under(self, folder: str) -> Iterator[StoredFile]:
        prefix = encode_path(folder.rstrip("/") + "/")
        below = prefix[:-1] + "0"  # the character after the slash
        query = f"SELECT {_FILE_COLUMNS} FROM documents WHERE path >= ? AND path < ? AND path > ? ORDER BY path LIMIT 1000"  # noqa: S608, E501  a constant
        after = ""
        while True:
            # Page by page, so that no read transaction stays open while the caller works.
            with self._file.reading() as db:
                rows = db.execute(query, (prefix, below, after)).fetchall()
            if not rows:
                return
            yield from map(_stored, rows)
            after = rows[-1][2]

    def search(self, query: str, *, size: int = 10) -> list[Hit]:
        clauses = parse_query(query)
        if not clauses:
            return []
        ids = [clause.text for clause in clauses if clause.kind == "id"]
        expression = match_expression([clause for clause in clauses if clause.kind != "id"])
        where, values, score = ["1"], list[Any](), "0.0"
        table = "documents"
        if expression:
            table = "terms JOIN documents ON documents.rowid = terms.rowid"
            score = "-bm25(terms, 2.0)"
            where.append("terms MATCH ?")
            values.append(expression)
        for one in ids:
            where.append("documents.id = ?")
            values.append(one)
        statement = (
            f"SELECT documents.id, {score} AS score, documents.source FROM {table} "  # noqa: S608  made of constants
            f"WHERE {' AND '.join(where)} ORDER BY score DESC, documents.id LIMIT ?"
        )
        with self._file.reading() as db:
            rows = db.execute(statement, (*values, size)).fetchall()
        return [_hit(row, clauses) for row in rows]

    def count(self) -> int:
        with self._file.reading() as db:
            return int(db.execute("SELECT count(*) FROM documents").fetchone()[0])

    def check(self) -> None:
        with self._file.reading() as db:
            self._require_same_analysis(db)

    def init(self) -> IndexStatus:
        return self.status()

    def status(self) -> IndexStatus:
        with self._file.reading() as db:
            articles = int(db.execute("SELECT count(*) FROM documents").fetchone()[0])
            letters = int(db.execute("SELECT count(*) FROM letters").fetchone()[0])
            same = _analysis(db) == analysis_key()
        drift = [] if same else ["The file was indexed by another analysis: run `newsdrop index migrate`."]
        name = str(self._file.path)
        return IndexStatus(
            kind="local",
            where=name,
            articles=_state("articles", name, articles, drift),
            letters=_state("letters", name, letters, []),
        )

    def migrate(
        self,
        *,
        progress: Callable[[str, int, int], object] | None = None,
        dual_write: Callable[[str | None], object] | None = None,
        delete_old: bool = False,
    ) -> IndexStatus:
        with self._file.writing() as db:
            if _analysis(db) != analysis_key():
                _rebuild(db, progress or (lambda *_: None))
        return self.status()

    def mirror_letters(self, letters: Sequence[DeadLetter]) -> list[str]:
        with self._file.writing() as db:
            for letter in letters:
                document = build_letter(letter)
                db.execute(
                    "INSERT INTO letters (id, revision, source) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE "
                    "SET revision = excluded.revision, source = excluded.source "
                    "WHERE excluded.revision >= letters.revision",
                    (document.id, document.version, encode_json(document.source)),
                )
        return [letter.id for letter in letters]

    def close(self) -> None:
        self._file.close()

    def _require_same_analysis(self, db: sqlite3.Connection) -> None:
        if _analysis(db) != analysis_key():
            raise ConfigError(
                f"The embedded index {self._file.path} was made by another version of newsdrop's analysis. "
                "Run `newsdrop index migrate` to rebuild it."
            )


_ORIGINALS_QUERY = (
    "SELECT documents.id, documents.source FROM terms JOIN documents ON documents.rowid = terms.rowid "
    "WHERE terms MATCH ? AND json_extract(CAST(source AS TEXT), '$.duplicate_of') IS NULL LIMIT ?"
)
_FILE_COLUMNS = "id, version, path, size, stamp"


def _put(
    db: sqlite3.Connection, document: Document, source: bytes, new_columns: tuple[str, ...]
) -> ItemResult:
    row = db.execute(
        "SELECT rowid, version, source, path FROM documents WHERE id = ?", (document.id,)
    ).fetchone()
    there = row[1] if row else None
    if there is not None and there > document.version:
        if row[3] is None or row[3] != path_of(document):
            reason = f"version {there} is there, newer than {document.version}"
            return ItemResult(document_id=document.id, status="superseded", reason=reason)
        # The same file, corrected, now says an earlier time: it is right about its article.
        document = msgspec.structs.replace(document, version=there)
    if row:
        _unindex(db, row[0], row[2])
    facts = stored_file(document.id, document.version, document.source)
    path = document.source.get("file", {}).get("path")
    size, stamp = (facts.stamp.size, facts.stamp.mtime) if facts.stamp else (None, None)
    values = (document.id, document.version, path, size, stamp, source)
    with closing(
        db.execute(
            "INSERT INTO documents (id, version, path, size, stamp, source) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET version = excluded.version, path = excluded.path, "
            "size = excluded.size, stamp = excluded.stamp, source = excluded.source RETURNING rowid",
            values,
        )
    ) as cursor:
        rowid = cursor.fetchone()[0]
    _index(db, rowid, new_columns)
    return ItemResult(document_id=document.id, status="indexed")


def _columns(source: bytes) -> tuple[str, ...]:
    # Always from the stored bytes: taking terms out must name exactly what was put in.
    return columns(msgspec.json.decode(source))


def _index(db: sqlite3.Connection, rowid: int, values: tuple[str, ...]) -> None:
    db.execute(
        f"INSERT INTO terms (rowid, {COLUMN_NAMES}) VALUES (?{', ?' * len(values)})",  # noqa: S608  constants
        (rowid, *values),
    )


def _unindex(db: sqlite3.Connection, rowid: int, source: bytes) -> None:
    # The table keeps no copy of its text, so what is to go must be told to it again, exactly.
    values = _columns(source)
    db.execute(
        f"INSERT INTO terms (terms, rowid, {COLUMN_NAMES}) VALUES ('delete', ?{', ?' * len(values)})",  # noqa: S608  constants
        (rowid, *values),
    )


def _rebuild(db: sqlite3.Connection, progress: Callable[[str, int, int], object]) -> None:
    total = int(db.execute("SELECT count(*) FROM documents").fetchone()[0])
    # Dropped, not emptied: its columns may be others.
    db.execute("DROP TABLE terms")
    db.execute(SCHEMA)
    rows = db.execute("SELECT rowid, source FROM documents")
    for done, (rowid, source) in enumerate(rows, 1):
        _index(db, rowid, _columns(source))
        if done % 100 == 0 or done == total:
            progress("rebuild", done, total)
    db.execute("UPDATE facts SET value = ? WHERE name = 'analysis'", (analysis_key(),))


def _analysis(db: sqlite3.Connection) -> str:
    row = db.execute("SELECT value FROM facts WHERE name = 'analysis'").fetchone()
    return str(row[0]) if row else ""


def _stored(row: tuple[Any, ...]) -> StoredFile:
    file = {"path": row[2], "size": row[3], "stamp": row[4]}
    return stored_file(row[0], row[1], {"file": file})


def _state(alias: str, index: str, documents: int, drift: list[str]) -> IndexState:
    return IndexState(
        alias=alias,
        index=index,
        mapping_version=_VERSION,
        expected_version=_VERSION,
        documents=documents,
        drift=drift,
    )


def _hit(row: tuple[str, float, bytes], clauses: list[Clause]) -> Hit:
    source = msgspec.json.decode(row[2])
    url = source.get("url", {})
    return Hit(
        id=row[0],
        score=round(row[1], 4),
        title=source.get("title", ""),
        url=url.get("full"),
        published_at=source.get("published_at"),
        source=source.get("source", {}).get("name") or url.get("domain"),
        snippet=snippet(source.get("text", "") or source.get("summary", ""), clauses),
    )
