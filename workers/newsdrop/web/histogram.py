"""The number of articles over time, as a chart whose bars are links. Pure.

The store leaves out empty periods; here they are added, and many months become years.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import Final

import msgspec

from newsdrop.index.search import Bucket
from newsdrop.times import iso_8601

__all__ = ["Bar", "Chart", "chart", "years"]

WIDTH: Final = 720
HEIGHT: Final = 72
_MOST_BARS: Final = 120
_LEAST_PX: Final = 1.5
_LABEL_PX: Final = 52
#: Bars of only two months would be as wide as walls.
_WIDEST_PX: Final = 60.0


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """One period. `address` leads to its articles; `label` is shown below some of the bars."""

    start: str
    count: int
    address: str
    x: float
    y: float
    width: float
    height: float
    label: str = ""


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
    every = max(1, -(-_LABEL_PX // max(1, int(step))))
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
                label=start if number % every == 0 and WIDTH - number * step >= _LABEL_PX else "",
            )
        )
    return Chart(bars=bars, unit={4: "year", 7: "month"}.get(len(spans[0]), "day"), most=most)


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
