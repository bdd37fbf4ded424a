"""`newsdrop show`: one article, as the index has it or as it was archived."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
from rich.text import Text

from newsdrop.cli.articles import named_article
from newsdrop.cli.assembly import open_services
from newsdrop.cli.guard import guarded
from newsdrop.cli.terminal import clean, output_console, write, write_json
from newsdrop.cli.wrapping import wrap
from newsdrop.desk.article_formats import as_html, as_markdown, facts_of, paragraphs, readable_url
from newsdrop.desk.lookup import origin_of
from newsdrop.documents import Document
from newsdrop.errors import ConfigError, NewsdropError
from newsdrop.settings import Settings, load_settings

__all__ = ["register"]

#: Longer lines are hard to read, and without a terminal the width is unknown.
_WIDEST, _PIPED = 100, 80


def register(app: typer.Typer) -> None:
    """Add `show`."""
    app.command(
        epilog="Examples:  newsdrop show 3f2a9c1d   newsdrop show ~/archive/page.md --markdown   "
        "newsdrop show 'old.zip!page.md' --raw > page.md",
    )(guarded(show))


def show(
    target: Annotated[str, typer.Argument(metavar="ID|URL|PATH", help="The article.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="The document as it is in the index.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="As a page in Markdown.")] = False,
    html: Annotated[bool, typer.Option("--html", help="As a page in HTML.")] = False,
    raw: Annotated[bool, typer.Option("--raw", help="The archived bytes, unpacked.")] = False,
) -> None:
    if as_json + markdown + html + raw > 1:
        raise ConfigError("--json, --markdown, --html and --raw exclude each other: choose one.")
    settings = load_settings()
    with open_services(settings) as services:
        document = named_article(services, target)
    if raw:
        _write_bytes(document, settings)
    elif as_json:
        write_json({**document.source, "id": document.id, "version": document.version})
    elif markdown:
        write(as_markdown(document.source, facts_of(document)))
    elif html:
        write(as_html(document.source, facts_of(document)))
    else:
        _print(document)


def _write_bytes(document: Document, settings: Settings) -> None:
    if sys.stdout.isatty():
        raise ConfigError(
            "The archived bytes may contain terminal commands: write them to a file (--raw > page.html)."
        )
    # Most commands read no file, and importing the reader takes a fifth of their time.
    from newsdrop.archive.reader import Bundle
    from newsdrop.assembly import build_reader

    found = build_reader(settings).fetch(origin_of(document).drop)
    if isinstance(found, Bundle):
        raise NewsdropError(
            f"{origin_of(document)} is a bundle now: it no longer contains the page that was indexed."
        )
    sys.stdout.flush()
    sys.stdout.buffer.write(found.data)
    sys.stdout.buffer.flush()


def _print(document: Document) -> None:
    source, console = document.source, output_console()
    columns = min(console.width, _WIDEST) if sys.stdout.isatty() else _PIPED

    def put(text: str, style: str = "") -> None:
        for line in wrap(text, columns):
            console.print(Text(clean(line), style=style))

    put(source.get("title") or "(no title)", "bold")
    for fact in facts_of(document):
        # URLs and paths are for copying, so they are never wrapped.
        console.print(Text(clean(fact), style="dim"))
    for line in [source.get("summary", ""), *paragraphs(source)]:
        if line:
            console.print()
            put(line, "italic" if line == source.get("summary") else "")
    pictures = [_picture(image) for image in source.get("images", [])]
    pictures += [f"[caption] {caption}" for caption in source.get("captions", [])]
    if pictures:
        console.print()
    for picture in pictures:
        console.print(Text(clean(picture), style="dim"))


def _picture(image: dict[str, Any]) -> str:
    about = [
        image.get("caption") or image.get("alt"),
        image.get("credit"),
        readable_url(image.get("url", "")),
    ]
    return f"[picture] {'  '.join(part for part in about if part)}"
