from __future__ import annotations

import re
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdrop.meters import CATALOGUE, Series, Stopwatch, Tally, read_series

#: What Prometheus wants in names: https://prometheus.io/docs/practices/naming/
_UNITS = ("_seconds", "_bytes", "_documents")


def test_names_and_labels_are_as_prometheus_wants_them() -> None:
    for name, metric in CATALOGUE.items():
        assert re.fullmatch(r"newsdrop_[a-z_]+", name)
        assert name.endswith("_total") is (metric.kind == "counter")
        assert metric.help.endswith(".")
        assert all(re.fullmatch(r"[a-z]+", label) for label in metric.labels)
        assert not set(metric.labels) & {"path", "host", "batch", "instance", "job", "le"}
        if metric.kind == "histogram":
            assert name.endswith(_UNITS)
            assert list(metric.buckets) == sorted(set(metric.buckets))


def test_seconds_are_kept_as_microseconds_and_nothing_else_is_scaled() -> None:
    kept = [name for name, metric in CATALOGUE.items() if metric.kind != "gauge"]
    assert {CATALOGUE[name].scale for name in kept if "seconds" in name} == {1_000_000}
    assert {CATALOGUE[name].scale for name in kept if "seconds" not in name} == {1}


def test_what_was_counted_is_read_back_with_its_labels_and_zero_for_the_known_others() -> None:
    tally = Tally()
    tally.count("newsdrop_outcomes_total", "indexed", by=3)
    tally.count("newsdrop_outcomes_total", "indexed")
    tally.count("newsdrop_stage_seconds_total", "parse", by=0.25)
    stored = tally.take()
    assert stored == {"newsdrop_outcomes_total|indexed": 4, "newsdrop_stage_seconds_total|parse": 250_000}
    assert tally.take() == {}
    outcomes = {one.labels[0]: one.total for one in read_series(stored, "newsdrop_outcomes_total")}
    assert outcomes == dict.fromkeys(outcomes, 0.0) | {"indexed": 4.0}
    assert len(outcomes) == 7
    assert Series(("parse",), 0.25) in read_series(stored, "newsdrop_stage_seconds_total")
    assert read_series({}, "newsdrop_watch_overflows_total") == [Series((), 0.0)]


@given(st.lists(st.floats(0, 1e6), max_size=30))
def test_a_histogram_holds_every_value_in_the_first_bucket_that_takes_it(values: list[float]) -> None:
    tally = Tally()
    for value in values:
        tally.observe("newsdrop_latency_seconds", value)
    (series,) = read_series(tally.take(), "newsdrop_latency_seconds")
    bounds = [*CATALOGUE["newsdrop_latency_seconds"].buckets, float("inf")]
    for at, bound in enumerate(bounds):
        assert sum(series.buckets[: at + 1]) == sum(value <= bound for value in values)
    assert series.total == pytest.approx(sum(values), abs=1e-6 * (len(values) + 1))


def test_fields_of_another_version_are_passed_over() -> None:
    stored = {
        "newsdrop_outcomes_total|indexed|bbc": 1,
        "newsdrop_outcomes_total": 2,
        "newsdrop_latency_seconds|99": 3,
    }
    assert sum(one.total for one in read_series(stored, "newsdrop_outcomes_total")) == 0
    assert sum(read_series(stored, "newsdrop_latency_seconds")[0].buckets) == 0


def test_what_is_not_in_the_catalogue_is_refused() -> None:
    with pytest.raises(KeyError):
        Tally().count("newsdrop_nonsense_total")


def test_a_stopwatch_gives_each_part_its_own_time_only() -> None:
    now = iter([0.0, 1.0, 3.0, 10.0, 10.5, 11.0])
    stopwatch = Stopwatch(lambda: next(now))
    for part in ("read", "parse", None, "read", None):
        stopwatch.enter(part)
    assert stopwatch.take() == {"read": 1.5, "parse": 2.0}
    assert stopwatch.take() == {}


def test_two_threads_have_each_a_part_of_their_own_and_one_sum() -> None:
    now = iter([0.0, 1.0, 5.0, 7.0])
    stopwatch = Stopwatch(lambda: next(now))

    def write() -> None:
        stopwatch.enter("index")
        stopwatch.enter(None)

    stopwatch.enter("parse")
    other = threading.Thread(target=write)
    other.start()
    other.join()
    stopwatch.enter(None)
    assert stopwatch.take() == {"parse": 7.0, "index": 4.0}
