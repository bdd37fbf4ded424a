"""The SQLite file of the embedded index: connections, schema, transactions, and translated errors.

A connection belongs to one process and one thread, so each gets its own, and none is carried across a fork
(local_connections.py). Nobody but SQLite opens or closes a file that exists: closing it drops all the locks
that this process holds on it. No sqlite3 exception gets out.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from newsdrop.errors import ConfigError, NewsdropError, OutageError
from newsdrop.index.local_connections import Connection, adopt, in_use, release
from newsdrop.index.local_counts import COUNTED_SCHEMA
from newsdrop.index.local_query import ADDRESS
from newsdrop.index.local_words import WORDS_SCHEMA
from newsdrop.index.terms import analysis_key
from newsdrop.options import LOCAL_TIMEOUT_S

__all__ = ["DERIVED", "LocalFile", "made_by"]

_MAKING = threading.Lock()
#: A bulk and its words take a few MB.
_LEAST_ROOM_BYTES = 8_000_000
#: SQLite errors that may pass: another writer, a full disk, an error of the device.
_PASSING = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR})
#: Tables that can be rebuilt from the documents: words, those of heads, times with the numbers of the values
#: that are counted, and those values.
DERIVED = (
    *WORDS_SCHEMA,
    "CREATE TABLE IF NOT EXISTS dates (document INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, "
    "published_ms INTEGER, updated_ms INTEGER, archived_ms INTEGER, ingested_ms INTEGER, "
    "coarse INTEGER NOT NULL, counted BLOB NOT NULL)",
    "CREATE INDEX IF NOT EXISTS dates_at ON dates (at_ms)",
    COUNTED_SCHEMA,
)
#: The newest table: a file without it was made by an earlier version, or is new.
_NEWEST = "heads"
_TABLES = (
    "CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS documents (rowid INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, "
    "version INTEGER NOT NULL, path TEXT, size INTEGER, stamp INTEGER, source BLOB NOT NULL)",
    "CREATE INDEX IF NOT EXISTS documents_path ON documents (path)",
    f"CREATE INDEX IF NOT EXISTS documents_url ON documents ({ADDRESS})",
    "CREATE TABLE IF NOT EXISTS letters (id TEXT PRIMARY KEY, revision INTEGER NOT NULL, "
    "source BLOB NOT NULL) WITHOUT ROWID",
    *DERIVED,
)


class LocalFile:
    """One SQLite file; created with its folder on first use."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._own = threading.local()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for reading."""
        with self._translated(), in_use():
            yield self._connection().db

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A write transaction: the whole block or nothing. Waits for other writers, at most 20 s."""
        with self._translated(), in_use():
            connection = self._connection()
            db = connection.db
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                self._require_on_disk(connection)
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")
            # Again: only what others will read may be acknowledged.
            self._require_on_disk(connection)

    def try_write(self) -> None:
        """Return if documents could be written now: nobody keeps the file locked, and its disk has room.

        A trial alone would fit into what SQLite holds of a full disk already.
        """
        disk = os.statvfs(self.path.parent)
        if disk.f_bavail * disk.f_frsize < _LEAST_ROOM_BYTES:
            raise OutageError(
                f"The disk of the embedded index {self.path} is full: free some space "
                f"({_LEAST_ROOM_BYTES // 1_000_000} MB at least)."
            )
        with self.writing() as db:
            db.execute(
                "INSERT INTO facts VALUES ('trial', '1') ON CONFLICT (name) DO UPDATE SET value = value + 1"
            )

    def identity(self) -> str:
        """The unique id of this file; created when it is first asked for."""
        asked = "SELECT value FROM facts WHERE name = 'identity'"
        with self.reading() as db:
            found = db.execute(asked).fetchone()
        if found is None:
            with self.writing() as db:
                db.execute("INSERT OR IGNORE INTO facts VALUES ('identity', ?)", (uuid4().hex,))
                found = db.execute(asked).fetchone()
        return str(found[0])

    def close(self) -> None:
        """Close this thread's connection."""
        held: Connection | None = getattr(self._own, "held", None)
        if held is not None:
            release(held)
        self._own.held = None

    def _connection(self) -> Connection:
        held: Connection | None = getattr(self._own, "held", None)
        if held is not None and not held.closed and held.moved:
            held.close()
        if held is None or held.closed:
            held = self._own.held = adopt(Connection(self.path, self._open()))
        held.require_its_log()
        return held

    def _require_on_disk(self, connection: Connection) -> None:
        if connection.moved:
            raise OutageError(
                f"The embedded index {self.path} was moved away, deleted or replaced meanwhile."
            )
        connection.require_its_log()

    def _open(self) -> sqlite3.Connection:
        self._make_file()
        # Another thread closes it before a fork.
        db = sqlite3.connect(
            self.path, timeout=LOCAL_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        try:
            db.execute("PRAGMA journal_mode = WAL")
            # An acknowledged document survives a power cut.
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA cache_size = -64000")
            # The results of a search are kept in a temporary table.
            db.execute("PRAGMA temp_store = MEMORY")
            if db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (_NEWEST,)).fetchone() is None:
                self._create(db)
        except BaseException:
            db.close()
            raise
        return db

    def _make_file(self) -> None:
        """Make the file if there is none; the files that SQLite adds get its mode.

        They contain articles, which only the owner may read.
        """
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # One at a time: until this one is closed again, no other thread may have SQLite lock the file.
            with _MAKING, suppress(FileExistsError):
                flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC
                os.close(os.open(os.path.realpath(self.path), flags, 0o600))
        except OSError as error:
            raise ConfigError(
                f"The embedded index {self.path} can't be created or opened ({error.strerror}): choose "
                "another folder with NEWSDROP_STATE_DIR."
            ) from None

    def _create(self, db: sqlite3.Connection) -> None:
        db.execute("BEGIN IMMEDIATE")
        for statement in _TABLES:
            db.execute(statement)
        db.execute("INSERT OR IGNORE INTO facts VALUES ('analysis', ?)", (made_by(),))
        db.execute("COMMIT")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._ours(error) from error

    def _ours(self, error: sqlite3.Error) -> NewsdropError:
        # The low byte is the primary error code.
        code = getattr(error, "sqlite_errorcode", None)
        if code is not None and code & 0xFF in _PASSING:
            return OutageError(
                f"The embedded index {self.path} is busy: {error}. "
                "Another process is writing for a long time, or the disk is full."
            )
        return ConfigError(
            f"The embedded index {self.path} can't be used: {error}. Is it writable and undamaged? "
            "Choose another folder with NEWSDROP_STATE_DIR, or move the file away and ingest again."
        )


def made_by() -> str:
    """A key that differs if another version made the tables with other terms or columns."""
    return f"tables-6 {analysis_key()}"
