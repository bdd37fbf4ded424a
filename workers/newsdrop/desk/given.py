"""Values that select what a command changes: an empty one is an error, never a selection of everything.

An empty value is most likely a shell variable that isn't set, or a field that a script left empty.
"""

from __future__ import annotations

from newsdrop.errors import ConfigError

__all__ = ["check_given"]


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
