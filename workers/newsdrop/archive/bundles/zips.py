"""ZIP files: read by their directory, or by the members' own headers if the directory is missing.

The directory is read entry by entry, whatever size it claims; of ZIP files that were joined (`cat`) each has
its own. Names are decoded as UTF-8 if possible, or else as GB18030, which Chinese Windows writes. Refuses
encrypted members, links, and methods other than stored, deflate, bzip2 and Zstandard, and data between or
after ZIP files. Document formats built on ZIP aren't bundles.
"""

from __future__ import annotations

import stat
import struct
import zlib
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Final, NamedTuple

from newsdrop.archive.bundles.entries import Content, Entry
from newsdrop.archive.bundles.kinds import Kind
from newsdrop.archive.bundles.streams import (
    FLOOR_BYTES,
    PADDING,
    Forward,
    Source,
    StreamSlice,
    Unpacked,
    check_ratio,
)
from newsdrop.errors import BundleError, NotTextError
from newsdrop.options import Limits

__all__ = ["zip_entries"]

_LOCAL: Final = struct.Struct("<4s5H3L2H")
_CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
_END: Final = struct.Struct("<4s4H2LH")
_LOCATOR: Final = struct.Struct("<4sLQL")
_END64: Final = struct.Struct("<4sQ2H2L4Q")
_COMMENT_BYTES: Final = 65_535
#: An entry of the directory with the longest name, extra field and comment; and what is read of it at once.
_LONGEST_RECORD: Final = 46 + 3 * 65_535
_WINDOW_BYTES: Final = 1_000_000
_WORD: Final = 0xFFFFFFFF
_ENCRYPTED: Final = 0x0001 | 0x0040
_SIZES_FOLLOW: Final = 0x0008
_STORED, _DEFLATED = 0, 8
_KINDS: Final = {12: Kind.BZIP2, 93: Kind.ZSTD}
_UNIX: Final = 3
#: Each is looked for in 64 kB.
_MOST_JOINED: Final = 1_000
#: What stands before a ZIP file that was made for several disks and fitted on one.
_SPANNED: Final = b"PK\x07\x08"
#: The name of the first member of Office, OpenDocument, EPUB and Java files.
_DOCUMENTS: Final = ("[Content_Types].xml", "mimetype", "META-INF/")


class _Directory(NamedTuple):
    offset: int
    end: int
    #: Where its ZIP file begins, from where its offsets count; and what follows that file.
    begin: int
    follows: bytes


class _Member(NamedTuple):
    name: str
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    #: Of its local header.
    offset: int
    mode: int = 0


def zip_entries(source: str, file: Source, limits: Limits, *, behind: bool = False) -> Iterator[Entry]:
    """The members in the directory's order.

    Args:
        behind: the ZIP file stands behind something else, which is left alone, as is what follows it.

    Raises:
        BundleError: damaged, cut off, or over a limit; after the members that are good.
        NotTextError: a document format built on ZIP.
    """
    directories = _find_directories(file, behind=behind)
    listed = chain.from_iterable(_listed(source, file, directory) for directory in directories)
    members = listed if directories else _scanned(source, file, limits)
    total = 0
    for number, member in enumerate(members):
        if number == 0 and member.name.startswith(_DOCUMENTS):
            raise NotTextError(
                f"{source} is a document format built on ZIP; expected a page or a ZIP file of pages."
            )
        fault = _fault(member, limits)
        if member.name.endswith(("/", "\\")):
            continue
        if fault is None:
            # With overlapping members each could be small and their sum a bomb.
            total += member.size
            check_ratio(source, file.bytes, total, limits)
        yield Entry(
            member.name, member.size, _reader(source, file, member, limits), fault=fault, lasting=True
        )
    if not directories:
        raise BundleError(f"{source} is cut off: the directory at the end of the ZIP file is missing.")
    if not behind and any(directory.follows.strip(PADDING) for directory in directories):
        raise BundleError(
            f"{source} is damaged: after the end of the ZIP file comes something other than another ZIP file."
        )


def _find_directories(file: Source, *, behind: bool) -> list[_Directory]:
    """The directory of each ZIP file, from the first on; none if that of the first is missing.

    The last one that is found may be that of a member, itself a ZIP file, in one that is cut off.
    """
    found: list[_Directory] = []
    end = file.bytes
    while len(found) < _MOST_JOINED and (directory := _find_directory(file, end)):
        found.insert(0, directory)
        end = directory.begin
        if behind or not end or (end == len(_SPANNED) and file.at(0, end) == _SPANNED):
            return found
    return []


def _find_directory(file: Source, end: int) -> _Directory | None:
    """The directory of the ZIP file that ends at `end`, or before it."""
    tail_at = max(0, end - _COMMENT_BYTES - _END.size)
    tail = file.at(tail_at, end - tail_at)
    found = tail.rfind(b"PK\x05\x06")
    if found < 0 or len(tail) - found < _END.size:
        return None
    end_at = tail_at + found
    _, _, _, _, _, size, offset, comment_size = _END.unpack_from(tail, found)
    follows = tail[found + _END.size + comment_size :]
    if locator := _locator(file, end_at):
        end_at, size, offset = locator
    begin = end_at - size - offset
    return _Directory(offset + begin, end_at, begin, follows) if begin >= 0 else None


def _locator(file: Source, end_at: int) -> tuple[int, int, int] | None:
    """Where the 64-bit end record stands, and the directory's size and offset in it."""
    if end_at < _LOCATOR.size + _END64.size:
        return None
    packed = file.at(end_at - _LOCATOR.size, _LOCATOR.size)
    if not packed.startswith(b"PK\x06\x07"):
        return None
    at = end_at - _LOCATOR.size - _END64.size
    record = file.at(at, _END64.size)
    if not record.startswith(b"PK\x06\x06"):
        return None
    fields = _END64.unpack(record)
    return at, fields[8], fields[9]


def _listed(source: str, file: Source, directory: _Directory) -> Iterator[_Member]:
    at = directory.offset
    window, window_at = b"", at
    while at < directory.end:
        begin = at - window_at
        if begin + _LONGEST_RECORD > len(window):
            # Read in windows: entry by entry, a directory of 100,000 takes over a second.
            window, window_at, begin = file.at(at, _WINDOW_BYTES), at, 0
        if len(window) - begin < _CENTRAL.size or not window.startswith(b"PK\x01\x02", begin):
            raise BundleError(f"{source} is damaged: its ZIP directory is broken at byte {at:,}.")
        (_, made, _, flags, method, _, _, crc, packed, size, name_size, extra_size, comment_size, _, _, mode,
         offset) = _CENTRAL.unpack_from(window, begin)  # fmt: skip
        name_at = begin + _CENTRAL.size
        extra_at = name_at + name_size
        if extra_size:
            size, packed, offset = _wide(window[extra_at : extra_at + extra_size], size, packed, offset)
        mode = mode >> 16 if made >> 8 == _UNIX else 0
        name = _text(window[name_at:extra_at])
        yield _Member(name, flags, method, crc, packed, size, offset + directory.begin, mode)
        at += _CENTRAL.size + name_size + extra_size + comment_size


def _scanned(source: str, file: Source, limits: Limits) -> Iterator[_Member]:
    """The complete members of a file without its directory, as far as they can be told apart."""
    at = 0
    while len(head := file.at(at, _LOCAL.size)) == _LOCAL.size and head.startswith(b"PK\x03\x04"):
        _, _, flags, method, _, _, crc, packed, size, name_size, extra_size = _LOCAL.unpack(head)
        name, extra = file.read(name_size), file.read(extra_size)
        size, packed, _ = _wide(extra, size, packed, 0)
        data_at = at + _LOCAL.size + name_size + extra_size
        follows = 0
        if flags & _SIZES_FOLLOW and not packed:
            if method != _DEFLATED or flags & _ENCRYPTED:
                return
            file.seek(data_at)
            unpacked = Unpacked(source, file, None, limits, deflate=True)
            crc = _drain(unpacked)
            packed, size = unpacked.packed - unpacked.beyond, unpacked.unpacked
            follows = _descriptor_bytes(file, data_at + packed)
        if data_at + packed > file.bytes:
            return
        yield _Member(_text(name), flags, method, crc, packed, size, at)
        at = data_at + packed + follows


def _drain(unpacked: Unpacked) -> int:
    crc = 0
    while piece := unpacked.read(65_536):
        crc = zlib.crc32(piece, crc)
    return crc


def _descriptor_bytes(file: Source, at: int) -> int:
    """How long the sizes after a member's data are: with or without a mark, of 4 or 8 bytes each."""
    following = file.at(at, 28)
    return next((n for n in (16, 12, 24, 20) if following[n : n + 2] == b"PK"), len(following))


def _wide(extra: bytes, size: int, packed: int, offset: int) -> tuple[int, int, int]:
    """The 64-bit numbers of a header's extra field, for those that need them."""
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<2H", extra)
        if kind == 1:
            field = extra[4 : 4 + length]
            numbers = iter(struct.unpack(f"<{len(field) // 8}Q", field[: len(field) // 8 * 8]))
            size = next(numbers, size) if size == _WORD else size
            packed = next(numbers, packed) if packed == _WORD else packed
            offset = next(numbers, offset) if offset == _WORD else offset
        extra = extra[4 + length :]
    return size, packed, offset


def _text(name: bytes) -> str:
    # The flag for UTF-8 is often wrong either way; hardly any GB18030 text is valid UTF-8.
    for encoding in ("utf-8", "gb18030"):
        try:
            return name.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name.decode("cp437")


def _fault(member: _Member, limits: Limits) -> str | None:
    kind = stat.S_IFMT(member.mode)
    if kind == stat.S_IFLNK:
        return "it is a symbolic link"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "it is a device or another special file"
    if member.flags & _ENCRYPTED:
        return "it is encrypted"
    if member.method not in (_STORED, _DEFLATED, *_KINDS):
        return f"its compression method ({member.method}) is not supported"
    if member.size > FLOOR_BYTES and member.size > limits.bundle_ratio * max(member.packed, 1):
        return (
            f"it looks like a decompression bomb ({member.packed:,} bytes unpack to {member.size:,}; setting "
            "limits.bundle_ratio)"
        )
    return None


def _reader(source: str, file: Source, member: _Member, limits: Limits) -> Callable[[], Content]:
    return lambda: Content(data=_read(f"{source}!{member.name}", file, member, limits), size=member.size)


def _read(source: str, file: Source, member: _Member, limits: Limits) -> bytes:
    head = file.at(member.offset, _LOCAL.size)
    if len(head) < _LOCAL.size or not head.startswith(b"PK\x03\x04"):
        raise BundleError(f"{source} is damaged: it is not where the ZIP directory says.")
    name_size, extra_size = _LOCAL.unpack(head)[-2:]
    file.seek(member.offset + _LOCAL.size + name_size + extra_size)
    stream: Forward = StreamSlice(source, file, member.packed, limits.member_bytes + 1)
    if member.method != _STORED:
        kind = _KINDS.get(member.method)
        stream = Unpacked(source, stream, kind, limits, deflate=kind is None)
    data = stream.read(min(member.size, limits.member_bytes) + 1)
    if len(data) != member.size or zlib.crc32(data) != member.crc:
        raise BundleError(f"{source} is damaged: its bytes don't match the size and checksum in its bundle.")
    return data
