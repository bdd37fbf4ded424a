"""Bytes to text: UTF-8 first and strictly, then what the file declares, then letter statistics.

    byte order mark        UTF-8, UTF-16, UTF-32, strictly
    no mark, valid UTF-8   UTF-8 (all but a handful of files); HZ, ISO-2022-JP or -KR where those shift to
                           Chinese, Japanese or Korean in ASCII
    UTF-8 encoded twice    UTF-8
    every other byte null  UTF-16 without its mark
    mostly UTF-8           UTF-8 with U+FFFD for what is damaged, or in another encoding
    declared               by the web server, else `charset=` in the first 8 KiB, if the bytes are valid in it
                           and no other encoding makes far more sense
    otherwise              of the encodings of Chinese, Japanese, Korean and Russian the one in which most
                           characters are frequent (character_stats.py); Windows-1252, 1250, 1254 or Latin-2
                           where foreign letters stand alone among ASCII, within words of one language

East Asian encodings share nearly all of their byte pairs, so validity doesn't distinguish them; the frequency
of the resulting characters does. Refuses binary data and text that makes sense in no
encoding.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Sequence
from functools import partial

from newsdrop.archive.character_stats import (
    ENOUGH,
    ENOUGH_DAILY,
    chinese_share,
    chinese_share_of_few,
    cyrillic_share,
    daily_share,
    foreign_letters,
    japanese_share,
    kanji_share,
    korean_share,
    latin_share,
)
from newsdrop.archive.labels import CODECS
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

_CHINESE = ("gb18030", "big5hkscs", "cp950")

_SEVEN_BITS = {"hz": b"~{", "iso2022_kr": b"\x1b$)C", "iso2022_jp": b"\x1b$"}
_WESTERN = ("cp1252", "iso8859-2", "cp1250", "cp1254")
#: No server declares these by default.
_EASTERN_LATIN = ("iso8859-2", "cp1250", "cp1254")
_CYRILLIC = ("cp1251", "koi8-r")
#: Encodings whose letters stand alone among ASCII, the most common first.
_LATIN = ("cp1252", "cp1250", "iso8859-2", "cp1254")

#: What tells each encoding of longer words, by the frequency of its characters.
_MODELS: tuple[tuple[str, Callable[[str], float]], ...] = (
    ("gb18030", chinese_share), ("big5hkscs", chinese_share), ("cp950", chinese_share),
    ("euc_jp", japanese_share), ("cp932", japanese_share), ("cp949", korean_share),
    ("cp1251", cyrillic_share), ("koi8-r", cyrillic_share),
)  # fmt: skip
#: And of a few words, which may be all names: hardly any character of theirs need be frequent.
_MODELS_OF_FEW: tuple[tuple[str, Callable[[str], float]], ...] = (
    ("gb18030", partial(chinese_share_of_few, codec="gb2312")),
    ("big5hkscs", partial(chinese_share_of_few, codec="big5")), ("euc_jp", kanji_share),
    ("cp932", kanji_share), ("cp949", korean_share), ("cp1251", cyrillic_share), ("koi8-r", cyrillic_share),
)  # fmt: skip
#: How much sense a text makes in the encoding that it declares, where such a declaration may be wrong.
_OWN_SHARES: dict[str, Callable[[str], float]] = {
    **dict.fromkeys((*_CHINESE, *_WESTERN), chinese_share),
    "cp932": kanji_share, "euc_jp": kanji_share, "cp949": korean_share,
}  # fmt: skip
_FEWEST_LATIN = 4
_FEW_BYTES = 48
#: The share that tells the language of a few words, and how far it must be ahead of all others.
_ENOUGH_OF_FEW = 0.34
_AHEAD_OF_FEW = 0.15
#: Where no language is told: Chinese, if so many characters are of daily use in one of its standards.
_DAILY_CODECS = {"gb18030": "gb2312", "big5hkscs": "big5"}

_SAMPLE_BYTES = 65_536
#: A single repeated byte is a letter in some encoding, and may be a frequent one.
_FEWEST_DIFFERENT = 3
#: With more damage than this, a sample is in another encoding.
_DAMAGED_SHARE = 0.05

#: Bytes of a foreign letter or two within a word, or a mark of a typesetter, with ASCII on both sides.
_LONE = re.compile(rb"(?<![\x80-\xff])[\x80-\xff]{1,2}(?![\x80-\xff])")
_RUN = re.compile(rb"[\x80-\xff]+")
_LONE_SHARE = 0.75
_FOREIGN_WORD = re.compile(rb"[A-Za-z]{0,40}[\x80-\xff][A-Za-z\x80-\xff]{0,40}")
_ASCII_PER_FOREIGN = 1.5
_LATIN_SHARE = 0.85

#: Sound characters for each damaged place in what is UTF-8 by and large: its pattern hardly comes about by
#: chance. Less will do where it is declared.
_SOUND_PER_DAMAGED_UTF_8 = 5
_SOUND_PER_DAMAGED_DECLARED = 2
#: A short text in another encoding may be damaged in a place or two.
_SOUND_PER_DAMAGED = 20
#: In other encodings, where damage is the only sign of a wrong one, there must be more; a few are no matter.
_SOUND_PER_DAMAGED_OTHERWISE = 400
_FEW_DAMAGED = 3
#: Damage is counted after every so many bytes.
_PIECE_BYTES = 16_384
#: No price list has more than one euro sign in so many bytes.
_BYTES_PER_EURO = 40

#: Of so many bytes, at least one is the null of an ASCII character: of markup, a number or a line's end.
_UTF_16_ASCII = 40
_FEWEST_NULLS = 4
_CONTROLS = re.compile("[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffe\uffff]")
_NUL_FREE_HEAD_BYTES = 1_024
#: Characters that aren't in UTF-8 twice by chance.
_FEWEST_TWICE = 4
#: The first two bytes of a character in UTF-8 as characters of Windows-1252.
_TWICE = re.compile("[\xc2-\xf4][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")
_NUL_RUN = b"\x00" * 16


def decode(data: bytes, source: str, charset: str | None = None) -> tuple[str, str]:
    """The text, with line feeds only and no byte order mark, and the encoding's name.

    Args:
        charset: what the web server said; it goes before what the text itself declares (WHATWG HTML, 13.2.3).

    Raises:
        EmptyFileError: nothing, or nothing but white space.
        NotTextError: binary, or in no encoding in which it makes sense.
    """
    if not data:
        raise EmptyFileError(f"{source} is empty (0 bytes).")
    text, encoding = _decode_marked(data, source) or _decode_plain(data, source, charset)
    # Bytes are searched many times faster than the characters of a text.
    if (encoding != "utf-8" or b"\r" in data) and "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.removeprefix("\ufeff")
    if not text[:1_000].strip(BLANK) and not text.strip(BLANK):
        raise EmptyFileError(f"{source} contains only white space ({len(data):,} bytes).")
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
    binary, nulls = name_binary(data), b"\x00" in data
    if binary is None and nulls:
        if wide := _unmarked_utf_16(data):
            return wide
        binary = _nulls(data)
    if binary:
        raise NotTextError(f"{source} is {binary} ({len(data):,} bytes); expected text.")
    try:
        text, encoding = data.decode("utf-8"), "utf-8"
        if text.isascii():
            text, encoding = _shifted(data, charset) or (text, encoding)
        else:
            text = _encoded_once(text) or text
    except UnicodeDecodeError:
        text, encoding = _decode_other(data, source, charset)
    if (nulls or encoding != "utf-8") and "\x00" in text:
        text = text.replace("\x00", "")
    return text, encoding


def _encoded_once(text: str) -> str | None:
    """Text that was taken for Windows-1252 and encoded in UTF-8 again (`æ–‡`); None for any other."""
    try:
        text.encode("ascii")
    except UnicodeEncodeError as error:
        # Nearly all pages show with their first foreign letter that they weren't.
        if _TWICE.match(text, error.start) is None:
            return None
    try:
        once = text.encode("cp1252", _C1_ERRORS).decode("utf-8")
    except UnicodeError:
        return None
    return once if _letters(once) >= _FEWEST_TWICE else None


def _c1(error: UnicodeError) -> tuple[bytes, int]:
    """The bytes that Windows-1252 leaves undefined, which stay what they are in browsers."""
    if not isinstance(error, UnicodeEncodeError) or not "\x80" <= error.object[error.start] <= "\x9f":
        raise error
    return error.object[error.start].encode("latin-1"), error.start + 1


_C1_ERRORS = "newsdrop.c1"
codecs.register_error(_C1_ERRORS, _c1)


def _unmarked_utf_16(data: bytes) -> tuple[str, str] | None:
    """UTF-16 without a mark: the other byte of each ASCII character is null, always on the same side."""
    head = data[:_SAMPLE_BYTES]
    fewer, more = sorted(nulls := (head[::2].count(0), head[1::2].count(0)))
    # 一 (4E00) and the like have theirs on the other side.
    if more < max(_FEWEST_NULLS, fewer * 2, len(head) // _UTF_16_ASCII):
        return None
    encoding = "utf-16-le" if nulls[1] == more else "utf-16-be"
    try:
        text = data[: len(data) // 2 * 2].decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if _CONTROLS.search(text, 0, _SAMPLE_BYTES) else (text.replace("\x00", ""), encoding)


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
        # ~{ may occur in program code; only an encoding has escapes.
        sure = encoding != "hz" or encoding in _declarations(data, charset)
        if text and _letters(text) > text.count("\ufffd") and (sure or chinese_share(text) >= ENOUGH):
            return text, encoding
    return None


def _decode_other(data: bytes, source: str, charset: str | None) -> tuple[str, str]:
    mostly = _mostly_utf_8(data, charset)
    for declared in _declarations(data, charset):
        found = _lenient(data, declared)
        if found is None or ("\ufffd" in found and mostly):
            continue
        if not _makes_more_sense_otherwise(data, found, declared):
            return found, declared
    return mostly or _detect(data) or _refuse(data, source)


def _mostly_utf_8(data: bytes, charset: str | None) -> tuple[str, str] | None:
    text = data.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    letters = _letters(text)
    # A pair of GBK looks like one character of two bytes now and then, but hardly like one of three: those
    # count in full. What takes n bytes in UTF-8 adds n - 2 to this sum.
    of_three = len(text.encode()) - len(text) - letters - damaged
    sound = max(of_three, (letters - damaged) // 2)
    needed = _SOUND_PER_DAMAGED_DECLARED if _declares_utf_8(data, charset) else _SOUND_PER_DAMAGED_UTF_8
    return (text, "utf-8") if sound >= damaged * needed else None


def _declares_utf_8(data: bytes, charset: str | None) -> bool:
    match = _CHARSET.search(data, 0, _DECLARED_WITHIN_BYTES)
    said = match[1].decode("ascii") if match else charset or ""
    return CODECS.get(said.lower()) == "utf-8"


def _letters(text: str) -> int:
    return len(text) - len(text.encode("ascii", "ignore"))


def _declarations(data: bytes, charset: str | None) -> list[str]:
    """The encodings that are declared, the server's first."""
    server, page = CODECS.get((charset or "").lower()), _declared(data)
    if server in _WESTERN and page in _CHINESE:
        # Latin-1 is what servers declare by default.
        server = None
    return [declared for declared in (server, page) if declared is not None and declared != "utf-8"]


def _declared(data: bytes) -> str | None:
    for match in _CHARSET.finditer(data, 0, _DECLARED_WITHIN_BYTES):
        name = CODECS.get(match[1].decode("ascii").lower())
        if name:
            return name
    return None


def _makes_more_sense_otherwise(data: bytes, text: str, declared: str) -> bool:
    """Whether an East Asian or Western declaration is wrong: in another language far more is frequent."""
    own = _OWN_SHARES.get(declared)
    if own is None:
        return False
    sample = _sample(data)
    if declared in _WESTERN and _stands_alone(sample):
        return _is_other_latin(data, text, declared)
    best = _best(sample)
    if best is None or (best[1] in _CYRILLIC and declared not in _WESTERN):
        return False
    if _is_few(sample) and not _may_be_wrong_of_few(text, declared, best[1]):
        return False
    return best[1] != declared and best[0] > 2 * own(text[:_SAMPLE_BYTES])


def _may_be_wrong_of_few(text: str, declared: str, best: str) -> bool:
    """Japanese names make sense in Chinese, Western capitals in Russian, Polish words in Big5."""
    if declared in _WESTERN:
        meant = declared in _EASTERN_LATIN and latin_share(text) >= _LATIN_SHARE
        return best not in _CYRILLIC and not meant
    return declared in _CHINESE and best in _CHINESE


def _is_other_latin(data: bytes, text: str, declared: str) -> bool:
    """Whether the foreign letters are no language's as declared, and are one's in another encoding."""
    if len(set(foreign_letters(text))) < _FEWEST_LATIN or latin_share(text) >= _LATIN_SHARE:
        return False
    found = _latin(data)
    return found is not None and found[1] != declared


def _lenient(data: bytes, encoding: str) -> str | None:
    """The text in `encoding`, with a few damaged bytes replaced; None if it isn't in this encoding."""
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        pass
    text = _replaced(data, encoding)
    if text is None:
        return None
    # A truncated file may end within a character.
    damaged = text.count("\ufffd", 0, len(text) - 1)
    if len(text) - damaged >= damaged * _SOUND_PER_DAMAGED_OTHERWISE:
        return text
    few = damaged <= _FEW_DAMAGED and _letters(text) - damaged >= damaged * _SOUND_PER_DAMAGED
    return text if few else None


def _replaced(data: bytes, encoding: str) -> str | None:
    """The text with damaged bytes replaced; None as soon as there is more damage than is acceptable.

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
    """Replaces what is invalid in GB18030, except 0x80, the euro sign of GBK on Windows and in browsers."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return ("€", error.start + 1) if error.object[error.start] == 0x80 else ("\ufffd", error.end)


_GBK_ERRORS = "newsdrop.gbk"
codecs.register_error(_GBK_ERRORS, _euro_or_damage)


def _detect(data: bytes) -> tuple[str, str] | None:
    sample = _sample(data)
    alone = _stands_alone(sample)
    if alone and _is_within_words(sample) and (latin := _latin(data)):
        return latin
    best = _best(sample)
    text = _lenient(data, best[1]) if best else None
    if best is not None and text is not None:
        return text, best[1]
    return _latin(data) if alone else None


def _best(sample: bytes) -> tuple[float, str] | None:
    """The encoding in which most of the sample is frequent, with the share; None where that isn't enough."""
    foreign = b"".join(_RUN.findall(sample))
    if len(set(foreign)) < _FEWEST_DIFFERENT:
        return None
    if _is_few(sample):
        return _best_of_few(sample)
    best = _scored(sample, _MODELS)[0]
    return best if best[0] >= ENOUGH else None


def _is_few(sample: bytes) -> bool:
    """A title that stands in the head, above the text and in a menu is a few words all the same."""
    return len(b"".join(set(_RUN.findall(sample)))) <= _FEW_BYTES


def _best_of_few(sample: bytes) -> tuple[float, str] | None:
    """The encoding of a few words; None where two languages make as much sense."""
    (share, best), *others = _scored(sample, _MODELS_OF_FEW)
    if share >= _ENOUGH_OF_FEW and all(share - other >= _AHEAD_OF_FEW for other, _ in others):
        return share, best
    if share >= _ENOUGH_OF_FEW and best not in _DAILY_CODECS:
        return None
    daily = [
        (daily_share(text, codec), name)
        for name, codec in _DAILY_CODECS.items()
        if (text := _sampled(sample, name)) is not None
    ]
    most = max(daily, default=(0.0, ""))
    return most if most[0] >= ENOUGH_DAILY else None


def _scored(sample: bytes, models: Sequence[tuple[str, Callable[[str], float]]]) -> list[tuple[float, str]]:
    """How much sense the sample makes in each encoding, the best first; without those it can't be in."""
    texts = ((model, name, _sampled(sample, name)) for name, model in models)
    scored = [(0.0 if text is None else model(text), name) for model, name, text in texts]
    return sorted(scored, key=lambda one: -one[0])


def _sampled(sample: bytes, encoding: str) -> str | None:
    """The sample in `encoding` (its last character may be cut off); None if it isn't in this encoding."""
    text = sample.decode(encoding, _GBK_ERRORS if encoding == "gb18030" else "replace")
    damaged = text.count("\ufffd", 0, len(text) - 1)
    return text if damaged <= _DAMAGED_SHARE * _letters(text) else None


def _stands_alone(sample: bytes) -> bool:
    """Whether foreign letters stand alone among ASCII, as in Latin script; in others they stand in rows."""
    runs = sum(1 for _ in _RUN.finditer(sample))
    return runs > 0 and sum(1 for _ in _LONE.finditer(sample)) >= _LONE_SHARE * runs


def _is_within_words(sample: bytes) -> bool:
    """Whether the words with foreign letters are ASCII for the greater part, as trail bytes aren't."""
    words = b"".join(_FOREIGN_WORD.findall(sample))
    foreign = len(b"".join(_RUN.findall(words)))
    return len(words) - foreign >= _ASCII_PER_FOREIGN * foreign


def _latin(data: bytes) -> tuple[str, str] | None:
    """The text in the encoding of Latin script in which its foreign letters are those of one language."""
    best = None
    for encoding in _LATIN:
        text = _lenient(data, encoding)
        share = 0.0 if text is None else latin_share(text)
        if text is not None and share >= _LATIN_SHARE and (best is None or share > best[0]):
            best = share, text, encoding
    return best[1:] if best else None


def _sample(data: bytes) -> bytes:
    """The stretch of `data` that begins with its first non-ASCII line."""
    first = _RUN.search(data)
    if first is None:
        return b""
    start = data.rfind(b"\n", 0, first.start()) + 1
    return data[max(start, first.start() - 1_024) :][:_SAMPLE_BYTES]


def _refuse(data: bytes, source: str) -> tuple[str, str]:
    raise NotTextError(
        f"{source} is not text in any encoding that newsdrop reads: its {len(data):,} bytes make no "
        "sense; expected UTF-8, a common older encoding, or what its charset declares."
    )
