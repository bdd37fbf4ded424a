"""How a document would change: the fields that differ, and the changed lines of its text. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import unified_diff
from typing import Any

from newsdrop.errors import cited

__all__ = ["differences"]

#: Fields that differ whenever a file is read again, or that are set when it is written.
_ALWAYS = ("event.ingested", "newsdrop.version", "duplicate_of")
_TEXTS = ("text", "summary")
_CHARS = 160
_LINES = 12


def differences(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Lines that describe the differences; none if there are no differences."""
    before, after = dict(_flat(old)), dict(_flat(new))
    lines: list[str] = []
    for field in sorted(before.keys() | after.keys()):
        was, will_be = before.get(field), after.get(field)
        if was == will_be or field in _ALWAYS:
            continue
        if field in _TEXTS:
            lines += _of_text(field, str(was or ""), str(will_be or ""))
        else:
            lines += [f"{field}:", *_side("-", was), *_side("+", will_be)]
    return lines


def _of_text(field: str, was: str, will_be: str) -> list[str]:
    changed = [
        line
        for line in unified_diff(was.split("\n"), will_be.split("\n"), n=0, lineterm="")
        if not line.startswith(("---", "+++", "@@"))
    ]
    shown = [f"  {line[0]} {cited(line[1:], _CHARS)}" for line in changed[:_LINES]]
    more = [f"  … {len(changed) - _LINES} more lines"] if len(changed) > _LINES else []
    return [f"{field}: {len(was):,} characters, now {len(will_be):,}", *shown, *more]


def _side(sign: str, value: Any) -> list[str]:
    return [] if value is None else [f"  {sign} {cited(value, _CHARS)}"]


def _flat(source: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in source.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value
