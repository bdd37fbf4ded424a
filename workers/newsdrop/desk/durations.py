"""Ages as people type them: `90s`, `30m`, `12h`, `7d`."""

from __future__ import annotations

import re

from newsdrop.errors import ConfigError

__all__ = ["is_age", "seconds"]

_UNITS_S = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
#: Older than anything here; calendars and clocks reach no further back than some thousand years.
_MOST_YEARS = 1_000
_MOST_S = _MOST_YEARS * 365 * 86_400
_AGE = re.compile(r"(\d+(?:\.\d+)?)([smhdw])")


def seconds(age: str) -> float:
    """The age in seconds.

    Raises:
        ConfigError: not a number with a unit, or longer than any age can be.
    """
    match = _AGE.fullmatch(age.strip())
    if match is None:
        raise ConfigError(f"{age!r} is not an age: write a number and a unit: 90s, 30m, 12h, 7d or 2w.")
    found = float(match[1]) * _UNITS_S[match[2]]
    if found > _MOST_S:
        raise ConfigError(f"{age[:40]!r} is too long for an age: ages reach back {_MOST_YEARS:,} years.")
    return found


def is_age(text: str) -> bool:
    """Whether `seconds` understands the text."""
    return _AGE.fullmatch(text.strip()) is not None
