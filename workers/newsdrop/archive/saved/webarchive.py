"""Safari's .webarchive: a property list with the page, its address, and its parts; binary, or XML.

    {WebMainResource: {WebResourceData: <bytes>, WebResourceMIMEType: "text/html",
                       WebResourceURL: "https://…", WebResourceTextEncodingName: "UTF-8"},
     WebSubresources: […]}

Only these four values are read, and the path to them: the standard library would first build every object of
a 20 MB file, and a hostile one has millions. The format doesn't record when the page was saved.
"""

from __future__ import annotations

import binascii
import re
import struct
from typing import Final
from xml.sax.saxutils import unescape

from newsdrop.archive.saved.page import SavedPage
from newsdrop.errors import UnknownDialectError

__all__ = ["read_webarchive"]

_MAGIC: Final = b"bplist00"
_TRAILER: Final = struct.Struct(">6xBBQQQ")
_ENTRIES: Final = 64
_INTS: Final = {1: ">B", 2: ">H", 4: ">L", 8: ">Q"}
_DATA, _ASCII, _UTF16, _DICT = 0x4, 0x5, 0x6, 0xD


def read_webarchive(data: bytes, source: str) -> SavedPage | None:
    """The page of a web archive, or None for any other file.

    Raises:
        UnknownDialectError: its main resource is no page, or it is damaged.
    """
    binary = data.startswith(_MAGIC)
    if not (binary or _XML.match(data)) or b"WebMainResource" not in data:
        return None
    try:
        values = _binary_values(data) if binary else _xml_values(data)
        if values.get("WebResourceData") is None:
            raise ValueError("no page")
    except (struct.error, ValueError, IndexError, KeyError, OverflowError):
        raise UnknownDialectError(
            f"{source} is a damaged web archive (.webarchive); expected a page that Safari saved."
        ) from None
    content, kind = values.get("WebResourceData"), str(values.get("WebResourceMIMEType") or "text/html")
    if not isinstance(content, bytes) or "html" not in kind:
        raise UnknownDialectError(
            f"{source} is a web archive (.webarchive) of {kind}, not of a page; expected text/html."
        )
    url, charset = values.get("WebResourceURL"), values.get("WebResourceTextEncodingName")
    web = isinstance(url, str) and url.lower().startswith(("http://", "https://"))
    return SavedPage(
        dialect="webarchive",
        data=content,
        url=str(url) if web else None,
        charset=charset if isinstance(charset, str) else None,
    )


def _binary_values(data: bytes) -> dict[str, str | bytes | None]:
    plist = _PropertyList(data)
    main = plist.dictionary(plist.top).get("WebMainResource")
    page = {} if main is None else plist.dictionary(main)
    return {key: plist.value(page[key]) for key in _KEYS if key in page}


def _xml_values(data: bytes) -> dict[str, str | bytes | None]:
    """The values of the main resource, which stands before all others and holds no dictionary."""
    main = _XML_MAIN.search(data)
    end = data.find(b"</dict>", main.end()) if main else -1
    if main is None or end < 0:
        raise ValueError("no main resource")
    values: dict[str, str | bytes | None] = {}
    for key, kind, value in _XML_VALUE.findall(data, main.end(), end):
        if kind == b"data":
            values[key.decode()] = binascii.a2b_base64(value)
        else:
            values[key.decode()] = unescape(value.decode(), {"&quot;": '"', "&apos;": "'"})
    return values


_KEYS: Final = ("WebResourceData", "WebResourceURL", "WebResourceMIMEType", "WebResourceTextEncodingName")
_XML: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s{0,100}(?:<\?xml[^>]{0,200}>\s{0,100})?(?:<!DOCTYPE plist|<plist)\b"
)
_XML_MAIN: Final = re.compile(rb"<key>WebMainResource</key>\s{0,100}<dict>")
_XML_VALUE: Final = re.compile(
    rb"<key>(%s)</key>\s{0,100}<(string|data)>([^<]*)</" % "|".join(_KEYS).encode(),
)


class _PropertyList:
    """As much of the format as leads to texts and bytes in dictionaries."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        offset_bytes, self._ref_bytes, self._count, self.top, table = _TRAILER.unpack(data[-32:])
        self._offset_bytes = offset_bytes
        self._table = table

    def dictionary(self, number: int) -> dict[str, int]:
        """A dictionary's keys, each with the number of its value."""
        kind, count, at = self._head(number)
        if kind != _DICT or count > _ENTRIES:
            raise ValueError("no small dictionary")
        refs = [self._int(at + n * self._ref_bytes, self._ref_bytes) for n in range(2 * count)]
        return {str(self.value(key)): value for key, value in zip(refs[:count], refs[count:], strict=True)}

    def value(self, number: int) -> str | bytes | None:
        """A text or bytes; None for anything else."""
        kind, count, at = self._head(number)
        if kind == _DATA:
            return self._slice(at, count)
        if kind == _ASCII:
            return self._slice(at, count).decode("ascii")
        if kind == _UTF16:
            return self._slice(at, 2 * count).decode("utf-16-be")
        return None

    def _head(self, number: int) -> tuple[int, int, int]:
        """An object's kind, its length, and where its content begins."""
        if number >= self._count:
            raise ValueError("no such object")
        at = self._int(self._table + number * self._offset_bytes, self._offset_bytes)
        kind, count = self._data[at] >> 4, self._data[at] & 0xF
        at += 1
        if count == 0xF:
            width = 1 << (self._data[at] & 0xF)
            count = self._int(at + 1, width)
            at += 1 + width
        return kind, count, at

    def _int(self, at: int, width: int) -> int:
        if width in _INTS:
            return int(struct.unpack_from(_INTS[width], self._data, at)[0])
        if not 0 < width < 16:
            raise ValueError("no such integer")
        return int.from_bytes(self._slice(at, width), "big")

    def _slice(self, at: int, length: int) -> bytes:
        if at + length > len(self._data):
            raise ValueError("beyond the end")
        return self._data[at : at + length]
