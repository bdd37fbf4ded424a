"""Pages that say what they do to their reader, alone in files and as members of real archives.

    page KIND ARTICLE CAPTURE_MS xxx…      KIND as in ledger_actors.FATES; the padding makes sizes differ

What they say is all that is ours: they are read, listed and made documents of by the shipped code.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from newsdrop.archive.header import Layout
from newsdrop.archive.reader import Bundle, Raw, Reader
from newsdrop.documents import Article, Block, Drop, Header, Page, Stamp
from newsdrop.errors import PermanentError, TransientError
from newsdrop.identity import drop_id, url_document_id
from newsdrop.options import Limits
from newsdrop.parse.parser import Explanation

__all__ = ["Brought", "PageReader", "Parser", "Told", "brought_by", "packed", "replace_file", "told"]


class Told(NamedTuple):
    """What a page says of itself."""

    kind: str
    article: str
    capture_ms: int
    padding: int = 0

    @property
    def data(self) -> bytes:
        """The page."""
        return f"page {self.kind} {self.article} {self.capture_ms} {'x' * self.padding}".encode()

    @property
    def url(self) -> str:
        """The address of its article."""
        return f"https://told.example/{self.article}"

    @property
    def document_id(self) -> str:
        """What its article is called in the index."""
        return url_document_id(self.url)


def told(data: bytes) -> Told:
    """What the page in these bytes says."""
    _, kind, article, capture_ms, *padding = data.decode().split(" ")
    return Told(kind, article, int(capture_ms), len(padding[0]) if padding else 0)


def packed(members: dict[str, Told]) -> bytes:
    """A ZIP file of these pages, by their names."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as file:
        for name, page in members.items():
            file.writestr(name, page.data)
    return held.getvalue()


class Brought(NamedTuple):
    """A drop that is there: its stamp, and what it says; None: it is a bundle. `path` None: it is inline."""

    path: str | None
    member: str | None
    stamp: Stamp
    page: Told | None

    @property
    def id(self) -> str:
        """The id of a drop with a path."""
        assert self.path is not None
        return drop_id(self.path, self.member)


def brought_by(folder: Path) -> Iterator[Brought]:
    """Every drop that lies in a folder now, members of bundles included."""
    for path in sorted(folder.glob("[!.]*")):
        about = path.stat()
        stamp = Stamp.from_ns(about.st_size, about.st_mtime_ns)
        if not zipfile.is_zipfile(path):
            yield Brought(str(path), None, stamp, told(path.read_bytes()))
            continue
        yield Brought(str(path), None, stamp, None)
        with zipfile.ZipFile(path) as file:
            for entry in file.infolist():
                page = told(file.read(entry))
                yield Brought(str(path), entry.filename, Stamp(entry.file_size, stamp.mtime), page)


class _Dialect:
    name = "told"
    expects = "a page that says what it does"

    def sniff(self, text: str) -> bool:
        return text.startswith("page ")

    def split(self, text: str, source: str, limits: Limits) -> Layout:
        page = told(text.encode())
        header = Header(title=page.kind, url=page.url, archived_at_ms=page.capture_ms)
        return Layout(self.name, header, text)


class PageReader(Reader):
    """Reads real files and archives; some kill it, or can't be opened at the first try.

    Args:
        tried: the pages that were tried already, by drop and bytes; shared by all readers.
        reading: called before each drop is read.
        dies: ends the process.
    """

    def __init__(
        self, tried: set[tuple[str, bytes]], reading: Callable[[], object], dies: Callable[[], object]
    ) -> None:
        super().__init__(dialects=[_Dialect()])
        self._tried = tried
        self._reading = reading
        self._dies = dies

    def fetch(self, drop: Drop) -> Raw | Bundle:
        self._reading()
        found = super().fetch(drop)
        if isinstance(found, Raw):
            self._act(drop, found.data)
        return found

    def _act(self, drop: Drop, data: bytes) -> None:
        kind = told(data).kind
        if kind == "poison":
            self._dies()
        if kind == "flaky" and (drop.id, data) not in self._tried:
            self._tried.add((drop.id, data))
            raise TransientError(f"{drop.source} can't be opened just now.")


class Parser:
    """Makes an article of what a page says."""

    def parse(self, page: Page) -> Article:
        if page.title == "bad":
            raise PermanentError("It is bad.")
        return Article(
            title=page.title,
            url=page.url,
            archived_at_ms=page.archived_at_ms,
            blocks=[Block("p", page.html)],
        )

    def explain(self, page: Page) -> Explanation:
        raise NotImplementedError


def replace_file(path: Path, data: bytes, mtime_ns: int) -> None:
    """A file in the place of another at once, as whoever writes carefully does it."""
    # In a folder of its own, that nobody watches.
    fresh = path.parent.with_name(f"{path.parent.name}-{path.name}")
    fresh.write_bytes(data)
    os.utime(fresh, ns=(mtime_ns, mtime_ns))
    fresh.replace(path)
