"""Reads a time out of a line, part by part: date, clock, half of the day, zone, in any order that people use.

    2022年01月26日 10:00        26. Januar 2022, 10.30 Uhr        Tue Jan 28 15:28:56 CET 2020
    民國113年5月6日              下午3:05                           January 26th, 2022 at 3:05 p.m. GMT+8

Each part fills its slot once; what fills none ends the time: `January 26, 2022 5 min read` ends before the 5.
`5/6/2024` is no date unless `order` says which of the two is the day: wrong half of the time, it would look
as sure as any other. Refuses dates without a year, and years of two digits, but for `23.09.22` where the day
goes first.

Takes time in proportion to the line: all patterns are anchored and bounded, and a slot is filled once.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import partial
from typing import Final, Literal
from unicodedata import category, normalize
from zoneinfo import ZoneInfo

from newsdrop.documents import Moment, Precision
from newsdrop.moments.words import (
    ERAS,
    FILLERS,
    HALF_LETTERS,
    HALVES,
    MONTHS,
    NAMED_ZONES,
    WEEKDAYS,
    zone_named,
)

__all__ = ["STARTS", "YEARS", "DateOrder", "Scan", "day_of", "prepared"]

#: Which number of `5/6/2024` is the day's.
DateOrder = Literal["dmy", "mdy"]

YEARS: Final = range(1900, 2100)
#: Years of two digits below this are of this century.
_SHORT_YEARS = 70

_NOTHING = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_LOOKALIKES = str.maketrans("∶꞉−‐‑‒–—ıøØłŁđßæ·・،", "::------ioOlLdsa,,,")
_NUMERALS = re.compile(
    "[〇零○一二三四五六七八九]{4}(?=\\s?年)|元(?=\\s?年)"
    "|[〇零一二三四五六七八九十百]{1,6}(?=\\s?[年月日號号時时点點分秒])"
)
_HALF_PAST = re.compile("[点點时時]半")
_DIGITS = dict(zip("〇零○一二三四五六七八九", "000123456789", strict=True))


def _either(words: object) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))  # type: ignore[call-overload]


_P = partial(re.compile, flags=re.IGNORECASE)
_ERA = _P(
    rf"({_either(ERAS)})\s?(\d{{1,3}})(?:\s?年\s?|\s?[-./]\s?)(\d{{1,2}})(?:\s?月\s?|\s?[-./]\s?)"
    r"(\d{1,2})(?!\d)(?:\s?[日號号])?"
)
_YMD = _P(
    r"(\d{4})(?:\s?[年년]\s?|\s?[-/.]\s?|\s(?=\d\d/\d\d(?!\d|/)))(\d{1,2})(?:\s?[月월]\s?|\s?[-/.]\s?)(\d{1,2})(?!\d)"
    r"(?:\s?[日號号일]|\.(?!\d))?"
)
_YM = _P(r"(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]")
_ERA_YM = _P(rf"({_either(ERAS)})\s?(\d{{1,3}})\s?年\s?(\d{{1,2}})\s?月")
_XYY = _P(r"(\d{1,2})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{4})(?![\d])")
_XYY_SHORT = _P(r"(\d{1,2})\.(\d\d)\.(\d\d)(?![\d.:])")
_CLOCK = _P(r"(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?!\d)(?!:\d)")
#: As scripts put it together from numbers: 9:5:7.
_CLOCK_UNPADDED = _P(r"(\d{1,2}):(\d{1,2}):(\d{1,2})(?![\d:])")
_CLOCK_CJK = _P(r"(\d{1,2})\s?[时時点點시](?:\s?(\d{1,2})(?:\s?[分분]|(?!\d)))?(?:\s?(\d{1,2})\s?[秒초])?")
_CLOCK_H = _P(r"(\d{1,2})\s?h(?:eures?)?(?:\s?(\d\d)(?!\d)(?:\s?min)?)?(?![a-z\d])")
_CLOCK_DOTTED = _P(r"(\d{1,2})\.(\d\d)(?![\d.])")
_CLOCK_BARE = _P(r"(\d{1,2})(?=\s?(?:[ap]\.?\s?m(?![a-z])|uhr\b))")
_SAID_BEHIND = _P(r"\s?(?:uhr|h|[ap]\.?\s?m)(?![a-z])")
#: One character is half of a day only right before its clock: 早 begins 早报, too.
_HALF = _P(
    f"{_either(word for word in HALVES if len(word) > 1)}"
    rf"|(?:{_either(word for word in HALVES if len(word) == 1)})(?=\s?\d)"
)
#: Both begin with the letter that tells.
_HALF_LETTERS = _P(r"[ap]\.?\s?m\.?(?![a-z])|[صم](?!\w)")
_HALF_LETTERS_AHEAD = _P(r"[ap]\.?m\.?\s?(?=\d{1,2}:\d\d)")
_OFFSET = _P(r"\(?(?:gmt|utc|ut)?\s?([+-])\s?(?:(\d\d):?(\d\d)|(\d{1,2}))(?!\d)(?!:\d)\)?")
_IANA = _P(r"\[?([a-z]{2,20}/[a-z_+-]{2,30}(?:/[a-z_]{2,20})?)\]?")
_NAMED_ZONE = _P(f"({_either(NAMED_ZONES)})")
#: What the zone of an offset is called, as Go writes it: +0800 CST.
_ZONE_NAME = re.compile(r"[A-Z]{3,5}(?![A-Za-z])")
_IN_BRACKETS = _P(r"\([^\W\d_][^()\d]{0,60}\)")
_WEEKDAY = _P(
    r"(?:星期|周|週|礼拜|禮拜)[一二三四五六日天]|[月火水木金土日]曜日?|[월화수목금토일]요일"
    r"|\((?:[月火水木金土日祝一二三四五六]|[월화수목금토일])\)"
)
_NUMBER = _P(r"(\d{1,4})(?!\d)(?:(?:st|nd|rd|th|er|re|o|a|e)(?![^\W\d_])|\.(?!\d))?")
_WORD = _P(r"([^\W\d_]{1,20}(?:'(?=[^\W\d_]))?)\.?")
#: A bracket or hyphen may begin a part: each is looked at by itself.
_GAP = re.compile(r"[\s,.;|/)\]、]+|[(\[+-]|T(?=\d)", re.IGNORECASE)
_MONTH_AHEAD = _P(r"\.?,?\s?\d{1,2}\.?\s(?:de\s)?([^\W\d_]{3,12})")
#: Where a time may begin.
STARTS = _P(rf"{_either(ERAS)}|{_HALF.pattern}|{_either(NAMED_ZONES)}|\d+|[^\W\d_]+")


def prepared(text: str) -> str:
    """The text as the patterns expect it: half-width, no accents or invisible marks, numerals as digits."""
    if not text.isascii():
        text = _NOTHING.sub("", normalize("NFKC", text)).translate(_LOOKALIKES)
        marked = normalize("NFD", text)
        text = normalize("NFC", "".join(char for char in marked if category(char) != "Mn"))
        text = _HALF_PAST.sub("点30分", _NUMERALS.sub(_as_digits, text))
    return " ".join(text.split())


def _as_digits(match: re.Match[str]) -> str:
    numeral = match[0]
    if len(numeral) == 4 and not set(numeral) & set("十百"):
        return "".join(_DIGITS[digit] for digit in numeral)
    if numeral == "元":
        return "1"
    value, digit = 0, 0
    for char in numeral:
        if char in "百十":
            value += (digit or 1) * (100 if char == "百" else 10)
            digit = 0
        elif char in _DIGITS:
            digit = digit * 10 + int(_DIGITS[char])
        else:
            return numeral
    return str(value + digit)


def day_of(year: int, month: int, day: int) -> Moment:
    """A day as a moment. Raises ValueError where the calendar has none."""
    return Moment(datetime(year, month, day, tzinfo=UTC), "day")


class Scan:
    """The time that begins at one place of a prepared line, as far as it goes.

    Args:
        order: which number of `5/6/2024` is the day's, where that is known.
    """

    def __init__(self, line: str, start: int = 0, order: DateOrder | None = None) -> None:
        self._line, self._order = line, order
        self._year = self._month = self._day = 0
        self._clock: tuple[int, int, int, int] | None = None
        self._precision: Precision = "day"
        self._half: range | None = None
        self._zone: tzinfo | None = None
        self._zone_name = ""
        self._zone_said = False
        self._offset_end = 0
        self._weekday = False
        self._unsure = False
        #: Behind the last part; and whether nothing but fillers follows.
        self.end = start
        self.whole = False
        self._run(start)

    def moment(self, zone: tzinfo | None) -> Moment | None:
        """What was read; None if it isn't a date. `zone`: that of a clock written without one.

        Raises:
            ValueError: the calendar or the clock has no such time.
        """
        if not self._year or not self._month or self._unsure:
            return None
        if not self._day:
            return None if self._clock else Moment(datetime(self._year, self._month, 1, tzinfo=UTC), "month")
        day = day_of(self._year, self._month, self._day)
        if self._clock is None:
            return day
        said, minute, second, micro = self._clock
        hour = self._hour(said)
        date = datetime(self._year, self._month, self._day)  # noqa: DTZ001  the zone comes below
        if hour == 24 and (self._half or not (minute or second)):
            date, hour = date + timedelta(days=1), 0
        if hour is None:
            return day
        at = date.replace(hour=hour, minute=minute, second=min(second, 59), microsecond=micro)
        known = self._known_zone(at, zone)
        if known is None:
            return day_of(at.year, at.month, at.day)
        return Moment(at.replace(tzinfo=known), "millisecond" if micro else self._precision)

    def _hour(self, said: int) -> int | None:
        """The hour on a clock of 24; None where clock and half of the day contradict each other."""
        if self._half is None:
            return said
        possible = (said,) if said > 12 else (said % 12, said % 12 + 12, said % 12 + 24)
        return next((hour for hour in possible if hour in self._half), None)

    def _known_zone(self, at: datetime, zone: tzinfo | None) -> tzinfo | None:
        if self._zone is not None or not self._zone_said:
            return self._zone or zone
        # An abbreviation shared by several zones means the site's zone, if that is called so.
        own = zone is not None and self._zone_name and zone.tzname(at) == self._zone_name.upper()
        return zone if own else None

    def _run(self, position: int) -> None:
        line, size = self._line, len(self._line)
        while position < size:
            gap = _GAP.match(line, position)
            behind = self._part(position)
            if behind is not None:
                position = self.end = behind
            elif gap is not None:
                position = gap.end()
            elif (filler := self._filler(position)) is not None:
                position = filler
            else:
                return
        self.whole = True

    def _part(self, at: int) -> int | None:
        """Where the part that begins here ends, if it fills a slot; None otherwise."""
        char = self._line[at]
        if char.isdigit():
            return self._number_part(at)
        if char in "+-([" or char.isalpha():
            return self._sign_part(at)
        return None

    def _number_part(self, at: int) -> int | None:
        if not (self._year or self._month or self._day):
            for pattern, take in _DATES:
                match = pattern.match(self._line, at)
                if match:
                    take(self, match)
                    return match.end()
            if self._order == "dmy" and (match := _XYY_SHORT.match(self._line, at)):
                self._take_short(match)
                return match.end()
        if self._clock is None and (match := self._clock_here(at)):
            return match.end()
        match = _NUMBER.match(self._line, at)
        return match.end() if match and self._take_number(match) else None

    def _clock_here(self, at: int) -> re.Match[str] | None:
        for pattern in (_CLOCK, _CLOCK_UNPADDED, _CLOCK_CJK, _CLOCK_H, _CLOCK_DOTTED, _CLOCK_BARE):
            match = pattern.match(self._line, at)
            if match is None:
                continue
            if pattern is _CLOCK_DOTTED and not (self._day or _SAID_BEHIND.match(self._line, match.end())):
                continue
            hour, minute, second, part = (*match.groups(), None, None, None)[:4]
            micro = int((part or "").ljust(6, "0")[:6])
            self._clock = int(hour or 0), int(minute or 0), int(second or 0), micro
            self._precision = "second" if second else "minute"
            return match
        return None

    def _sign_part(self, at: int) -> int | None:
        line = self._line
        if not (self._year or self._month) and (match := _ERA.match(line, at) or _ERA_YM.match(line, at)):
            self._year, self._month = ERAS[match[1]] + int(match[2]), int(match[3])
            self._day = int(match[4]) if match.re is _ERA else 0
            return match.end()
        if (match := _WEEKDAY.match(line, at)) and not self._weekday:
            self._weekday = True
            return match.end()
        if self._half is None and (end := self._half_part(at)) is not None:
            return end
        if not self._zone_said and (match := _NAMED_ZONE.match(line, at)):
            key = NAMED_ZONES[match[1]]
            self._zone_said, self._zone = True, ZoneInfo(key) if key else None
            return match.end()
        if self._clock is not None and (end := self._behind_clock(at)) is not None:
            return end
        match = _WORD.match(line, at)
        return match.end() if match and self._take_word(match) else None

    def _half_part(self, at: int) -> int | None:
        """The half of the day: a word, or beside the clock letters, which mean something else elsewhere."""
        line = self._line
        if match := _HALF.match(line, at):
            self._half = HALVES[match[0]]
            return match.end()
        if self._clock is None:
            match = _HALF_LETTERS_AHEAD.match(line, at) if self._day else None
        elif not line[self.end : at].strip():
            match = _HALF_LETTERS.match(line, at)
        if match is None:
            return None
        self._half = HALF_LETTERS[match[0][0].lower()]
        return match.end()

    def _behind_clock(self, at: int) -> int | None:
        """Zones, which are words of other meaning elsewhere."""
        line = self._line
        if not self._zone_said and (match := _OFFSET.match(line, at)):
            hours, minutes = int(match[2] or match[4]), int(match[3] or 0)
            west = match[1] == "-"
            # West of -10:00 nobody writes news: 10:00-11:30 says from when till when.
            if hours <= (10 if west else 14) and minutes in (0, 15, 30, 45):
                offset = timedelta(hours=hours, minutes=minutes) * (-1 if west else 1)
                self._zone_said, self._zone = True, timezone(offset) if offset else UTC
                self._offset_end = match.end()
                return match.end()
        if self._offset_end == self.end and (match := _ZONE_NAME.match(line, at)):
            return match.end()
        if match := _IANA.match(line, at):
            zone = zone_named(match[1])
            if zone is not None:
                self._zone, self._zone_said = self._zone or zone, True
                return match.end()
        if self._zone_said and (match := _IN_BRACKETS.match(line, at)) and not line[self.end : at].strip():
            return match.end()
        return None

    def _take_ymd(self, match: re.Match[str]) -> None:
        self._year, self._month, self._day = (int(match[group]) for group in (1, 2, 3))

    def _take_ym(self, match: re.Match[str]) -> None:
        self._year, self._month = int(match[1]), int(match[2])

    def _take_xyy(self, match: re.Match[str]) -> None:
        first, second, self._year = int(match[1]), int(match[3]), int(match[4])
        # With points, the day goes first wherever it is written so.
        order = "dmy" if match[2] == "." else self._order
        if first > 12 or second > 12 or first == second:
            order = "mdy" if second > 12 else "dmy"
        self._unsure = order is None
        self._day, self._month = (first, second) if order != "mdy" else (second, first)

    def _take_short(self, match: re.Match[str]) -> None:
        self._day, self._month, year = (int(part) for part in match.groups())
        self._year = year + (2_000 if year < _SHORT_YEARS else 1_900)

    def _take_number(self, match: re.Match[str]) -> bool:
        digits, value = match[1], int(match[1])
        if len(digits) == 4 and value in YEARS and not self._year and (self._month or self._day):
            self._year = value
        elif len(digits) == 4 and value in YEARS and not self._year:
            # 2022 January 26
            ahead = _GAP.match(self._line, match.end())
            word = _WORD.match(self._line, ahead.end()) if ahead else None
            if word is None or word[1].casefold() not in MONTHS:
                return False
            self._year = value
        elif len(digits) <= 2 and 1 <= value <= 31 and not self._day:
            self._day = value
        else:
            return False
        return True

    def _take_word(self, match: re.Match[str]) -> bool:
        raw = match[1].rstrip("'")
        word = raw.casefold()
        if word in MONTHS and not self._month and not self._is_weekday(word, match.end()):
            self._month = MONTHS[word]
            return True
        if word in WEEKDAYS and not self._weekday and not (word in FILLERS and self._day):
            self._weekday = True
            return True
        if self._clock is None or self._zone_said:
            return False
        zone = zone_named(word)
        if zone is not None or (2 <= len(raw) <= 5 and raw.isupper() and raw.isascii()):
            self._zone, self._zone_name, self._zone_said = zone, raw, True
            return True
        return False

    def _is_weekday(self, word: str, behind: int) -> bool:
        """Whether a word that is both (`mar`) is the day: a month still follows its number."""
        if word not in WEEKDAYS or self._weekday:
            return False
        ahead = _MONTH_AHEAD.match(self._line, behind)
        return ahead is not None and ahead[1].casefold() in MONTHS

    def _filler(self, at: int) -> int | None:
        match = _WORD.match(self._line, at)
        return match.end() if match and match[1].rstrip("'").casefold() in FILLERS else None


_DATES: Final[tuple[tuple[re.Pattern[str], Callable[[Scan, re.Match[str]], None]], ...]] = (
    (_YMD, Scan._take_ymd),
    (_XYY, Scan._take_xyy),
    (_YM, Scan._take_ym),
)
