"""The analysis of articles.json in Python, for the local index: what the analyzers make of a text.

Han, kana and Hangul stand one by one, any other run of letters and digits is a word; `'s` is no part of it.
Characters are taken for each other by folding.tsv, capitals are small, 3,000 is 3000, d'urgence is two words
(joints.py). Sentence punctuation is a term of its own (`¶`), so that no phrase reaches across it. Contract
tests hold all this against the server.

Pure. Refuses nothing: what holds no letter or digit has no terms.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from hashlib import blake2b
from itertools import pairwise
from typing import Final

from newsdrop.folding import PARTS, REPEATERS, has_parts, join_parts, repeat, spellings
from newsdrop.index.joints import MAYBE_THOUSANDS, PARTED, THOUSANDS_CHARS, before_thousands
from newsdrop.index.signs import (
    ABBREVIATED,
    APOSTROPHES,
    BULLET,
    DECIMAL,
    EMOJI,
    FULL_STOP,
    GAP,
    GOING_ON,
    HEBREW,
    JOINT,
    MAYBE_TIME,
    THOUSANDS_SIGNS,
    TIME,
    TURNED,
    ZEROS,
    set_apart,
    sign_rows,
)

__all__ = [
    "GAP_TERM",
    "analysis_key",
    "find_all",
    "find_beginnings",
    "folded",
    "is_asked",
    "is_single",
    "spelled",
    "terms",
    "writings",
]

#: Raised when this module's terms change, so that an index made of others is told from ours.
_VERSION: Final = 7
#: The term of a run of sentence punctuation. As a character of a text it is no letter, and never a term.
GAP_TERM: Final = "¶"
_HAN: Final = "⺀-⿕々〆〇〡-〩〸-〻㐀-䶿一-鿿\uf900-\ufaff\U00020000-\U0003ffff"
#: What stands one by one: Han, Hiragana, kana from ァ on with what lies behind it, and Hangul.
_SINGLES: Final = f"{_HAN}ぁ-ゖゝ-ゟァ-ㇿ가-힣"
#: Letters of scripts that are written without spaces; a run of them is one word.
_UNSPACED: Final = "\u1950-\u19cf\u1a20-\u1a7c"
#: Those of Thai, Lao, Burmese and Khmer stand one by one, each with its marks.
_CLUSTERED: Final = "\u0e01-\u0edf\u1000-\u109f\u1780-\u17d3"
_ASTRAL: Final = re.compile("[\U00010000-\U0010ffff]")
#: What one pass over the Basic Multilingual Plane doesn't do; nearly all texts are free of it.
_RARE: Final = re.compile(
    f"[º\u1100-\u1112\u3099\u309aﾞﾟゝゞヽヾ{REPEATERS}{_UNSPACED}{_CLUSTERED}\U00010000-\U0010ffff]"
)
_COMMA_OR_COLON: Final = re.compile("[:：](?![0-9０-９])|,(?![0-9０-９٠-٩۰-۹])")
_END_OF_SENTENCE: Final = rf"\.(?=\n| (?![{GOING_ON}])){ABBREVIATED}"
_TURNED: Final = f"(?<=[A-Za-z]){TURNED}"
_ZERO: Final = re.compile("|".join(ZEROS))
_LONE_APOSTROPHE: Final = re.compile(rf"'(?!(?<=[^\W\d{HEBREW}]')[^\W\d])")
_ANY_APOSTROPHE: Final = f"['{APOSTROPHES}{TURNED}]"
_POSSESSIVE: Final = re.compile(r"'s(?!\S)")
#: A letter or digit that is part of the word beside it; in few ranges, because each search compiles it.
_JOINED: Final = (
    "[0-9A-Za-zÀ-ÖØ-öø-\u0e00\u0ee0-\u0eff\u0f20-\u0f33\u0f40-\u0fbc\u10a0-\u177f\u17d8-\u1fff"
    "\u2c00-\u2dff\ua640-\ua8ff０-９Ａ-Ｚａ-ｚ]"
)
_PLANE: Final = 0x10000
#: A query, a title, a name. A longer text is an article's, and more will come.
_SHORT_CHARS: Final = 400
#: So much of a phrase is looked for as it is written.
_WRITTEN_CHARS: Final = 100
_TWO_GAPS: Final = f"{GAP_TERM}  {GAP_TERM}"


def is_single(char: str) -> bool:
    """Whether this character, or the first of a term, is indexed alone, so that no word goes on after it."""
    return _single().match(char) is not None


@cache
def _single() -> re.Pattern[str]:
    # Compiled where it is needed: it takes as long as half of the module, and `status` needs none of it.
    return re.compile(f"[{_SINGLES}{_CLUSTERED}{EMOJI}]")


@cache
def _characters() -> re.Pattern[str]:
    return re.compile(f"[{_SINGLES}]")


@cache
def _pictures() -> re.Pattern[str]:
    return re.compile(f"[{EMOJI}]")


@cache
def _clusters() -> re.Pattern[str]:
    """Runs of scripts without spaces, and single letters with their marks."""
    blocks = (*range(0x0E01, 0x0EE0), *range(0x1000, 0x10A0), *range(0x1780, 0x17D4))
    marks = "".join(chr(code) for code in blocks if unicodedata.category(chr(code))[0] == "M")
    return re.compile(f"[{_UNSPACED}]+|[{_CLUSTERED}][{marks}]*")


def spelled(text: str) -> str:
    """The terms of a text in their order with spaces between, as they stand in the index."""
    if signs := _signs_of_thousands(text):
        text = _without(text, signs)
    # Asked before there are gaps, whose character is itself a rare one.
    rare = _RARE.search(text) is not None
    # One gap would become of both in any case, but of a text that is three times as long.
    text = _with_gaps(text.replace("。\n", "\n"))
    if "○" in text:
        text = _with_zeros(text)
    if rare:
        text = join_parts(text)
    # One pass does it all: folds, makes small, sets single characters apart, and makes spaces of signs.
    said = text.translate(_row() if len(text) > _SHORT_CHARS else _places())
    if rare:
        said = _ASTRAL.sub(lambda found: _place(found[0]), said)
        said = _clusters().sub(r" \g<0> ", said)
    while _TWO_GAPS in said:
        said = said.replace(_TWO_GAPS, GAP_TERM)
    if "'" in said:
        said = _POSSESSIVE.sub("", _compiled(PARTED).sub(" ", _LONE_APOSTROPHE.sub(" ", said)))
    return said


def _with_gaps(text: str) -> str:
    """The text with a gap for each sign that leaves one because of what is beside it, and times apart."""
    text = _with_times(text)
    if "," in text or ":" in text or "：" in text:
        text = _COMMA_OR_COLON.sub(GAP, text)
    if ". " in text or ".\n" in text:
        text = _compiled(_END_OF_SENTENCE).sub(GAP, text)
    if TURNED in text:
        text = _compiled(_TURNED).sub("'", text)
    if BULLET in text:
        text = text.replace(BULLET + " ", GAP + " ").replace(" " + BULLET, " " + GAP)
    return text


def _with_times(text: str) -> str:
    if "T" in text and _compiled(MAYBE_TIME).search(text):
        text = _compiled(TIME).sub(r"\1-\2", text)
    return text


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    # Compiled where they are needed, since most searches need none of them.
    return re.compile(pattern)


def _signs_of_thousands(text: str) -> list[int]:
    """Where they are."""
    found: list[int] = []
    for sign, maybe in MAYBE_THOUSANDS.items():
        places = [match.start() for match in _compiled(maybe).finditer(text)] if sign in text else []
        if places:
            before = _compiled(before_thousands(sign))
            found += [at for at in places if before.search(text[max(0, at - THOUSANDS_CHARS) : at])]
    return found


def _without(text: str, places: list[int]) -> str:
    """The text without the characters at these places."""
    ends = [*sorted(places), len(text)]
    return "".join(text[start + 1 : end] for start, end in pairwise([-1, *ends]))


def _with_zeros(text: str) -> str:
    return _ZERO.sub(lambda found: found[0].replace("○", "零"), text)


def terms(text: str) -> list[str]:
    """The terms of a text in their order, as they stand in the index and in a query alike."""
    return spelled(text).split()


def is_asked(text: str) -> bool:
    """Whether a text has a term that can be looked for."""
    return any(term != GAP_TERM for term in terms(text))


def folded(text: str) -> str:
    """A keyword as the normalizer `nd_fold` has it: folded and in small letters, signs as they are."""
    # Python knows the sigma at the end of a word, Elasticsearch doesn't, and the table doesn't want it.
    return join_parts(text).translate(_letters()).lower().replace("ς", "σ")


def find_all(text: str, phrase: str) -> Iterator[tuple[int, int]]:
    """Where a phrase stands in a text, whatever signs lie between its terms: (start, end), for marking hits.

    But the signs that end a sentence must lie there if they lie in the phrase, and only then.
    """
    asked = " ".join(terms(phrase)).strip(f"{GAP_TERM} ").split()
    words = [term for term in asked if term != GAP_TERM]
    if not words:
        return
    small, starts = _aligned(text)
    pattern = re.compile(_pattern(words))
    match = pattern.search(small)
    while match is not None:
        begin, end = starts[match.start()], _end(starts, match.end())
        stands = terms(text[begin:end]).count(GAP_TERM) == len(asked) - len(words)
        if stands:
            yield begin, end
        match = pattern.search(small, match.end() if stands else match.start() + 1)


def find_beginnings(text: str, start: str) -> Iterator[tuple[int, int]]:
    """Where words stand that begin with a term: (start, end)."""
    small, starts = _aligned(text)
    for match in re.finditer(rf"(?<!{_JOINED}){re.escape(start)}{_JOINED}*", small):
        yield starts[match.start()], _end(starts, match.end())


def _end(starts: Sequence[int], end: int) -> int:
    """Where a match ends; of a character that folds to several, all of it is marked."""
    while end < len(starts) - 1 and starts[end] == starts[end - 1]:
        end += 1
    return starts[end]


@lru_cache(64)
def writings(phrase: tuple[str, ...], *, prefix: bool = False) -> re.Pattern[str]:
    """Matches terms in a row as texts write them, without folding these first: for a quick look at many.

    Characters that fold to one are matched; the few that fold to several (ß, combining marks) are not. What
    lies between the terms doesn't matter, as for find_all. Of a long phrase the beginning is matched, because
    compiling takes time. The phrase must have a term that is no gap.
    """
    words: list[str] = []
    left = _WRITTEN_CHARS
    for term in phrase:
        if term != GAP_TERM and left > 0:
            words.append(term[:left])
            left -= len(term)
    before, after = _edges(words)
    pattern = _row_of([(word, "".join(map(_written, word))) for word in words])
    if before:
        # Looked at first, because nearly no character is the first one.
        before = f"(?={_written(words[0][0])}){before}"
    return re.compile(before + pattern + ("" if prefix or left < 0 else after))


@cache
def analysis_key() -> str:
    """Tells the terms of this version of the module and of the folding table from another's."""
    rows = sorted([*spellings().items(), *sign_rows().items()])
    table = "".join(f"{source}>{target};" for source, target in rows)
    return f"terms-{_VERSION} {blake2b(table.encode(), digest_size=8).hexdigest()}"


def _pattern(words: list[str]) -> str:
    before, after = _edges(words)
    first = f"(?={re.escape(words[0][0])})" if before else ""
    return first + before + _row_of([(word, _word_pattern(word)) for word in words]) + after


def _row_of(words: Sequence[tuple[str, str]]) -> str:
    """Words and their patterns in a row: signs may lie between, and after letters the end of a possessive."""
    *most, (_, last) = words
    possessive = f"(?:{_ANY_APOSTROPHE}s(?!{_JOINED}))?"
    between = (("" if is_single(word) else possessive, pattern) for word, pattern in most)
    return "".join(rf"{pattern}{end}[\W_]*?" for end, pattern in between) + last


def _edges(words: Sequence[str]) -> tuple[str, str]:
    """What words begin and end with, where a longer word could go on."""
    before = "" if is_single(words[0]) else f"(?<!{_JOINED})"
    after = "" if is_single(words[-1]) else f"(?!{_JOINED})"
    return before, after


def _word_pattern(word: str) -> str:
    if not word.isdecimal():
        # The typographic apostrophe is the text's, the plain one the term's.
        return re.escape(word).replace("'", _ANY_APOSTROPHE)
    # 3000 stands in a text as 3,000, too.
    apart = f"[{THOUSANDS_SIGNS} ]?"
    return "".join(("" if not at or (len(word) - at) % 3 else apart) + digit for at, digit in enumerate(word))


def _aligned(text: str) -> tuple[str, Sequence[int]]:
    """The text folded, and where each of its characters begins in the text; then where the text ends.

    What folding leaves out belongs to the character before it.
    """
    if text.isascii():
        return _with_times(text).lower(), range(len(text) + 1)
    if "○" in text:
        text = _with_zeros(text)
    text = repeat(_with_times(text))
    if not has_parts(text) and _uneven().isdisjoint(text):
        return text.translate(_letters()).lower(), range(len(text) + 1)
    pieces: list[str] = []
    starts: list[int] = []
    at = 0
    for found in _uneven_units().finditer(text):
        _append_even(text[at : found.start()], at, pieces, starts)
        unit, at = found[0], found.end()
        piece = folded(unit) if len(unit) > 1 else _spread(unit)
        pieces.append(piece)
        starts += [found.start()] * len(piece)
    _append_even(text[at:], at, pieces, starts)
    return "".join(pieces), [*starts, len(text)]


def _spread(char: str) -> str:
    if said := set_apart().get(char):
        return f" {said.lower().replace('-', ' ')} "
    return _letters().get(ord(char), char).lower()


def _append_even(text: str, at: int, pieces: list[str], starts: list[int]) -> None:
    """A run of characters each of which folds to one."""
    pieces.append(text.translate(_letters()).lower())
    starts += range(at, at + len(text))


@cache
def _letters() -> dict[int, str]:
    return {ord(source): target for source, target in spellings().items() if len(source) == 1}


def _written(char: str) -> str:
    """A pattern for all characters that fold to one."""
    return f"[{re.escape(''.join(sorted({char, char.upper()[:1], *_written_for().get(char, '')})))}]"


@cache
def _written_for() -> dict[str, list[str]]:
    written: dict[str, list[str]] = {}
    for code, target in _letters().items():
        # A set of characters beyond the plane would be searched one by one.
        if code < _PLANE:
            written.setdefault(target.lower(), []).append(chr(code))
    return written | {"'": list(APOSTROPHES + TURNED)}


@cache
def _uneven() -> frozenset[str]:
    """Characters that fold to none or to several, or whose small letter hangs on their neighbours."""
    uneven = {chr(code) for code, target in _letters().items() if len(target.lower()) != 1}
    return frozenset(uneven | {"İ", "Σ"} | set_apart().keys())


@cache
def _uneven_units() -> re.Pattern[str]:
    return re.compile(f"{PARTS}|[{re.escape(''.join(sorted(_uneven())))}]")


@cache
def _row() -> list[str]:
    # A list of the whole plane: a dict pays for every miss, and a pattern for every term that it finds.
    return [_place(chr(code)) for code in range(_PLANE)]


class _Places(dict[int, str]):
    """The same for the characters that were met so far: whoever only asks never pays for the plane."""

    def __missing__(self, code: int) -> str:
        if code >= _PLANE:
            # Left as it is, to be placed later.
            raise KeyError(code)
        place = self[code] = _place(chr(code))
        return place


@cache
def _places() -> _Places:
    return _Places()


@cache
def _signs() -> dict[str, str]:
    written = {GAP: f" {GAP_TERM} ", "-": " ", FULL_STOP: " ", JOINT + "'": "'"}
    # By themselves: those before digits only part, all others have been made a gap by then.
    decimal = dict.fromkeys(DECIMAL, " ")
    rows = {
        sign: written[means] for sign, means in sign_rows().items() if means in written and len(sign) == 1
    }
    apart = {sign: f" {''.join(map(_plain, said))} " for sign, said in set_apart().items()}
    return rows | decimal | apart


def _place(char: str) -> str:
    """What a character becomes in a text's terms."""
    if char == GAP:
        return f" {GAP_TERM} "
    if char in _signs():
        return _signs()[char]
    if char == "'":
        return char
    target = _letters().get(ord(char))
    return _plain(char) if target is None else "".join(map(_plain, target))


def _plain(char: str) -> str:
    small = low if len(low := char.lower()) == 1 else char
    if _pictures().match(small):
        return f" {small} "
    kind = unicodedata.category(small)
    if _characters().match(small):
        # Beyond the Basic Multilingual Plane all are Han, whether or not this Python's tables know them.
        return f" {small} " if kind != "Cn" or small >= "\U00020000" else " "
    return small if kind[0] in "LM" or kind in ("Nd", "Nl") else " "
