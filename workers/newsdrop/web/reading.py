"""An article for display: its facts, its blocks, and related articles, made from a document. Pure.

The index keeps the text as paragraphs; which of them are headings, quotes or list items is only in the file,
and only usable if the file still reads as it was indexed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import msgspec

from newsdrop.desk.article_formats import paragraphs
from newsdrop.documents import Block, Document, decode_path
from newsdrop.times import shown_time
from newsdrop.web.rendering import web_address
from newsdrop.web.searching import FACET_PARAMETERS, Search

__all__ = ["Fact", "Piece", "facts_of", "metadata", "pieces_of", "reads_as_indexed"]


class Fact(msgspec.Struct, frozen=True):
    """A fact about an article; `address` leads to similar articles, or to the web."""

    name: str
    text: str
    address: str = ""
    outside: bool = False


class Piece(msgspec.Struct, frozen=True):
    """A paragraph, a heading, or neighbouring blocks that form one quote or list."""

    kind: str
    texts: list[str]


def reads_as_indexed(document: Document, blocks: Sequence[Block]) -> bool:
    """Whether the file's text is still the one that was indexed."""
    return bool("\n".join(block.text for block in blocks) == document.source.get("text", ""))


def pieces_of(document: Document, blocks: Sequence[Block] | None) -> list[Piece]:
    """The text; without blocks, as paragraphs."""
    if blocks is None:
        return [Piece("p", [text]) for text in paragraphs(document.source)]
    found = []
    for kind, some in groupby(blocks, key=lambda block: block.kind):
        texts = [block.text for block in some]
        found += [Piece(kind, texts)] if kind in ("li", "quote") else [Piece(kind, [text]) for text in texts]
    return found


def facts_of(document: Document) -> Iterator[Fact]:
    """The facts below the title; their values link to searches."""
    source = document.source
    url = source.get("url", {})
    yield from _times(source)
    for parameter, name in (("source", "source"), ("site", "site"), ("section", "section")):
        yield from _values(source, parameter, name)
    if full := url.get("full"):
        yield Fact("address", full, web_address(full), outside=True)


def metadata(document: Document) -> Iterator[Fact]:
    """All other facts."""
    source = document.source
    for parameter, name in (("lang", "language"), ("collection", "collection"), ("tag", "tag")):
        yield from _values(source, parameter, name)
    counts = source.get("counts", {})
    for name in ("words", "chars", "paragraphs", "images", "links"):
        if name in counts:
            yield Fact(name, f"{counts[name]:,}")
    file, archive = source.get("file", {}), source.get("archive", {})
    path = file.get("path") or file.get("name")
    if path:
        member = archive.get("member")
        yield Fact("file", decode_path(path) + (f"!{decode_path(member)}" if member else ""))
    for name, value in (
        ("file time", file.get("mtime") and shown_time(file["mtime"])),
        ("bytes", f"{file['size']:,}" if "size" in file else ""),
        ("sha256", file.get("hash", {}).get("sha256")),
        ("dialect", archive.get("dialect")),
        ("rule", source.get("newsdrop", {}).get("rule")),
        ("indexed", shown_time(source["event"]["ingested"]) if "event" in source else ""),
        ("newsdrop", source.get("newsdrop", {}).get("version")),
        ("id", document.id),
    ):
        if value:
            yield Fact(name, str(value))


def _times(source: dict[str, Any]) -> Iterator[Fact]:
    if published := source.get("published_at"):
        yield Fact("published", shown_time(published, source.get("published_precision")))
    for name, field in (("updated", "updated_at"), ("archived", "archived_at")):
        if field in source:
            yield Fact(name, shown_time(source[field]))


def _values(source: dict[str, Any], parameter: str, name: str) -> Iterator[Fact]:
    value: Any = source
    for part in FACET_PARAMETERS[parameter].split("."):
        value = value.get(part, {}) if isinstance(value, dict) else {}
    for one in value if isinstance(value, list) else [value] if value else []:
        yield Fact(name, str(one), f"/?{Search().with_value(parameter, str(one))}")
