"""Reports all mistakes in a rule file at once, each with its own entry.

A file is read as a whole or not at all, and reading stops at the first mistake. So each entry is read alone,
in a rule that has nothing else. Knows hardly any keys: whatever rules may say is checked as it is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from newsdrop.parse.rules import RuleError, read_rule_tree, rule_of

__all__ = ["rule_faults"]

#: What every rule needs, so that the rest can be read alone.
_LEAST: dict[str, Any] = {"name": "name", "hosts": ["example.org"]}


def rule_faults(path: Path) -> list[str]:
    """What is wrong with a rule file, a line for each mistake; empty if it can be read."""
    try:
        tree = read_rule_tree(path)
    except RuleError as error:
        return [error.message]
    said: dict[str, None] = {}
    for part, first, real in _parts(tree):
        try:
            rule_of(_LEAST | part, path)
        except RuleError as error:
            # Its place in the file, not in the rule that holds it alone.
            said.setdefault(error.message.replace(first, real) if first else error.message)
    try:
        rule_of({key: tree[key] for key in _LEAST if key in tree}, path)
        if not said:
            rule_of(tree, path)
    except RuleError as error:
        said.setdefault(error.message)
    return list(said)


def _parts(tree: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str, str]]:
    """Each entry alone, with its name there and in the file."""
    for key, value in tree.items():
        if not isinstance(value, list) or not value:
            yield {key: value}, "", ""
            continue
        for number, item in enumerate(value):
            here, there = f"$.{key}[0]", f"$.{key}[{number}]"
            if key == "era" and isinstance(item, dict):
                for part, first, real in _parts(item):
                    yield {key: [part]}, here + first[1:], there + real[1:]
            elif key == "test" and isinstance(item, dict):
                yield from (({key: [test]}, here, there) for test in _tests(item))
            else:
                yield {key: [item]}, here, there


def _tests(test: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each key of a test, with the one key that every test needs."""
    yield {name: test[name] for name in ("file",) if name in test}
    yield from ({"file": "", name: value} for name, value in test.items() if name != "file")
