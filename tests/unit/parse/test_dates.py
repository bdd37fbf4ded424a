"""Of several times the right one is believed, and a 12-hour clock is settled by the header."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from newsdrop.documents import Moment
from newsdrop.parse.dates import first_moment, settled_half_day

BEIJING = ZoneInfo("Asia/Shanghai")


def beijing(hour: int, minute: int = 0) -> datetime:
    return datetime(2022, 7, 13, hour, minute, tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("shown", "header", "meant"),
    [
        (beijing(1, 51), beijing(14, 7), beijing(13, 51)),
        (beijing(1, 51), beijing(13, 51), beijing(13, 51)),
        (beijing(1, 51), beijing(9), beijing(1, 51)),
        (beijing(12, 10), beijing(12, 30), beijing(12, 10)),
        (beijing(12, 10), beijing(3), beijing(0, 10)),
        (beijing(15), beijing(9), beijing(15)),
    ],
)
def test_a_half_day_clock_means_the_latest_time_not_after_the_header(
    shown: datetime, header: datetime, meant: datetime
) -> None:
    assert settled_half_day(Moment(shown), Moment(header)) == Moment(meant)


@pytest.mark.parametrize(
    "header",
    [None, Moment(datetime(2022, 7, 13, tzinfo=UTC), "day"), Moment(datetime(2022, 7, 1, tzinfo=UTC))],
)
def test_without_a_header_to_settle_it_a_half_day_clock_gives_the_day(header: Moment | None) -> None:
    day = Moment(datetime(2022, 7, 13, tzinfo=UTC), "day")
    assert settled_half_day(Moment(beijing(1, 51)), header) == day
    assert settled_half_day(day, header) == day


@pytest.mark.parametrize(
    ("text", "spelled", "zone", "at", "precision"),
    [
        ("01042021", "%m%d%Y", None, "2021-01-04T00:00:00+00:00", "day"),
        ("4.1.2021 09:30", "%d.%m.%Y %H:%M", BEIJING, "2021-01-04T09:30:00+08:00", "minute"),
        ("4.1.2021 09:30", "%d.%m.%Y %H:%M", None, "2021-01-04T00:00:00+00:00", "day"),
        ("4.1.2021 09:30:05 +0100", "%d.%m.%Y %H:%M:%S %z", BEIJING, "2021-01-04T09:30:05+01:00", "second"),
    ],
)
def test_a_rule_may_say_how_a_time_is_spelled(
    text: str, spelled: str, zone: ZoneInfo | None, at: str, precision: str
) -> None:
    found = first_moment(["no time", text], zone, spelled)
    assert found is not None
    assert (found.at.isoformat(), found.precision) == (at, precision)
