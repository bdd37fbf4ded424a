"""Whether the words of a deployment's file are a command of newsdrop's, as the command line reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import typer.main

from newsdrop.cli.main import app


def assert_command(words: Sequence[str]) -> None:
    """Fail on an unknown command, option or value; `words` begin after `newsdrop`."""
    command: Any = typer.main.get_command(app)
    left = list(words)
    while getattr(command, "commands", None):
        name = left.pop(0) if left else ""
        assert name in command.commands, f"{list(words)}: no such command"
        command = command.commands[name]
    assert command.make_context("newsdrop", left).command is command
