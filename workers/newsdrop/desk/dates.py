"""Dates as people type them, in their own zone; and the date that stands beside an article."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from typing import Final

from newsdrop.desk.durations import is_age, seconds
from newsdrop.documents import Hit
from newsdrop.errors import ConfigError
from newsdrop.index.query import Edge
from newsdrop.index.query_dates import edge, span
from newsdrop.times import shown_time

__all__ = ["LOCAL", "date_of", "edges"]


class _LocalZone(tzinfo):
    """The zone of this machine, with each year's daylight saving time (a fixed offset would be today's)."""

    def utcoffset(self, at: datetime | None) -> timedelta | None:
        return None if at is None else at.replace(tzinfo=None).astimezone().utcoffset()

    def dst(self, _at: datetime | None) -> timedelta | None:
        return None

    def tzname(self, at: datetime | None) -> str | None:
        return None if at is None else at.replace(tzinfo=None).astimezone().tzname()


LOCAL: Final[tzinfo] = _LocalZone()


def date_of(hit: Hit) -> str:
    """The date of an article, or, if unknown, when it was archived."""
    if hit.published_at is not None:
        return shown_time(hit.published_at, hit.precision)
    return f"{'archived' if hit.archived_at else 'file of'} {shown_time(hit.at)}"


def edges(text: str, now: datetime) -> tuple[Edge, Edge]:
    """The beginning and end of the period that an option names; `7d` is seven days ago.

    Args:
        now: the clock on the wall, without a zone.

    Raises:
        ConfigError: neither a date nor an age, or an age before all dates.
    """
    if is_age(text):
        at = edge(now - timedelta(seconds=seconds(text)), LOCAL)
        return at, at
    found = span(text, LOCAL)
    if found is None:
        raise ConfigError(
            f"{text!r} is not a date: write 2023, 2023-05, 2023-05-01 or 2023-05-01T10:30, or an age such as "
            "7d."
        )
    return found
