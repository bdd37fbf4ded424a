"""What the embedded index writes into FTS5's columns and asks of them.

Pure. FTS5's own tokenizer only splits at spaces: the terms come from terms.py. Keyword fields are one column
of hashed `field=value` terms, so that a keyword query is a term query like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any

from newsdrop.documents import Fingerprint
from newsdrop.index.fields import KEYWORD_FIELDS, LABELS, keyword_value, keyword_values
from newsdrop.index.query import Clause
from newsdrop.index.terms import GAP_TERM, spelled
from newsdrop.index.wording import COLUMNS, fts_expression

__all__ = ["COLUMN_NAMES", "SCHEMA", "bands_expression", "columns", "facet_expression", "match_expression"]

COLUMN_NAMES = ", ".join([*COLUMNS.values(), "facets"])
#: Everything that isn't ASCII is part of a term, and these few ASCII characters too.
SCHEMA = (
    f"CREATE VIRTUAL TABLE IF NOT EXISTS terms USING fts5({COLUMN_NAMES}, "
    "content='', tokenize=\"ascii tokenchars '._'''''\")"
)
#: Between the values of a list: no phrase reaches from one into the next.
_GAP = f" {GAP_TERM} "


def columns(source: dict[str, Any]) -> tuple[str, ...]:
    """The values of the FTS5 columns for a document: those of COLUMNS in their order, and its facets."""
    spelled_columns = (_GAP.join(map(spelled, _values(source, field))) for field in COLUMNS)
    return (*spelled_columns, " ".join(_facets(source)))


def match_expression(clauses: Sequence[Clause]) -> str:
    """The FTS5 expression that finds what all the clauses ask for; empty when they ask for nothing."""
    return " AND ".join(_expression(clause) for clause in clauses)


def bands_expression(fingerprint: Fingerprint) -> str:
    """The FTS5 expression that finds what shares a band with a fingerprint, which must have some."""
    facets = (_facet("fingerprint.minhash", key) for key in fingerprint.minhash)
    return f"facets : ({' OR '.join(facets)})"


def facet_expression(field: str, value: str) -> str:
    """The FTS5 expression that finds what has a whole value, as it was typed, in a keyword field."""
    return _held_expression(field, keyword_value(field, value))


def _held_expression(field: str, held: str) -> str:
    return f"facets : {_facet(field, held)}"


def _expression(clause: Clause) -> str:
    if clause.kind == "keyword":
        return _held_expression(clause.fields[0], clause.text)
    return fts_expression(clause.wording(), clause.fields)


def _values(source: dict[str, Any], field: str) -> list[str]:
    """The texts under a dotted name, through lists of objects."""
    found: list[Any] = [source]
    for name in field.split("."):
        inner = (one.get(name) for one in found if isinstance(one, dict))
        found = [one for value in inner for one in (value if isinstance(value, list) else [value])]
    return [value for value in found if isinstance(value, str)]


def _facets(source: dict[str, Any]) -> Iterable[str]:
    for field in KEYWORD_FIELDS:
        for value in _values(source, field):
            for held in keyword_values(field, value):
                yield _facet(field, held)
    for key, values in source.get("labels", {}).items():
        yield from (_facet(f"{LABELS}{key}", value) for value in values)


def _facet(field: str, value: str) -> str:
    return "f" + blake2b(f"{field}={value}".encode("utf-8", "replace"), digest_size=10).hexdigest()
