"""All results of a search as a download: as JSON lines, as a table, or as a ZIP of Markdown pages.

Made while sending: memory doesn't grow with the number of articles, except for the ZIP's directory.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

import msgspec

from newsdrop.desk.article_formats import as_markdown, facts_of
from newsdrop.documents import Document, Hit, decode_path
from newsdrop.errors import printable
from newsdrop.index.search import SearchRequest
from newsdrop.index.store import Store

__all__ = ["EXPORTS", "Export", "file_name", "safe_cell"]

_CHUNK_BYTES: Final = 64_000
_COLUMNS: Final = (
    "id", "title", "author", "source", "published_at", "precision", "archived_at", "language", "url", "path",
    "member", "snippet",
)  # fmt: skip
#: Characters that make a spreadsheet evaluate a cell instead of showing it.
_FORMULA = re.compile(r"\s*[=+\-@\t\r]")
_UNFIT = re.compile(r"[^\w.-]+")
_NAME_CHARS: Final = 60
#: ZIP's dates begin here.
_FIRST_DATE: Final = (1980, 1, 1, 0, 0, 0)


class Export(msgspec.Struct, frozen=True):
    """One format of downloads. `pieces` yields its bytes, made on demand."""

    suffix: str
    media_type: str
    pieces: Callable[[Store, SearchRequest], Iterator[bytes]]


def _ndjson(store: Store, request: SearchRequest) -> Iterator[bytes]:
    return _gathered(msgspec.json.encode(hit) + b"\n" for hit in store.all_hits(request))


def _csv(store: Store, request: SearchRequest) -> Iterator[bytes]:
    def lines() -> Iterator[bytes]:
        # Excel reads a file as UTF-8 only if it begins this way.
        yield "\ufeff".encode() + _row(_COLUMNS)
        for hit in store.all_hits(request):
            yield _row([safe_cell(_cell(hit, column)) for column in _COLUMNS])

    return _gathered(lines())


def _markdown(store: Store, request: SearchRequest) -> Iterator[bytes]:
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for hit in store.all_hits(msgspec.structs.replace(request, snippets=False)):
            for document in store.find(hit.id):
                page = as_markdown(document.source, facts_of(document)) + "\n"
                entry = zipfile.ZipInfo(file_name(document), _date_of(document))
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, printable(page).encode())
            if sink.size >= _CHUNK_BYTES:
                yield sink.take()
    yield sink.take()


EXPORTS: Final = {
    "ndjson": Export("ndjson", "application/x-ndjson", _ndjson),
    "csv": Export("csv", "text/csv; charset=utf-8", _csv),
    "markdown": Export("zip", "application/zip", _markdown),
}


def safe_cell(text: str) -> str:
    """A cell that no spreadsheet interprets as a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def file_name(document: Document) -> str:
    """A name for the article's page: its day, its title, and a part of its id."""
    title = _UNFIT.sub("-", document.source.get("title", "")).strip("-.")[:_NAME_CHARS].rstrip("-.")
    day = document.source["@timestamp"][:10]
    return "-".join(part for part in (day, title, document.id[:8]) if part) + ".md"


class _Sink(io.RawIOBase):
    """Collects what a ZIP writes, and returns it in pieces; not seekable, so the ZIP doesn't seek."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        part = bytes(data)  # type: ignore[call-overload]
        self._parts.append(part)
        self.size += len(part)
        return len(part)

    def take(self) -> bytes:
        """What was written since the last call."""
        piece, self._parts, self.size = b"".join(self._parts), [], 0
        return piece


def _gathered(lines: Iterator[bytes]) -> Iterator[bytes]:
    """The lines joined into pieces of the size of a packet."""
    some: list[bytes] = []
    size = 0
    for line in lines:
        some.append(line)
        size += len(line)
        if size >= _CHUNK_BYTES:
            yield b"".join(some)
            some, size = [], 0
    if some:
        yield b"".join(some)


def _row(cells: object) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)  # type: ignore[arg-type]
    return printable(buffer.getvalue()).encode()


def _cell(hit: Hit, column: str) -> str:
    value = getattr(hit, column)
    if column in ("path", "member") and value:
        return decode_path(value)
    return "; ".join(value) if isinstance(value, list) else "" if value is None else str(value)


def _date_of(document: Document) -> tuple[int, int, int, int, int, int]:
    at = datetime.fromisoformat(document.source["@timestamp"])
    return max(_FIRST_DATE, (at.year, at.month, at.day, at.hour, at.minute, at.second))
