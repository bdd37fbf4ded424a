"""When an article was published and updated: which of several times to believe.

    1. a complete time (date, clock, zone) in the place the site's rule names
    2. the header's
    3. a day alone in the place the rule names

A 12-hour clock without AM and PM (NYT's Chinese feed) is one of two times; feeds are read soon after an
article appears, so it is the later of those that aren't after the header's. Without a header's clock the day
is all that is known.

Never from running text, captions, comments or relative words: those are how other extractors date a piece of
2014 by its spam.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo

from newsdrop.documents import Moment
from newsdrop.moments import complete, read_moment

__all__ = ["appeared_before", "choose_published", "first_moment", "settled_half_day"]

#: Days have no zone, so that two which name the same moment may be one apart.
_AGAIN = timedelta(days=2)
_LABEL = re.compile(
    r"^[^\d]{0,20}?(?:[:：]|于|發佈於|published|updated)\s*(?=\d|[A-Z][a-z]{2},)", re.IGNORECASE
)


def first_moment(texts: Iterable[str], zone: tzinfo | None, spelled: str | None = None) -> Moment | None:
    """The first complete time that one of the texts spells, else the first incomplete one.

    Args:
        zone: that of a clock written without one.
        spelled: how the times are written, as strptime takes it; None knows what moments.py knows.
    """
    fallback = None
    for text in texts:
        moment = _read(text, zone) if spelled is None else _read_as(spelled, text, zone)
        if moment is None:
            continue
        if complete(moment):
            return moment
        fallback = fallback or moment
    return fallback


def settled_half_day(moment: Moment, header: Moment | None) -> Moment:
    """The time that a 12-hour clock without AM and PM means, or its day where the header can't tell."""
    if not complete(moment) or moment.at.hour > 12:
        return moment
    if header is not None and complete(header):
        morning = moment.at.replace(hour=moment.at.hour % 12)
        for at in (morning + timedelta(hours=12), morning):
            if at <= header.at:
                return Moment(at, moment.precision)
    return _day(moment.at)


def choose_published(header: Moment | None, named: Moment | None) -> Moment | None:
    """The publication time, from what the header and the place named by the rule say."""
    if named is not None and complete(named):
        return named
    return header or named


def appeared_before(first: Moment | None, moment: Moment | None) -> bool:
    """Whether an article appeared days before a time, which is then that of publishing it again."""
    return first is not None and moment is not None and moment.at - first.at >= _AGAIN


def _read(text: str, zone: tzinfo | None) -> Moment | None:
    return read_moment(text, zone) or read_moment(_LABEL.sub("", text.strip()), zone)


def _read_as(spelled: str, text: str, zone: tzinfo | None) -> Moment | None:
    try:
        at = datetime.strptime(text.strip(), spelled)  # noqa: DTZ007  the zone comes below, or the clock is dropped
    except ValueError:
        return None
    at = at if at.tzinfo is not None or zone is None else at.replace(tzinfo=zone)
    if at.tzinfo is None or not ("%H" in spelled or "%I" in spelled):
        return _day(at)
    return Moment(at, "second" if "%S" in spelled else "minute")


def _day(at: datetime) -> Moment:
    return Moment(datetime(at.year, at.month, at.day, tzinfo=UTC), "day")
