"""Reads drops: `fetch` returns the bytes of a drop, or the bundle they are; `page` the page in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256

import msgspec

from newsdrop.archive.bundles.kinds import HEAD_BYTES, kind_of
from newsdrop.archive.bundles.members import Bundle, Members, open_packed
from newsdrop.archive.bundles.streams import Source
from newsdrop.archive.decoding import decode
from newsdrop.archive.dialects import DIALECTS, Dialect, split
from newsdrop.archive.header import Header, Layout
from newsdrop.archive.opening import open_file, read_file, read_some, too_large
from newsdrop.archive.replays import restored
from newsdrop.archive.saved import SavedPage, read_saved
from newsdrop.documents import Drop, Page, Stamp
from newsdrop.errors import GoneError, PermanentError, StorageError, TooLargeError
from newsdrop.membership import SEPARATOR
from newsdrop.name_filter import NameFilter
from newsdrop.options import Limits

__all__ = ["Bundle", "Raw", "Reader"]

#: The dialect of pages that need no header, because a WARC record says where and when they were saved.
_WARC = "warc"


class Raw(msgspec.Struct, frozen=True, kw_only=True):
    """A drop's page as it was read. `stamp` is the opened file's, taken before reading.

    `sha256` is of the file or member as it is, packed or not.

    `url`, `archived_at_ms` and `charset` are only known beforehand for a page from a WARC file.
    """

    data: bytes
    stamp: Stamp
    sha256: str
    url: str | None = None
    archived_at_ms: int | None = None
    charset: str | None = None


class Reader:
    """Reads drops. Keeps bundles open between calls, so each thread needs its own.

    Args:
        names: which members of bundles are passed over because of their names.
        dialects: the known layouts of text, the more specific ones first.
        doubts: why nothing may be concluded from the absence of a file; None: it is gone.
        headerless: whether text without a header is an article titled with its file's name.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        names: NameFilter | None = None,
        headerless: Callable[[Drop], bool] = lambda _drop: False,
        dialects: Sequence[Dialect] = DIALECTS,
        doubts: Callable[[str], str | None] = lambda _path: None,
    ) -> None:
        self._limits = limits or Limits()
        self._headerless = headerless
        self._doubts = doubts
        self._dialects = tuple(dialects)
        self._names = names or NameFilter()
        self._members = Members(self._limits, self._names)
        self._most = max(self._limits.member_bytes, self._limits.file_bytes) + 1

    def fetch(self, drop: Drop) -> Raw | Bundle:
        """The bytes of the drop's file, of its member or of its inline content; or the bundle that it is.

        A single packed page is unpacked.

        Raises:
            GoneError: the file vanished, or the member its bundle.
            TransientError: it can't be read at the moment (permission, I/O), or is absent in doubt.
            TooLargeError: over limits.file_bytes or limits.member_bytes.
            PermanentError: not a regular file, or a bundle that is damaged or sent inline.
        """
        try:
            return self._fetch(drop)
        except GoneError:
            if drop.path is not None and (why := self._doubts(drop.path)):
                raise StorageError(why) from None
            raise

    def _fetch(self, drop: Drop) -> Raw | Bundle:
        if drop.path is not None and drop.member is not None:
            return self._fetch_member(drop, drop.path, drop.member)
        if drop.path is not None:
            return self._fetch_file(drop, drop.path)
        if drop.content is None:
            raise PermanentError(f"{drop.source} has neither a path nor content: there is nothing to read.")
        return self._fetch_inline(drop, drop.content)

    def bundle_at(self, drop: Drop) -> Bundle | None:
        """The bundle at the drop's path, whatever its size; None if it is a page.

        Raises:
            NewsdropError: as `fetch`.
        """
        if drop.path is None:
            return None
        path = drop.path
        file, info = open_file(path)
        with file:
            if kind_of(read_some(file, path, HEAD_BYTES)) is None:
                return None
            file.seek(0)
            if open_packed(path, Source(path, file, self._most), self._limits).kind is None:
                return None
        stamp = Stamp.from_ns(info.st_size, info.st_mtime_ns)
        return Bundle(
            drop, stamp, lambda: Source(path, open_file(path)[0], self._most), self._limits, self._names
        )

    def page(self, drop: Drop, raw: Raw) -> Page:
        """The page in these bytes: decoded, its dialect told, its header read.

        Raises:
            EmptyFileError, NotTextError, UnknownDialectError, TooLargeError: as errors.py says.
        """
        layout, encoding = self._layout(drop, raw)
        layout = restored(layout)
        return Page(
            **msgspec.structs.asdict(layout.header),
            dialect=layout.dialect,
            html=layout.body,
            whole=layout.whole,
            encoding=encoding,
            sha256=raw.sha256,
            stamp=raw.stamp,
        )

    def _layout(self, drop: Drop, raw: Raw) -> tuple[Layout, str]:
        """The page split into its parts, and its encoding."""
        saved = _recorded(raw) or read_saved(raw.data, drop.source, self._limits)
        if saved is not None:
            text, encoding = decode(saved.data, drop.source, saved.charset)
            header = Header(url=saved.url, archived_at_ms=saved.archived_at_ms)
            return Layout(saved.dialect, header, text, whole=True), encoding
        text, encoding = decode(raw.data, drop.source)
        name = _name(drop) if self._headerless(drop) else None
        return split(text, drop.source, self._limits, name=name, dialects=self._dialects), encoding

    def _fetch_file(self, drop: Drop, path: str) -> Raw | Bundle:
        try:
            data, stamp = read_file(path, self._limits.file_bytes)
        except TooLargeError:
            bundle = self.bundle_at(drop)
            if bundle is None:
                raise
            return bundle
        kind = kind_of(data[:HEAD_BYTES])
        if kind is None:
            return _page_bytes(data, stamp)
        bundle = self.bundle_at(drop)
        if bundle is not None:
            return bundle
        return _page_bytes(data, stamp, self._unpacked(drop.source, data, self._limits.file_bytes))

    def _fetch_inline(self, drop: Drop, data: bytes) -> Raw:
        stamp, limit = Stamp(len(data), 0), self._limits.file_bytes
        if len(data) > limit:
            raise too_large(drop.source, len(data), limit)
        packed = kind_of(data[:HEAD_BYTES]) is not None
        return _page_bytes(data, stamp, self._unpacked(drop.source, data, limit) if packed else None)

    def _fetch_member(self, drop: Drop, path: str, member: str) -> Raw | Bundle:
        content, stamp, depth = self._members.fetch(path, member)
        data, limit = content.data, self._limits.member_bytes
        if content.url is not None:
            raw = _page_bytes(data, stamp)
            return msgspec.structs.replace(
                raw, url=content.url, archived_at_ms=content.archived_at_ms, charset=content.charset
            )
        if kind_of(data[:HEAD_BYTES]) is None:
            return _page_bytes(data, stamp)
        if self._packed_kind(drop.source, data) is None:
            return _page_bytes(data, stamp, self._unpacked(drop.source, data, limit))
        return Bundle(
            drop,
            stamp,
            lambda: Source.of_bytes(drop.source, data, self._most),
            self._limits,
            self._names,
            depth=depth + 1,
        )

    def _packed_kind(self, source: str, data: bytes) -> object:
        return open_packed(source, Source.of_bytes(source, data, self._most), self._limits).kind

    def _unpacked(self, source: str, data: bytes, limit: int) -> bytes:
        """The one page that is packed in `data`."""
        packed = open_packed(source, Source.of_bytes(source, data, self._most), self._limits)
        if packed.kind is not None:
            raise PermanentError(
                f"{source} is a bundle ({packed.kind}); bundles are read from files, not from messages."
            )
        page = packed.stream.read(limit + 1)
        if len(page) > limit:
            raise too_large(source, len(page), limit)
        return page


def _name(drop: Drop) -> str:
    path = drop.member or drop.path or drop.name or ""
    return path.rpartition("/")[2].rpartition(SEPARATOR)[2]


def _recorded(raw: Raw) -> SavedPage | None:
    """The page as its WARC record tells of it."""
    if raw.url is None:
        return None
    return SavedPage(
        dialect=_WARC, data=raw.data, url=raw.url, archived_at_ms=raw.archived_at_ms, charset=raw.charset
    )


def _page_bytes(data: bytes, stamp: Stamp, page: bytes | None = None) -> Raw:
    return Raw(data=data if page is None else page, stamp=stamp, sha256=sha256(data).hexdigest())
