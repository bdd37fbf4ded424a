"""Ages as people type them."""

from __future__ import annotations

import pytest

from newsdrop.desk.dates import edges
from newsdrop.desk.durations import seconds
from newsdrop.errors import ConfigError
from newsdrop.times import wall_clock


@pytest.mark.parametrize(
    ("age", "value"), [("90s", 90), ("30m", 1_800), ("1.5h", 5_400), ("7d", 604_800), ("2w", 1_209_600)]
)
def test_an_age_is_a_number_and_a_unit(age: str, value: float) -> None:
    assert seconds(age) == value


def test_the_longest_age_is_a_time_of_this_calendar() -> None:
    start, end = edges(f"{365 * 1_000}d", wall_clock())
    assert start == end
    assert start.wall_ms < 0


@pytest.mark.parametrize(
    "age",
    [
        "365001d",
        "9999999999d",
        pytest.param("9" * 400 + "s", id="400"),
        pytest.param("9" * 4_000 + ".5w", id="4000"),
    ],
)
def test_an_age_before_all_dates_is_refused(age: str) -> None:
    with pytest.raises(ConfigError, match="too long for an age") as refused:
        edges(age, wall_clock())
    assert len(refused.value.message) < 120


@pytest.mark.parametrize("age", ["", "7", "d", "-1d", "7 days", "1d2h"])
def test_anything_else_is_refused_with_an_example(age: str) -> None:
    with pytest.raises(ConfigError, match="7d"):
        seconds(age)
