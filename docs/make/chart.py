"""Rows of aggregations as one SVG: stacked columns over time, and bars. Pure; no scripts, no fonts."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import accumulate, pairwise

import msgspec

__all__ = ["Bars", "Columns", "draw"]

_COLORS = ("#3b6fb6", "#e0803a", "#4f9d69", "#b84a62", "#7d6bb0", "#8a8d91", "#c9a227", "#5aa9bd")
_INK, _FAINT = "#24292f", "#d0d7de"
_WIDTH, _HEIGHT, _GAP = 430, 230, 24


class Columns(msgspec.Struct, frozen=True):
    """Stacked columns: `series` name → one number per label."""

    title: str
    labels: list[str]
    series: dict[str, list[int]]


class Bars(msgspec.Struct, frozen=True):
    """Horizontal bars, in the order given."""

    title: str
    values: list[tuple[str, int]]


def draw(charts: Sequence[Columns | Bars], *, across: int = 2) -> str:
    """The charts in a grid."""
    rows = -(-len(charts) // across)
    width = across * (_WIDTH + _GAP) + _GAP
    height = rows * (_HEIGHT + _GAP) + _GAP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" '
        'font-family="ui-sans-serif, system-ui, \'Noto Sans CJK SC\', sans-serif" font-size="11">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for number, chart in enumerate(charts):
        x = _GAP + number % across * (_WIDTH + _GAP)
        y = _GAP + number // across * (_HEIGHT + _GAP)
        inside = _columns(chart) if isinstance(chart, Columns) else _bars(chart)
        parts += [f'<g transform="translate({x} {y})">', *_heading(chart.title), *inside, "</g>"]
    return "\n".join([*parts, "</svg>", ""])


def _heading(title: str) -> list[str]:
    return [_text(0, 10, title, size=13, weight="bold")]


def _columns(chart: Columns) -> list[str]:
    top, bottom, left = 46, _HEIGHT - 18, 30
    totals = [sum(numbers) for numbers in zip(*chart.series.values(), strict=True)]
    most = max(totals, default=1)
    step = (_WIDTH - left) / max(len(chart.labels), 1)
    unit = (bottom - top) / most
    parts = [_line(left, bottom, _WIDTH, bottom), _text(left - 4, top + 4, str(most), anchor="end")]
    parts.append(_text(left - 4, bottom + 4, "0", anchor="end"))
    for place, name in enumerate(chart.series):
        key_x = left + place * 96
        parts.append(_box(key_x, 24, 9, 9, _COLORS[place % len(_COLORS)]))
        parts.append(_text(key_x + 13, 32, name))
    for at, label in enumerate(chart.labels):
        x = left + at * step
        stack = list(accumulate((numbers[at] for numbers in chart.series.values()), initial=0))
        for place, (low, high) in enumerate(pairwise(stack)):
            if high > low:
                y = bottom - high * unit
                parts.append(_box(x + 0.5, y, step - 1, (high - low) * unit, _COLORS[place % len(_COLORS)]))
        if label:
            parts.append(_text(x, _HEIGHT - 4, label))
    return parts


def _bars(chart: Bars) -> list[str]:
    left, top = 150, 26
    most = max((count for _, count in chart.values), default=1)
    step = (_HEIGHT - top) / max(len(chart.values), 1)
    parts = []
    for at, (name, count) in enumerate(chart.values):
        y = top + at * step
        length = (_WIDTH - left - 40) * count / most
        parts.append(_text(left - 6, y + step / 2 + 4, name, anchor="end"))
        parts.append(_box(left, y + 2, length, step - 4, _COLORS[0]))
        parts.append(_text(left + length + 5, y + step / 2 + 4, str(count)))
    return parts


def _text(
    x: float, y: float, text: str, *, anchor: str = "start", size: int = 11, weight: str = "normal"
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" font-weight="{weight}" '
        f'fill="{_INK}">{escape(text)}</text>'
    )


def _box(x: float, y: float, width: float, height: float, color: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{color}"/>'


def _line(x: float, y: float, to_x: float, to_y: float) -> str:
    return f'<line x1="{x}" y1="{y}" x2="{to_x}" y2="{to_y}" stroke="{_FAINT}"/>'
