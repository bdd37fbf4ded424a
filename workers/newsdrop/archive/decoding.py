"""Bytes to text: UTF-8 first and strictly, then what the file declares, then what its letters say.

    byte order mark        UTF-8, UTF-16, UTF-32, strictly
    no mark, valid UTF-8   UTF-8 (all but a handful of files); HZ or ISO-2022-JP where those shift to Chinese
                           or Japanese in ASCII
    declared               by the web server, else `charset=` in the first 8 KiB, if the bytes are valid in it
                           and a Chinese encoding doesn't make far more sense
    nearly valid UTF-8     UTF-8 with U+FFFD for the few damaged bytes (a file cut in mid-character)
    otherwise              GB18030 or Big5, whichever gives common Chinese characters; Windows-1252 where
                           nearly all is ASCII; else a bounded guess, which loses to characters of daily
                           use in GB18030 or Big5 unless it is clearly Japanese or Korean

GB18030 and Big5 share nearly all byte pairs, so validity tells them apart no better than a coin; how common
the resulting characters are does. Refuses binary data and text that makes sense in no encoding.
"""

from __future__ import annotations

import codecs
import re
from functools import cache

from charset_normalizer import from_bytes

from newsdrop.archive.character_stats import (
    ENOUGH_COMMON,
    clearly_foreign,
    common_share,
    reads_as_chinese,
    usual_share,
)
from newsdrop.archive.signatures import name_binary
from newsdrop.errors import EmptyFileError, NotTextError
from newsdrop.names import BLANK

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
    "x-sjis": "cp932", "windows-31j": "cp932", "ms_kanji": "cp932", "euc-jp": "euc_jp",
    "iso-2022-jp": "iso2022_jp", "euc-kr": "cp949", "ks_c_5601-1987": "cp949", "iso-8859-1": "cp1252",
    "latin1": "cp1252", "windows-1252": "cp1252", "windows-1251": "cp1251", "koi8-r": "koi8-r",
    "iso-8859-2": "iso8859-2", "windows-1250": "cp1250", "utf-8": "utf-8", "utf8": "utf-8",
}  # fmt: skip
_CHINESE = ("gb18030", "big5hkscs", "cp950")

_SEVEN_BITS = {"hz": b"~{", "iso2022_jp": b"\x1b$"}
_WESTERN = ("cp1252", "iso8859-2", "cp1250")
_CYRILLIC = ("cp1251", "koi8_r")

_ENOUGH_USUAL = 0.6
_SAMPLE_CHARS = 20_000
_GUESS_BYTES = 16_384

#: A nearly valid UTF-8 text has at least this many sound non-ASCII characters for each damaged place.
_SOUND_PER_DAMAGED = 20
#: In other encodings, where damage is the only sign of a wrong one, there must be more; a few are no matter.
_SOUND_PER_DAMAGED_OTHERWISE = 400
_FEW_DAMAGED = 3
#: Damage is counted after each piece of so many bytes.
_PIECE_BYTES = 16_384
#: No price list has more euro signs than one in so many bytes.
_BYTES_PER_EURO = 40

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
    if not text[:1_000].strip(BLANK) and not text.strip(BLANK):
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
        raise NotTextError(f"{source} is {binary} ({len(data):,} bytes); expected is text.")
    try:
        text, encoding = data.decode("utf-8"), "utf-8"
        if text.isascii():
            text, encoding = _shifted(data, charset) or (text, encoding)
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


def _shifted(data: bytes, charset: str | None) -> tuple[str, str] | None:
    """The text of 7-bit bytes that shift to two-byte characters and back: `~{VP9z~}`, `ESC $ B … ESC ( B`."""
    for encoding, shift in _SEVEN_BITS.items():
        if shift not in data:
            continue
        text = _lenient(data, encoding)
        # ~{ may stand in a program; nothing but an encoding has escapes.
        sure = encoding != "hz" or encoding in _declarations(data, charset)
        if text and _letters(text) > text.count("\ufffd") and (sure or reads_as_chinese(text)):
            return text, encoding
    return None


def _decode_other(data: bytes, source: str, charset: str | None) -> tuple[str, str]:
    for declared in _declarations(data, charset):
        found = _lenient(data, declared)
        if found is None or ("\ufffd" in found and _nearly_utf_8(data)):
            continue
        if not _makes_more_sense_otherwise(data, found, declared):
            return found, declared
    return _nearly_utf_8(data) or _detect(data) or _refuse(data, source)


def _nearly_utf_8(data: bytes) -> tuple[str, str] | None:
    text = data.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    return (text, "utf-8") if _letters(text) - damaged >= damaged * _SOUND_PER_DAMAGED else None


def _letters(text: str) -> int:
    return len(text) - len(text.encode("ascii", "ignore"))


def _declarations(data: bytes, charset: str | None) -> list[str]:
    """The encodings that are declared, the server's first."""
    server, page = _CODECS.get((charset or "").lower()), _declared(data)
    if server in _WESTERN and page in _CHINESE:
        # Latin-1 is what servers say that were told nothing.
        server = None
    return [declared for declared in (server, page) if declared is not None and declared != "utf-8"]


def _declared(data: bytes) -> str | None:
    for match in _CHARSET.finditer(data, 0, _DECLARED_WITHIN_BYTES):
        name = _CODECS.get(match[1].decode("ascii").lower())
        if name:
            return name
    return None


def _makes_more_sense_otherwise(data: bytes, text: str, declared: str) -> bool:
    """Whether a Chinese or Western declaration is wrong: a Chinese one gives far more common characters."""
    if declared not in _CHINESE and declared not in _WESTERN:
        return False
    best = _best_chinese(data)
    return best is not None and best[0] > 3 * common_share(text) and reads_as_chinese(best[1])


def _lenient(data: bytes, encoding: str) -> str | None:
    """The text in `encoding`, a few damaged bytes replaced; None when it isn't in this encoding."""
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        pass
    text = _replaced(data, encoding)
    if text is None:
        return None
    # A file that was cut off ends within a character.
    damaged = text.count("\ufffd", 0, len(text) - 1)
    if len(text) - damaged >= damaged * _SOUND_PER_DAMAGED_OTHERWISE:
        return text
    few = damaged <= _FEW_DAMAGED and _letters(text) - damaged >= damaged * _SOUND_PER_DAMAGED
    return text if few else None


def _replaced(data: bytes, encoding: str) -> str | None:
    """The text with what is damaged replaced; None as soon as there is more damage than would be accepted.

    Replacing a byte takes a thousand times as long as reading one: 20 MB of damage took 13 s.
    """
    decoder = codecs.getincrementaldecoder(encoding)(_GBK_ERRORS if encoding == "gb18030" else "replace")
    most = _FEW_DAMAGED + len(data) // _SOUND_PER_DAMAGED_OTHERWISE
    parts, damaged, euros = [], 0, 0
    for at in range(0, len(data), _PIECE_BYTES):
        part = decoder.decode(data[at : at + _PIECE_BYTES], final=at + _PIECE_BYTES >= len(data))
        damaged += part.count("\ufffd")
        euros += part.count("€")
        if damaged > most + 1 or euros > _FEW_DAMAGED + len(data) // _BYTES_PER_EURO:
            return None
        parts.append(part)
    return "".join(parts)


def _euro_or_damage(error: UnicodeError) -> tuple[str, int]:
    """Replaces what is wrong in GB18030; but 0x80 is the euro sign of GBK as Windows and browsers have it."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return ("€", error.start + 1) if error.object[error.start] == 0x80 else ("\ufffd", error.end)


_GBK_ERRORS = "newsdrop.gbk"
codecs.register_error(_GBK_ERRORS, _euro_or_damage)


def _detect(data: bytes) -> tuple[str, str] | None:
    best = _best_chinese(data)
    if best is not None and best[0] >= ENOUGH_COMMON:
        return best[1], best[2]
    return _western(data) or _rather_chinese(data, _guess(data))


def _western(data: bytes) -> tuple[str, str] | None:
    """Windows-1252 for text that is ASCII but for a few letters or typographic quotes."""
    ascii_bytes = len(data.decode("ascii", "ignore"))
    if (len(data) - ascii_bytes) * _ASCII_PER_WESTERN > ascii_bytes:
        return None
    try:
        return data.decode("cp1252"), "cp1252"
    except UnicodeDecodeError:
        return None


def _rather_chinese(data: bytes, guess: tuple[str, str] | None) -> tuple[str, str] | None:
    """The guess; but a few words of Chinese look like Korean or Japanese to who doesn't expect Chinese."""
    if guess is not None and (guess[1] in _CYRILLIC or clearly_foreign(guess[0])):
        return guess
    texts = [(text, name) for name in ("gb18030", "big5hkscs") if (text := _lenient(data, name)) is not None]
    best = max(texts, key=lambda one: usual_share(*one), default=None)
    return best if best is not None and usual_share(*best) >= _ENOUGH_USUAL else guess


def _best_chinese(data: bytes) -> tuple[float, str, str] | None:
    """Of the Chinese encodings that fit: the share of common characters, the text, the encoding's name."""
    texts = ((text, encoding) for encoding in _CHINESE if (text := _lenient(data, encoding)) is not None)
    scored = [(common_share(text), text, encoding) for text, encoding in texts]
    return max(scored, key=lambda one: one[0], default=None)


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
        f"{source} is no text in any encoding that is read: its {len(data):,} bytes make no sense; expected "
        "is UTF-8, GB18030, Big5, or what its charset declares."
    )
