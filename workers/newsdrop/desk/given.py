"""Values that select what a command changes: an empty one is an error, never a selection of everything.

An empty value is most likely a shell variable that isn't set, or a field that a script left empty.
"""

from __future__ import annotations

from pathlib import Path

from newsdrop.errors import ConfigError
from newsdrop.user import at_home

__all__ = ["check_given", "whole_pattern"]


def check_given(**values: str | None) -> None:
    """Return if none of these is empty or blank; None is what wasn't given.

    Raises:
        ConfigError: one is; it is called by its name here.
    """
    for name, value in values.items():
        if value is not None and not value.strip():
            raise ConfigError(
                f"The value of {name} is empty. Is it a variable that isn't set? Give one, or leave it out."
            )


def whole_pattern(pattern: str) -> str:
    """A pattern for whole paths: relative ones begin in the current folder; a folder means all below it."""
    whole = pattern if pattern.startswith(("/", "*")) else str(at_home(Path(pattern)).absolute())
    return f"{whole.rstrip('/')}/*" if pattern.endswith("/") else whole
