"""When a file counts as settled: pure, with a clock of the test's own."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from newsdrop.documents import Stamp
from newsdrop.watch.stability import Look, StabilityTracker, is_old

SMALL, LARGE = Stamp(1, 100), Stamp(2, 200)


def test_a_file_that_keeps_still_settles_after_the_settle_time() -> None:
    tracker = StabilityTracker(500)
    tracker.saw("/a", SMALL, 1_000)
    assert tracker.due(1_499) == []
    assert tracker.due(1_500) == ["/a"]
    assert tracker.look("/a", SMALL, 1_500) is Look.SETTLED
    assert "/a" not in tracker
    assert tracker.next_due_ms() is None


def test_a_file_that_grows_starts_waiting_anew() -> None:
    tracker = StabilityTracker(500)
    tracker.saw("/a", SMALL, 1_000)
    assert tracker.due(1_500) == ["/a"]
    assert tracker.look("/a", LARGE, 1_500) is Look.WAITING
    assert tracker.due(1_999) == []
    assert tracker.due(2_000) == ["/a"]
    assert tracker.look("/a", LARGE, 2_000) is Look.SETTLED


def test_an_event_between_two_looks_moves_the_settling() -> None:
    tracker = StabilityTracker(500)
    tracker.saw("/a", SMALL, 1_000)
    tracker.saw("/a", LARGE, 1_400)
    assert tracker.due(1_500) == ["/a"]
    assert tracker.look("/a", LARGE, 1_500) is Look.WAITING
    assert tracker.next_due_ms() == 1_900


def test_events_without_a_change_do_not_hold_a_file_back() -> None:
    tracker = StabilityTracker(500)
    for now_ms in range(1_000, 1_500, 50):
        tracker.saw("/a", SMALL, now_ms)
    assert tracker.due(1_500) == ["/a"]
    assert tracker.look("/a", SMALL, 1_500) is Look.SETTLED


def test_a_file_that_is_open_for_writing_gets_longer_pauses() -> None:
    tracker = StabilityTracker(500, writing_ms=5_000)
    tracker.saw("/a", SMALL, 1_000, writing=True)
    tracker.due(1_500)
    assert tracker.look("/a", SMALL, 1_500) is Look.WAITING
    tracker.saw("/a", SMALL, 1_600, writing=False)
    assert tracker.due(2_000) == ["/a"]
    assert tracker.look("/a", SMALL, 2_000) is Look.SETTLED


def test_an_empty_file_may_be_one_that_is_not_written_yet() -> None:
    tracker = StabilityTracker(500, writing_ms=5_000)
    empty = Stamp(0, 100)
    tracker.saw("/a", empty, 0, writing=False)
    looks = []
    for now_ms in range(0, 6_000, 100):
        looks += [(now_ms, tracker.look(path, empty, now_ms)) for path in tracker.due(now_ms)]
    assert looks[-1] == (5_000, Look.SETTLED)
    tracker.saw("/a", empty, 0)
    assert tracker.due(500) == ["/a"]
    assert tracker.look("/a", SMALL, 500) is Look.WAITING
    assert tracker.due(1_000) == ["/a"]
    assert tracker.look("/a", SMALL, 1_000) is Look.SETTLED


def test_an_empty_file_takes_longer_to_be_old() -> None:
    assert not is_old(Stamp(0, 1_000 * 100), wall_ms=4_000, old_ms=3_000)
    assert is_old(Stamp(0, 1_000 * 100), wall_ms=16_000, old_ms=3_000)


def test_it_is_known_of_a_file_that_it_was_closed() -> None:
    tracker = StabilityTracker(500)
    assert not tracker.closed("/a")
    tracker.saw("/a", SMALL, 0)
    assert not tracker.closed("/a")
    tracker.saw("/a", SMALL, 0, writing=False)
    assert tracker.closed("/a")
    tracker.saw("/a", SMALL, 0, writing=True)
    assert not tracker.closed("/a")


def test_a_file_that_is_never_closed_settles_all_the_same() -> None:
    tracker = StabilityTracker(500, writing_ms=5_000)
    tracker.saw("/a", SMALL, 0, writing=True)
    looks = []
    for now_ms in range(0, 6_000, 100):
        looks += [(now_ms, tracker.look(path, SMALL, now_ms)) for path in tracker.due(now_ms)]
    assert looks[-1] == (5_000, Look.SETTLED)


def test_a_vanished_file_is_tracked_no_longer() -> None:
    tracker = StabilityTracker(500)
    tracker.saw("/a", SMALL, 0)
    assert tracker.due(500) == ["/a"]
    assert tracker.look("/a", None, 500) is Look.ABSENT
    assert len(tracker) == 0
    assert tracker.due(10_000) == []


def test_a_file_that_vanished_and_came_back_is_due_once() -> None:
    tracker = StabilityTracker(500)
    tracker.saw("/a", SMALL, 0)
    tracker.forget("/a")
    tracker.saw("/a", SMALL, 100)
    assert tracker.due(1_000) == ["/a"]
    assert tracker.due(1_000) == []


def test_a_folder_that_went_away_takes_its_files_out() -> None:
    tracker = StabilityTracker(500)
    for path in ("/a/x", "/a/b/y", "/ab/z"):
        tracker.saw(path, SMALL, 0)
    tracker.forget_below("/a")
    assert tracker.due(1_000) == ["/ab/z"]


def test_no_more_files_are_tracked_than_the_limit() -> None:
    tracker = StabilityTracker(500, limit=2)
    assert tracker.saw("/a", SMALL, 0)
    assert tracker.saw("/b", SMALL, 0)
    assert not tracker.saw("/c", SMALL, 0)
    assert tracker.saw("/a", LARGE, 1)
    assert len(tracker) == 2


def test_an_event_takes_back_that_a_file_was_missed() -> None:
    tracker = StabilityTracker(500)
    tracker.saw("/a", SMALL, 0, missed=True)
    tracker.saw("/b", SMALL, 0, missed=True)
    tracker.saw("/b", SMALL, 1)
    assert tracker.missed("/a")
    assert not tracker.missed("/b")
    assert not tracker.missed("/c")


def test_the_oldest_tracked_file_says_how_long() -> None:
    tracker = StabilityTracker(500)
    assert tracker.oldest_ms(5) == 0
    tracker.saw("/a", SMALL, 1_000)
    tracker.saw("/a", LARGE, 3_000)
    tracker.saw("/b", SMALL, 2_000)
    assert tracker.oldest_ms(4_000) == 3_000


def test_old_files_are_settled_at_first_sight_and_future_ones_never() -> None:
    assert is_old(Stamp(1, 1_000 * 100), wall_ms=4_000, old_ms=3_000)
    assert not is_old(Stamp(1, 1_001 * 100), wall_ms=4_000, old_ms=3_000)
    assert not is_old(Stamp(1, 9_000 * 100), wall_ms=4_000, old_ms=3_000)


@given(
    st.lists(
        st.tuples(
            st.integers(1, 700), st.sampled_from(["write", "event", "close", "open", "vanish", "nothing"])
        ),
        max_size=40,
    ),
    st.integers(1, 1_000),
)
def test_a_file_settles_only_when_still_and_always_when_still(
    steps: list[tuple[int, str]], settle_ms: int
) -> None:
    """Any history of one file: never settled while it changed lately, always once it is left alone."""
    tracker = StabilityTracker(settle_ms, writing_ms=3 * settle_ms)
    now_ms, size, changed_ms = 0, 0, 0
    tracker.saw("/a", Stamp(size, 0), now_ms)
    for pause_ms, what in steps:
        now_ms += pause_ms
        exists = what != "vanish"
        if what == "write":
            size, changed_ms = size + 1, now_ms
        if what in ("event", "open", "close"):
            if "/a" not in tracker:
                changed_ms = now_ms
            tracker.saw("/a", Stamp(size, 0), now_ms, writing={"open": True, "close": False}.get(what))
        for path in tracker.due(now_ms):
            result = tracker.look(path, Stamp(size, 0) if exists else None, now_ms)
            assert result is not Look.SETTLED or now_ms - changed_ms >= settle_ms
            assert (result is Look.WAITING) == (path in tracker)
    was_tracked = "/a" in tracker
    results = []
    for _ in range(12):
        now_ms += settle_ms
        results += [tracker.look(path, Stamp(size, 0), now_ms) for path in tracker.due(now_ms)]
    assert (Look.SETTLED in results) == was_tracked
    assert len(tracker) == 0
    assert tracker.next_due_ms() is None
