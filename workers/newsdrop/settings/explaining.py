"""What is wrong with settings, in words for whoever gave them: each setting by its name and its variable.

Never shows a value: it may be a password in the wrong place.
"""

from __future__ import annotations

from newsdrop.errors import did_you_mean
from newsdrop.settings.groups import Folder, settings_groups
from newsdrop.settings.validation import UNKNOWN, Fault, fields_of

__all__ = ["PREFIX", "explain"]

#: How the variables of all settings begin.
PREFIX = "NEWSDROP_"


def explain(faults: list[Fault], where: str | None) -> str:
    """One line per wrong or unknown setting, and one that says `where` the settings file is."""
    lines = [_line(fault) for fault in faults]
    return "\n".join([*lines, f"(Settings file: {where}.)" if where else "(No settings file was read.)"])


def _line(fault: Fault) -> str:
    dotted = ".".join(str(part) for part in fault.place)
    if fault.reason == UNKNOWN:
        # There is no variable for it, either.
        return f"Setting {dotted}: {UNKNOWN}.{_meant(fault)}"
    if len(fault.place) == 1 and fault.place[0] in settings_groups():
        # Several of one group together.
        return f"Settings of [{dotted}]: {fault.reason}."
    # A variable stands for a setting as a whole: of folders.0.path it is NEWSDROP_FOLDERS.
    named = fault.place[: 1 if fault.place[:1] == ("folders",) else 2]
    variable = PREFIX + "_".join(str(part) for part in named).upper()
    name = f"Setting {dotted} ({variable})" if dotted else "The settings together"
    return f"{name}: {fault.reason}."


def _meant(fault: Fault) -> str:
    """What an unknown name was probably meant to be: one beside it, or one that another group has."""
    *above, name = (str(part) for part in fault.place)
    groups = settings_groups()
    if above[:1] == ["folders"]:
        return did_you_mean(name, fields_of(Folder))
    elsewhere = [f"{group}.{name}" for group, inside in groups.items() if group and name in inside]
    if elsewhere:
        return f" Did you mean {' or '.join(elsewhere)}?"
    if above:
        return did_you_mean(f"{above[0]}.{name}", [f"{above[0]}.{one}" for one in groups[above[0]]])
    return did_you_mean(name, [*groups[""], *filter(None, groups)])
