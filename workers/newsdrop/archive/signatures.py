"""Names the type of bytes that aren't text, by the magic numbers at their beginning.

Only for messages that people read; nothing is decided here except that these are no articles.
"""

from __future__ import annotations

__all__ = ["name_binary"]

_HEADS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF87a", "a GIF image"),
    (b"GIF89a", "a GIF image"),
    (b"II*\x00", "a TIFF image"),
    (b"MM\x00*", "a TIFF image"),
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive (or a document format built on one)"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\x7fELF", "a program (ELF)"),
    (b"MZ", "a Windows program"),
    (b"\xca\xfe\xba\xbe", "a Java class or macOS program"),
    (b"\xcf\xfa\xed\xfe", "a macOS program"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Microsoft Office document"),
    (b"{\\rtf", "an RTF document"),
    (b"OggS", "an Ogg recording"),
    (b"ID3", "an MP3 recording"),
    (b"fLaC", "a FLAC recording"),
    (b"wOFF", "a web font"),
    (b"wOF2", "a web font"),
    (b"\x00asm", "a WebAssembly program"),
    (b"bplist00", "a binary property list"),
    (b"\x00\x00\x01\x00", "a Windows icon"),
    (b"BM", "a BMP image"),
)
_STARTS = tuple(head for head, _ in _HEADS)
_RIFF = {b"WEBP": "a WebP image", b"WAVE": "a WAVE recording", b"AVI ": "an AVI video"}


def name_binary(data: bytes) -> str | None:
    """What these bytes are ("a PNG image"), or None if their beginning is unknown."""
    if data[4:8] == b"ftyp":
        return "an MP4 video or HEIF image"
    if data[:4] == b"RIFF":
        return _RIFF.get(data[8:12], "a RIFF file")
    if data[257:262] == b"ustar":
        return "a tar archive"
    if not data.startswith(_STARTS):
        return None
    for head, name in _HEADS:
        # Two printable letters alone prove nothing: a text may begin with BM or MZ.
        if data.startswith(head) and (not head.isalpha() or len(head) > 2 or b"\x00" in data[:512]):
            return name
    return None
