"""The embedded index: one SQLite file with FTS5, for `newsdrop up` without Elasticsearch.

It implements the same contract as Elasticsearch: the same documents, external versions, and the same answers
to the same queries, because it indexes the same terms (terms.py) and searches for the same phrases. The
full-text table contains only terms; the documents are stored beside it as JSON. Several processes may write:
WAL, one writer at a time, each waits for its turn.

Refuses a file made with another analysis until `newsdrop index migrate` has rebuilt it.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

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
from newsdrop.index.bulk import judge_refused
from newsdrop.index.document import stored_file
from newsdrop.index.duplicates import original
from newsdrop.index.encoding import encode_json
from newsdrop.index.letter import build_letter
from newsdrop.index.local_counts import keep, release
from newsdrop.index.local_facts import local_dates, local_facets
from newsdrop.index.local_file import DERIVED, LocalFile, made_by
from newsdrop.index.local_search import found_rows, hits_of, search
from newsdrop.index.local_terms import bands_expression
from newsdrop.index.local_words import WordChanges, Words, changed_words, words_of
from newsdrop.index.search import SearchAnswer, SearchRequest
from newsdrop.index.store import MOST_DOCUMENTS, IndexState, IndexStatus
from newsdrop.portions import chunked
from newsdrop.ports import PLAIN_WRITE, IndexIdentity, WriteContext

__all__ = ["LocalStore"]

#: As long as Elasticsearch's index.gc_deletes: a late, older write doesn't bring back what was removed.
_VERSION = 1
_IDS = 500
_ORIGINALS = 1_000
#: How many results are read at a time if all are requested.
_HITS = 200
#: How many documents' words are written at a time when all are.
_REBUILT = 256


class LocalStore:
    """A store.Store in one SQLite file, created if it doesn't exist.

    A migration of the file is one transaction, so no write ever goes to another index as well.

    Args:
        now_s: the clock for tombstones.
    """

    def __init__(self, path: Path) -> None:
        self._file = LocalFile(path)

    def put(self, documents: Sequence[Document], context: WriteContext = PLAIN_WRITE) -> list[ItemResult]:
        # Terms are made before the write lock is taken: they are most of the work.
        made = [_made(document) for document in documents]
        context.before_request()
        begun_s = time.perf_counter()
        with self._file.writing() as db, changed_words(db) as words:
            self._require_same_analysis(db)
            results = [_put(db, one, words) for one in made]
        size = sum(len(one.encoded) for one in made)
        context.after_bulk(len(made), size, time.perf_counter() - begun_s)
        return results

    def remove(self, document_id: str, path: str | None, context: WriteContext = PLAIN_WRITE) -> bool:
        context.before_request()
        with self._file.writing() as db, changed_words(db) as words:
            self._require_same_analysis(db)
            row = db.execute(
                "SELECT rowid, version, source, path FROM documents WHERE id = ?", (document_id,)
            ).fetchone()
            if row is None:
                return True
            if row[3] != (None if path is None else encode_path(path)):
                return False
            _unindex(db, row[0], row[2], words)
            db.execute("DELETE FROM documents WHERE rowid = ?", (row[0],))
            return True

    def stored(self, ids: Sequence[str]) -> dict[str, StoredFile]:
        found: dict[str, StoredFile] = {}
        with self._file.reading() as db:
            for start in range(0, len(ids), _IDS):
                some = ids[start : start + _IDS]
                marks = ",".join("?" * len(some))
                query = f"SELECT {_FILE_COLUMNS}, {_MEMBER} FROM documents WHERE id IN ({marks})"  # noqa: S608  only marks
                rows = db.execute(query, some)
                found |= {row[0]: _stored(row, row[5]) for row in rows}
        return found

    def member_of(self, document_id: str) -> str | None:
        with self._file.reading() as db:
            row = db.execute("SELECT source FROM documents WHERE id = ?", (document_id,)).fetchone()
        return None if row is None else msgspec.json.decode(row[0]).get("archive", {}).get("member")

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
        query = (
            f"SELECT {_FILE_COLUMNS}, rowid FROM documents WHERE path < ? AND (path, rowid) > (?, ?) "  # noqa: S608  a constant
            "ORDER BY path, rowid LIMIT 1000"
        )
        after: tuple[str, int] = (prefix, 0)
        while True:
            # Page by page, so that no read transaction stays open while the caller works.
            with self._file.reading() as db:
                rows = db.execute(query, (below, *after)).fetchall()
            if not rows:
                return
            yield from map(_stored, rows)
            after = (rows[-1][2], rows[-1][-1])

    def search(self, request: SearchRequest) -> SearchAnswer:
        with self._file.reading() as db:
            self._require_same_analysis(db)
            return search(db, request)

    def all_hits(self, request: SearchRequest) -> Iterator[Hit]:
        with self._file.reading() as db:
            self._require_same_analysis(db)
            rows = found_rows(db, request)
        for start in range(0, len(rows), _HITS):
            # No transaction stays open while the caller works.
            some = [(row, 0.0) for row in rows[start : start + _HITS]]
            with self._file.reading() as db:
                hits = hits_of(db, some, request)
            yield from hits

    def find(self, start: str) -> list[Document]:
        end = start[:-1] + chr(ord(start[-1]) + 1)
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT id, version, source FROM documents WHERE id >= ? AND id < ? ORDER BY id LIMIT ?",
                (start, end, MOST_DOCUMENTS),
            ).fetchall()
        return [Document(id=row[0], version=row[1], source=msgspec.json.decode(row[2])) for row in rows]

    def count(self) -> int:
        with self._file.reading() as db:
            return int(db.execute("SELECT count(*) FROM documents").fetchone()[0])

    def identity(self) -> IndexIdentity:
        return IndexIdentity(
            kind="local",
            id=self._file.identity(),
            alias="",
            letters="",
            where=encode_path(str(self._file.path)),
        )

    def check(self, *, reading: bool = False) -> None:
        with self._file.reading() as db:
            self._require_same_analysis(db)
        # A gate that opens for a file which takes nothing would only close again.
        if not reading:
            self._file.try_write()

    def init(self) -> IndexStatus:
        return self.status()

    def status(self) -> IndexStatus:
        with self._file.reading() as db:
            articles = int(db.execute("SELECT count(*) FROM documents").fetchone()[0])
            letters = int(db.execute("SELECT count(*) FROM letters").fetchone()[0])
            same = _analysis(db) == made_by()
        drift = [] if same else ["The file was indexed with another analysis: run `newsdrop index migrate`."]
        name = encode_path(str(self._file.path))
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
            if _analysis(db) != made_by():
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

    def mirror_home(self) -> str:
        with self._file.writing() as db:
            db.execute("INSERT OR IGNORE INTO facts VALUES ('letters', ?)", (uuid4().hex,))
            return str(db.execute("SELECT value FROM facts WHERE name = 'letters'").fetchone()[0])

    def close(self) -> None:
        self._file.close()

    def _require_same_analysis(self, db: sqlite3.Connection) -> None:
        if _analysis(db) != made_by():
            raise ConfigError(
                f"The embedded index {self._file.path} was made by another version of newsdrop's analysis. "
                "Run `newsdrop index migrate` to rebuild it."
            )


_ORIGINALS_QUERY = (
    "SELECT documents.id, documents.source FROM terms JOIN documents ON documents.rowid = terms.rowid "
    "WHERE terms MATCH ? LIMIT ?"
)
_FILE_COLUMNS = "id, version, path, size, stamp"
_MEMBER = "json_extract(CAST(source AS TEXT), '$.archive.member')"


class _Made(msgspec.Struct, frozen=True):
    """A document ready to be written: its bytes, those bytes as they are read back, and its words.

    Everything is made from the bytes, because removing words must name exactly what was added.
    """

    document: Document
    encoded: bytes
    source: dict[str, Any]
    words: Words


def _made(document: Document) -> _Made:
    encoded = encode_json(document.source)
    source = msgspec.json.decode(encoded)
    return _Made(document, encoded, source, words_of(source))


def _put(db: sqlite3.Connection, made: _Made, words: WordChanges) -> ItemResult:
    document = made.document
    row = db.execute("SELECT rowid, version, source FROM documents WHERE id = ?", (document.id,)).fetchone()
    there, lowered = row[1] if row else None, False
    if there is not None and there > document.version:
        verdict = judge_refused(document, there, msgspec.json.decode(row[2]))
        if not verdict.written:
            reason = f"version {there} is there, newer than {document.version}"
            return ItemResult(document_id=document.id, status="superseded", reason=reason)
        document, lowered = msgspec.structs.replace(document, version=there), verdict.lowered
    if row:
        _unindex(db, row[0], row[2], words)
    facts = stored_file(document.id, document.version, document.source)
    path = document.source.get("file", {}).get("path")
    size, stamp = (facts.stamp.size, facts.stamp.mtime) if facts.stamp else (None, None)
    rowid = row[0] if row else _unused_row(db)
    db.execute(
        "INSERT INTO documents (rowid, id, version, path, size, stamp, source) VALUES (?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET version = excluded.version, path = excluded.path, "
        "size = excluded.size, stamp = excluded.stamp, source = excluded.source",
        (rowid, document.id, document.version, path, size, stamp, made.encoded),
    )
    words.add(rowid, made.words)
    _index(db, rowid, made.source)
    return ItemResult(document_id=document.id, status="indexed", lowered=lowered)


def _unused_row(db: sqlite3.Connection) -> int:
    """A number that no document has or had: whoever lists found ones knows them by their numbers."""
    (number,) = db.execute(
        "INSERT INTO facts (name, value) "
        "VALUES ('last_row', (SELECT coalesce(max(rowid), 0) + 1 FROM documents)) "
        "ON CONFLICT (name) DO UPDATE SET "
        "value = max(CAST(value AS INTEGER) + 1, CAST(excluded.value AS INTEGER)) "
        "RETURNING CAST(value AS INTEGER)"
    ).fetchone()
    return int(number)


def _index(db: sqlite3.Connection, rowid: int, source: dict[str, Any]) -> None:
    counted = keep(db, local_facets(source))
    db.execute("INSERT INTO dates VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (rowid, *local_dates(source), counted))


def _unindex(db: sqlite3.Connection, rowid: int, encoded: bytes, words: WordChanges) -> None:
    words.take(rowid, words_of(msgspec.json.decode(encoded)))
    (counted,) = db.execute("SELECT counted FROM dates WHERE document = ?", (rowid,)).fetchone()
    release(db, counted)
    db.execute("DELETE FROM dates WHERE document = ?", (rowid,))


def _rebuild(db: sqlite3.Connection, progress: Callable[[str, int, int], object]) -> None:
    total = int(db.execute("SELECT count(*) FROM documents").fetchone()[0])
    for name in ("terms", "heads", "dates", "facets", "counted"):
        db.execute(f"DROP TABLE IF EXISTS {name}")
    for statement in DERIVED:
        db.execute(statement)
    done = 0
    for some in chunked(db.execute("SELECT rowid, source FROM documents"), _REBUILT):
        with changed_words(db) as words:
            for rowid, encoded in some:
                source = msgspec.json.decode(encoded)
                words.add(rowid, words_of(source))
                _index(db, rowid, source)
        done += len(some)
        progress("rebuild", done, total)
    db.execute("UPDATE facts SET value = ? WHERE name = 'analysis'", (made_by(),))


def _analysis(db: sqlite3.Connection) -> str:
    row = db.execute("SELECT value FROM facts WHERE name = 'analysis'").fetchone()
    return str(row[0]) if row else ""


def _stored(row: tuple[Any, ...], member: str | None = None) -> StoredFile:
    file = {"path": row[2], "size": row[3], "stamp": row[4]}
    return stored_file(row[0], row[1], {"file": file, "archive": {"member": member}})


def _state(alias: str, index: str, documents: int, drift: list[str]) -> IndexState:
    return IndexState(
        alias=alias,
        index=index,
        mapping_version=_VERSION,
        expected_version=_VERSION,
        documents=documents,
        drift=drift,
    )
