"""How times are written: for a person in this machine's zone, for a program as ISO 8601 in UTC. Pure.

The only module that makes a text of a time (tests/project/test_times.py holds the others to it). What a
person reads names its zone and is no more exact than the time is known: a day that a page names is that day
everywhere. Refuses to read times: that is `moments`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

__all__ = [
    "iso_8601",
    "iso_epoch_ms",
    "iso_time",
    "iso_times",
    "shown_ms",
    "shown_time",
    "utc_day",
    "wall_clock",
]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
#: How much of an ISO time each precision leaves.
_CHARS: Final = {"day": 10, "month": 7, "year": 4}
#: Times in epoch milliseconds → how they are called once they are text.
_AS_TEXT: Final = {
    "at_ms": "at",
    "changed_ms": "changed_at",
    "first_failed_ms": "first_failed_at",
    "gate_since_ms": "gate_since",
    "last_failed_ms": "last_failed_at",
    "since_ms": "since",
    "started_ms": "started_at",
}


def shown_time(text: str, precision: str | None = None) -> str:
    """An article's time for a person: `2020-06-29 14:53 +08:00`; a day, month or year as it stands."""
    if precision in _CHARS:
        return text[: _CHARS[precision]]
    at = datetime.fromisoformat(text).astimezone()
    return f"{at:%Y-%m-%d %H:%M} {_zone(at)}"


def shown_ms(at_ms: int, *, seconds: bool = True) -> str:
    """A time that newsdrop itself took note of, for a person: `2026-11-29 10:30:05 UTC`."""
    at = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone()
    return f"{at:{'%Y-%m-%d %H:%M:%S' if seconds else '%Y-%m-%d %H:%M'}} {_zone(at)}"


def iso_time(at: datetime) -> str:
    """A time as the index takes it. Keeps its zone's offset: a day stays that day where it was said."""
    offset = at.utcoffset()
    if offset is None or offset.seconds % 60 or offset.microseconds:
        # Local mean times have offsets with seconds, which no date parser but Python's reads.
        at = at.astimezone(UTC) if offset is not None else at.replace(tzinfo=UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iso_epoch_ms(value: int) -> str:
    """A time in epoch milliseconds, in UTC: `2026-11-29T10:30:05.000Z`."""
    seconds, ms = divmod(value, 1000)
    return f"{(_EPOCH + timedelta(0, seconds)).isoformat()[:19]}.{ms:03}Z"


def iso_times(value: Any) -> Any:
    """The same values for a program: `changed_ms`, a number, becomes `changed_at`, a text; however deep."""
    if isinstance(value, dict):
        return dict(_iso_item(name, inner) for name, inner in value.items())
    return [iso_times(one) for one in value] if isinstance(value, list) else value


def iso_8601(value: date | time) -> str:
    """A date, a time of the day, or both, just as exact as it is and in the zone that it has."""
    return value.isoformat()


def utc_day(at_ms: int) -> str:
    """The day of a time, where only the zone of Greenwich counts: `2026-11-29`."""
    return iso_epoch_ms(at_ms)[:10]


def wall_clock() -> datetime:
    """What the clock on this machine's wall shows, without a zone."""
    return datetime.now().astimezone().replace(tzinfo=None)


def _iso_item(name: Any, value: Any) -> tuple[Any, Any]:
    if name in _AS_TEXT and (value is None or type(value) is int):
        return _AS_TEXT[name], None if value is None else iso_epoch_ms(value)
    return name, iso_times(value)


def _zone(at: datetime) -> str:
    offset = f"{at:%z}"
    return f"{offset[:3]}:{offset[3:5]}" if at.utcoffset() else "UTC"
