"""`newsdrop search`: words, "phrases" and field:value against whichever index is configured."""

from __future__ import annotations

from typing import Annotated

import typer

from newsdrop.cli.assembly import open_services
from newsdrop.cli.guard import guarded
from newsdrop.cli.terminal import clean, output_console, say, write_json
from newsdrop.documents import Hit
from newsdrop.settings import load_settings

__all__ = ["print_hits", "register"]


def register(app: typer.Typer) -> None:
    """Add `search`."""
    app.command(
        help='Search the articles: words (all must occur), "exact phrases", field:value. Simplified and '
        "Traditional Chinese find each other.",
        epilog="Examples:  newsdrop search 香港 国安法   newsdrop search '\"香港 自由\" url.domain:bbc.com'",
    )(guarded(search))


def search(
    query: Annotated[
        list[str], typer.Argument(metavar="QUERY…", help="What to look for.", show_default=False)
    ],
    size: Annotated[int, typer.Option("--size", "-n", min=1, max=1_000, help="At most this many.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON list on stdout.")] = False,
) -> None:
    with open_services(load_settings()) as services:
        hits = services.store.search(" ".join(query), size=size)
    if as_json:
        write_json(hits)
    elif hits:
        print_hits(hits)
    else:
        say("Nothing found.")


def print_hits(hits: list[Hit]) -> None:
    """One paragraph per hit."""
    console = output_console()
    for number, hit in enumerate(hits, 1):
        console.print(f"{number}. {clean(hit.title)}", style="bold")
        facts = [clean(fact) for fact in (hit.published_at, hit.source, hit.url) if fact]
        console.print("   " + "  ".join(facts), style="dim")
        if hit.snippet:
            console.print("   " + clean(hit.snippet))
