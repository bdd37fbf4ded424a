"""`newsdrop open`: opens an article's file, or its URL, in this machine's default program."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Annotated

import typer

from newsdrop.cli.articles import named_article
from newsdrop.cli.assembly import open_services
from newsdrop.cli.guard import guarded
from newsdrop.cli.terminal import say
from newsdrop.desk.lookup import origin_of
from newsdrop.documents import Document
from newsdrop.errors import ConfigError, GoneError, NewsdropError
from newsdrop.settings import load_settings

__all__ = ["register"]

#: Kinds of files that are opened. Other kinds might be executed, and an archive's files can be anybody's.
_PAGES = ("", ".md", ".markdown", ".txt", ".text", ".html", ".htm", ".xhtml", ".shtml")
#: The commands that open a file or URL in its default program: on Linux, macOS, and Windows under Linux.
_OPENERS = ("xdg-open", "open", "wslview")
_PATIENCE_S = 5.0
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)


def register(app: typer.Typer) -> None:
    """Add `open`."""
    app.command(
        epilog="Examples:  newsdrop open 3f2a9c1d   newsdrop open 3f2a9c1d --url",
    )(guarded(open_article))


def open_article(
    target: Annotated[str, typer.Argument(metavar="ID|URL|PATH", help="The article.", show_default=False)],
    url: Annotated[bool, typer.Option("--url", help="Open the URL, not the file.")] = False,
) -> None:
    with open_services(load_settings()) as services:
        document = named_article(services, target)
    place = _address(document) if url else _file(document)
    say(f"Opening {place}")
    _launch(place)


def _launch(place: str) -> None:
    opener = next((found for name in _OPENERS if (found := shutil.which(name))), None)
    if opener is None:
        raise NewsdropError(
            f"Can't open {place}: this machine has none of the programs {', '.join(_OPENERS)}."
        )
    process = subprocess.Popen(
        [opener, place],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        code = process.wait(_PATIENCE_S)
    except subprocess.TimeoutExpired:
        # It became the program itself, which now belongs to the user.
        return
    if code:
        raise NewsdropError(f"{opener} couldn't open {place} (exit code {code}).")


def _file(document: Document) -> str:
    """The file's path, or the URL if the file can't be opened by itself."""
    try:
        origin = origin_of(document)
        if origin.member is not None:
            raise ConfigError(
                f"{origin} is inside a bundle and the article has no URL: `newsdrop show {document.id} "
                "--raw` prints its bytes."
            )
        if not Path(origin.path).is_file():
            raise GoneError(f"{origin} is no longer there, and the article has no URL.")
    except NewsdropError:
        if _ADDRESS.match(_url(document)):
            return _url(document)
        raise
    if Path(origin.path).suffix.lower() not in _PAGES:
        raise ConfigError(
            f"{origin} could be executed as a program: `newsdrop show {document.id}` prints it, --url "
            "opens its URL."
        )
    return origin.path


def _address(document: Document) -> str:
    if not _ADDRESS.match(_url(document)):
        raise ConfigError(f"{document.source.get('title') or document.id} has no URL.")
    return _url(document)


def _url(document: Document) -> str:
    return str(document.source.get("url", {}).get("full", ""))
