"""Times are read as written, and an unknown zone makes them days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdrop.moments import complete, epoch_ms, from_epoch_ms, read_moment

PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("text", "iso", "precision"),
    [
        ("2020-06-29T14:53:02+08:00", "2020-06-29T14:53:02+08:00", "second"),
        ("2020-06-29T14:53:02Z", "2020-06-29T14:53:02+00:00", "second"),
        ("2020-06-29T14:53:02.120Z", "2020-06-29T14:53:02.120000+00:00", "millisecond"),
        ("2020-06-29 14:53 +0800", "2020-06-29T14:53:00+08:00", "minute"),
        ("Mon, 29 Jun 2020 14:53:02 +0000", "2020-06-29T14:53:02+00:00", "second"),
        ("29 Jun 2020 14:53:02 -0000", "2020-06-29T14:53:02+00:00", "second"),
        ("Mon, 29 Jun 2020 14:53:02 GMT", "2020-06-29T14:53:02+00:00", "second"),
        ("2020-06-29", "2020-06-29T00:00:00+00:00", "day"),
        ("2020-06", "2020-06-01T00:00:00+00:00", "month"),
        ("2020", "2020-01-01T00:00:00+00:00", "year"),
        ("2020年6月29日", "2020-06-29T00:00:00+00:00", "day"),
        ("2020/6/29", "2020-06-29T00:00:00+00:00", "day"),
        ("2020-6-29", "2020-06-29T00:00:00+00:00", "day"),
        ("20200629", "2020-06-29T00:00:00+00:00", "day"),
        ("2020年6月29日（星期一）", "2020-06-29T00:00:00+00:00", "day"),
        ("June 29, 2020", "2020-06-29T00:00:00+00:00", "day"),
        ("Monday, 29 Jun 2020", "2020-06-29T00:00:00+00:00", "day"),
        ("2020-06-29 14:53:02z", "2020-06-29T14:53:02+00:00", "second"),
        ("2020-06-29 14:53:02 HKT", "2020-06-29T14:53:02+08:00", "second"),
        ("2020-6-29 4:53 +0800", "2020-06-29T04:53:00+08:00", "minute"),
        ("2020/6/29 4:53:02 JST", "2020-06-29T04:53:02+09:00", "second"),
        ("Mon, 29 Jun 2020 14:53:02 HKT", "2020-06-29T14:53:02+08:00", "second"),
        ("Mon, 29 Jun 2020 14:53 +0800", "2020-06-29T14:53:00+08:00", "minute"),
        ("Mon, 29 Jun 2020 14:53:02 +0800 (CST)", "2020-06-29T14:53:02+08:00", "second"),
    ],
)
def test_complete_and_partial_times_are_read(text: str, iso: str, precision: str) -> None:
    moment = read_moment(f"  {text}\n")
    assert moment is not None
    assert (moment.at.isoformat(), moment.precision) == (iso, precision)


@pytest.mark.parametrize(
    "text",
    [
        "2020-06-29T14:53:02", "29/06/2020 - 14:53", "2020年6月29日 14:53", "2020-06-29 14:53:02",
        "2020-6-29 14:53:02", "2020-06-29 14:53:02 CST", "2020年6月29日14时53分",
        "2020年6月29日 14時53分02秒",
        "2020年6月29日 星期一 14:53", "Mon, 29 Jun 2020 14:53:02",
        "Mon, 29 Jun 2020 14:53:02 CST", "Mon, 29 Jun 2020 14:53:02 XYZ",
    ],
)  # fmt: skip
def test_a_clock_without_a_zone_is_exact_only_where_the_zone_is_known(text: str) -> None:
    unknown, known = read_moment(text), read_moment(text, PARIS)
    assert unknown is not None
    assert known is not None
    assert (unknown.at, unknown.precision) == (datetime(2020, 6, 29, tzinfo=UTC), "day")
    assert complete(known)
    assert known.at.utcoffset() == datetime(2020, 6, 29, tzinfo=PARIS).utcoffset()


@pytest.mark.parametrize(
    "text",
    ["", "3 分钟前", "yesterday", "2020-13-01", "2020-02-30T10:00:00Z", "0001-01-01", "9999-12-31",
     "20-06-29",
     "20201301", "12345678", "Foo 29, 2020", "June 31, 2020", "2020-06-29 02:53 PM",
     "x" * 5_000, "2020-06-29T25:00:00Z", "Mon, 99 Jun 2020 14:53:02 +0000", "1,234"],
)  # fmt: skip
def test_what_is_no_time_is_none(text: str) -> None:
    assert read_moment(text) is None


@given(st.integers(1, 4_102_444_799_999))
def test_epoch_milliseconds_survive_the_round_trip(ms: int) -> None:
    moment = from_epoch_ms(ms)
    assert moment is not None
    assert epoch_ms(moment) == ms


@pytest.mark.parametrize("ms", [0, -1, 4_102_444_800_000, 10**17])
def test_impossible_time_stamps_are_none(ms: int) -> None:
    assert from_epoch_ms(ms) is None


@given(st.integers(86_400, 4_102_272_000), st.timezones())
def test_isoformat_survives_the_round_trip(second: int, zone: tzinfo) -> None:
    at = datetime.fromtimestamp(second, zone)
    # Offsets of seconds (local mean times) are no ISO 8601.
    moment = read_moment(at.isoformat())
    assert moment is None if (at.utcoffset() or timedelta()).seconds % 60 else moment and moment.at == at


@given(st.text(max_size=100))
def test_no_text_makes_it_raise(text: str) -> None:
    read_moment(text)
