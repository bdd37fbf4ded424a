"""Bytes of a bundle, read forward: from a file or from memory, and unpacked under limits.

`Source` reads a file, `Unpacked` another compressed stream. Unpacking never makes more than a small piece at
a time, and stops as soon as more comes out than `bundle_bytes` or `bundle_ratio` allow. A compressed stream
that ends too early is an error, never an end, and so is one that something else follows.
"""

from __future__ import annotations

import bz2
import io
import lzma
import os
import weakref
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO, Final, Protocol

import zstandard

from newsdrop.archive.bundles.kinds import HEAD_BYTES, ZSTD_FRAME, ZSTD_SKIPPED, Kind
from newsdrop.archive.opening import read_some
from newsdrop.errors import BundleError
from newsdrop.options import Limits

__all__ = [
    "FLOOR_BYTES",
    "PADDING",
    "Forward",
    "Source",
    "Stream",
    "StreamSlice",
    "Unpacked",
    "check_ratio",
]

#: Smaller contents are never bombs, however well they were compressed.
FLOOR_BYTES: Final = 4_000_000
#: What may follow a bundle without being part of it: tapes and disks leave zeros, programs the end of a line.
PADDING: Final = b"\x00\r\n\t "
_CHUNK: Final = 65_536
#: zstandard takes no bound on its output: of so little input at most 32 MB come out, and after the first sign
#: of a bomb at most 2 MB.
_ZSTD_CHUNK: Final = 1_024
_ZSTD_CAREFUL_CHUNK: Final = 64
_ZSTD_CAREFUL_RATIO: Final = 100
_MEMORY_BYTES: Final = 256_000_000
_ZSTD_WINDOW: Final = 2**27


class Stream(Protocol):
    """The input of the tar and WARC readers; `seek` only goes forward."""

    def read(self, size: int = -1) -> bytes: ...
    def readline(self, length: int | None = None) -> bytes: ...
    def seek(self, offset: int, whence: int = 0) -> int: ...
    def tell(self) -> int: ...
    def peek(self) -> bytes: ...

    @property
    def last(self) -> bytes:
        """The result of the last `read`."""
        ...


class Forward:
    """A stream made of pieces, forward only.

    Args:
        most: the most bytes that may be requested at once; a header that claims more is wrong.
    """

    def __init__(self, source: str, most: int) -> None:
        self._source = source
        self._most = most
        self._buffer = b""
        self._begin = 0
        self._position = 0
        self.last = b""

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes, fewer only at the end."""
        if size < 0 or size > self._most:
            raise BundleError(f"{self._source} is damaged: a header in it claims a length of {size:,} bytes.")
        parts: list[bytes] = []
        while size > 0 and self._fill():
            part = self._buffer[self._begin : self._begin + size]
            self._begin += len(part)
            size -= len(part)
            parts.append(part)
        self.last = parts[0] if len(parts) == 1 else b"".join(parts)
        self._position += len(self.last)
        return self.last

    def readline(self, length: int | None = None) -> bytes:
        """The rest of the line with its end, or `length` bytes of it."""
        most = self._most if length is None else length
        line = b""
        while len(line) < most and not line.endswith(b"\n") and self._fill():
            end = self._buffer.find(b"\n", self._begin) + 1
            stop = min(end or len(self._buffer), self._begin + most - len(line))
            line += self._buffer[self._begin : stop]
            self._begin = stop
        if length is None and len(line) >= self._most:
            raise BundleError(f"{self._source} is damaged: a line of its headers is too long.")
        self._position += len(line)
        return line

    def seek(self, offset: int, whence: int = 0) -> int:
        """Skip to `offset`, or to the end."""
        if whence != os.SEEK_SET or offset < self._position:
            raise BundleError(f"{self._source} is damaged: a header in it points backwards.")
        while self._position < offset and self._fill():
            step = min(len(self._buffer) - self._begin, offset - self._position)
            self._begin += step
            self._position += step
        return self._position

    def tell(self) -> int:
        return self._position

    def peek(self) -> bytes:
        """The next 512 bytes, or as many as there are, without consuming them."""
        while len(self._buffer) - self._begin < HEAD_BYTES:
            piece = self._more()
            if not piece:
                break
            self._buffer = self._buffer[self._begin :] + piece
            self._begin = 0
        return self._buffer[self._begin : self._begin + HEAD_BYTES]

    def _more(self) -> bytes:
        """The next piece; empty at the end."""
        raise NotImplementedError

    def _fill(self) -> bool:
        if self._begin >= len(self._buffer):
            self._buffer, self._begin = self._more(), 0
        return bool(self._buffer)


class Source(Forward):
    """A file, or bytes in memory, that can also be read from any position (`at`)."""

    def __init__(self, source: str, file: BinaryIO, most: int) -> None:
        super().__init__(source, most)
        self._file = file
        # A reader may be dropped without being closed; its bundles must be closed all the same.
        weakref.finalize(self, file.close)
        self.bytes = self._file.seek(0, io.SEEK_END)
        self._file.seek(0)

    @classmethod
    def of_bytes(cls, source: str, data: bytes, most: int) -> Source:
        """Over bytes in memory."""
        return cls(source, io.BytesIO(data), most)

    def seek(self, offset: int, whence: int = 0) -> int:
        """To any position; what lies between isn't read."""
        if whence != os.SEEK_SET or offset < 0:
            raise BundleError(f"{self._source} is damaged: a header in it points outside of it.")
        buffered = offset - self._position
        if 0 <= buffered <= len(self._buffer) - self._begin:
            self._begin += buffered
        else:
            self._file.seek(min(offset, self.bytes))
            self._buffer, self._begin = b"", 0
        self._position = offset
        return offset

    def at(self, offset: int, size: int) -> bytes:
        """`size` bytes from `offset` on, or as many as there are."""
        self.seek(offset)
        return self.read(size)

    def close(self) -> None:
        self._file.close()

    def _more(self) -> bytes:
        return read_some(self._file, self._source, _CHUNK)


class StreamSlice(Forward):
    """A slice of another stream that begins at its current position."""

    def __init__(self, source: str, stream: Forward, size: int, most: int) -> None:
        super().__init__(source, most)
        self._stream = stream
        self._left = size

    def _more(self) -> bytes:
        piece = self._stream.read(min(_CHUNK, self._left)) if self._left else b""
        self._left -= len(piece)
        return piece


class Unpacked(Forward):
    """What a packed stream holds. `packed` counts the bytes that were taken for it, `unpacked` those made.

    Raises (from any reading):
        BundleError: damaged, cut off, or a bomb.
    """

    def __init__(
        self, source: str, stream: Forward, kind: Kind | None, limits: Limits, *, deflate: bool = False
    ) -> None:
        super().__init__(source, max(limits.member_bytes, limits.file_bytes) + 1)
        self._stream = stream
        self._kind = kind
        self._limits = limits
        self._new: Callable[[], Any] = _Zlib if deflate else _DECODERS[kind or Kind.GZIP]
        self._raw = deflate
        self._decoder: Any = _Zlib(-zlib.MAX_WBITS) if deflate else self._new()
        self._waiting = b""
        self.packed = 0
        self.unpacked = 0

    @property
    def whole(self) -> bool:
        """Whether the compressed stream reached its own end."""
        return bool(self._decoder.eof)

    @property
    def beyond(self) -> int:
        """How many of the `packed` bytes were not part of it."""
        return len(self._decoder.unused_data)

    def _more(self) -> bytes:
        while True:
            if self._decoder.eof and not self._another():
                return b""
            data = self._waiting
            self._waiting = b""
            if not data and self._decoder.needs_input:
                data = self._take()
                if not data:
                    raise BundleError(
                        f"{self._source} is cut off: its {self._kind or 'packed'} data has no end."
                    )
            try:
                piece: bytes = self._decoder.decompress(data, _CHUNK)
            except (zlib.error, lzma.LZMAError, zstandard.ZstdError, OSError, EOFError) as error:
                raise BundleError(
                    f"{self._source} is damaged: its {self._kind or 'packed'} data can't be unpacked "
                    f"({error})."
                ) from None
            self.unpacked += len(piece)
            check_ratio(self._source, self.packed, self.unpacked, self._limits)
            if piece:
                return piece

    def _take(self) -> bytes:
        data = self._stream.read(_CHUNK)
        self.packed += len(data)
        return data

    def _another(self) -> bool:
        """Whether another compressed stream follows, as in files that were appended to.

        Raises:
            BundleError: what follows is neither another one nor padding, so something in between is damaged.
        """
        if self._raw:
            return False
        rest: bytes = self._decoder.unused_data.lstrip(PADDING)
        while len(rest) < HEAD_BYTES and (piece := self._take()):
            rest = (rest + piece).lstrip(PADDING)
        if not rest:
            return False
        kind = self._kind or Kind.GZIP
        if not rest.startswith(_MAGIC[kind]):
            raise BundleError(
                f"{self._source} is damaged: after the end of its {kind} data comes something else."
            )
        self._decoder, self._waiting = self._new(), rest
        return True


def check_ratio(source: str, packed: int, unpacked: int, limits: Limits) -> None:
    """Refuse what decompresses to too much.

    Raises:
        BundleError: over limits.bundle_bytes or limits.bundle_ratio.
    """
    if unpacked > limits.bundle_bytes:
        raise BundleError(
            f"{source} unpacks to more than {limits.bundle_bytes:,} bytes (setting limits.bundle_bytes)."
        )
    if unpacked > FLOOR_BYTES and unpacked > limits.bundle_ratio * packed:
        raise BundleError(
            f"{source} looks like a decompression bomb: {packed:,} bytes unpack to {unpacked:,} and more, "
            f"over {limits.bundle_ratio} times as much (setting limits.bundle_ratio)."
        )


class _Zlib:
    """zlib's decompressor with the interface of bz2's and lzma's."""

    def __init__(self, bits: int = 16 + zlib.MAX_WBITS) -> None:
        self._zlib = zlib.decompressobj(bits)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    def decompress(self, data: bytes, most: int) -> bytes:
        piece = self._zlib.decompress(self._zlib.unconsumed_tail + data, most)
        # A full piece may have left more inside, even where no input is left.
        self.needs_input = not self._zlib.unconsumed_tail and len(piece) < most
        return piece


class _Zstd:
    """zstandard's decompressor with the same interface, fed in small pieces."""

    def __init__(self) -> None:
        self._zstd: Any = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()
        self._waiting = b""
        self._at = 0
        self._chunk = _ZSTD_CAREFUL_CHUNK

    @property
    def eof(self) -> bool:
        return bool(self._zstd.eof)

    @property
    def needs_input(self) -> bool:
        return self._at >= len(self._waiting)

    @property
    def unused_data(self) -> bytes:
        return bytes(self._zstd.unused_data) + self._waiting[self._at :]

    def decompress(self, data: bytes, _most: int) -> bytes:
        if data:
            self._waiting, self._at = self._waiting[self._at :] + data, 0
        part = self._waiting[self._at : self._at + self._chunk]
        self._at += len(part)
        piece = bytes(self._zstd.decompress(part))
        if piece:
            careful = len(piece) > _ZSTD_CAREFUL_RATIO * len(part)
            self._chunk = _ZSTD_CAREFUL_CHUNK if careful else _ZSTD_CHUNK
        return piece


_DECODERS: Final[dict[Kind, Callable[[], Any]]] = {
    Kind.GZIP: _Zlib,
    Kind.BZIP2: bz2.BZ2Decompressor,
    Kind.XZ: lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MEMORY_BYTES),
    Kind.ZSTD: _Zstd,
}
_MAGIC: Final[dict[Kind, tuple[bytes, ...]]] = {
    Kind.GZIP: (b"\x1f\x8b",),
    Kind.BZIP2: (b"BZh",),
    Kind.XZ: (b"\xfd7zXZ\x00",),
    Kind.ZSTD: (ZSTD_FRAME, *ZSTD_SKIPPED),
}
