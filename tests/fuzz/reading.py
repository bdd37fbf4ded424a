"""The whole way from a file's bytes to the documents of the index, and what must hold of each of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final, NoReturn, cast

import msgspec
from tests.inputs.saved_pages import shipped_parser

from newsdrop.archive.reader import Bundle, Reader
from newsdrop.documents import Article, Document, Drop, Stamp
from newsdrop.enrich.steps import Step, default_steps
from newsdrop.errors import NewsdropError
from newsdrop.identity import path_drop_id
from newsdrop.index.encoding import encode_json
from newsdrop.index.store import Store
from newsdrop.pipeline import Pipeline

__all__ = ["FileReading", "WrongDocumentError"]

#: A bundle's members beyond these are listed, and not read.
_MEMBERS: Final = 8
#: Of so many files one is explained, too.
_EXPLAINED: Final = 8
_NOW_MS: Final = 1_764_000_000_000
#: White space inside of lines of code is all that may be left of controls.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
#: By these a file is found again: they are what they are, and JSON escapes what is a control in them.
_FILE_NAMES: Final = ("file.", "archive.member", "archive.bundle")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_WEB: Final = re.compile(r"https?://[^\s/?#]", re.IGNORECASE)


class WrongDocumentError(Exception):
    """Something that must hold of each document doesn't."""


class FileReading:
    """Reads files as a worker does; `steps` come after the usual ones."""

    def __init__(self, steps: Sequence[Step] = ()) -> None:
        self._reader = Reader(headerless=lambda drop: (drop.path or "").endswith(".txt"))
        self._pipeline = Pipeline(
            self._reader,
            shipped_parser(),
            (*default_steps(), *steps),
            cast(Store, _NoStore()),
            now_ms=lambda: _NOW_MS,
            version="0",
        )

    def outcomes(self, path: Path) -> list[str]:
        """What became of the file, or of each of its members: "article", or the name of the declared error.

        Raises:
            WrongDocumentError: what must hold of a document doesn't.
            Exception: whatever else left the pipeline, which is nobody's to declare.
        """
        stamp = Stamp(path.stat().st_size, 0)
        return list(self._read(Drop(id=path_drop_id(str(path)), stamp=stamp, path=str(path)), depth=0))

    def _read(self, drop: Drop, depth: int) -> Iterator[str]:
        found = _declared(lambda: self._reader.fetch(drop))
        if isinstance(found, str):
            yield found
        elif isinstance(found, Bundle):
            members: list[Drop] = []
            told = _declared(lambda: members.extend(found.members()))
            yield told if isinstance(told, str) else "bundle"
            for member in islice(members, _MEMBERS if depth < 2 else 0):
                yield from self._read(member, depth + 1)
        else:
            told = _declared(lambda: self._document(drop))
            yield told if isinstance(told, str) else "article"

    def _document(self, drop: Drop) -> None:
        article, document = self._pipeline.preview(drop)
        _check_article(article)
        _check_document(document)
        # As `parse --explain` does; it costs as much again.
        if drop.stamp.size % _EXPLAINED == 0:
            self._pipeline.explain(drop)


def _declared(work: Callable[[], Any]) -> Any:
    """What `work` gives, or the name of the declared error that it raises."""
    try:
        return work()
    except NewsdropError as error:
        if not str(error).strip() or len(str(error)) > 20_000:
            raise WrongDocumentError(
                f"{type(error).__name__} says nothing, or {len(str(error))} characters"
            ) from error
        return type(error).__name__


def _check_article(article: Article) -> None:
    for failed in article.errors:
        if failed.step != "root":
            raise WrongDocumentError(f"the step {failed.step} failed: {failed.type}: {failed.message}")
    _check_text("title", article.title)
    for block in article.blocks:
        _check_text("a block", block.text)
        if not block.text.strip():
            raise WrongDocumentError("a block has no text")
    for image in article.images:
        _check_text("a picture's address", image.url)


def _check_text(what: str, text: str) -> None:
    if found := _CONTROL.search(text):
        raise WrongDocumentError(f"{what} has the control character {found[0]!r}")


def _check_document(document: Document) -> None:
    encoded = msgspec.json.decode(encode_json(document.source))
    if not 0 <= document.version < 2**63:
        raise WrongDocumentError(f"the version {document.version} is no number for the index")
    url = (encoded.get("url") or {}).get("full")
    if url is not None and not _WEB.match(url):
        raise WrongDocumentError(f"url.full is {url[:200]!r}")
    for name, text in _texts("", encoded):
        if _SURROGATE.search(text):
            raise WrongDocumentError(f"{name} has a lone surrogate")
        if name != "text" and not name.startswith(_FILE_NAMES):
            _check_text(name, text.replace("\n", " "))


def _texts(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(f"{name}.{key}" if name else str(key), inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(name, inner)


class _NoStore:
    """Stands where a pipeline wants its store; nothing here asks it anything."""

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a reading has no store to {name}")
