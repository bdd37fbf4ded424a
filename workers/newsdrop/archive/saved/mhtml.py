"""MHTML: a page and its parts as one MIME message (RFC 2557).

    From: <Saved by Blink>                            Snapshot-Content-Location: https://example.org/a
    Date: Tue, 16 Aug 2022 06:13:03 -0000             Content-Type: multipart/related; boundary="----x"

    ------x
    Content-Type: text/html                           Content-Location: https://example.org/a
    Content-Transfer-Encoding: quoted-printable       (or base64, or none)

Boundaries are searched for and headers read; unneeded parts are never decoded. The page is the
part at the message's own URL, or the one named as its start, or else the first HTML part. Refuses mail: of
multipart messages, only related ones are pages.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from email.message import Message
from email.parser import HeaderParser
from typing import Final

from newsdrop.archive.header import clean_url
from newsdrop.archive.saved.page import SavedPage
from newsdrop.errors import UnknownDialectError
from newsdrop.moments import epoch_ms, read_moment

__all__ = ["read_mhtml"]

_BEGINNING: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s{0,100}(?:From|Subject|Date|MIME-Version|Content-[A-Za-z-]{1,40}|Snapshot-Content-Location|"
    rb"X-[A-Za-z-]{1,60}|Message-ID)[ \t]{0,10}:",
    re.IGNORECASE,
)
_BLANK_LINE: Final = re.compile(rb"\r?\n[ \t]*\r?\n")
_HEADER_BYTES: Final = 65_536
_PARTS: Final = 5_000
_NO_BASE64: Final = bytes(
    set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
)
#: Parts inside parts: Word and Outlook wrap a page in an alternative.
_DEPTH: Final = 3


def read_mhtml(data: bytes, source: str) -> SavedPage | None:
    """The page of an MHTML file, or None for any other file.

    Raises:
        UnknownDialectError: it has no text/html part.
    """
    if not _BEGINNING.match(data):
        return None
    header, body = _split(data)
    if header is None or not _is_page(header):
        return None
    address = _address(header["Snapshot-Content-Location"]) or _address(header["Content-Location"])
    pages = list(_pages(header, body, _DEPTH))
    if not pages:
        raise UnknownDialectError(
            f"{source} is an MHTML file without a text/html part; expected a page that a browser saved."
        )
    start = str(header.get_param("start") or "").strip(" <>")
    at_address = [one for one in pages if address and _address(one[0]["Content-Location"]) == address]
    at_start = [one for one in pages if start and str(one[0]["Content-ID"] or "").strip(" <>") == start]
    part, content = (at_address + at_start + pages)[0]
    return SavedPage(
        dialect="mhtml",
        data=_decoded(part, content),
        url=address or _address(part["Content-Location"]),
        archived_at_ms=_date_ms(header["Date"]),
        charset=part.get_content_charset(),
    )


def _is_page(header: Message) -> bool:
    kind = header.get_content_type()
    if kind == "multipart/related":
        return True
    return kind in _HTML and "Content-Type" in header and "MIME-Version" in header


def _split(data: bytes, start: int = 0, end: int | None = None) -> tuple[Message | None, memoryview]:
    """Header and body of a message or part between two places."""
    end = len(data) if end is None else end
    start += 3 * data.startswith(b"\xef\xbb\xbf", start)
    while start < end and data[start : start + 1] in (b"\r", b"\n", b" ", b"\t"):
        start += 1
    blank = _BLANK_LINE.search(data, start, min(end, start + _HEADER_BYTES))
    if blank is None:
        return None, memoryview(b"")
    text = data[start : blank.start()].decode("utf-8", "replace")
    return HeaderParser().parsestr(text), memoryview(data)[blank.end() : end]


def _pages(header: Message, body: memoryview, depth: int) -> Iterator[tuple[Message, bytes]]:
    """Every text/html part with its body, in order, those inside other parts too."""
    if header.get_content_type() in _HTML:
        yield header, bytes(body)
        return
    boundary = header.get_boundary()
    if not boundary or not depth or header.get_content_maintype() != "multipart":
        return
    data = bytes(body)
    for start, end in _parts(data, boundary):
        inner, content = _split(data, start, end)
        if inner is not None and inner.get_content_type() in _WANTED:
            yield from _pages(inner, content, depth - 1)


_HTML: Final = frozenset({"text/html", "application/xhtml+xml"})
_WANTED: Final = _HTML | {"multipart/related", "multipart/alternative", "multipart/mixed"}


def _parts(data: bytes, boundary: str) -> Iterator[tuple[int, int]]:
    """Where each part begins and ends."""
    mark = b"--" + boundary.encode("utf-8", "replace")
    found = 0 if data.startswith(mark) else data.find(b"\n" + mark) + 1
    for _ in range(_PARTS):
        start = data.find(b"\n", found + len(mark))
        if not data.startswith(mark, found) or data.startswith(mark + b"--", found) or start < 0:
            return
        following = data.find(b"\n" + mark, start)
        end = len(data) if following < 0 else following
        yield start + 1, end - (data[end - 1 : end] == b"\r")
        if following < 0:
            return
        found = following + 1


def _decoded(part: Message, content: bytes) -> bytes:
    encoding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    if encoding == "quoted-printable":
        return binascii.a2b_qp(content)
    if encoding == "base64":
        # Whatever stands between or is missing at the end, as in a file that was cut off.
        digits = content.translate(None, _NO_BASE64)
        digits = digits[: len(digits) - (len(digits) % 4 == 1)]
        return binascii.a2b_base64(digits + b"=" * (-len(digits) % 4))
    return content


def _address(text: object) -> str | None:
    url = clean_url(str(text)) if text else None
    return url if url and url.lower().startswith(("http://", "https://")) else None


def _date_ms(text: object) -> int | None:
    return epoch_ms(read_moment(str(text or "")))
