"""The plan of a campaign."""

from __future__ import annotations

import pytest
from tests.faults.plan import FAULTS, make_plan


def test_one_seed_makes_one_plan_and_another_seed_another() -> None:
    assert make_plan(1, 60) == make_plan(1, 60)
    assert make_plan(1, 60) != make_plan(2, 60)


@pytest.mark.parametrize("seconds", [30, 60, 1_200])
def test_every_fault_comes_at_least_once_however_short_the_time(seconds: float) -> None:
    assert {strike.name for strike in make_plan(7, seconds)} == {fault.name for fault in FAULTS}


def test_no_target_is_struck_while_it_is_down() -> None:
    for target in {fault.target for fault in FAULTS}:
        own = [strike for strike in make_plan(3, 300) if strike.target == target]
        ends = [strike.at_s + strike.hold_s for strike in own]
        assert all(end < after.at_s for end, after in zip(ends, own[1:], strict=False))
