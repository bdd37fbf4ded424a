"""What is wrong with settings, in words for whoever gave them: each setting by its name and its variable.

Never shows a value: it may be a password in the wrong place.
"""

from __future__ import annotations

from newsdrop.settings.validation import Fault

__all__ = ["PREFIX", "explain"]

#: How the variables of all settings begin.
PREFIX = "NEWSDROP_"


def explain(faults: list[Fault], where: str) -> str:
    """One line per wrong or unknown setting, and one that says `where` the settings file is."""
    lines = []
    for place, reason in faults:
        dotted = ".".join(str(part) for part in place)
        # A variable stands for a setting as a whole: of folders.0.path it is NEWSDROP_FOLDERS.
        named = place[: 1 if place[:1] == ("folders",) else 2]
        variable = PREFIX + "_".join(str(part) for part in named).upper()
        name = f"Setting {dotted} ({variable})" if dotted else "The settings together"
        lines.append(f"{name}: {reason}.")
    return "\n".join([*lines, f"(Settings file: {where}.)"])
