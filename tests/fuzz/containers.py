"""Pages packed as people pack them: bundles and saved pages, whole; damage is for others to do."""

from __future__ import annotations

import base64
import bz2
import gzip
import lzma
import plistlib
import quopri
from collections.abc import Callable
from random import Random
from typing import Final

import brotli
import zstandard
from tests.inputs.bundle_files import http, tar_link, tarred, warc_record, zipped

__all__ = ["CONTAINERS", "Container"]

Container = Callable[[Random, list[bytes]], bytes]

_NAMES: Final = (
    *(
        "a.html",
        "b/c.md",
        "../x.html",
        "/etc/x.md",
        "a//b.md",
        "C:\\x.md",
        "字.html",
        "x\u202e.md",
        "a!b.md",
        "." * 200,
    ),
    *(
        "con",
        " .md",
        "a\nb.md",
        "x.zip",
        "x.tar.gz",
        "__MACOSX/._a.md",
        "index_files/x.css",
        "README.md",
        "a" * 240,
    ),
    *("\udcff.md", "a/./b.md", "x.html.gz", "a.WARC"),
)
_PACKERS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "gzip": lambda data: gzip.compress(data, 1),
    "x-gzip": lambda data: gzip.compress(gzip.compress(data, 1), 1),
    "br": lambda data: brotli.compress(data, quality=1),
    "zstd": zstandard.compress,
    "bz2": lambda data: bz2.compress(data, 1),
    "xz": lambda data: lzma.compress(data, preset=0),
    "identity": bytes,
}


def _members(random: Random, pages: list[bytes], printable: bool) -> dict[str, bytes]:
    names = [name for name in _NAMES if not printable or name.isprintable()]
    return {random.choice(names): page for page in pages}


def zip_file(random: Random, pages: list[bytes]) -> bytes:
    return zipped(_members(random, pages, printable=True), random.choice((0, 8, 12, 14)))


def tar_file(random: Random, pages: list[bytes]) -> bytes:
    links = [tar_link(random.choice(_NAMES[:9]), "/etc/passwd")] if random.random() < 0.3 else []
    members = {name.replace("\udcff", "x"): page for name, page in _members(random, pages, False).items()}
    return tarred(members, links) * random.choice((1, 1, 2))


def packed(random: Random, pages: list[bytes]) -> bytes:
    """One page, or a bundle, packed once to three times."""
    data = (
        random.choice((zip_file, tar_file, warc_file))(random, pages) if random.random() < 0.5 else pages[0]
    )
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        data = random.choice(tuple(_PACKERS.values()))(data)
    return data


def bundle_in_bundle(random: Random, pages: list[bytes]) -> bytes:
    inner = random.choice((zip_file, tar_file, warc_file, packed))(random, pages)
    return random.choice((zip_file, tar_file))(random, [inner, *pages[:1]])


def warc_file(random: Random, pages: list[bytes]) -> bytes:
    records = []
    for number, page in enumerate(pages):
        encoding = random.choice(tuple(_PACKERS))
        told = random.choice(
            ("text/html", "text/html; charset=gbk", "application/xhtml+xml", "image/png", "", "\xff")
        )
        more = f"Content-Encoding: {encoding}\r\n"
        body = _PACKERS[encoding](page)
        if random.random() < 0.3:
            more += "Transfer-Encoding: chunked\r\n"
            body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        url = random.choice(
            (f"https://e.org/{number}", "http://[", "file:///etc/passwd", "https://e.org/\u5b57", "")
        )
        status = random.choice(("200 OK", "200", "404 Not Found", "301 x", "x"))
        kind = random.choice(("response", "response", "response", "resource", "revisit", "metadata"))
        date = random.choice(("2020-01-31T09:00:00Z", "2020-01-31T09:00:00.123456789Z", "9999", ""))
        record = warc_record(kind, http(body, told, status, more), url, date)
        records.append(gzip.compress(record, 1) if random.random() < 0.3 else record)
    return b"".join(records)


def mhtml_file(random: Random, pages: list[bytes]) -> bytes:
    mark = random.choice((b"----x", b"a b", b"=_\xff", b"x" * 200))
    encoders: dict[bytes, Callable[[bytes], bytes]] = {
        b"quoted-printable": quopri.encodestring,
        b"base64": base64.encodebytes,
        b"binary": bytes,
        b"x-unknown": bytes,
    }
    parts = []
    for page in pages:
        encoding = random.choice(tuple(encoders))
        kind = random.choice(
            (b"text/html", b"text/html; charset=gb2312", b"image/png", b"multipart/alternative", b"")
        )
        head = b"Content-Type: " + kind + b"\r\nContent-Transfer-Encoding: " + encoding
        head += b"\r\nContent-Location: " + random.choice(
            (b"https://e.org/a", b"cid:1", b"http://[", b"\xff")
        )
        parts.append(b"--" + mark + b"\r\n" + head + b"\r\n\r\n" + encoders[encoding](page) + b"\r\n")
    kind = random.choice((b"multipart/related", b"multipart/mixed", b"text/html"))
    head = (
        b"From: <Saved by Blink>\r\nSnapshot-Content-Location: https://e.org/a\r\n"
        b"Subject: =?utf-8?Q?=E6=A1=A5?=\r\nDate: Tue, 16 Aug 2022 06:13:03 -0000\r\nMIME-Version: 1.0\r\n"
    )
    told = b"Content-Type: " + kind + b';\r\n\tboundary="' + mark + b'"\r\n\r\n'
    return head + told + b"".join(parts) + b"--" + mark + b"--\r\n"


def web_archive(random: Random, pages: list[bytes]) -> bytes:
    main: dict[str, object] = {
        "WebResourceData": random.choice((pages[0], "text", 5)),
        "WebResourceMIMEType": random.choice(("text/html", "image/png", 7)),
        "WebResourceURL": random.choice(("https://e.org/a", "file:///x", "http://[", 7)),
        "WebResourceTextEncodingName": random.choice(("UTF-8", "gbk", "none", 1.5)),
    }
    told = {"WebMainResource": random.choice((main, main, main, [main], 7)), "WebSubresources": [main]}
    return plistlib.dumps(told, fmt=plistlib.FMT_BINARY)


def single_file(random: Random, pages: list[bytes]) -> bytes:
    """SingleFile's page that unpacks itself: HTML, and a ZIP in it."""
    inner = zipped({random.choice(("index.html", "index.html", "x.html")): pages[0], "manifest.json": b"{}"})
    return (
        b"<!DOCTYPE html><html><head><title>x</title></head><body><p>one moment<!--"
        + inner
        + b"--></body></html>"
    )


CONTAINERS: Final[tuple[Container, ...]] = (
    *(zip_file, tar_file, packed, bundle_in_bundle, warc_file, mhtml_file, web_archive, single_file),
)
