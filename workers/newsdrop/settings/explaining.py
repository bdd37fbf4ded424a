"""What is wrong with settings, in words for whoever gave them: each setting by its name and its variable.

Never shows a value: it may be a password in the wrong place.
"""

from __future__ import annotations

from pydantic import ValidationError
from pydantic_core import ErrorDetails

__all__ = ["PREFIX", "explain"]

#: How the variables of all settings begin.
PREFIX = "NEWSDROP_"


def explain(error: ValidationError, where: str) -> str:
    """One line per wrong or unknown setting, and one that says `where` the settings file is."""
    lines = []
    for fault in error.errors(include_input=False, include_url=False):
        dotted = ".".join(str(part) for part in fault["loc"])
        # A variable stands for a setting as a whole: of folders.0.path it is NEWSDROP_FOLDERS.
        named = [part for part in fault["loc"][: 1 if fault["loc"][:1] == ("folders",) else 2]]
        variable = PREFIX + "_".join(str(part) for part in named).upper()
        name = f"Setting {dotted} ({variable})" if dotted else "The settings together"
        lines.append(f"{name}: {_reason(fault)}.")
    return "\n".join([*lines, f"(Settings file: {where}.)"])


def _reason(fault: ErrorDetails) -> str:
    if fault["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        return "there is no such setting"
    if fault["type"] == "dataclass_type":
        return "it must be a table of settings, and is a single value"
    return fault["msg"].removeprefix("Value error, ")
