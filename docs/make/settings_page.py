"""docs/settings.md out of the settings' code (names, defaults) and config/newsdrop.toml (what they mean).

Refuses a setting that the file doesn't explain. `make docs` writes the page; a test compares it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from newsdrop.settings import Folder, Settings, settings_groups

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/settings.md"
_SETTING = re.compile(r"^(?P<unset># ?)?(?P<name>[a-z_]+) = (?P<value>.*)$")
_GROUP = re.compile(r"^(?:# )?\[+(?P<name>[a-z]+)\]+$")
_HEAD = """\
# Settings

<!-- Made by `make docs` from the settings' code and config/newsdrop.toml. -->

From weak to strong: the defaults here, the settings file, `NEWSDROP_*` variables, the options of a command.
The settings file is the one that `NEWSDROP_CONFIG` names, else `./newsdrop.toml`, else
`~/.config/newsdrop/newsdrop.toml`; [config/newsdrop.toml](../config/newsdrop.toml) is one with every default
in it. A wrong value or an unknown name stops the start and is named. `newsdrop config` shows what is in
force, secrets masked.
"""


def page() -> str:
    """The whole page."""
    said = dict(_comments((ROOT / "config/newsdrop.toml").read_text("utf-8")))
    defaults = Settings().model_dump(mode="json")
    groups = dict(settings_groups())
    general = groups.pop("")
    parts = [_HEAD, _table("General", "", [name for name in general if name != "folders"], said, defaults)]
    parts.append(_folders(said))
    for name, group in groups.items():
        parts.append(_table(f"[{name}]", f"{name}.", list(group), said, defaults[name]))
    return "\n".join(parts)


def _comments(text: str) -> Iterator[tuple[str, str]]:
    """(dotted name, what the comment above it says), an example added where there is no default."""
    group = ""
    comment: list[str] = []
    for line in text.splitlines():
        if found := _GROUP.match(line):
            group, comment = f"{found['name']}.", []
        elif found := _SETTING.match(line):
            example = f" Example: `{found['value']}`." if found["unset"] else ""
            if comment:
                yield group + found["name"], _sentence(comment) + example
            comment = []
        elif line.startswith("# "):
            comment.append(line[2:])
        else:
            comment = []


def _sentence(lines: list[str]) -> str:
    return " ".join(lines).replace("|", "\\|")


def _table(title: str, prefix: str, names: list[str], said: dict[str, str], defaults: dict[str, Any]) -> str:
    rows = [
        f"| `{prefix}{name}` | `NEWSDROP_{(prefix + name).replace('.', '_').upper()}` "
        f"| {_default(name, defaults[name])} | {said[prefix + name]} |"
        for name in names
    ]
    return "\n".join(
        [f"## {title}", "", "| setting | variable | default | |", "|---|---|---|---|", *rows, ""]
    )


def _default(name: str, value: Any) -> str:
    if name == "state_dir":
        return "`$XDG_DATA_HOME/newsdrop`"
    if value is None:
        return "–"
    return f"`{json.dumps(value, ensure_ascii=False)}`".replace("|", "\\|")


def _folders(said: dict[str, str]) -> str:
    rows = [f"| `{name}` | {said['folders.' + name]} |" for name in Folder.model_fields]
    lines = [
        "## [[folders]]",
        "",
        "The folders to watch, one table each; `NEWSDROP_FOLDERS` takes paths with `:` between them, or a",
        "JSON list of such tables.",
        "",
        "| key | |",
        "|---|---|",
        *rows,
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
