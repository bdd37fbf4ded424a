"""Options that several commands share, and those that select the articles of a command (desk/chosen.py)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from newsdrop.errors import ConfigError
from newsdrop.options import MOST_PROCESSES
from newsdrop.user import at_home

__all__ = [
    "AsJson",
    "ByPath",
    "ByQuery",
    "ByRule",
    "BySite",
    "EndedByNull",
    "Everything",
    "Paths",
    "WorkerProcesses",
    "Yes",
    "given_path",
]


def given_path(text: str) -> Path:
    """What is given as a path, with `~` for the home folder: shells leave that as it is in `--option=~/x`.

    Raises:
        BadParameter: it is empty, which Python takes for the current folder; or that home isn't known.
    """
    if not text:
        raise typer.BadParameter("it is empty (a variable that isn't set?); the current folder is '.'.")
    try:
        return at_home(Path(text))
    except ConfigError as error:
        raise typer.BadParameter(error.message) from None


AsJson = Annotated[bool, typer.Option("--json", help="JSON on stdout.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask for confirmation.")]
#: The paths of `listed` (cli/drops.py), and how those on stdin end.
Paths = Annotated[list[str], typer.Argument(metavar="PATH…|-", help="Files, folders, '-' for stdin.")]
EndedByNull = Annotated[
    bool, typer.Option("--null", "-0", help="Paths on stdin end with NUL, not a line feed.")
]

WorkerProcesses = Annotated[
    int | None,
    typer.Option(
        "--processes",
        min=1,
        max=MOST_PROCESSES,
        help="Worker processes; default: worker.processes, or one per core.",
        show_default=False,
    ),
]

BySite = Annotated[
    str | None, typer.Option("--site", metavar="DOMAIN", help="Articles of this site.", show_default=False)
]
ByRule = Annotated[
    str | None,
    typer.Option("--rule", metavar="NAME", help="Articles read by this site rule.", show_default=False),
]
ByPath = Annotated[
    str | None,
    typer.Option("--path", metavar="GLOB", help="For example '/archive/bbc/*'.", show_default=False),
]
ByQuery = Annotated[
    str | None,
    typer.Option("--query", metavar="QUERY", help="A query as in `newsdrop search`.", show_default=False),
]
Everything = Annotated[bool, typer.Option("--all", help="All articles.")]
