"""Parses times as files and pages write them, in the languages of the press.

    ISO 8601 and similar    2020-06-29T14:53:02+08:00[Asia/Shanghai]   20200629T145302Z   20200629
    numbers of an epoch     1593413582, in seconds, milli- or microseconds
    everything else         scanning.py: 2020年6月29日 下午2:53, 26. Januar 2022, Tue Jan 28 15:28:56 CET 2020

A time whose zone is neither written nor known from elsewhere is reduced to the day: a guessed zone could
be wrong by up to a day and look exact. The same holds for the zone CST, which is China's as well as
Chicago's, and for unknown names: such a zone is certainly not the site's own, which goes without saying.
Refuses relative words (3 分钟前), anything outside 1900–2100, and two-digit years except in 23.09.22 where
the day goes first: not publication times.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

from newsdrop.documents import Moment
from newsdrop.moments.scanning import STARTS, YEARS, DateOrder, Scan, day_of, prepared

__all__ = [
    "DateOrder",
    "Found",
    "beside_moments",
    "complete",
    "epoch_ms",
    "find_moments",
    "from_epoch_ms",
    "read_moment",
]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST = 100
_LONGEST_LINE = 300

_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)",
    re.IGNORECASE,
)
_MONTH = re.compile(r"(\d{4})(?:[-/.](\d\d))?")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T?(\d\d)(\d\d)(\d\d)?\s?(.{0,40}))?", re.IGNORECASE)
_NUMBER = re.compile(r"\d{10}(?:\.\d{1,6})?|\d{13}|\d{16}")


class Found(NamedTuple):
    """A time within a line. `label`: what stands between the time before it, or the line's beginning, and it;
    `chars`: how long it is itself.
    """

    moment: Moment
    label: str = ""
    chars: int = 0


def from_epoch_ms(value: int) -> Moment | None:
    """The moment of a JavaScript time stamp; None for 0, negative numbers and times after 2100."""
    if not 0 < value < 4_102_444_800_000:
        return None
    at = _EPOCH + timedelta(milliseconds=value)
    return Moment(at, "millisecond" if value % 1000 else "second")


def epoch_ms(moment: Moment | None) -> int | None:
    """Milliseconds since 1970, as used for document versions; None before 1970, and of no moment."""
    if moment is None:
        return None
    value = (moment.at - _EPOCH) // timedelta(milliseconds=1)
    return value if value >= 0 else None


def complete(moment: Moment) -> bool:
    """Whether date, clock and zone are all known."""
    return moment.precision in ("millisecond", "second", "minute")


def read_moment(text: str, zone: tzinfo | None = None, order: DateOrder | None = None) -> Moment | None:
    """The time that `text` as a whole spells, or None.

    Args:
        zone: that of a clock written without one; None makes such a time exact to the day only.
        order: which number of `5/6/2024` is the day's; None makes such a text no time.
    """
    text = text[: _LONGEST + 1].strip()
    if not text or len(text) > _LONGEST:
        return None
    try:
        moment = _read(text, zone, order)
    except (ValueError, OverflowError):
        return None
    return moment if moment is not None and moment.at.year in YEARS else None


def find_moments(text: str, zone: tzinfo | None = None, order: DateOrder | None = None) -> Iterator[Found]:
    """The times in one short line, each exact to the day at least; none for a longer text."""
    text = text.strip()
    if len(text) > _LONGEST_LINE:
        return
    line = prepared(text)[:_LONGEST_LINE]
    behind = 0
    for start in STARTS.finditer(line):
        if start.start() < behind:
            continue
        scan = Scan(line, start.start(), order)
        try:
            moment = scan.moment(zone)
        except (ValueError, OverflowError):
            continue
        if moment is not None and moment.precision != "month" and moment.at.year in YEARS:
            yield Found(moment, line[behind : start.start()], scan.end - start.start())
            behind = scan.end


def beside_moments(text: str, found: Sequence[Found]) -> str:
    """The rest of a line without the times found in it, in half-width letters without accents."""
    end = sum(len(one.label) + one.chars for one in found)
    return " ".join([*(one.label for one in found), prepared(text)[end:]])


def _read(text: str, zone: tzinfo | None, order: DateOrder | None) -> Moment | None:
    if iso := _ISO.fullmatch(text):
        offset = "+00:00" if iso[8] in "zZ" else iso[8]
        at = datetime.fromisoformat(f"{text[:19]}{f'.{iso[7][:6]:0<6}' if iso[7] else ''}{offset}")
        return Moment(at, "millisecond" if at.microsecond else "second")
    line = prepared(text)
    if number := _NUMBER.fullmatch(line):
        return _from_number(number[0])
    if month := _MONTH.fullmatch(line):
        at = datetime(int(month[1]), int(month[2] or 1), 1, tzinfo=UTC)
        return Moment(at, "month" if month[2] else "year")
    if compact := _COMPACT.fullmatch(line):
        return _from_compact(compact, zone, order)
    scan = Scan(line, 0, order)
    return scan.moment(zone) if scan.whole else None


def _from_number(text: str) -> Moment | None:
    """The moment of seconds, milli- or microseconds since 1970, told apart by their digits."""
    whole, _, part = text.partition(".")
    scale = {10: 1_000_000, 13: 1_000, 16: 1}[len(whole)]
    return from_epoch_ms((int(whole) * scale + int(part.ljust(6, "0") if part else 0)) // 1_000)


def _from_compact(match: re.Match[str], zone: tzinfo | None, order: DateOrder | None) -> Moment | None:
    year, month, day, hour, minute, second, rest = match.groups()
    if hour is None:
        return day_of(int(year), int(month), int(day))
    clock = ":".join(part for part in (hour, minute, second) if part)
    scan = Scan(f"{year}-{month}-{day} {clock}{rest}", 0, order)
    return scan.moment(zone) if scan.whole else None
