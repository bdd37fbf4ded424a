from __future__ import annotations

from benchmarks.check import regressions
from benchmarks.latency import percentile
from benchmarks.suite import RATIOS


def rows(**changed: float) -> dict[str, list[float]]:
    return {name: [changed.get(name, 1.0)] * 3 for name in RATIOS}


def test_the_same_ratios_are_no_regression() -> None:
    assert regressions(rows(), rows()) == []


def test_a_fifth_less_of_a_good_ratio_is_one_and_a_sixth_is_not() -> None:
    stored = rows()
    assert regressions(stored, rows(**{"pipeline : bare bulk": 0.84})) == []
    (said,) = regressions(stored, rows(**{"pipeline : bare bulk": 0.79}))
    assert "pipeline : bare bulk" in said


def test_where_less_is_better_more_is_a_regression() -> None:
    assert regressions(rows(), rows(**{"parse : lexbor alone": 0.5})) == []
    assert len(regressions(rows(), rows(**{"parse : lexbor alone": 1.3}))) == 1


def test_the_median_decides_so_one_bad_run_does_not() -> None:
    now = rows()
    now["pipeline : bare bulk"] = [0.1, 1.0, 1.0]
    assert regressions(rows(), now) == []


def test_a_percentile_is_one_of_the_values() -> None:
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([float(n) for n in range(100)], 0.99) == 99.0
    assert percentile([5.0], 0.99) == 5.0
