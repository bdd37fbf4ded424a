"""Bundles of pages for the tests: every kind of one content, and those that are broken on purpose."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
from collections.abc import Callable, Iterable

import zstandard
from tests.corpus import seed_like

Pages = dict[str, bytes]


def pages(count: int, first: int = 0) -> Pages:
    """Different articles, under names of a folder."""
    return {f"saved/{n:04}.md": seed_like(n, html_bytes=2_500) for n in range(first, first + count)}


def zipped(members: Pages, packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packing) as bundle:
        for name, data in members.items():
            bundle.writestr(name, data)
    return file.getvalue()


def tarred(members: Pages, others: Iterable[tarfile.TarInfo] = ()) -> bytes:
    """A tar of these members; `others` (links, devices …) stand between the first and the rest."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as bundle:
        for number, (name, data) in enumerate(members.items()):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            bundle.addfile(info, io.BytesIO(data))
            for other in others if number == 0 else ():
                bundle.addfile(other)
    return file.getvalue()


def tar_link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def warc(members: Pages, *, kind: str = "text/html; charset=utf-8", status: str = "200 OK") -> bytes:
    """A response record per page; names are the URLs' last parts."""
    return b"".join(
        warc_record("response", http(data, kind, status), f"https://example.org/{name}")
        for name, data in members.items()
    )


def http(body: bytes, kind: str = "text/html", status: str = "200 OK", more: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{more}\r\n".encode() + body


def warc_record(
    what: str, body: bytes, url: str, date: str = "2020-01-31T09:00:00Z", media_type: str = ""
) -> bytes:
    head = (
        f"WARC/1.0\r\nWARC-Type: {what}\r\nWARC-Target-URI: {url}\r\nWARC-Date: {date}\r\n"
        f"WARC-Record-ID: <urn:uuid:{abs(hash((url, what))):032x}>\r\n"
        f"Content-Type: {media_type or f'application/http; msgtype={what}'}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body + b"\r\n\r\n"


def encrypted(data: bytes) -> bytes:
    """A ZIP file whose members' headers all say that they are encrypted."""
    changed = bytearray(data)
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = changed.find(magic)
        while at >= 0:
            flags = struct.unpack_from("<H", changed, at + offset)[0]
            struct.pack_into("<H", changed, at + offset, flags | 1)
            at = changed.find(magic, at + 4)
    return bytes(changed)


#: Each at its quickest: what tests pack needs to be unpacked, not to be small.
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": lambda data: gzip.compress(data, 1),
    "bz2": lambda data: bz2.compress(data, 1),
    "xz": lambda data: lzma.compress(data, preset=0),
    "zst": zstandard.compress,
}


def every_kind(members: Pages) -> dict[str, bytes]:
    """File name → one bundle of each kind."""
    tar = tarred(members)
    kinds = {f"all.tar.{ending}": pack(tar) for ending, pack in PACKERS.items()}
    return {"all.zip": zipped(members), "all.tar": tar, **kinds}
