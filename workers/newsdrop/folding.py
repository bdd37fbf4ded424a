"""One spelling for what reads the same: the table `config/folding.tsv`, and the folding of Chinese scripts.

The table holds Traditional and Simplified characters, compatibility forms, radicals, widths, diacritics and
what takes no room. Two rules are no table: letters in a row make a syllable of Hangul, and 々 is the
character before it. Both stores' analysis and the fingerprints are made from all of it (`spellings`,
`join_parts`), so that they agree. The table's Han part alone (`fold`) keeps the length of a text (every entry
is one BMP character on both sides), so offsets stay true. Folding is for comparing, never for showing: there
is no way back, since several Traditional characters share one Simplified one.

Refuses to convert words or idioms; that is OpenCC's job.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

from newsdrop.configfiles import find_config_file
from newsdrop.errors import ConfigError

__all__ = [
    "FEW",
    "HAN",
    "PARTS",
    "REPEATED",
    "REPEATERS",
    "VOWELS",
    "fold",
    "fold_table",
    "has_parts",
    "join_letters",
    "join_pairs",
    "join_parts",
    "repeat",
    "spellings",
    "syllables",
]

_FILE = "folding.tsv"
_NOTHING = "∅"
#: `U+0300..U+036F`: each of a range. `U+304B U+3099`: one after the other.
_RANGE = re.compile(r"U\+([0-9A-F]{4,5})\.\.U\+([0-9A-F]{4,5})")
_CODES = re.compile(r"U\+[0-9A-F]{4,5}(?: U\+[0-9A-F]{4,5})?")
_MOST = 6
#: Nearly all pairs of the table end in one of these: a voice mark, or the sign that repeats a kana.
_PAIR_ENDS: Final = "\u3099\u309aﾞﾟゝゞヽヾ"
#: The others: of Thai, one vowel typed as two, and its round mark below that of a tone; degrees as º.
_WHOLE_PAIRS: Final = "เเ", "ํ่", "ํ้", "ํ๊", "ํ๋", "ºC", "ºF"
_PAIR_SIGNS: Final = (*_PAIR_ENDS, *_WHOLE_PAIRS)
#: A syllable of Hangul in separate letters (NFD): leading consonant, vowel, perhaps a final consonant.
_LETTERS: Final = "[\u1100-\u1112][\u1161-\u1175][\u11a8-\u11c2]?"
_APART: Final = re.compile(_LETTERS)
#: One of these is in each syllable.
VOWELS: Final = "".join(map(chr, range(0x1161, 0x1176)))
_FIRST_SYLLABLE, _LAST_SYLLABLE = 0xAC00, 0xD7A3
#: What may be one character of the table in parts: a pattern.
PARTS: Final = f"{_LETTERS}|(?s:.)[{_PAIR_ENDS}]|{'|'.join(_WHOLE_PAIRS)}"
#: They say the character before them once more (佐々木 is 佐佐木), if that is one of these.
REPEATERS: Final = "々〻"
HAN: Final = "[〇㐀-䶿一-鿿\uf900-\ufaff]"
REPEATED: Final = f"[{REPEATERS}](?<=({HAN})[{REPEATERS}])"
_REPEATED: Final = re.compile(REPEATED)

#: Up to so many different characters are replaced faster one after the other than by translating the whole.
FEW = 24


def fold(text: str) -> str:
    """The text with every Traditional Han character replaced; same length, idempotent."""
    # Nearly all texts are Simplified but for a character or two: looking is much cheaper than translating.
    found = set(_foldable().findall(text))
    if len(found) > FEW:
        return text.translate(_row())
    table = _han()
    for character in found:
        text = text.replace(character, chr(table[ord(character)]))
    return text


def fold_table() -> dict[int, int]:
    """The Han part: Traditional code point → Simplified one. A copy: yours to change.

    Raises:
        ConfigError: the table is missing or broken.
    """
    return dict(_han())


def spellings() -> dict[str, str]:
    """The whole table: one character, or two in a row → what they are taken for, perhaps nothing. A copy.

    Nothing in a result is folded again. Capitals stay capitals.

    Raises:
        ConfigError: the table is missing or broken.
    """
    return dict(_table())


def syllables() -> dict[str, str]:
    """Every syllable of Hangul: its letters, two or three in a row → the one character."""
    every = map(chr, range(_FIRST_SYLLABLE, _LAST_SYLLABLE + 1))
    return {unicodedata.normalize("NFD", one): one for one in every}


def join_parts(text: str) -> str:
    """The text with what is written in parts as the table has it: Hangul in letters, pairs of kana, 々."""
    return join_letters(join_pairs(text))


def join_letters(text: str) -> str:
    """The text with letters of Hangul that make a syllable made one."""
    if any(vowel in text for vowel in VOWELS):
        text = _APART.sub(lambda letters: unicodedata.normalize("NFC", letters[0]), text)
    return text


def join_pairs(text: str) -> str:
    """The text with every two characters that the table takes for others joined, and 々 repeated."""
    if any(sign in text for sign in _PAIR_SIGNS):
        text = _pairs().sub(lambda pair: _table()[pair[0]], text)
    return repeat(text)


def has_parts(text: str) -> bool:
    """Whether the text may have what PARTS finds."""
    # Looking for each of them is much faster than one search for any.
    return any(sign in text for sign in _PAIR_SIGNS) or any(vowel in text for vowel in VOWELS)


def repeat(text: str) -> str:
    """The text with each 々 behind a Han character made that character; same length."""
    return _REPEATED.sub(r"\1", text) if any(sign in text for sign in REPEATERS) else text


@cache
def _pairs() -> re.Pattern[str]:
    return re.compile("|".join(re.escape(source) for source in _table() if len(source) == 2))


@cache
def _row() -> list[int]:
    # For `str.translate` a list of the whole BMP is twice as fast as a dict, which pays for every miss.
    table = _han()
    return [table.get(code, code) for code in range(0x10000)]


@cache
def _foldable() -> re.Pattern[str]:
    return re.compile(f"[{''.join(map(chr, _han()))}]")


@cache
def _han() -> dict[int, int]:
    return {
        ord(source): ord(target)
        for source, target in _table().items()
        if len(source) == 1 and "\u3400" <= source <= "\u9fff"
    }


@cache
def _table() -> dict[str, str]:
    path = find_config_file(_FILE)
    table: dict[str, str] = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        if not line or line.startswith("#"):
            continue
        sources, _, written = line.partition("\t")
        target = "" if written == _NOTHING else _characters(written)
        for source in _each(sources):
            if source in table or not _is_entry(source, target, written):
                raise ConfigError(
                    f"Line {number} of {path} is no folding entry: {line!r}. It must be two different texts "
                    "with a tab between, the first of one or two characters and new. Restore the file from "
                    "the package."
                )
            table[source] = target
    _refuse_chains(table, str(path))
    return table


def _each(sources: str) -> list[str]:
    if bounds := _RANGE.fullmatch(sources):
        return [chr(code) for code in range(int(bounds[1], 16), int(bounds[2], 16) + 1)]
    return [_characters(sources)]


def _characters(written: str) -> str:
    if not _CODES.fullmatch(written):
        return written
    return "".join(chr(int(code[2:], 16)) for code in written.split(" "))


def _is_entry(source: str, target: str, written: str) -> bool:
    if not written or source == target or not 1 <= len(source) <= 2 or len(target) > _MOST:
        return False
    # Folding Han keeps the length of a text.
    return not "\u3400" <= source <= "\u9fff" or (len(target) == 1 and target <= "\uffff")


def _refuse_chains(table: dict[str, str], path: str) -> None:
    # A chain (a → b, b → c) would make folding twice differ from folding once, and the index from the query.
    chains = [source for source, target in table.items() if any(char in table for char in target)]
    if chains:
        raise ConfigError(
            f"In {path} the results of {''.join(chains)} are folded themselves; fold them to the end."
        )
