"""What happens to files as bytes and letters: cut, doubled, in other encodings, with odd characters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Final

__all__ = ["DAMAGES", "MOST_BYTES", "Mutation", "inserted", "span"]

Mutation = Callable[[Random, bytes], bytes]

#: No mutation makes more of a file: what is slow is to be found by its shape, not by its size.
MOST_BYTES: Final = 400_000
_ENCODINGS: Final = (
    *("gb18030", "big5", "shift_jis", "euc_jp", "euc_kr", "utf-16", "utf-16-le", "utf-16-be", "utf-32"),
    *("latin-1", "cp1252", "cp1250", "koi8_r", "utf-7", "iso2022_jp", "hz"),
)
_CHARSETS: Final = (
    *(b"utf-8", b"gb2312", b"big5", b"shift_jis", b"euc-kr", b"utf-16", b"iso-2022-jp", b"hz-gb-2312"),
    *(
        b"x-user-defined",
        b"none",
        b"",
        b"utf-7",
        b"idna",
        b"unicode_escape",
        b"\xff",
        b"utf-8\0",
        b"x" * 5_000,
    ),
)
#: Controls, surrogates as some programs write them, zero width, directions, joiners, what is no character.
_ODD: Final = (
    *(bytes([code]) for code in (0, 1, 7, 8, 9, 11, 12, 13, 27, 31, 127, 128, 133, 160, 173, 255)),
    *(b"\xed\xa0\x80", b"\xed\xb0\x80", b"\xed\xa0\xbd\xed\xb8\x80", b"\xf4\x90\x80\x80", b"\xc0\x80"),
    *(
        text.encode()
        for text in (
            *(
                "\u0085",
                "\u00a0",
                "\u00ad",
                "\u200b",
                "\u200d",
                "\u200e",
                "\u2028",
                "\u2029",
                "\u202e",
                "\u2060",
            ),
            *("\u3000", "\ufe0f", "\ufeff", "\ufffd", "\uffff", "\U000e0001", "\U000e0100", "\U0010ffff"),
            *(
                "\u0301",
                "\u0e31",
                "\u20dd",
                "\u1100",
                "İ",
                "ß",
                "ﬃ",
                "㍿",
                "𠮷",
                "👩‍👩‍👧",
                "٣",
                "〇",
                "\ue000",
            ),
        )
    ),
    *(b"&#0;", b"&#xD800;", b"&#x110000;", b"&#128;", b"&#99999999999;", b"&amp;#0;", b"&nbsp", b"&#x202E;"),
)

_PLAIN: Final = (b" ", b"\t", b"\n", b"-", b"a", b"9", b"\xe5\xad\x97", b"|", b"(", b"@")


def span(random: Random, data: bytes, most: int = 2_000) -> tuple[int, int]:
    """The begin and end of some piece of it."""
    begin = random.randrange(len(data) + 1)
    return begin, min(len(data), begin + random.randint(0, most))


def inserted(random: Random, data: bytes, pieces: Sequence[bytes], most: int = 12) -> bytes:
    """With some of these pieces in some places."""
    for _ in range(random.randint(1, most)):
        at = random.randrange(len(data) + 1)
        data = data[:at] + random.choice(pieces) + data[at:]
    return data


def flip(random: Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(random.randint(1, 20) if changed else 0):
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def overwrite(random: Random, data: bytes) -> bytes:
    begin, end = span(random, data, 60)
    return data[:begin] + random.randbytes(end - begin) + data[end:]


def cut_end(random: Random, data: bytes) -> bytes:
    return data[: random.randrange(len(data) + 1)]


def cut_begin(random: Random, data: bytes) -> bytes:
    return data[min(len(data), random.randint(1, 400)) :]


def cut_out(random: Random, data: bytes) -> bytes:
    begin, end = span(random, data, random.choice((20, 2_000, 20_000)))
    return data[:begin] + data[end:]


def double(random: Random, data: bytes) -> bytes:
    begin, end = span(random, data, random.choice((20, 2_000, 20_000)))
    return data[:end] + data[begin:]


def repeat(random: Random, data: bytes) -> bytes:
    """One piece many times over, nested or beside itself."""
    begin, end = span(random, data, random.choice((4, 40, 400)))
    room = max(0, MOST_BYTES - len(data)) // max(1, end - begin)
    times = min(room, random.choice((5, 100, 3_000, 60_000)))
    return data[:begin] + data[begin:end] * times + data[end:]


def shuffle(random: Random, data: bytes) -> bytes:
    size = random.choice((1, 16, 512, 4_096))
    if size == 1:
        begin, end = span(random, data, 40)
        return data[:begin] + bytes(random.sample(data[begin:end], end - begin)) + data[end:]
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    random.shuffle(pieces)
    return b"".join(pieces)


def other_encoding(random: Random, data: bytes) -> bytes:
    return data.decode("utf-8", "replace").encode(random.choice(_ENCODINGS), "replace")


def mixed_encodings(random: Random, data: bytes) -> bytes:
    """A part of it in another encoding, as templates and old articles meet in one page."""
    begin, end = span(random, data, random.choice((200, 20_000)))
    return data[:begin] + other_encoding(random, data[begin:end]) + data[end:]


def other_charset(random: Random, data: bytes) -> bytes:
    told = random.choice(_CHARSETS)
    meta = random.choice(
        (
            b"<meta charset=" + told + b">",
            b'<meta http-equiv=Content-Type content="text/html; charset=' + told + b'">',
            b'<?xml version="1.0" encoding="' + told + b'"?>',
        )
    )
    return data.replace(b"<head>", b"<head>" + meta, 1) if b"<head>" in data else meta + data


def order_mark(random: Random, data: bytes) -> bytes:
    marks = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xff\xfe\0\0", b"\x84\x31\x95\x33", b"+/v8")
    return random.choice(marks) * random.randint(1, 2) + data


def line_ends(random: Random, data: bytes) -> bytes:
    return data.replace(
        b"\n", random.choice((b"\r\n", b"\r", b"\n\n", b"", b"\n\r", b"\xe2\x80\xa8", b"\x0b"))
    )


def odd_characters(random: Random, data: bytes) -> bytes:
    return inserted(random, data, _ODD, most=40)


def run_of_one(random: Random, data: bytes) -> bytes:
    """Thousands of one character: what is quadratic shows."""
    room = max(0, MOST_BYTES - len(data)) // 4
    run = random.choice((*_ODD, *_PLAIN))
    # Heads and headers are short, and have most of the patterns.
    at = random.randrange(min(len(data), random.choice((300, 3_000, len(data)))) + 1)
    return data[:at] + run * min(room // len(run), random.choice((50, 2_000, 60_000))) + data[at:]


DAMAGES: Final[tuple[Mutation, ...]] = (
    *(flip, overwrite, cut_end, cut_begin, cut_out, double, repeat, shuffle),
    *(other_encoding, mixed_encodings, other_charset, order_mark, line_ends, odd_characters, run_of_one),
)
