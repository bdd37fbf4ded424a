"""What the embedded index writes into FTS5's columns and asks of them.

Pure. FTS5's own tokenizer only splits at spaces: the terms come from terms.py. Keyword fields are one column
of hashed `field=value` terms, so that a keyword query is a term query like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any

from newsdrop.documents import Fingerprint
from newsdrop.index.query import KEYWORD_FIELDS, LABELS, Clause, keyword_value
from newsdrop.index.terms import terms

__all__ = ["SCHEMA", "bands_expression", "columns", "match_expression"]

#: Everything that isn't ASCII is part of a term, and these few ASCII characters too.
SCHEMA = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS terms USING fts5(title, text, summary, captions, alts, facets, "
    "content='', tokenize=\"ascii tokenchars '._'''''\")"
)
_COLUMNS = {
    "title": "title",
    "text": "text",
    "summary": "summary",
    "images.caption": "captions",
    "images.alt": "alts",
}
#: Between the values of a list: no phrase reaches from one into the next.
_GAP = " ¶ "


def columns(source: dict[str, Any]) -> tuple[str, ...]:
    """The values of the FTS5 columns for a document: title, text, summary, captions, alts, facets."""
    images = source.get("images", [])
    return (
        _spelled([source.get("title", "")]),
        _spelled([source.get("text", "")]),
        _spelled([source.get("summary", "")]),
        _spelled(image.get("caption", "") for image in images),
        _spelled(image.get("alt", "") for image in images),
        " ".join(_facets(source)),
    )


def match_expression(clauses: Sequence[Clause]) -> str:
    """The FTS5 expression that finds what all the clauses ask for; empty when they ask for nothing."""
    return " AND ".join(_expression(clause) for clause in clauses)


def bands_expression(fingerprint: Fingerprint) -> str:
    """The FTS5 expression that finds what shares a band with a fingerprint, which must have some."""
    facets = (_facet("fingerprint.minhash", key) for key in fingerprint.minhash)
    return f"facets : ({' OR '.join(facets)})"


def _expression(clause: Clause) -> str:
    if clause.kind == "keyword":
        return f"facets : {_facet(clause.fields[0], clause.text)}"
    # No term holds a double quote: it is neither a letter nor a digit.
    names = " ".join(_COLUMNS[field] for field in clause.fields)
    return f'{{{names}}} : "{" ".join(clause.terms())}"'


def _spelled(texts: Iterable[str]) -> str:
    return _GAP.join(" ".join(terms(text)) for text in texts)


def _facets(source: dict[str, Any]) -> Iterable[str]:
    for field in KEYWORD_FIELDS:
        value: Any = source
        for name in field.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str):
                # Paths are escaped in the document already.
                held = keyword_value(field, one) if field in ("tags", "keywords") else one
                yield _facet(field, held)
    for key, values in source.get("labels", {}).items():
        yield from (_facet(f"{LABELS}{key}", value) for value in values)


def _facet(field: str, value: str) -> str:
    return "f" + blake2b(f"{field}={value}".encode("utf-8", "replace"), digest_size=10).hexdigest()
