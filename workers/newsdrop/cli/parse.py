"""`newsdrop parse`: shows what a file would be indexed as; nothing is indexed and no server is contacted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from newsdrop.assembly import build_preview
from newsdrop.cli.drops import gather
from newsdrop.cli.guard import guarded
from newsdrop.cli.parse_view import print_document, print_everything, print_screen
from newsdrop.cli.terminal import write_json
from newsdrop.desk.given import check_given
from newsdrop.documents import Article, Document
from newsdrop.errors import ConfigError, GoneError, PermanentError
from newsdrop.parse.explanation import Explanation
from newsdrop.settings import load_settings
from newsdrop.user import at_home
from newsdrop.worker.file_timer import FileTimeout, FileTimer, memory_limit, overdue

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add `parse`."""
    app.command(
        epilog="Examples:  newsdrop parse page.md   newsdrop parse page.md --json --explain   "
        "newsdrop parse 'pages.zip!a.html'",
    )(guarded(parse))


def parse(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="One archived page, or a bundle's member: 'pages.zip!a.html'.",
            show_default=False,
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="The document and its blocks as JSON.")] = False,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain", help="Say how it was read, on one screen: dialect, rule, fields, what was left out."
        ),
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="With --explain: the document and all of it, not one screen.")
    ] = False,
) -> None:
    if everything and not explain:
        raise ConfigError("--all goes with --explain: without it the whole document is shown anyhow.")
    check_given(FILE=file)
    if at_home(Path(file)).is_dir():
        raise ConfigError(f"{file} is a folder: `newsdrop parse` takes one file.")
    settings = load_settings()
    found = gather([file], settings)
    if found.missing:
        raise GoneError(f"Can't read {found.missing[0]}.")
    drop = found.drops[0]
    pipeline = build_preview(settings)
    limit_s = settings.worker.file_time_limit_s
    try:
        with memory_limit(settings.worker.memory_bytes), FileTimer(limit_s):
            article, document = pipeline.preview(drop)
            explanation = pipeline.explain(drop) if explain else None
    except FileTimeout as cut:
        raise PermanentError(overdue(drop, cut.worked_s, limit_s).message) from None
    if as_json:
        write_json(_facts(article, document) | ({"explain": explanation} if explanation else {}))
    else:
        _show(article, document, explanation, everything=everything)


def _facts(article: Article, document: Document) -> dict[str, Any]:
    blocks = [{"kind": block.kind, "text": block.text} for block in article.blocks]
    return {**document.source, "id": document.id, "version": document.version, "blocks": blocks}


def _show(article: Article, document: Document, explanation: Explanation | None, *, everything: bool) -> None:
    if explanation is not None and not everything:
        print_screen(article, explanation)
        return
    print_document(article, document)
    if explanation is not None:
        print_everything(explanation)
