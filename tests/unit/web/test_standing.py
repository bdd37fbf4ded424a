"""The status is asked once however many look, and the last hour is remembered minute by minute."""

from __future__ import annotations

import pytest
from tests.unit.web.statuses import status_of

from newsdrop.errors import OutageError
from newsdrop.monitor.status import Status
from newsdrop.web.remembered import Remembered
from newsdrop.web.standing import Minute, Standing


class Clock:
    """What time it is, and how often the servers were asked."""

    def __init__(self) -> None:
        self.now_s = 1_000.0
        self.asked = 0
        self.indexed = 0
        self.lag_s = 0.0
        self.down = False

    def ask(self) -> Status:
        self.asked += 1
        if self.down:
            raise OutageError("away")
        return status_of(indexed=self.indexed, lag_s=self.lag_s)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def standing(clock: Clock) -> Standing:
    return Standing(clock.ask, lambda: clock.now_s)


def test_it_is_asked_at_most_once_a_second(clock: Clock, standing: Standing) -> None:
    for _ in range(50):
        standing.now()
    assert clock.asked == 1
    clock.now_s += 1.1
    standing.now()
    assert clock.asked == 2


def test_what_takes_long_is_kept_for_longer(clock: Clock) -> None:
    def slowly() -> int:
        clock.asked += 1
        clock.now_s += 4
        return clock.asked

    remembered = Remembered(slowly, clock_s=lambda: clock.now_s)
    assert remembered.value() == 1
    clock.now_s += 39
    assert remembered.value() == 1
    clock.now_s += 2
    assert remembered.value() == 2
    remembered.forget()
    assert remembered.value() == 3


def test_an_outage_is_told_and_asked_again(clock: Clock, standing: Standing) -> None:
    clock.down = True
    for _ in range(2):
        with pytest.raises(OutageError):
            standing.now()
    clock.down = False
    assert standing.now().states["indexed"] == 0
    clock.now_s += 10
    clock.down = True
    with pytest.raises(OutageError):
        standing.now()


def test_minutes_say_how_many_files_and_how_long_the_oldest_waited(clock: Clock, standing: Standing) -> None:
    assert standing.minutes() == []
    for number in range(13):
        clock.indexed, clock.lag_s = 10 * number, 3.0 if number == 2 else 1.0
        standing.sample()
        clock.now_s += 10
    assert standing.minutes() == [Minute(60, 3.0), Minute(60, 1.0)]


def test_an_hour_is_remembered_and_no_more(clock: Clock, standing: Standing) -> None:
    for number in range(1_000):
        clock.indexed = number
        standing.sample()
        clock.now_s += 10
    assert len(standing.minutes()) == 60


def test_fewer_files_than_before_are_none_settled(clock: Clock, standing: Standing) -> None:
    for indexed in (100, 0):
        clock.indexed = indexed
        standing.sample()
        clock.now_s += 10
    assert standing.minutes() == [Minute(0, 0.0)]
