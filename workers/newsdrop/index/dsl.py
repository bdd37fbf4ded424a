"""Queries in Elasticsearch's language, and its hits in ours. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from newsdrop.documents import Fingerprint, Hit
from newsdrop.index.fields import DEFAULT_FIELDS
from newsdrop.index.query import Clause
from newsdrop.index.wording import server_clause

__all__ = ["HIT_FIELDS", "highlight", "hit", "originals_body", "query_body"]

HIT_FIELDS = ("title", "url", "published_at", "source", "summary")
_WEIGHTED = ("title^2", *DEFAULT_FIELDS[1:])
#: The server's own limit for a text that is analysed again for highlighting; beyond it a search would fail.
_ANALYZED_CHARS = 999_999


def query_body(clauses: Sequence[Clause]) -> dict[str, Any]:
    """All the clauses must hold."""
    must = [_clause(clause) for clause in clauses if clause.kind in ("chunk", "phrase")]
    exact = [_clause(clause) for clause in clauses if clause.kind in ("keyword", "id")]
    return {"bool": {"must": must, "filter": exact}}


def originals_body(fingerprints: Sequence[Fingerprint]) -> dict[str, Any]:
    """What is no copy and shares a band with any of these."""
    bands = sorted({key for one in fingerprints for key in one.minhash})
    no_copy = {"exists": {"field": "duplicate_of"}}
    return {"bool": {"filter": {"terms": {"fingerprint.minhash": bands}}, "must_not": no_copy}}


def highlight() -> dict[str, Any]:
    """A piece of the text with what matched between « and »."""
    field = {"fragment_size": 120, "number_of_fragments": 1, "no_match_size": 120}
    return {
        "type": "unified",
        "pre_tags": ["«"],
        "post_tags": ["»"],
        "max_analyzed_offset": _ANALYZED_CHARS,
        "fields": {"text": field, "summary": field},
    }


def hit(found: dict[str, Any]) -> Hit:
    """One hit of a search answer."""
    source = found.get("_source", {})
    url = source.get("url", {})
    pieces = found.get("highlight", {})
    piece = next((pieces[name][0] for name in ("text", "summary") if "«" in pieces.get(name, [""])[0]), None)
    if piece is None:
        piece = pieces.get("text", [source.get("summary", "")])[0]
    return Hit(
        id=found["_id"],
        score=round(found.get("_score") or 0.0, 4),
        title=source.get("title", ""),
        url=url.get("full"),
        published_at=source.get("published_at"),
        source=source.get("source", {}).get("name") or url.get("domain"),
        snippet=" ".join(piece.split()),
    )


def _clause(clause: Clause) -> dict[str, Any]:
    if clause.kind == "id":
        return {"ids": {"values": [clause.text]}}
    if clause.kind == "keyword":
        return {"term": {clause.fields[0]: clause.text}}
    fields = list(_WEIGHTED if clause.fields == DEFAULT_FIELDS else clause.fields)
    return server_clause(clause.wording(), fields)
