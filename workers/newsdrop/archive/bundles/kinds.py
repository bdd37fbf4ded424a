"""Which kind of bundle or compression some bytes are, by their magic numbers, never by the file's name."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["HEAD_BYTES", "PACKED", "ZSTD_FRAME", "ZSTD_SKIPPED", "Kind", "kind_of"]

#: How much of the beginning `kind_of` needs.
HEAD_BYTES = 512

ZSTD_FRAME = b"\x28\xb5\x2f\xfd"
#: Frames without content, which programs that compress or seek in parallel put before and between the others.
ZSTD_SKIPPED = tuple(bytes([first]) + b"\x2a\x4d\x18" for first in range(0x50, 0x60))

_TAR_CHECKSUM = slice(148, 156)


class Kind(StrEnum):
    """The kinds; people read these names."""

    ZIP = "ZIP"
    TAR = "tar"
    WARC = "WARC"
    GZIP = "gzip"
    BZIP2 = "bzip2"
    XZ = "xz"
    ZSTD = "Zstandard"


#: A compressed stream, which may contain a single page or a bundle.
PACKED = frozenset({Kind.GZIP, Kind.BZIP2, Kind.XZ, Kind.ZSTD})

_MAGIC = (
    (b"PK\x03\x04", Kind.ZIP),
    (b"PK\x05\x06", Kind.ZIP),
    (b"PK\x07\x08PK\x03\x04", Kind.ZIP),
    (b"\x1f\x8b\x08", Kind.GZIP),
    (b"\xfd7zXZ\x00", Kind.XZ),
    (ZSTD_FRAME, Kind.ZSTD),
    *((magic, Kind.ZSTD) for magic in ZSTD_SKIPPED),
    (b"WARC/0.", Kind.WARC),
    (b"WARC/1.", Kind.WARC),
)
_BZIP2_BLOCKS = (b"1AY&SY", b"\x17rE8P\x90")


def kind_of(head: bytes) -> Kind | None:
    """The kind of bundle that begins with these bytes; None if it isn't one."""
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head[:3] == b"BZh" and head[3:4].isdigit() and head[4:10] in _BZIP2_BLOCKS:
        return Kind.BZIP2
    return Kind.TAR if _is_tar(head) else None


def _is_tar(head: bytes) -> bool:
    """Whether a header's checksum holds; text or a page can't begin with 100 bytes of padded name."""
    if len(head) < HEAD_BYTES or not head[0] or b"\x00" not in head[:HEAD_BYTES]:
        return False
    try:
        wanted = int(head[_TAR_CHECKSUM].strip(b" \x00") or b"x", 8)
    except ValueError:
        return False
    return wanted == sum(head[:HEAD_BYTES]) - sum(head[_TAR_CHECKSUM]) + 8 * ord(" ")
