"""Files nobody can index, one maker per reason. All of them must end as dead letters at once."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from typing import Final

__all__ = ["BROKEN"]

_URL = "https://www.bbc.com/zhongwen/simp/broken-{}"


def _png(number: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    # Level 0 stores: other levels may differ from one zlib to the next.
    pixel = chunk(b"IDAT", zlib.compress(bytes((0, number % 256, 0, 0)), 0))
    return b"\x89PNG\r\n\x1a\n" + header + pixel + chunk(b"IEND", b"")


#: Reason → what the file numbered n holds.
BROKEN: Final[dict[str, Callable[[int], bytes]]] = {
    "empty": lambda _: b"",
    "white-space": lambda n: b" \r\n\t" * (1 + n % 3),
    "binary": _png,
    "nul-bytes": lambda n: bytes(512 + n % 7),
    "cut-off-header": lambda n: (
        f"<!--{1_600_000_000_000 + n * 1000}-->\n[写到一半的标题{n}](https://www.bbc".encode()
    ),
    "no-header": lambda n: f"这里只有一段话，没有任何文件头。编号{n}。\n第二行也一样。\n".encode(),
    "json": lambda n: f'{{"id": {n}, "note": "an export of another program"}}\n'.encode(),
    "open-front-matter": lambda n: (
        f'---\nlayout: post\ntitle: "没有结尾的文件头{n}"\ndate: 2020-01-01\n'.encode()
    ),
    "no-article": lambda n: f"[]({_URL.format(n)})\n------\n\n<div></div>\n".encode(),
    "no-article-in-front-matter": lambda n: (
        f'---\nlayout: post\ntitle: ""\ndate: 2019-10-14T00:00:{n % 60:02d}+00:00\nfrom: {_URL.format(n)}\n'
        "---\n\n<html>\n <head>\n </head>\n <body>\n </body>\n</html>\n"
    ).encode(),
}
