"""What the docs show to be run or written: the commands of every page, and the rule of the guide to sites."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tests.project.compose_file import ROOT

__all__ = ["COMMANDS", "OURS", "PAGES", "rule_of_the_guide"]

PAGES = sorted(
    [*(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / "SECURITY.md", ROOT / "CONTRIBUTING.md"]
)
SHELL = re.compile(r"^```(?:sh|bash|shell|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def lines(text: str) -> Iterator[str]:
    """The command lines of a page's blocks: continuations joined, each command of a line for itself."""
    for block in SHELL.findall(text):
        for line in re.sub(r"\\\n\s*", " ", block).splitlines():
            yield from commands_of(line)
    for line in re.findall(r"^ {4}(newsdrop .*)$", SHELL.sub("", text), re.MULTILINE):
        yield from commands_of(line)


def commands_of(line: str) -> Iterator[str]:
    told = re.sub(r"(^|\s)#.*", "", line).removeprefix("$ ").strip()
    for part in re.split(r"\s(?:&&|\|\||\||;)\s", told):
        # What sudo runs is judged, not sudo.
        part = part.replace("sudo ", "")
        if word := re.sub(r"\s*(?:[<>]\s*\S+|&)\s*$", "", part).strip():
            yield re.sub(r"^(?:[A-Z_]+=\S+\s+)+", "", word)


COMMANDS = [(page, line) for page in PAGES for line in dict.fromkeys(lines(page.read_text("utf-8")))]
OURS = [
    (page.name, line)
    for page, line in COMMANDS
    if Path(line.split()[0]).name == "newsdrop" and "…" not in line
]


def rule_of_the_guide() -> str:
    """The rule that docs/sites.md has its reader write, as TOML."""
    text = (ROOT / "docs/sites.md").read_text("utf-8")
    (toml,) = re.findall(r"^```toml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return str(toml)
