"""How much of each script a text contains, counted without a Python loop over its characters.

A text in UTF-16 has its script nearly spelled out in the upper byte of each character, and counting bytes is
a hundred times faster than asking for each character's name. Only kana, which share their upper byte with
Chinese punctuation, need the lower one, too.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

__all__ = ["ScriptCounts", "count_scripts", "count_words"]

#: ISO 15924 code → the upper bytes of its letters.
_BLOCKS: Final[dict[str, tuple[int, ...]]] = {
    "Hani": (*range(0x34, 0x4E), *range(0x4E, 0xA0), 0xF9, 0xFA),
    "Hang": (0x11, *range(0xAC, 0xD8)),
    "Grek": (0x03,),
    "Cyrl": (0x04,),
    "Hebr": (0x05,),
    "Arab": (0x06,),
    "Deva": (0x09,),
    "Thai": (0x0E,),
    "Tibt": (0x0F,),
}
_MARKS: Final = {script: bytes((ord("A") + place,)) for place, script in enumerate(_BLOCKS)}
_SURROGATE: Final = b"s"
_BLANK: Final = b" "


def _upper_bytes() -> bytes:
    table = bytearray(_BLANK * 256)
    for script, block in _BLOCKS.items():
        for upper in block:
            table[upper] = _MARKS[script][0]
    for upper in range(0xD8, 0xDC):
        table[upper] = _SURROGATE[0]
    return bytes(table)


#: Upper byte of a UTF-16 unit → mark of its script.
_SCRIPT_OF: Final = _upper_bytes()
#: Upper bytes of the letters of words beyond Latin-1: alphabets, Indic scripts and Hangul, but not CJK.
_FAR_LETTERS: Final = bytes((*range(0x01, 0x20), *range(0xA4, 0xD8)))
_NOT_FAR: Final = bytes(set(range(256)) - set(_FAR_LETTERS))

_NO_LATIN_LETTER: Final = bytes(code for code in range(256) if not chr(code).isalpha())
_LATIN_OR_DIGIT: Final = bytes(code if chr(code).isalnum() else 0x20 for code in range(256))
#: Rows of 256 code points → the kana in them.
_KANA: Final = {
    0x30: {*range(0x41, 0x97), *range(0xA1, 0xFB), 0xFC},
    0x31: {*range(0xF0, 0x100)},
    0xFF: {*range(0x66, 0x9E)},
}
#: Upper byte of a UTF-16 unit → the bit of its row; lower byte → the bits of the rows in which it is kana.
_KANA_ROW: Final = bytes(1 << list(_KANA).index(upper) if upper in _KANA else 0 for upper in range(256))
_KANA_PLACE: Final = bytes(
    sum(1 << bit for bit, places in enumerate(_KANA.values()) if lower in places) for lower in range(256)
)
_FAR_HAN: Final = re.compile("[\U00020000-\U0003ffff]")
_WORD: Final = re.compile(
    "(?:[^\\W_\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9d\U00020000-\U0003ffff]"
    "['’]?)+"
)


class ScriptCounts(NamedTuple):
    """Letters by script. `others`: ISO 15924 code → letters, for alphabets that are only named."""

    han: int
    kana: int
    hangul: int
    latin: int
    others: dict[str, int]


def count_scripts(text: str) -> ScriptCounts:
    """Count the letters of each known script; punctuation, digits and symbols belong to none."""
    units = _units(text)
    upper = units[1::2]
    marks = upper.translate(_SCRIPT_OF)
    found = {script: count for script, mark in _MARKS.items() if (count := marks.count(mark))}
    han = found.pop("Hani", 0)
    if _SURROGATE in marks:
        han += len(_FAR_HAN.findall(text))
    hangul = found.pop("Hang", 0)
    latin = len(text.encode("latin-1", "ignore").translate(None, delete=_NO_LATIN_LETTER))
    return ScriptCounts(han, _kana(units, upper), hangul, latin, found)


def count_words(text: str) -> tuple[int, int]:
    """How many Han characters and kana, and how many runs of other letters and digits, the text has.

    An apostrophe between letters doesn't end a run; a hyphen does.
    """
    units = _units(text)
    upper = units[1::2]
    marks = upper.translate(_SCRIPT_OF)
    characters = marks.count(_MARKS["Hani"]) + _kana(units, upper)
    if _SURROGATE in marks:
        characters += len(_FAR_HAN.findall(text))
    if upper.translate(None, delete=_NOT_FAR) or _SURROGATE in marks:
        return characters, len(_WORD.findall(text))
    latin = text.replace("’", "'").encode("latin-1", "replace").translate(_LATIN_OR_DIGIT, delete=b"'")
    return characters, len(latin.split())


def _kana(units: bytes, upper: bytes) -> int:
    """How many of the units are kana, counted all at once: those whose two bytes fit one row."""
    rows, places = upper.translate(_KANA_ROW), units[::2].translate(_KANA_PLACE)
    return (int.from_bytes(rows, "little") & int.from_bytes(places, "little")).bit_count()


def _units(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")
