"""Ages as people type them: `90s`, `30m`, `12h`, `7d`."""

from __future__ import annotations

import re

from newsdrop.errors import ConfigError

__all__ = ["is_age", "seconds"]

_UNITS_S = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_AGE = re.compile(r"(\d+(?:\.\d+)?)([smhdw])")


def seconds(age: str) -> float:
    """The age in seconds.

    Raises:
        ConfigError: not a number with a unit.
    """
    match = _AGE.fullmatch(age.strip())
    if match is None:
        raise ConfigError(f"{age!r} is not an age: write a number and a unit: 90s, 30m, 12h, 7d or 2w.")
    return float(match[1]) * _UNITS_S[match[2]]


def is_age(text: str) -> bool:
    """Whether `seconds` understands the text."""
    return _AGE.fullmatch(text.strip()) is not None
