"""Times for people and for programs: one way each."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date, datetime

import pytest

from newsdrop.times import iso_8601, iso_epoch_ms, iso_times, shown_ms, shown_time, utc_day, wall_clock

_AT_MS = 1_764_408_605_250  # 2025-11-29T09:30:05.250Z


@pytest.fixture
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("UTC", "2020-06-29 06:53 UTC"),
        ("Asia/Shanghai", "2020-06-29 14:53 +08:00"),
        ("America/St_Johns", "2020-06-29 04:23 -02:30"),
    ],
    indirect=["zone"],
)
def test_an_articles_time_is_shown_to_the_minute_with_its_zone(zone: None, expected: str) -> None:
    assert shown_time("2020-06-29T08:53:02+02:00", "second") == expected


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati"], indirect=True)
@pytest.mark.parametrize(
    ("precision", "expected"), [("day", "2020-06-29"), ("month", "2020-06"), ("year", "2020")]
)
def test_a_day_is_that_day_everywhere_and_has_no_zone(zone: None, precision: str, expected: str) -> None:
    assert shown_time("2020-06-29T23:00:00-08:00", precision) == expected


@pytest.mark.parametrize(
    ("zone", "expected"),
    [("UTC", "2025-11-29 09:30:05 UTC"), ("Asia/Shanghai", "2025-11-29 17:30:05 +08:00")],
    indirect=["zone"],
)
def test_our_own_times_are_shown_to_the_second(zone: None, expected: str) -> None:
    assert shown_ms(_AT_MS) == expected


def test_programs_get_iso_8601_in_utc() -> None:
    assert iso_epoch_ms(_AT_MS) == "2025-11-29T09:30:05.250Z"
    assert utc_day(_AT_MS) == "2025-11-29"


def test_numbers_that_are_times_become_texts_however_deep() -> None:
    letter = {"last_failed_ms": _AT_MS, "changed_ms": None, "attempts": [{"at_ms": 0, "after_ms": 7}]}
    assert iso_times({"letters": [letter], "files": 3}) == {
        "letters": [
            {
                "last_failed_at": "2025-11-29T09:30:05.250Z",
                "changed_at": None,
                "attempts": [{"at": "1970-01-01T00:00:00.000Z", "after_ms": 7}],
            }
        ],
        "files": 3,
    }


def test_what_an_article_calls_by_such_a_name_stays() -> None:
    assert iso_times({"labels": {"at_ms": "noon", "since_ms": ["a"]}}) == {
        "labels": {"at_ms": "noon", "since_ms": ["a"]}
    }


def test_a_written_date_stays_as_exact_as_it_is() -> None:
    assert iso_8601(date(2020, 6, 29)) == "2020-06-29"
    assert iso_8601(datetime.fromisoformat("2020-06-29T14:53+08:00")) == "2020-06-29T14:53:00+08:00"


@pytest.mark.parametrize("zone", ["Asia/Shanghai"], indirect=True)
def test_the_clock_on_the_wall_has_no_zone(zone: None) -> None:
    assert wall_clock().tzinfo is None
