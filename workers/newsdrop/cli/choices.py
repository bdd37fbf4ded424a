"""The options that select the articles of a command (desk/chosen.py)."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["ByPath", "ByQuery", "ByRule", "BySite", "Everything"]

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
