"""`newsdrop parse`: shows what a file would be indexed as; nothing is indexed and no server is contacted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from newsdrop.assembly import build_preview
from newsdrop.cli.drops import gather
from newsdrop.cli.guard import guarded
from newsdrop.cli.terminal import clean, output_console, print_table, write, write_json
from newsdrop.documents import Article, Document
from newsdrop.errors import ConfigError, GoneError, PermanentError
from newsdrop.parse.parser import Explanation
from newsdrop.settings import load_settings
from newsdrop.worker.file_timer import FileTimeout, FileTimer, memory_limit, overdue

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add `parse`."""
    app.command(
        help="Show what one file would be indexed as; nothing is indexed.",
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
            "--explain", help="Also show how it was read: dialect, rule, selectors, what was left out."
        ),
    ] = False,
) -> None:
    if Path(file).expanduser().is_dir():
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
        _show(article, document)
        if explanation:
            _show_explanation(explanation)


def _facts(article: Article, document: Document) -> dict[str, Any]:
    blocks = [{"kind": block.kind, "text": block.text} for block in article.blocks]
    return {**document.source, "id": document.id, "version": document.version, "blocks": blocks}


def _show(article: Article, document: Document) -> None:
    console = output_console()
    console.print(Text(clean(article.title), style="bold"))
    for name, value in _flat(document.source):
        if name not in ("title", "text"):
            console.print(Text(f"{name:>24}  {clean(value)}"))
    console.print(Text(f"{'_id':>24}  {document.id} (version {document.version})"))
    console.print()
    for block in article.blocks:
        console.print(Text(f"{block.kind:>6}  {clean(block.text)}"))


def _show_explanation(explanation: Explanation) -> None:
    write()
    rule = f"rule {explanation.rule}.toml, era {explanation.era}"
    write(f"Dialect {explanation.dialect}, encoding {explanation.encoding}; {rule}.")
    facts = [(origin.field, origin.place) for origin in explanation.origins]
    print_table(["field", "comes from"], facts, title="Where each field comes from")
    rows = [(match.role, match.selector, match.count) for match in explanation.matches if match.count]
    print_table(
        ["role", "selector", "matches"],
        rows,
        right=["matches"],
        title=f"Selectors of {explanation.rule}.toml that matched",
    )
    vain = [f"{match.role} {match.selector}" for match in explanation.matches if not match.count]
    write(f"Matched nothing: {'; '.join(vain) or 'none'}.")
    left = [(one.role, one.selector, one.text) for one in explanation.dropped]
    print_table(["role", "selector or reason", "text"], left, title="Left out of the body")


def _flat(source: dict[str, Any], above: str = "") -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for name, value in source.items():
        if isinstance(value, dict):
            rows += _flat(value, f"{above}{name}.")
        elif value not in (None, [], ""):
            rows.append((above + name, value))
    return rows
