"""Dates in queries: a year, a month, a day, a minute or a second, and the span of time that each is.

`2023-05` is the whole of May, `2023-05-01T10:30` one minute. Without a zone a date is meant where the
searcher is, like the dates that results show. Pure: the searcher's zone is an argument. Refuses what isn't
one date for sure, 5/1/2023 for instance.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo

from newsdrop.documents import COARSE, Moment
from newsdrop.index.query import Edge

__all__ = ["edge", "span"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEAR_FIRST = re.compile(r"\d{4}(?!\d)|\d{8}(?!\d)")
_MONTH = re.compile(r"(\d{4})(?:年|[-/.年](\d{1,2})月?)?")
_STEPS = {
    "day": timedelta(days=1),
    "minute": timedelta(minutes=1),
    "second": timedelta(seconds=1),
    "millisecond": timedelta(milliseconds=1),
}


def span(text: str, zone: tzinfo) -> tuple[Edge, Edge] | None:
    """Where the time that `text` spells begins, and where it is over; None if it spells none."""
    # Here, because few queries hold a date, and the patterns of all languages take long to compile.
    from newsdrop.moments import read_moment

    text = text.strip()
    if month := _MONTH.fullmatch(text):
        text = month[1] + (f"-{int(month[2]):02}" if month[2] else "")
    moment = read_moment(text, zone) if _YEAR_FIRST.match(text) else None
    if moment is None:
        return None
    start = moment.at.replace(tzinfo=None)
    # What has a clock was spelt with a zone, or has the searcher's; a mere date is always the searcher's.
    where = zone if moment.precision in COARSE else (moment.at.tzinfo or zone)
    return edge(start, where), edge(_after(moment, start), where)


def edge(wall: datetime, zone: tzinfo) -> Edge:
    """The end of a range at what the clock on the wall says, without a zone, in `zone`."""
    return Edge(_ms(wall.replace(tzinfo=zone)), _ms(wall.replace(tzinfo=UTC)))


def _after(moment: Moment, start: datetime) -> datetime:
    if moment.precision == "year":
        return start.replace(year=start.year + 1)
    if moment.precision == "month":
        return start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
    return start + _STEPS[moment.precision]


def _ms(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(milliseconds=1)
