"""The content of FTS5's columns in the embedded index.

Pure. FTS5's own tokenizer only splits at spaces: the terms come from terms.py. Whole values of fields are
one column of hashed `field=value` terms, so that searching for a value is searching for a term like any
other. Hosts and languages also have a term for each parent, and every field has a term that says that it
exists.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from hashlib import blake2b
from typing import Any

from newsdrop.documents import Fingerprint
from newsdrop.index.fields import DEFAULT_FIELDS, LABELS, TEXT_FIELDS, VALUE_FIELDS
from newsdrop.index.matching import held, values_of
from newsdrop.index.terms import GAP_TERM, spelled
from newsdrop.index.wording import COLUMNS, OTHER_MARK

__all__ = [
    "COLUMN_NAMES",
    "TABLES",
    "bands_expression",
    "columns",
    "head",
    "present_term",
    "value_term",
]

#: The columns, in their order: words by field, then values.
COLUMN_NAMES = (*COLUMNS.values(), "facets")
#: All non-ASCII characters are part of terms, and so are these few ASCII characters. How long an article is
#: FTS5 needn't keep: nobody asks it.
_OPTIONS = "content='', columnsize=0, tokenize=\"ascii tokenchars '._'''''\""
#: All words; and those of the heads alone, a fraction of them: which articles are about something is found
#: there.
TABLES = {
    "terms": f"CREATE VIRTUAL TABLE IF NOT EXISTS terms USING fts5({', '.join(COLUMN_NAMES)}, {_OPTIONS})",
    "heads": f"CREATE VIRTUAL TABLE IF NOT EXISTS heads USING fts5(head, {_OPTIONS})",
}
_HEAD_CHARS = 200
#: Between the values of a list: no phrase reaches from one into the next.
_GAP = f" {GAP_TERM} "


def columns(source: dict[str, Any]) -> tuple[str, ...]:
    """The values of the FTS5 columns for a document, in the order of COLUMN_NAMES."""
    return (*(_words(source, field) for field in COLUMNS), " ".join(_facets(source)))


def head(source: dict[str, Any]) -> str:
    """Title, summary and the beginning of the text, as `columns` writes words."""
    texts = (values_of(source, field) for field in DEFAULT_FIELDS)
    return _GAP.join(spelled(value[:_HEAD_CHARS]) for values in texts for value in values)


def _words(source: dict[str, Any], field: str) -> str:
    words = _GAP.join(map(spelled, values_of(source, field)))
    if field in DEFAULT_FIELDS or not words:
        return words
    return " ".join(OTHER_MARK + term for term in words.split())


def value_term(field: str, value: str) -> str:
    """The term for a whole value in the form of `fields.held_value`."""
    return OTHER_MARK + blake2b(f"{field}={value}".encode("utf-8", "replace"), digest_size=10).hexdigest()


@cache
def present_term(field: str) -> str:
    """The term that says that a document has the field."""
    return value_term("exists", field)


def bands_expression(fingerprint: Fingerprint) -> str:
    """The FTS5 expression for originals that share a band with a fingerprint, which must have bands.

    Copies are left out here, where that costs a step in a list of numbers: a text may have thousands of them.
    """
    facets = (value_term("fingerprint.minhash", key) for key in fingerprint.minhash)
    return f"facets : (({' OR '.join(facets)}) NOT {present_term('duplicate_of')})"


def _facets(source: dict[str, Any]) -> Iterable[str]:
    labels = [f"{LABELS}{key}" for key in source.get("labels", {})]
    for field in (*TEXT_FIELDS, *VALUE_FIELDS, *labels, "url.full"):
        values = values_of(source, field)
        if values:
            yield present_term(field)
        if field in VALUE_FIELDS or field in labels:
            yield from (value_term(field, term) for value in values for term in held(field, value))
