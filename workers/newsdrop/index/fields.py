"""Which fields can be asked for, and what kind each is; both stores and the query language go by it.

Pure. Refuses to know how a query is written: that is query.py's.
"""

from __future__ import annotations

from typing import Final

from newsdrop.documents import encode_path
from newsdrop.index.terms import folded

__all__ = [
    "DEFAULT_FIELDS",
    "KEYWORD_FIELDS",
    "LABELS",
    "NAME_FIELDS",
    "TEXT_FIELDS",
    "WORD_FIELDS",
    "keyword_value",
    "keyword_values",
]

#: Where words are looked for when no field is named.
DEFAULT_FIELDS: Final = ("title", "text", "summary")
TEXT_FIELDS: Final = (*DEFAULT_FIELDS, "images.caption", "images.alt")
#: Names are looked for by their words, as texts are; `.keyword` beside them holds them whole, for lists.
NAME_FIELDS: Final = ("author", "source.name", "section")
#: All that hold words.
WORD_FIELDS: Final = (*TEXT_FIELDS, *NAME_FIELDS)
#: A value is found as a whole (`language` by its beginning, too: zh finds zh-Hant).
KEYWORD_FIELDS: Final = (
    "url.domain", "language", "tags", "keywords", "collection",
    "published_precision", "duplicate_of", "fingerprint.content", "fingerprint.minhash", "file.path",
    "file.directory", "file.name", "file.hash.sha256", "archive.dialect", "archive.bundle", "archive.member",
    "newsdrop.version", "newsdrop.rule",
)  # fmt: skip
#: Before the keys of front matter that newsdrop reads as nothing else; any key is a field.
LABELS: Final = "labels."
_FOLDED = ("tags", "keywords")
_SMALL = ("url.domain", "language")
_PATHS = ("file.path", "file.directory", "file.name", "archive.bundle", "archive.member")


def keyword_value(field: str, value: str) -> str:
    """A keyword that is asked for, as the index holds it: folded, small or escaped where the field is."""
    return encode_path(value) if field in _PATHS else _held(field, value)


def keyword_values(field: str, stored: str) -> list[str]:
    """What a stored value is found by. Paths are escaped in the document already."""
    held = _held(field, stored)
    if field != "language":
        return [held]
    parts = held.split("-")
    return ["-".join(parts[:count]) for count in range(1, len(parts) + 1)]


def _held(field: str, value: str) -> str:
    if field in _FOLDED:
        return folded(value)
    return value.lower() if field in _SMALL else value
