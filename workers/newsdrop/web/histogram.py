"""The number of articles over time, as a chart whose bars are links. Pure.

The store leaves out empty periods; here they are added, and many months become years.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

import msgspec

from newsdrop.index.search import Bucket
from newsdrop.times import iso_8601

__all__ = ["Bar", "Chart", "chart", "years"]

WIDTH: Final = 720
HEIGHT: Final = 72
_MOST_BARS: Final = 120
_LEAST_PX: Final = 1.5


class _Labels(NamedTuple):
    """One way to label bars: every so many, by so many characters of their start, each so many px wide."""

    every: int
    chars: int
    px: int


_MONTHS: Final = 12
_ROUND: Final = (1, 2, 5, 10, 20, 50, 100)
_YEARS: Final = tuple(_Labels(every, len("2023"), 30) for every in _ROUND)
#: The ways to label bars by the length of their start, the densest first. Where months get no room, years do.
_WAYS: Final = {
    len("2023"): _YEARS,
    len("2023-05"): (
        *(_Labels(every, len("2023-05"), 52) for every in (1, 2, 3, 6)),
        *(one._replace(every=one.every * _MONTHS) for one in _YEARS),
    ),
    len("2023-05-01"): tuple(_Labels(every, len("2023-05-01"), 60) for every in _ROUND),
}
#: Bars of only two months would be as wide as walls.
_WIDEST_PX: Final = 60.0


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """One period.

    Attributes:
        address: leads to its articles.
        label: what is shown below it; below most nothing is.
        lesser: whether there is no room for the label on a small screen.
    """

    start: str
    count: int
    address: str
    x: float
    y: float
    width: float
    height: float
    label: str = ""
    lesser: bool = False


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the template draws. `unit`: year, month or day."""

    bars: list[Bar]
    unit: str
    most: int
    width: int = WIDTH
    height: int = HEIGHT


def chart(buckets: Sequence[Bucket], address: Callable[[str], str]) -> Chart | None:
    """The drawing of these counts; None of nothing.

    Args:
        address: where a bar leads to, of its start (2023, 2023-05 or 2023-05-01).
    """
    counts = {bucket.start: bucket.count for bucket in buckets}
    if not counts:
        return None
    spans = list(_every(min(counts), max(counts)))
    if len(spans) > _MOST_BARS:
        counts = years(buckets)
        spans = list(_every(min(counts), max(counts)))[-_MOST_BARS:]
    most, step = max(counts.values()), min(_WIDEST_PX, WIDTH / len(spans))
    labels = _labels(spans, step)
    lesser = set(list(labels)[1::2])
    bars = []
    for number, start in enumerate(spans):
        count = counts.get(start, 0)
        height = max(_LEAST_PX, HEIGHT * count / most) if count else 0.0
        bars.append(
            Bar(
                start=start,
                count=count,
                address=address(start),
                x=round(number * step, 2),
                y=round(HEIGHT - height, 2),
                width=round(step, 2),
                height=round(height, 2),
                label=labels.get(number, ""),
                lesser=number in lesser,
            )
        )
    return Chart(bars=bars, unit={4: "year", 7: "month"}.get(len(spans[0]), "day"), most=most)


def _labels(spans: Sequence[str], step: float) -> dict[int, str]:
    """Number of a bar → its label, at round years and months.

    Args:
        step: how far the bars are apart, in px.
    """
    ways = _WAYS[len(spans[0])]
    way = next((one for one in ways if one.every * step >= one.px), ways[-1])
    return {
        number: start[: way.chars]
        for number, start in enumerate(spans)
        if _position(start, number) % way.every == 0 and WIDTH - number * step >= way.px
    }


def _position(start: str, number: int) -> int:
    """How many years or months there are before this one since year 0; of a day, its number."""
    parts = [int(part) for part in start.split("-")]
    return (parts[0], parts[0] * _MONTHS + parts[-1] - 1, number)[len(parts) - 1]


def years(buckets: Sequence[Bucket]) -> dict[str, int]:
    """The counts of whole years, latest first."""
    found: Counter[str] = Counter()
    for bucket in buckets:
        found[bucket.start[:4]] += bucket.count
    return dict(sorted(found.items(), reverse=True))


def _every(first: str, last: str) -> Iterator[str]:
    """The spans from one to the other, all of the same kind."""
    parts = [int(part) for part in first.split("-")]
    if len(parts) == 3:
        day = date(*parts)
        for number in range((date.fromisoformat(last) - day).days + 1):
            yield iso_8601(day + timedelta(days=number))
        return
    end = [int(part) for part in last.split("-")]
    if len(parts) == 1:
        yield from (f"{year:04}" for year in range(parts[0], end[0] + 1))
        return
    for month in range(parts[0] * 12 + parts[1] - 1, end[0] * 12 + end[1]):
        yield f"{month // 12:04}-{month % 12 + 1:02}"
