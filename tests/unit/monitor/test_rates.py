"""How fast files get their fate: one reckoning, one spelling."""

from __future__ import annotations

from newsdrop.documents import State
from newsdrop.monitor.rates import Rate, per_second, rate_words, settled


def test_waiting_before_the_first_and_after_the_last_file_is_no_part_of_the_speed() -> None:
    rate = Rate(window_s=5)
    for now_s, files in [(0, 7), (10, 7), (11, 107), (12, 207), (60, 207)]:
        rate.look(now_s, files)
    assert rate.overall == 100
    assert rate.lately == 0


def test_the_speed_lately_looks_back_no_further_than_its_window() -> None:
    rate = Rate(window_s=10)
    for now_s, files in [(0, 0), (90, 10), (95, 60)]:
        rate.look(now_s, files)
    assert rate.lately == 10


def test_nothing_seen_yet_has_no_speed() -> None:
    assert Rate().overall == 0
    assert Rate().lately == 0


def test_a_speed_is_said_to_one_decimal() -> None:
    assert rate_words(1234.56) == "1,234.6 files/s"
    assert rate_words(0) == "0.0 files/s"


def test_no_time_has_no_speed() -> None:
    assert per_second(5, 0) == 0


def test_what_waits_is_not_settled() -> None:
    states = {State.INDEXED.value: 3, State.DEAD.value: 2, State.RETRYING.value: 7, State.QUEUED.value: 1}
    assert settled(states) == 5
