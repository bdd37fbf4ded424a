"""The options that say which articles a command is about (desk/chosen.py)."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["ByPath", "ByQuery", "ByRule", "BySite", "Everything"]

BySite = Annotated[
    str | None, typer.Option("--site", metavar="DOMAIN", help="Of this site.", show_default=False)
]
ByRule = Annotated[
    str | None, typer.Option("--rule", metavar="NAME", help="Read by this site rule.", show_default=False)
]
ByPath = Annotated[
    str | None, typer.Option("--path", metavar="GLOB", help="As '/archive/bbc/*'.", show_default=False)
]
ByQuery = Annotated[
    str | None,
    typer.Option("--query", metavar="QUERY", help="As `newsdrop search` takes it.", show_default=False),
]
Everything = Annotated[bool, typer.Option("--all", help="Every article there is.")]
