"""One result of a search, made from a document: the same for every store. Pure."""

from __future__ import annotations

from typing import Any

from newsdrop.documents import Hit
from newsdrop.index.matching import values_of
from newsdrop.index.query import Node, wanted
from newsdrop.index.search import SearchRequest
from newsdrop.index.snippet import snippet, spans

__all__ = ["hit_fields", "make_hit"]

#: The fields of a document that a result is made from, apart from its texts.
_FIELDS = (
    "@timestamp", "title", "author", "source", "url", "language", "published_at",
    "published_precision", "archived_at", "file.path", "file.name", "archive.member",
)  # fmt: skip
_CAPTIONS = ("images.caption", "captions")


def hit_fields(request: SearchRequest) -> list[str]:
    """The fields of a document that its result is made from."""
    return [*_FIELDS, "text", "summary", *_CAPTIONS] if request.snippets else list(_FIELDS)


def make_hit(document_id: str, score: float, source: dict[str, Any], request: SearchRequest) -> Hit:
    """The result for a document, with the matches marked."""
    node = request.node
    url, file = source.get("url", {}), source.get("file", {})
    title = source.get("title", "")
    piece, marks = _piece(source, node) if request.snippets else ("", [])
    return Hit(
        id=document_id,
        score=round(score, 4),
        title=title,
        title_marks=spans(title, wanted(node, "title")),
        url=url.get("full"),
        at=source["@timestamp"],
        published_at=source.get("published_at"),
        precision=source.get("published_precision"),
        archived_at=source.get("archived_at"),
        source=source.get("source", {}).get("name") or url.get("domain"),
        author=source.get("author", []),
        language=source.get("language"),
        path=file.get("path") or file.get("name"),
        member=source.get("archive", {}).get("member"),
        snippet=piece,
        marks=marks,
    )


def _piece(source: dict[str, Any], node: Node) -> tuple[str, list[tuple[int, int]]]:
    """A snippet of the text, or of the summary if only that matches or there is no text, or of a caption."""
    text, summary = source.get("text", ""), source.get("summary", "")
    piece, marks = snippet(text, wanted(node, "text"))
    if summary and not marks:
        other, others = snippet(summary, wanted(node, "summary"))
        if others or not text:
            return other, others
    return (piece, marks) if marks else _caption_piece(source, node) or (piece, marks)


def _caption_piece(source: dict[str, Any], node: Node) -> tuple[str, list[tuple[int, int]]] | None:
    """A snippet of the first caption that matches."""
    for field in _CAPTIONS:
        if words := wanted(node, field):
            found = (snippet(caption, words) for caption in values_of(source, field))
            if one := next((one for one in found if one[1]), None):
                return one
    return None
