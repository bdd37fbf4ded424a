"""`newsdrop enqueue`: queues files by name, without a watcher."""

from __future__ import annotations

from typing import Annotated

import typer

from newsdrop.cli.assembly import open_services
from newsdrop.cli.choices import AsJson, EndedByNull, Paths
from newsdrop.cli.drops import gather, listed
from newsdrop.cli.guard import conclude, guarded
from newsdrop.cli.terminal import say, write
from newsdrop.documents import encode_path
from newsdrop.plurals import counted
from newsdrop.ports import Lane
from newsdrop.settings import load_settings

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add `enqueue`."""
    app.command(
        epilog="Examples:  newsdrop enqueue a.md b.md   find . -name '*.txt' -print0 | newsdrop enqueue -0 -",
    )(guarded(enqueue))


def enqueue(
    paths: Paths,
    null: EndedByNull = False,
    force: Annotated[bool, typer.Option("--force", help="Ingest known and unchanged files again.")] = False,
    backlog: Annotated[
        bool, typer.Option("--backlog", help="Queue behind the files that the watcher finds.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    settings = load_settings()
    found = gather(listed(paths, null=null), settings)
    for missing in found.missing:
        say(f"Not queued: {missing}.")
    with open_services(settings) as services:
        lane = Lane.BACKLOG if backlog else Lane.FRESH
        result = services.ledger.enqueue(found.drops, lane=lane, force=force)
    facts = {"queued": result.queued, "changed": result.changed, "skipped": result.skipped}
    conclude(
        facts | {"missing": [encode_path(str(missing)) for missing in found.missing]},
        lambda: write(
            f"{result.queued} queued, {result.changed} already queued and changed, {result.skipped} known."
        ),
        as_json=as_json,
        failure=f"{counted(len(found.missing), 'path')} not queued." if found.missing else "",
    )
