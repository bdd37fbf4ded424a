"""Times as files spell them, made into Moments: ISO 8601, RFC 2822, epoch ms, 年月日, slashed, English.

A time whose zone is neither written nor known from elsewhere is known to the day only: a guessed zone would
be wrong by up to a day and look exact. So is one whose zone is CST, which is China's as well as Chicago's.
Refuses relative words (3 分钟前), two-digit years and anything outside 1900–2100, no publication time.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime

from newsdrop.documents import Moment, Precision

__all__ = ["complete", "epoch_ms", "from_epoch_ms", "read_moment"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEARS = range(1900, 2100)
_LONGEST = 80

_ISO = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)"
    r"(?:[T ]+(?P<clock>\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?) ?(?P<zone>Z|[+-]\d\d:?\d\d|[A-Z]{3,5})?)?",
    re.IGNORECASE,
)
_MONTH = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d\d))?")
_COMPACT = re.compile(r"\d{8}")
_MAIL = re.compile(r"(?:[A-Za-z]{3}, *)?\d{1,2} [A-Za-z]{3} \d{4} (?P<clock>\d\d:\d\d(?::\d\d)?).*")
_NUMBERS = re.compile(
    r"(?:(?P<y>\d{4})[年/.-](?P<m>\d{1,2})[月/.-](?P<d>\d{1,2})日?|"
    r"(?P<d2>\d{1,2})/(?P<m2>\d{1,2})/(?P<y2>\d{4}))"
    r"(?: ?[（(]?(?:星期|周|週|礼拜|禮拜)[一二三四五六日天][）)]?)?"
    r"(?:[T,\s·-]*(?P<clock>\d{1,2}[:时時]\d\d(?:[:分]\d\d)?)[分秒]?"
    r"(?: ?(?P<zone>Z|[+-]\d\d:?\d\d|[A-Z]{3,5}))?)?"
)
_CLOCK_PARTS = re.compile(r"\D")
_ENGLISH = re.compile(
    r"(?:[A-Z][a-z]{2,8},? )?"
    r"(?:(?P<m>[A-Z][a-z]{2,8})\.? (?P<d>\d{1,2}),? (?P<y>\d{4})|"
    r"(?P<d2>\d{1,2}) (?P<m2>[A-Z][a-z]{2,8})\.?,? (?P<y2>\d{4}))"
)
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip
#: Hours east of Greenwich of the names that are one zone's alone, or RFC 2822's.
_ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "hkt": 8, "sgt": 8, "jst": 9, "kst": 9, "est": -5, "edt": -4,
    "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
}  # fmt: skip


def from_epoch_ms(value: int) -> Moment | None:
    """The moment of a JavaScript time stamp; None for 0, negative numbers and what lies after 2100."""
    if not 0 < value < 4_102_444_800_000:
        return None
    at = _EPOCH + timedelta(milliseconds=value)
    return Moment(at, "millisecond" if value % 1000 else "second")


def epoch_ms(moment: Moment) -> int | None:
    """Milliseconds since 1970 as a document version takes them: None before 1970."""
    value = (moment.at - _EPOCH) // timedelta(milliseconds=1)
    return value if value >= 0 else None


def complete(moment: Moment) -> bool:
    """Whether date, clock and zone are all known."""
    return moment.precision in ("millisecond", "second", "minute")


def read_moment(text: str, zone: tzinfo | None = None) -> Moment | None:
    """The time that `text` as a whole spells, or None.

    Args:
        zone: that of a clock written without one; None makes such a time exact to the day only.
    """
    text = " ".join(text[: _LONGEST + 1].split())
    if not text or len(text) > _LONGEST:
        return None
    for read in (_read_iso, _read_mail, _read_numbers, _read_month, _read_compact, _read_english):
        try:
            moment = read(text, zone)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        if moment is not None and moment.at.year in _YEARS:
            return moment
    return None


def _read_iso(text: str, zone: tzinfo | None) -> Moment | None:
    match = _ISO.fullmatch(text)
    if not match:
        return None
    clock = match["clock"]
    if clock is None:
        return _day(datetime.fromisoformat(match["day"]), zone)
    written = match["zone"] or ""
    offset = written if written[:1] in ("+", "-", "Z", "z") else ""
    at = datetime.fromisoformat(f"{match['day']}T{clock.replace(',', '.')}{offset.upper()}")
    if written and not offset:
        at = at.replace(tzinfo=_named_zone(written))
    return _clocked(at, clock, zone)


def _read_mail(text: str, zone: tzinfo | None) -> Moment | None:
    match = _MAIL.fullmatch(text)
    if not match:
        return None
    at = parsedate_to_datetime(text)
    last = text.rpartition(" ")[2]
    if last.isalpha():
        # Python reads CST as Chicago's, and HKT as none.
        at = at.replace(tzinfo=_named_zone(last))
    # RFC 2822 spells "UTC, place unknown" as -0000, which Python hands over without a zone.
    at = at.replace(tzinfo=UTC) if at.tzinfo is None and "-0000" in text else at
    return _clocked(at, match["clock"], zone)


def _read_numbers(text: str, zone: tzinfo | None) -> Moment | None:
    match = _NUMBERS.fullmatch(text)
    if not match:
        return None
    year, month, day = (int(match[a] or match[b]) for a, b in (("y", "y2"), ("m", "m2"), ("d", "d2")))
    date = datetime(year, month, day)  # noqa: DTZ001  the zone comes below, or the clock is dropped
    if match["clock"] is None:
        return _day(date, zone)
    hour, minute, *second = (int(part) for part in _CLOCK_PARTS.split(match["clock"]))
    at = date.replace(hour=hour, minute=minute, second=second[0] if second else 0)
    written = match["zone"] or ""
    if written.startswith(("+", "-")):
        at = datetime.strptime(f"{at:%Y-%m-%dT%H:%M:%S}{written}", "%Y-%m-%dT%H:%M:%S%z")
    elif written:
        at = at.replace(tzinfo=_named_zone(written))
    return _clocked(at, "00:00:00" if second else "00:00", zone)


def _read_month(text: str, _zone: tzinfo | None) -> Moment | None:
    match = _MONTH.fullmatch(text)
    if not match:
        return None
    month = match["month"]
    return Moment(datetime(int(match["year"]), int(month or 1), 1, tzinfo=UTC), "month" if month else "year")


def _read_compact(text: str, zone: tzinfo | None) -> Moment | None:
    if not _COMPACT.fullmatch(text):
        return None
    return _day(datetime(int(text[:4]), int(text[4:6]), int(text[6:])), zone)  # noqa: DTZ001  as above


def _read_english(text: str, zone: tzinfo | None) -> Moment | None:
    match = _ENGLISH.fullmatch(text)
    if not match:
        return None
    year, name, day = (match[a] or match[b] for a, b in (("y", "y2"), ("m", "m2"), ("d", "d2")))
    months = [number for number, month in enumerate(_MONTHS, 1) if month.startswith(name.lower())]
    if not months:
        return None
    return _day(datetime(int(year), months[0], int(day)), zone)  # noqa: DTZ001  as above


def _named_zone(name: str) -> tzinfo | None:
    """The zone of a name; None where it may be several, or is none that we know."""
    hours = _ZONES.get(name.lower())
    return None if hours is None else timezone(timedelta(hours=hours))


def _day(date: datetime, _zone: tzinfo | None) -> Moment:
    return Moment(date.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC), "day")


def _clocked(at: datetime, clock: str, zone: tzinfo | None) -> Moment:
    if at.tzinfo is None and zone is None:
        return _day(at, zone)
    if at.tzinfo is None:
        at = at.replace(tzinfo=zone)
    return Moment(at, _precision(at, clock))


def _precision(at: datetime, clock: str) -> Precision:
    if at.microsecond:
        return "millisecond"
    return "second" if clock.count(":") == 2 else "minute"
