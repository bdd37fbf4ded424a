"""Ages as people type them."""

from __future__ import annotations

import pytest

from newsdrop.desk.durations import seconds
from newsdrop.errors import ConfigError


@pytest.mark.parametrize(
    ("age", "value"), [("90s", 90), ("30m", 1_800), ("1.5h", 5_400), ("7d", 604_800), ("2w", 1_209_600)]
)
def test_an_age_is_a_number_and_a_unit(age: str, value: float) -> None:
    assert seconds(age) == value


@pytest.mark.parametrize("age", ["", "7", "d", "-1d", "7 days", "1d2h"])
def test_anything_else_is_refused_with_an_example(age: str) -> None:
    with pytest.raises(ConfigError, match="7d"):
        seconds(age)
