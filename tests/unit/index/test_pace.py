from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from newsdrop.index.pace import Pace, PaceLimits

LIMITS = PaceLimits(most_bytes=1_600, least_bytes=100, target_s=4.0, most_pause_s=2.0, refusals=3)


def pace(draw: float = 0.5) -> Pace:
    return Pace(LIMITS, lambda: draw)


def test_it_begins_with_the_largest_requests_and_no_pause() -> None:
    assert (pace().bytes_, pace().pause_s) == (1_600, 0.0)


def test_a_slow_answer_halves_what_was_sent_and_quick_ones_bring_it_back() -> None:
    one = pace()
    one.took(1_000, 4.1)
    assert one.bytes_ == 500
    for _ in range(11):
        one.took(500, 0.1)
    assert one.bytes_ == 1_600


def test_an_answer_in_good_time_changes_nothing() -> None:
    one = pace()
    one.took(1_000, 4.1)
    one.took(500, 3.0)
    assert one.bytes_ == 500


def test_a_refusal_halves_pauses_and_is_forgotten_after_some_successes() -> None:
    one = pace()
    assert one.refused(1_600)
    assert one.bytes_ == 800
    assert 0 < one.pause_s <= 0.1
    assert one.refused(800)
    assert 0.1 < one.pause_s <= 0.2
    for _ in range(5):
        one.took(100, 0.1)
    assert one.pause_s == 0.0


def test_refusals_in_a_row_end_in_an_outage_and_a_success_begins_the_count_anew() -> None:
    one = pace()
    assert [one.refused(100), one.refused(100)] == [True, True]
    one.took(100, 0.1)
    assert [one.refused(100), one.refused(100), one.refused(100)] == [True, True, False]
    assert one.refused(100)


def test_senders_refused_together_come_back_apart() -> None:
    early, late = pace(0.0), pace(0.9)
    early.refused(100)
    late.refused(100)
    assert early.pause_s < late.pause_s


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 5_000), st.floats(0, 60)), max_size=60))
def test_whatever_happens_it_stays_within_its_bounds(told: list[tuple[bool, int, float]]) -> None:
    one = pace()
    for taken, bytes_, seconds in told:
        if taken:
            one.took(bytes_, seconds)
        else:
            one.refused(bytes_)
        assert LIMITS.least_bytes <= one.bytes_ <= LIMITS.most_bytes
        assert 0 <= one.pause_s <= LIMITS.most_pause_s
