"""WARC files, read forward only: the members are the HTML responses with status 200 and the HTML resources.
Refuses records that are continued in others.

A member is named by the capture's time and URL (`20200131090000/https://…`), and carries both: its page needs
no header. warcio reads one record at a time; the encodings of bodies are undone when a page is read
(http_bodies.py).
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecordLoader

from newsdrop.archive.bundles.entries import Content, Entry
from newsdrop.archive.bundles.http_bodies import http_body
from newsdrop.archive.bundles.streams import Stream
from newsdrop.errors import BundleError, cited
from newsdrop.options import Limits

__all__ = ["warc_entries"]

_HTML = re.compile(r"\s*(?:text/html|application/xhtml\+xml)\b", re.IGNORECASE)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([^\s;\"']{1,30})", re.IGNORECASE)
#: What browsers take for HTML if no server says what it is (WHATWG MIME Sniffing, 7.1); chunks have a size.
_HTML_BEGINS = re.compile(
    rb"(?:[0-9a-f]{1,8}[^\r\n]{0,100}\r?\n)?(?:\xef\xbb\xbf)?\s*"
    rb"<(?:!--|(?:!doctype\s+html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p)[\s>])",
    re.IGNORECASE,
)
_SNIFFED_BYTES = 1_445
_CHUNK = 65_536
# It would warn of odd addresses with the file's own characters, which a terminal may act on.
logging.getLogger("warcio").setLevel(logging.ERROR)


def warc_entries(source: str, stream: Stream, limits: Limits) -> Iterator[Entry]:
    """The saved pages in order; each is to be read before the next is asked for.

    Raises:
        BundleError: damaged or cut off; after the pages that are good.
    """
    loader = ArcWarcRecordLoader(verify_http=False, arc2warc=False)
    while line := _next_line(stream):
        try:
            record = loader.parse_record_stream(stream, line, "warc")
        except EOFError:
            raise BundleError(f"{source} is cut off: it ends inside the headers of a WARC record.") from None
        # warcio passes on whatever its header parsers raise.
        except (ArchiveLoadFailed, ValueError, AttributeError, IndexError, TypeError) as error:
            raise BundleError(
                f"{source} is damaged: no WARC record where one should be ({cited(error)})."
            ) from None
        _require_length(source, record)
        skip = _skipper(source, record)
        if _is_page(record):
            # HTML by its own headers, though its address may end in .jpg.
            read, fault = _reader(source, record, limits), _fault(record)
            yield Entry(_name(record), _size(record), read, skip, fault, chosen=True)
        skip()


def _require_length(source: str, record: Any) -> None:
    # warcio would take the rest of the file for the record.
    if record.rec_headers.get_header("Content-Length") is None:
        raise BundleError(
            f"{source} is damaged: its record {cited(_name(record))!r} has no length (Content-Length), so it "
            "can't be told from the next."
        )


class _Readable(io.RawIOBase):
    """A record's stream as io's readers want it."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._stream.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)


def _is_page(record: Any) -> bool:
    if record.rec_type == "resource":
        # A file that was never sent by a server, as of a folder that was packed.
        return bool(_HTML.match(_media_type(record)))
    http = record.http_headers
    if record.rec_type != "response" or http is None or http.get_statuscode() != "200":
        return False
    media_type = _media_type(record)
    if media_type.strip():
        return bool(_HTML.match(media_type))
    if http.get_header("Content-Encoding") is not None:
        # What servers pack to send it is text, and most of it pages; it is told what isn't one.
        return True
    record.raw_stream = again = io.BufferedReader(_Readable(record.raw_stream))
    return _HTML_BEGINS.match(again.peek()[:_SNIFFED_BYTES]) is not None


def _media_type(record: Any) -> str:
    headers = record.http_headers if record.rec_type == "response" else record.rec_headers
    return headers.get_header("Content-Type") or ""


def _fault(record: Any) -> str | None:
    if record.rec_headers.get_header("WARC-Segment-Number"):
        return "it is only the first segment of a record (WARC-Segment-Number), and segments aren't joined"
    return None


def _name(record: Any) -> str:
    digits = re.sub(r"\D", "", record.rec_headers.get_header("WARC-Date") or "")[:14]
    return f"{digits or '-'}/{record.rec_headers.get_header('WARC-Target-URI') or ''}"


def _size(record: Any) -> int:
    length = record.rec_headers.get_header("Content-Length") or ""
    return int(length) if length.isascii() and length.isdecimal() else 0


def _reader(source: str, record: Any, limits: Limits) -> Callable[[], Content]:
    def read() -> Content:
        data = http_body(f"{source}!{_name(record)}", record, limits.member_bytes)
        url = record.rec_headers.get_header("WARC-Target-URI")
        charset = _CHARSET.search(_media_type(record))
        return Content(
            data=data,
            size=_size(record),
            url=url,
            archived_at_ms=_captured_ms(record),
            charset=charset[1] if charset else None,
        )

    return read


def _captured_ms(record: Any) -> int | None:
    text = record.rec_headers.get_header("WARC-Date") or ""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)


def _skipper(source: str, record: Any) -> Callable[[], None]:
    in_file = record.raw_stream

    def skip() -> None:
        while record.raw_stream.read(_CHUNK):
            pass
        if getattr(in_file, "limit", 0) > 0:
            raise BundleError(f"{source} is cut off: it ends inside its record {cited(_name(record))!r}.")

    return skip


def _next_line(stream: Stream) -> bytes:
    """The first line of the next record, past the empty ones between; empty at the end."""
    while line := stream.readline():
        if line.strip():
            return line
    return b""
