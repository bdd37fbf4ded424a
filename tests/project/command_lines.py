"""Whether the words of a deployment's file are a command of newsdrop's, as the command line reads them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import typer.main

from newsdrop.cli.main import app


def commands(command: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of each command that there is, groups without their own."""
    command = command or typer.main.get_command(app)
    names = _inner(command)
    if not names:
        yield path
    for name in names:
        yield from commands(_get(command, name), (*path, name))


def _inner(command: Any) -> list[str]:
    return list(command.list_commands(None)) if hasattr(command, "list_commands") else []


def _get(command: Any, name: str) -> Any:
    return command.resolve_command(None, [name])[1]


def assert_command(words: Sequence[str]) -> None:
    """Fail on an unknown command, option or value; `words` begin after `newsdrop`."""
    command: Any = typer.main.get_command(app)
    left = list(words)
    while names := _inner(command):
        name = left.pop(0) if left else ""
        assert name in names, f"{list(words)}: no such command"
        command = _get(command, name)
    assert command.make_context("newsdrop", left).command is command
