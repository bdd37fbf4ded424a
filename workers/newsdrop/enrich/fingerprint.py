"""The fingerprint of an article's text: equal for copies that differ in script, case, spacing or punctuation.

`content` is the hex BLAKE2b-128 of the body, lower-cased, with the spellings of folding.tsv (Simplified
characters, letters without diacritics …), without white space, punctuation and control characters. `minhash`
detects near-copies (minhash.py). Both are stored and looked up in the index, so the tests pin values. An
article without a body is known by its title.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from hashlib import blake2b
from typing import Final

from msgspec.structs import replace

from newsdrop.documents import Article, Fingerprint
from newsdrop.enrich.minhash import band_keys
from newsdrop.folding import FEW, VOWELS, join_letters, join_pairs, spellings

__all__ = ["FingerprintStep", "content_hash", "fingerprint_of", "skeleton"]

#: The only characters beyond ASCII in nearly every English text.
_TYPOGRAPHIC: Final = "’‘“”–—…\xa0"
#: Most of what is dropped from a Chinese text. Removing it first halves the number of pieces to join.
_COMMON: Final = "，。 \n"
#: The part of a text that shows whether it is Chinese.
_HEAD_CHARS: Final = 100
_ASTRAL: Final = re.compile("[\U00010000-\U0010ffff]")
_HAN: Final = re.compile("[\u4e00-\u9fff]")
_ASCII_DROPPED: Final = bytes(
    code for code in range(128) if not chr(code).isalnum() and chr(code) not in "$+<=>^`|~"
)


class FingerprintStep:
    """Sets `fingerprint`; None for a text without letters or digits."""

    name = "fingerprint"

    def __call__(self, article: Article) -> Article:
        return replace(article, fingerprint=fingerprint_of(article.text) or fingerprint_of(article.title))


def fingerprint_of(text: str) -> Fingerprint | None:
    """The fingerprint of a text; None if it has no letters or digits."""
    said = skeleton(text)
    return Fingerprint(content=_hash(said), minhash=band_keys(said)) if said else None


def content_hash(text: str) -> str | None:
    """The hash of the text's letters and digits; None if it has none."""
    said = skeleton(text)
    return _hash(said) if said else None


def skeleton(text: str) -> str:
    """The text reduced to what is compared."""
    # Three ways to the same result, each the fastest for one kind of text; a test compares them.
    joined = join_pairs(text)
    beyond = _is_beyond_plane(joined)
    small, found = _lowered(joined, beyond=beyond)
    if not found.isdisjoint(VOWELS):
        small, found = _lowered(join_letters(joined), beyond=beyond)
    rare = set(_ASTRAL.findall(small)) & _spellings().keys() if beyond else set()
    if len(found) > FEW:
        return _replaced(small.translate(_row()), rare)
    found |= rare
    if _HAN.search(small, 0, _HEAD_CHARS) is None:
        latin = small
        for mark in _TYPOGRAPHIC:
            latin = latin.replace(mark, "")
        if latin.isascii():
            return latin.encode("ascii").translate(None, delete=_ASCII_DROPPED).decode("ascii")
    for mark in _COMMON:
        small = small.replace(mark, "")
    return _replaced("".join(_kept().findall(small)), found)


def _lowered(text: str, *, beyond: bool) -> tuple[str, set[str]]:
    """The text in lower case, and those of its characters that are spelled differently.

    Chinese has few capitals, all of ASCII: they are found with the others, without a look at each character.
    """
    if not beyond and _HAN.search(text, 0, _HEAD_CHARS) is not None:
        found = set(_marked().findall(text))
        capitals = found & _capitals()
        if len(capitals) <= FEW and "".join(capitals).isascii():
            for capital in capitals:
                text = text.replace(capital, capital.lower())
            return text, found - capitals
    text = text.lower()
    return text, set(_respelt().findall(text))


def _is_beyond_plane(text: str) -> bool:
    """Whether any character takes two UTF-16 units; encoding the text is faster than searching it."""
    return len(text.encode("utf-16-le", "surrogatepass")) > 2 * len(text)


def _replaced(text: str, found: set[str]) -> str:
    for char in found:
        text = text.replace(char, _spellings()[char])
    return text


def _hash(said: str) -> str:
    return blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _dropped(code: int) -> bool:
    category = unicodedata.category(chr(code))
    return category[0] in "PZ" or category in ("Cc", "Cf")


@cache
def _kept() -> re.Pattern[str]:
    # Spelled out in ranges: `\w` would lose the vowel signs of Tibetan, and takes half as long again.
    ranges: list[list[int]] = []
    for code in filter(_dropped, range(0x10000)):
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    spelled = "".join(f"\\u{first:04x}-\\u{last:04x}" for first, last in ranges)
    return re.compile(f"[^{spelled}]+")


@cache
def _spellings() -> dict[str, str]:
    """The folded form of each character that has one; characters that are dropped anyway are left out."""
    single = {source: target for source, target in spellings().items() if len(source) == 1}
    return {source: target.lower() for source, target in single.items() if not _dropped(ord(source))}


@cache
def _respelt() -> re.Pattern[str]:
    return _any_of(_spellings())


@cache
def _marked() -> re.Pattern[str]:
    return _any_of({*_spellings(), *_capitals()})


@cache
def _capitals() -> frozenset[str]:
    every = map(chr, range(0x10000))
    return frozenset(char for char in every if char.lower() != char)


def _any_of(characters: Iterable[str]) -> re.Pattern[str]:
    # One plane only: `re` searches a set of characters beyond it one by one.
    near = "".join(char for char in characters if char <= "\uffff")
    return re.compile(f"[{re.escape(near)}]")


@cache
def _row() -> list[str | int | None]:
    # Drops and folds in one pass; a list, because a dict pays for every miss.
    table = _spellings()
    return [None if _dropped(code) else table.get(chr(code), code) for code in range(0x10000)]
