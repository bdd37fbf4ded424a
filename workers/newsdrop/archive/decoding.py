"""Bytes to text: UTF-8 first and strictly, then what the file declares, then what its letters say.

    byte order mark        UTF-8, UTF-16, UTF-32, strictly
    no mark, valid UTF-8   UTF-8 (all but a handful of files)
    declared               by the web server, else `charset=` in the first 8 KiB, if the bytes are valid in it
    nearly valid UTF-8     UTF-8 with U+FFFD for the few damaged bytes (a file cut in mid-character)
    otherwise              GB18030 or Big5, whichever gives common Chinese characters; Windows-1252 where
                           nearly all is ASCII; else a bounded guess

GB18030 and Big5 share nearly all byte pairs, so validity tells them apart no better than a coin; how common
the resulting characters are does. Refuses binary data and text that makes sense in no encoding.
"""

from __future__ import annotations

import codecs
import re
from functools import cache
from itertools import islice

from charset_normalizer import from_bytes

from newsdrop.archive.signatures import name_binary
from newsdrop.errors import EmptyFileError, NotTextError

__all__ = ["decode"]

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9][A-Za-z0-9_.:-]{1,30})", re.IGNORECASE)
_DECLARED_WITHIN_BYTES = 8_192

#: What a declaration means: the superset that browsers use for it (WHATWG Encoding).
_CODECS = {
    "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "x-gbk": "gb18030", "cp936": "gb18030",
    "gb_2312-80": "gb18030", "hz-gb-2312": "hz", "big5": "big5hkscs", "big5-hkscs": "big5hkscs",
    "cn-big5": "big5hkscs", "x-x-big5": "big5hkscs", "cp950": "cp950", "shift_jis": "cp932", "sjis": "cp932",
    "euc-jp": "euc_jp", "iso-2022-jp": "iso2022_jp", "euc-kr": "cp949", "iso-8859-1": "cp1252",
    "latin1": "cp1252", "windows-1252": "cp1252", "windows-1251": "cp1251", "koi8-r": "koi8-r",
    "iso-8859-2": "iso8859-2", "windows-1250": "cp1250", "utf-8": "utf-8", "utf8": "utf-8",
}  # fmt: skip
_CHINESE = ("gb18030", "big5hkscs", "cp950")

#: The most frequent characters of Chinese prose in either script, about four in ten of any text.
_COMMON = frozenset(
    "的一是不了在人有我他这個个們们中来來上大为為和國国地到以說说時时要就出會会可也你對对生能而子那得于於着著下自之年"
    "過过發发後后作里裡用道行所然家種种事成方多經经么麼去法學学如都同現现當当沒没動动面起看定天分還还進进好小部其些主"
    "樣样理心她本前開开但因只從从想實实日軍军者意無无力它與与長长把機机十民第公此已工使情明性知全三又關关點点正業业"
    "外將将兩两高間间由問问很最重並并物手應应戰战向頭头文體体政美相見见被利什二等產产或新己制身果加西斯月話话合回"
    "，。、：；「」《》“”？！"
)
_ENOUGH_COMMON = 0.12
_SAMPLE_CHARS = 20_000
_GUESS_BYTES = 16_384

#: A nearly valid UTF-8 text has at least this many sound non-ASCII characters for each damaged place.
_SOUND_PER_DAMAGED = 20

#: In undeclared Western text, accents and curly quotes are rarer than this; in anything else they aren't.
_ASCII_PER_WESTERN = 20

_NUL_FREE_HEAD_BYTES = 1_024
_NUL_RUN = b"\x00" * 16


def decode(data: bytes, source: str, charset: str | None = None) -> tuple[str, str]:
    """The text, with line feeds only and no byte order mark, and the encoding's name.

    Args:
        charset: what the web server said; it goes before what the text itself declares (WHATWG HTML, 13.2.3).

    Raises:
        EmptyFileError: nothing, or nothing but white space.
        NotTextError: binary, or in no encoding that makes sense.
    """
    if not data:
        raise EmptyFileError(f"{source} is empty (0 bytes).")
    text, encoding = _decode_marked(data, source) or _decode_plain(data, source, charset)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.removeprefix("\ufeff")
    if not text[:1_000].strip() and not text.strip().strip("\u200b\ufeff\u2060"):
        raise EmptyFileError(f"{source} holds white space only ({len(data):,} bytes).")
    return text, encoding


def _decode_marked(data: bytes, source: str) -> tuple[str, str] | None:
    found = next(((mark, encoding) for mark, encoding in _BOMS if data.startswith(mark)), None)
    if found is None:
        return None
    mark, encoding = found
    if encoding == "utf-8":
        return None if name_binary(data[len(mark) :]) else _decode_plain(data[len(mark) :] or b"\n", source)
    try:
        return data.decode(encoding).replace("\x00", ""), encoding
    except UnicodeDecodeError as error:
        raise NotTextError(
            f"{source} begins with a mark of {encoding.upper()} but is not valid {encoding.upper()} "
            f"(byte {error.start:,}: {error.reason})."
        ) from None


def _decode_plain(data: bytes, source: str, charset: str | None = None) -> tuple[str, str]:
    binary = name_binary(data)
    if binary is None and b"\x00" in data:
        binary = _nulls(data)
    if binary:
        raise NotTextError(f"{source}: expected text, but found {binary} ({len(data):,} bytes).")
    try:
        text, encoding = data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        text, encoding = _decode_other(data, source, charset)
    return (text.replace("\x00", "") if "\x00" in text else text), encoding


def _nulls(data: bytes) -> str | None:
    """Why the null bytes in `data` make it binary or damaged, or None for a few stray ones in a long text."""
    first = data.index(b"\x00")
    if _NUL_RUN in data:
        return (
            f"a run of null bytes from byte {data.index(_NUL_RUN):,} on (damaged, or not written to its end)"
        )
    if first < _NUL_FREE_HEAD_BYTES or data.count(b"\x00") * 1_000 > len(data):
        return f"binary data (a null byte at {first:,})"
    return None


def _decode_other(data: bytes, source: str, charset: str | None) -> tuple[str, str]:
    for declared in (_CODECS.get((charset or "").lower()), _declared(data)):
        if declared is None or declared == "utf-8":
            continue
        found = _lenient(data, declared)
        if found is not None and (declared not in _CHINESE or not _makes_more_sense_otherwise(data, found)):
            return found, declared
    text = data.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    if len(text) - len(text.encode("ascii", "ignore")) - damaged >= damaged * _SOUND_PER_DAMAGED:
        return text, "utf-8"
    return _detect(data) or _refuse(data, source)


def _declared(data: bytes) -> str | None:
    for match in _CHARSET.finditer(data, 0, _DECLARED_WITHIN_BYTES):
        name = _CODECS.get(match[1].decode("ascii").lower())
        if name:
            return name
    return None


def _makes_more_sense_otherwise(data: bytes, text: str) -> bool:
    """Whether a Chinese declaration is wrong: another of its kind gives far more common characters."""
    best = _best_chinese(data)
    return best is not None and best[0] >= _ENOUGH_COMMON and best[0] > 3 * _common_share(text)


def _lenient(data: bytes, encoding: str) -> str | None:
    """The text in `encoding`, a few damaged bytes replaced; None when it isn't in this encoding."""
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        pass
    text = data.decode(encoding, "replace")
    damaged = text.count("\ufffd")
    return text if (len(text) - damaged) >= damaged * _SOUND_PER_DAMAGED * 20 else None


def _detect(data: bytes) -> tuple[str, str] | None:
    best = _best_chinese(data)
    if best is not None and best[0] >= _ENOUGH_COMMON:
        return best[1], best[2]
    return _western(data) or _guess(data)


def _western(data: bytes) -> tuple[str, str] | None:
    """Windows-1252 for text that is ASCII but for a few letters or typographic quotes."""
    ascii_bytes = len(data.decode("ascii", "ignore"))
    if (len(data) - ascii_bytes) * _ASCII_PER_WESTERN > ascii_bytes:
        return None
    try:
        return data.decode("cp1252"), "cp1252"
    except UnicodeDecodeError:
        return None


def _best_chinese(data: bytes) -> tuple[float, str, str] | None:
    """Of the Chinese encodings that fit: the share of common characters, the text, the encoding's name."""
    texts = ((text, encoding) for encoding in _CHINESE if (text := _lenient(data, encoding)) is not None)
    scored = [(_common_share(text), text, encoding) for text, encoding in texts]
    return max(scored, key=lambda one: one[0], default=None)


def _common_share(text: str) -> float:
    """Which share of the non-ASCII characters are among the most common of Chinese."""
    # Markup is ASCII and would drown the letters; the head of a page may hold nothing else.
    letters = list(islice((char for char in text if char > "\x7f"), _SAMPLE_CHARS))
    return sum(char in _COMMON for char in letters) / len(letters) if letters else 0.0


def _guess(data: bytes) -> tuple[str, str] | None:
    # charset-normalizer takes time in proportion to what it sees, many encodings over: it sees one sample.
    match = from_bytes(_sample(data), cp_exclusion=["utf_7"], threshold=0.1).best()
    if match is None or match.encoding not in _guessable():
        return None
    text = _lenient(data, match.encoding)
    return None if text is None or _unprintable(text) else (text, match.encoding)


@cache
def _guessable() -> frozenset[str]:
    # An encoding in which every byte is a letter fits anything; these are left, and checked for sense.
    return frozenset(
        {"cp932", "shift_jis", "euc_jp", "euc_kr", "cp949", "gb18030", "gbk", "big5", "big5hkscs", "cp950"}
        | {"cp1252", "latin_1", "cp1251", "koi8_r"}
    )


def _sample(data: bytes) -> bytes:
    """The stretch of `data` that begins with its first non-ASCII line."""
    first = next((index for index, byte in enumerate(data) if byte > 0x7F), 0)
    start = data.rfind(b"\n", 0, first) + 1
    return data[max(start, first - 1_024) :][:_GUESS_BYTES]


def _unprintable(text: str) -> bool:
    text = text[:_SAMPLE_CHARS]
    strange = sum((char < " " and char not in "\t\n\r\f") or "\x7f" <= char < "\xa0" for char in text)
    return strange * 200 > len(text)


def _refuse(data: bytes, source: str) -> tuple[str, str]:
    raise NotTextError(
        f"{source}: expected text in UTF-8, GB18030 or Big5, but its {len(data):,} bytes "
        "make sense in none of them."
    )
