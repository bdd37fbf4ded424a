"""Other ways to write what was typed: numbers, names and compounds, as texts of several languages have them.

    12345678   12 345 678, 12.345.678, and 12,34,567 of India      3.000   3000
    Müller     Mueller, and the other way round; Tromsø, Århus     U.S.A.  USA
    e-mail     email; and of some prefixes cooperation, co-operation
    z.B.       z. B.            PhD  Ph.D.
    10h30      10 h 30          5pm  5 p.m., 5p.m.
    4×100      4x100, and the other way round
    9·11事件   911事件, and the other way round

The index stays as it is: a query asks for these as well, where nothing is quoted. Chinese and Japanese words
of two spellings are variants.py's. Pure. Refuses what would mostly find something else: two initials (U.N.
isn't "un"), and umlauts of words that aren't written like names (poet isn't "pöt").
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Final

from newsdrop.index.signs import CAPITALS
from newsdrop.index.terms import is_single, terms

__all__ = ["in_other_ways", "is_thousands"]

_THOUSANDS: Final = 3
_LEAST_LAKHS: Final = 6
_NUMBER: Final = re.compile("[1-9][0-9]{3,14}")
#: Thousands apart as nobody's comma: by full stops and plain spaces.
_PARTED_NUMBER: Final = re.compile(r"(?<![\w.])[1-9]\d{0,2}(?:[. ]\d{3}){1,4}(?![0-9A-Za-z.])")
_IN_ROWS: Final = re.compile(r"[1-9][0-9]{0,2}(?: [0-9]{3}){1,4}(?:[^\WA-Za-z0-9]\S*)?")
#: Dates that are names: the day behind a dot in the middle.
_DATE: Final = re.compile(r"(?<!\d)([1-9]|1[0-2])[·•‧・･∙⋅ㆍ](?=(?:0[1-9]|[12]\d|3[01])(?!\d|\W|$))")
_DAY: Final = re.compile("([1-9])(0[1-9]|[12][0-9]|3[01])")
_NAMED_DAYS: Final = re.compile(
    "(?:事件|事变|晚会|运动|学运|革命|起义|惨案|政变|恐怖|恐袭|袭击|大?地震|운동|혁명|민주화|전쟁|사태|테러|참사)"
)
_UMLAUTS: Final = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"}
    | {"Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "Ø": "Oe", "Å": "Aa"}
)
_NAME: Final = re.compile(r"\b[A-Z][A-Za-z]{4,}\b")
#: An umlaut in two letters: after a consonant (Bauer, Queen have none) or at the beginning, before two more
#: letters (Michael, Samuel), and neither as in guest nor as in aerial.
_IN_TWO: Final = re.compile(
    "(?i:(?<![aeiouqy])([aou])e(?=[b-df-hj-np-tv-z][a-z])(?<!gue(?=s))(?<!^ae(?=r[io]))|^(a)a(?=[a-z]))"
)
_TIME: Final = re.compile("([0-9]{1,2})h([0-9]{2})")
_HALF_DAY: Final = re.compile("([0-9]{1,2})([ap])m")
_HYPHENED: Final = re.compile(r"(?=.{5})[^\W_]{1,20}[-‐‑][^\W\d_]{1,20}")
_PREFIXED: Final = re.compile(
    "(anti|cyber|multi|non|pre|semi)([a-z]{4,20})|(on|off)(line)|(wi)(fi)|(mid)(terms?)"
    "|(post)(war|colonial|communist|election|pandemic)|(re)((?:elect|enter|enact|open)[a-z]{0,4})"
    "|(co)((?:author|chair|defend|direct|educat|exist|found|habit|host|operat|ordinat|own|pilot|produc|"
    "sponsor|star|work|writ)[a-z]{0,10})"
    "|(e)((?:book|cigarette|commerce|mail|sport)s?)"
)
_INITIALS: Final = re.compile(rf"(?:[{CAPITALS}][a-z]{{0,2}}\.){{1,4}}[{CAPITALS}][a-z]{{0,2}}\.?")
_LEAST_INITIALS: Final = 3
#: Abbreviated words in a row: a space may stand behind each, and its full stop would be a gap then.
_ABBREVIATED: Final = re.compile(r"(?:[^\W\d_]{1,3}\.){1,4}[^\W\d_]{1,20}\.?")
_WITHIN: Final = re.compile(r"\.(?=.)")
_DEGREE: Final = re.compile("(Ph|Psy|Ed|Th|[BDM])(D|Sc|Phil|Ed|Eng|Arch|Litt)s?")
#: What a word goes on with.
_PART: Final = "[0-9A-Za-zÀ-ɏͰ-ԯ']"
#: Initials, and a word with a hyphen, beside Han or Hangul: US军队, e-mail地址.
_INITIALS_WITHIN: Final = re.compile(rf"(?<!{_PART})[{CAPITALS}]{{2,4}}(?!{_PART}|[^\w\s]{_PART})")
_HYPHENED_WITHIN: Final = re.compile(
    rf"(?<!{_PART}|[-‐‑])([A-Za-zÀ-ɏͰ-ԯ]{{1,20}})[-‐‑]([A-Za-zÀ-ɏͰ-ԯ]{{2,20}})(?!{_PART}|[-‐‑])"
)
_TIMES: Final = re.compile("(?<![^\\W_])([1-9][0-9]{0,5}) ?[×xX] ?(?=[1-9])")


def in_other_ways(text: str, found: Sequence[str]) -> list[list[str]]:
    """The terms of what is typed written otherwise, each way once.

    Args:
        text: as it was typed, unquoted.
        found: its terms.
    """
    ways: list[list[str]] = []
    for way in _ways(text, list(found)):
        if way != found and way not in ways:
            ways.append(way)
    return ways


def is_thousands(words: Sequence[str]) -> bool:
    """Whether words in a row are a number with its thousands apart: 1 000 000, or 1 000 000人."""
    return _IN_ROWS.fullmatch(" ".join(words)) is not None


def _ways(text: str, found: list[str]) -> Iterator[list[str]]:
    yield _numbers(found, _in_thousands)
    yield _numbers(found, _in_lakhs)
    yield terms(_PARTED_NUMBER.sub(lambda number: re.sub(r"\D", "", number[0]), text))
    yield terms(_DATE.sub(r"\1", text))
    yield _with_days(found)
    yield terms(unicodedata.normalize("NFC", text).translate(_UMLAUTS))
    yield terms(_NAME.sub(lambda name: _IN_TWO.sub(r"\1\2", name[0]), text))
    yield _each(found, _time)
    yield _each(found, _half_day)
    yield from (terms(_TIMES.sub(sign, text)) for sign in (r"\1×", r"\1x", r"\1 x "))
    if any(map(is_single, found)):
        yield terms(_INITIALS_WITHIN.sub(lambda initials: " ".join(initials[0]), text, count=1))
        yield terms(_HYPHENED_WITHIN.sub(r"\1\2", text, count=1))
    if _ABBREVIATED.fullmatch(text):
        yield terms(_WITHIN.sub(". ", text))
    if degree := _DEGREE.fullmatch(text):
        yield [part.lower() for part in degree.groups()]
    if len(found) == 1:
        yield _prefixed(found[0])
    if _HYPHENED.fullmatch(text) and not any(map(is_single, found)):
        yield ["".join(found)]
    if _INITIALS.fullmatch(text) and len("".join(found)) >= _LEAST_INITIALS:
        yield ["".join(found)]


def _each(found: list[str], apart: Callable[[str], list[str]]) -> list[str]:
    return [part for term in found for part in apart(term)]


def _numbers(found: list[str], apart: Callable[[str], list[str]]) -> list[str]:
    """Those that stand alone: in 2020-01-23 and 3.14159 none does."""
    beside = [*(term.isdecimal() for term in found), False]
    pieces = ([term] if beside[at - 1] or beside[at + 1] else apart(term) for at, term in enumerate(found))
    return [part for piece in pieces for part in piece]


def _in_thousands(term: str) -> list[str]:
    if not _NUMBER.fullmatch(term):
        return [term]
    return _cut(term, range(len(term) % _THOUSANDS or _THOUSANDS, len(term), _THOUSANDS))


def _in_lakhs(term: str) -> list[str]:
    """As India writes it: 12,34,567."""
    if not _NUMBER.fullmatch(term) or len(term) < _LEAST_LAKHS:
        return [term]
    last = len(term) - _THOUSANDS
    return _cut(term, range(last % 2 or 2, last + 1, 2))


def _cut(term: str, places: range) -> list[str]:
    return [term[start:end] for start, end in pairwise([0, *places, len(term)])]


def _time(term: str) -> list[str]:
    if hour := _TIME.fullmatch(term):
        return [hour[1], "h", hour[2]]
    half = _HALF_DAY.fullmatch(term)
    return [term] if half is None else [half[1], half[2], "m"]


def _half_day(term: str) -> list[str]:
    half = _HALF_DAY.fullmatch(term)
    return [term] if half is None else [half[1] + half[2], "m"]


def _with_days(found: list[str]) -> list[str]:
    """911事件 is 9·11事件; a number before anything else is none of a day."""
    parts: list[str] = []
    for at, term in enumerate(found):
        day = _DAY.fullmatch(term)
        named = day is not None and _NAMED_DAYS.match("".join(found[at + 1 : at + 4]))
        parts += day.groups() if day is not None and named else [term]
    return parts


def _prefixed(word: str) -> list[str]:
    parts = _PREFIXED.fullmatch(word)
    return [word] if parts is None else [part for part in parts.groups() if part]
