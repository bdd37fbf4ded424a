"""The body of an HTTP response in a WARC file, with its transfer and content encodings undone.

    Transfer-Encoding   chunked
    Content-Encoding    gzip, x-gzip, deflate (with zlib's frame or without), br, zstd; also several

Crawlers also store unpacked bodies under the headers of packed ones, and servers compress compressed files
without saying so: the bytes take precedence over the headers. Any other encoding is refused by name, and
nothing is unpacked to more than the limit.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Final

import brotli
import zstandard
from warcio.bufferedreaders import ChunkedDataReader

from newsdrop.errors import NotTextError, TooLargeError

__all__ = ["http_body"]

_CHUNK: Final = 65_536
_PIECE: Final = 4_096
_ZSTD_WINDOW: Final = 2**27
#: A body compressed more often than this isn't a page.
_LAYERS: Final = 4
#: Values of Content-Encoding that mean none.
_NO_ENCODING: Final = frozenset({"", "identity", "none", "chunked", "binary", "8bit", "utf-8", "utf8"})
_MAGIC: Final = {b"\x1f\x8b\x08": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_MARKUP: Final = re.compile(rb"[\s\xef\xbb\xbf\x00]*<[a-zA-Z!?]")


def http_body(source: str, record: Any, limit_bytes: int) -> bytes:
    """The body of a response record, or the content of a resource record.

    Raises:
        NotTextError: its compression is unsupported, or damaged from the start.
        TooLargeError: over the limit, compressed or not.
    """
    transfer = _tokens(record, "transfer-encoding")
    stream = ChunkedDataReader(record.raw_stream) if "chunked" in transfer else record.raw_stream
    data = _limited(source, iter(lambda: stream.read(_CHUNK), b""), limit_bytes)
    layers = [one for one in (*_tokens(record, "content-encoding"), *transfer) if one not in _NO_ENCODING]
    for encoding in reversed(layers[-_LAYERS:]):
        data = _undone(source, data, encoding, limit_bytes)
    for _ in range(_LAYERS):
        encoding = next((name for magic, name in _MAGIC.items() if data.startswith(magic)), "")
        if not encoding:
            break
        data = _undone(source, data, encoding, limit_bytes)
    return data


def _tokens(record: Any, name: str) -> list[str]:
    headers = record.http_headers.headers if record.http_headers else ()
    values = [value for key, value in headers if key.lower() == name]
    return [token.strip().lower() for value in values for token in value.split(",")]


def _undone(source: str, data: bytes, encoding: str, limit_bytes: int) -> bytes:
    if _MARKUP.match(data):
        return data
    unpack = _UNPACKERS.get(encoding)
    if unpack is None:
        raise NotTextError(
            f"{source}: its body is in the encoding {encoding[:40]!r} (Content-Encoding), which isn't "
            "supported; gzip, deflate, br and zstd are."
        )
    try:
        return _limited(source, unpack(data), limit_bytes)
    except (zlib.error, brotli.error, zstandard.ZstdError) as error:
        raise NotTextError(
            f"{source}: its body should be in the encoding {encoding} (Content-Encoding), but doesn't unpack "
            f"({error})."
        ) from None


def _limited(source: str, pieces: Iterator[bytes], limit_bytes: int) -> bytes:
    """The pieces joined; what precedes damage or a missing end is kept, as in browsers."""
    parts: list[bytes] = []
    size = 0
    try:
        for piece in pieces:
            parts.append(piece)
            size += len(piece)
            if size > limit_bytes:
                raise TooLargeError(
                    f"{source} has more than {limit_bytes:,} bytes (setting limits.member_bytes)."
                )
    except (zlib.error, brotli.error, zstandard.ZstdError):
        if not size:
            raise
    return b"".join(parts)


def _gunzipped(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        decoder = zlib.decompressobj(16 + zlib.MAX_WBITS)
        # In pieces, because what follows a member's end is copied.
        while not decoder.eof and (piece := data[at : at + _PIECE]):
            yield from _inflated_by(decoder, piece)
            at += len(piece) - len(decoder.unused_data)
        if not data.startswith(b"\x1f\x8b", at):
            break


def _inflated(data: bytes) -> Iterator[bytes]:
    """Deflate with zlib's frame, as in the standard; or without, as some servers send it."""
    first = zlib.decompressobj()
    try:
        first.decompress(data[:2], 1)
        first.decompress(data[2:_CHUNK], 1)
        framed = True
    except zlib.error:
        framed = False
    yield from _inflated_by(zlib.decompressobj(zlib.MAX_WBITS if framed else -zlib.MAX_WBITS), data)


def _inflated_by(decoder: Any, data: bytes) -> Iterator[bytes]:
    while data and not decoder.eof:
        yield decoder.decompress(data, _CHUNK)
        data = decoder.unconsumed_tail


def _unbrotlied(data: bytes) -> Iterator[bytes]:
    decoder = brotli.Decompressor()
    piece = decoder.process(data, output_buffer_limit=_CHUNK)
    while piece:
        yield piece
        if decoder.is_finished() or decoder.can_accept_more_data():
            break
        piece = decoder.process(b"", output_buffer_limit=_CHUNK)


def _unzstded(data: bytes) -> Iterator[bytes]:
    decoder = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    with decoder.stream_reader(io.BytesIO(data), read_across_frames=True) as reader:
        while piece := reader.read(_CHUNK):
            yield piece


_UNPACKERS: Final[dict[str, Callable[[bytes], Iterator[bytes]]]] = {
    "gzip": _gunzipped,
    "x-gzip": _gunzipped,
    "deflate": _inflated,
    "x-deflate": _inflated,
    "br": _unbrotlied,
    "brotli": _unbrotlied,
    "zstd": _unzstded,
}
