"""`newsdrop demo`: writes a folder of invented articles, ingests it as `up` does, and searches it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from newsdrop.cli.assembly import open_services
from newsdrop.cli.choices import WorkerProcesses, given_path
from newsdrop.cli.demo_files import QUERY, DemoReport, write_demo
from newsdrop.cli.guard import EXIT_FAILED, guarded
from newsdrop.cli.search import print_hits
from newsdrop.cli.terminal import say, write
from newsdrop.cli.up import run_up
from newsdrop.errors import NewsdropError
from newsdrop.index.query_parser import parse_query
from newsdrop.index.search import SearchRequest
from newsdrop.settings import Settings, load_settings

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add `demo`."""
    app.command(
        epilog="Examples:  newsdrop demo   newsdrop demo /tmp/drops --articles 1000",
    )(guarded(demo))


def demo(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="FOLDER",
            help="The folder; default: beside the state folder.",
            show_default=False,
            parser=given_path,
        ),
    ] = None,
    articles: Annotated[
        int, typer.Option("--articles", min=1, max=1_000_000, help="How many articles.")
    ] = 300,
    processes: WorkerProcesses = None,
) -> None:
    settings = load_settings()
    place = (folder or _beside(settings.state_dir)).resolve()
    try:
        report = write_demo(place, articles)
    except OSError as error:
        raise NewsdropError(
            f"The articles can't be written to {place}: {error.strerror}. Name another folder: "
            "`newsdrop demo FOLDER`."
        ) from None
    write(f"Wrote {report.files} files ({report.bytes / 1e6:.1f} MB) to {place}: {_kinds(report)}.")
    run_up(settings, [place], until_idle=True, processes=processes)
    _search(settings, report)
    write(f"\nNow try:  newsdrop status   newsdrop dead groups   newsdrop audit {place}")
    write("To search and read in a browser:  newsdrop web")


def _beside(state_dir: Path) -> Path:
    # Not inside it: files in the state folder are never taken for articles.
    return state_dir.with_name(f"{state_dir.name}-demo")


def _kinds(report: DemoReport) -> str:
    return (
        f"{report.articles} articles, {report.older} older captures, {report.copies} copies, "
        f"{report.broken} unreadable files"
    )


def _search(settings: Settings, report: DemoReport) -> None:
    with open_services(settings) as services:
        hits = services.store.search(SearchRequest(query=parse_query(QUERY), size=3)).hits
    write(f"\nnewsdrop search {QUERY}   ({report.found} articles contain it)")
    if not hits:
        say("Nothing was found, although the demo contains this text: please report this.")
        raise typer.Exit(EXIT_FAILED)
    print_hits(hits)
