"""The drawing of counts over time: every span has its place, and each bar its height and its address."""

from __future__ import annotations

import itertools

import pytest

from newsdrop.index.search import Bucket
from newsdrop.web.histogram import HEIGHT, WIDTH, chart, years

QUARTERS_OF_2020 = ["2020-01", "2020-04", "2020-07", "2020-10"]
QUARTERS_OF_2021 = ["2021-01", "2021-04", "2021-07", "2021-10"]


def drawn(*starts: tuple[str, int]) -> list[tuple[str, int]]:
    made = chart([Bucket(start, count) for start, count in starts], lambda start: f"/?since={start}")
    assert made is not None
    return [(bar.start, bar.count) for bar in made.bars]


def test_spans_without_articles_have_their_place() -> None:
    assert drawn(("2019-11", 2), ("2020-02", 4)) == [
        ("2019-11", 2),
        ("2019-12", 0),
        ("2020-01", 0),
        ("2020-02", 4),
    ]
    assert drawn(("2020-02-28", 1), ("2020-03-01", 1))[1] == ("2020-02-29", 0)
    assert drawn(("2019", 1), ("2021", 1))[1] == ("2020", 0)


def test_many_months_become_years() -> None:
    assert drawn(("2000-01", 1), ("2000-05", 2), ("2015-03", 4))[0] == ("2000", 3)
    assert len(drawn(("2000-01", 1), ("2015-03", 4))) == 16


@pytest.mark.parametrize("last", ["9999-12", "9999-12-31"])
def test_the_end_of_all_dates_is_drawn(last: str) -> None:
    first = last.replace("12", "11", 1) if len(last) == 7 else "9999-12-30"
    assert drawn((first, 1), (last, 1))[-1] == (last, 1)


def test_bars_stand_side_by_side_and_the_tallest_fills_the_height() -> None:
    made = chart([Bucket("2019", 1), Bucket("2020", 1_000)], lambda start: start)
    assert made is not None
    assert [bar.x for bar in made.bars] == [0, made.bars[0].width]
    assert sum(bar.width for bar in made.bars) <= WIDTH
    assert made.bars[1].height == HEIGHT
    assert made.bars[0].height > 1
    assert made.bars[0].y + made.bars[0].height == HEIGHT
    assert (made.unit, made.most) == ("year", 1_000)


def test_a_bar_leads_to_its_span_and_labels_dont_overlap() -> None:
    made = chart([Bucket(f"2020-{month:02}", 1) for month in range(1, 13)], lambda start: f"/?since={start}")
    assert made is not None
    assert made.bars[4].address == "/?since=2020-05"
    labelled = [bar.x for bar in made.bars if bar.label]
    assert len(labelled) > 3
    assert min(later - before for before, later in itertools.pairwise(labelled)) >= 52


@pytest.mark.parametrize(
    ("first", "last", "labels"),
    [
        ("2020-05", "2020-05", ["2020-05"]),
        ("2020-11", "2021-02", ["2020-11", "2020-12", "2021-01", "2021-02"]),
        (
            "2020-05",
            "2021-03",
            [f"2020-{month:02}" for month in range(5, 13)] + ["2021-01", "2021-02", "2021-03"],
        ),
        ("2019-06", "2022-04", ["2019-07", "2019-10", *QUARTERS_OF_2020, *QUARTERS_OF_2021, "2022-01"]),
        ("2016-05", "2024-08", [str(year) for year in range(2017, 2025)]),
        ("1903", "2022", [str(year) for year in range(1905, 2020, 5)]),
        ("2023-05-01", "2023-05-31", [f"2023-05-{day:02}" for day in range(1, 31, 5)]),
    ],
)
def test_labels_stand_at_round_years_and_months(first: str, last: str, labels: list[str]) -> None:
    made = chart([Bucket(first, 1), Bucket(last, 1)], lambda start: start)
    assert made is not None
    labelled = [bar for bar in made.bars if bar.label]
    assert [bar.label for bar in labelled] == labels
    # A small screen has room for every second.
    assert [bar.lesser for bar in labelled] == [bool(at % 2) for at in range(len(labels))]


def test_of_nothing_there_is_no_drawing() -> None:
    assert chart([], lambda start: start) is None


def test_months_and_days_are_summed_to_years() -> None:
    counts = [Bucket("2019-01", 1), Bucket("2019-12", 2), Bucket("2021-01-05", 4)]
    assert years(counts) == {"2021": 4, "2019": 3}
