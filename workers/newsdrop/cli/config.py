"""`newsdrop config`: the settings in effect, secrets masked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import typer

from newsdrop.cli.choices import AsJson
from newsdrop.cli.guard import guarded
from newsdrop.cli.terminal import print_table, write_json
from newsdrop.settings import load_settings

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add `config`."""
    app.command(
        epilog="Example:  NEWSDROP_WATCH_SETTLE_MS=2000 newsdrop config",
    )(guarded(config))


def config(as_json: AsJson = False) -> None:
    values = load_settings().public()
    if as_json:
        write_json(values)
        return
    rows = [(name, _variable(name), _shown(value)) for name, value in _flat(values)]
    print_table(["setting", "variable", "value"], rows)


def _flat(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield above + name, value


def _shown(value: Any) -> str:
    """The value as a variable may have it: numbers without commas, true and false, lists as JSON."""
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False)


def _variable(dotted: str) -> str:
    return "NEWSDROP_" + dotted.replace(".", "_").upper()
