"""The documentation says what the code does: every command, setting and event appears in it."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

import pytest
import typer.main

from newsdrop.cli.main import app
from newsdrop.events import CATALOGUE
from newsdrop.meters import CATALOGUE as METRICS
from newsdrop.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


def commands(command: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        return [path]
    return [found for name, one in inner.items() for found in commands(one, (*path, name))]


def test_every_event_is_tabled_with_its_level_and_keys() -> None:
    rows = re.findall(
        r"^\| `([a-z_.]+)` \| (\w+) \| (.*?) \|", (ROOT / "docs/events.md").read_text(), re.MULTILINE
    )
    documented = {name: (level, tuple(re.findall(r"`(\w+)`", keys))) for name, level, keys in rows}
    assert documented == {
        name: (logging.getLevelName(level).lower(), keys) for name, (level, keys) in CATALOGUE.items()
    }


def test_every_metric_is_tabled_with_its_kind_labels_and_help() -> None:
    rows = re.findall(
        r"^\| `(newsdrop_[a-z_]+)` \| (\w+) \| (.*?) \| (.*) \|$",
        (ROOT / "docs/metrics.md").read_text(),
        re.MULTILINE,
    )
    documented = {
        name: (kind, tuple(re.findall(r"`(\w+)`", labels)), text) for name, kind, labels, text in rows
    }
    assert documented == {name: (metric.kind, metric.labels, metric.help) for name, metric in METRICS.items()}


def test_every_command_is_documented() -> None:
    text = (ROOT / "docs/commands.md").read_text()
    known = commands(typer.main.get_command(app))
    assert len(known) > 15
    missing = [
        " ".join(path)
        for path in commands(typer.main.get_command(app))
        if f"`newsdrop {' '.join(path)}" not in text
    ]
    assert missing == []


def test_no_command_is_documented_that_does_not_exist() -> None:
    text = (ROOT / "docs/commands.md").read_text()
    known = {" ".join(path) for path in commands(typer.main.get_command(app))}
    named = re.findall(r"^#+ `newsdrop ([a-z]+(?: [a-z]+)?)", text, re.MULTILINE)
    assert {name for name in named if name not in known and name.split()[0] not in known} == set()


@pytest.mark.parametrize("group", [name for name in Settings.model_fields])
def test_every_setting_is_in_the_shipped_settings_file(group: str) -> None:
    text = (ROOT / "config/newsdrop.toml").read_text()
    inner = getattr(Settings.model_fields[group].annotation, "model_fields", None)
    names = list(inner) if inner else [group]
    assert [
        name for name in names if not re.search(rf"^#? ?({name}\s*=|\[\[{name}\]\])", text, re.MULTILINE)
    ] == []


def test_the_readme_has_exactly_the_two_setup_commands() -> None:
    text = (ROOT / "README.md").read_text()
    setup = text.split("## Set up", 1)[1].split("\n## ", 1)[0]
    assert re.findall(r"^make \w+", setup, re.MULTILINE) == ["make demo", "make test"]
