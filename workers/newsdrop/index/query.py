"""The query language of `newsdrop search`, read once for both stores.

    香港国安法          documents that contain exactly these characters in a row, in either script
    香港 国安法         … that contain both
    "香港 国安法"       the phrase; spaces between Han characters don't matter
    labels.mood:blue   what front matter says under a key of its own
    title:香港          in one field; keyword fields (language:zh-Hant, domain:bbc.com) match as a whole
    https://…          the article of this URL, however the URL is spelt

Pure. What holds no letter or digit asks for nothing and is dropped. A field that doesn't exist is an error
and never a search for the literal text: a typing mistake must not look like "nothing found".
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from newsdrop.documents import encode_path
from newsdrop.errors import ConfigError
from newsdrop.identity import url_document_id
from newsdrop.index.terms import joined, normalise, terms

__all__ = [
    "DEFAULT_FIELDS",
    "KEYWORD_FIELDS",
    "LABELS",
    "TEXT_FIELDS",
    "Clause",
    "QueryError",
    "keyword_value",
    "parse_query",
]

DEFAULT_FIELDS = ("title", "text", "summary")
TEXT_FIELDS = (*DEFAULT_FIELDS, "images.caption", "images.alt")
KEYWORD_FIELDS = (
    "author", "source.name", "url.domain", "language", "section", "tags", "keywords", "collection",
    "published_precision", "duplicate_of", "fingerprint.content", "fingerprint.minhash", "file.path",
    "file.directory", "file.name", "file.hash.sha256", "archive.dialect", "archive.bundle", "archive.member",
    "newsdrop.version", "newsdrop.rule",
)  # fmt: skip
#: Before the keys of front matter that newsdrop reads as nothing else; any key is a field.
LABELS = "labels."
#: Keyword fields whose values are folded and in small letters (normalizer nd_fold).
_FOLDED = ("tags", "keywords")
_PATHS = ("file.path", "file.directory", "file.name", "archive.bundle", "archive.member")
_SHORT = {
    "caption": "images.caption", "alt": "images.alt", "source": "source.name", "domain": "url.domain",
    "site": "url.domain", "lang": "language", "tag": "tags", "keyword": "keywords", "path": "file.path",
    "directory": "file.directory", "sha256": "file.hash.sha256", "dialect": "archive.dialect",
    "bundle": "archive.bundle", "member": "archive.member", "rule": "newsdrop.rule", "url": "url.full",
}  # fmt: skip
_PART = re.compile(r'(?:(?P<field>[A-Za-z_][\w.]*):\s*)?(?:"(?P<quoted>[^"]*)"?|(?P<word>[^\s"]+))')
_ALL_FIELDS = {name: name for name in (*TEXT_FIELDS, *KEYWORD_FIELDS, "url.full")} | _SHORT


class QueryError(ConfigError):
    """The query can't be understood; the message says what to type instead."""


class Clause(msgspec.Struct, frozen=True):
    """One thing that a document must have.

    chunk, phrase: `text` in any of `fields` (a phrase was quoted). keyword: a value of `fields[0]` is `text`.
    id: the document's id is `text`.
    """

    kind: Literal["chunk", "phrase", "keyword", "id"]
    text: str
    fields: tuple[str, ...] = DEFAULT_FIELDS

    def terms(self) -> list[str]:
        """The terms that must stand side by side."""
        return list(terms(joined(self.text) if self.kind == "phrase" else self.text))


def parse_query(query: str) -> list[Clause]:
    """The clauses of a query, all of which must hold; an empty list asks for nothing.

    Raises:
        QueryError: a field that doesn't exist.
    """
    clauses = []
    for part in _PART.finditer(re.sub("[“”„]", '"', query)):
        name, word = part["field"], part["word"]
        if name is not None and name.lower() in ("http", "https"):
            clauses.append(Clause("id", url_document_id(part[0]), ()))
            continue
        clause = _clause(name, part["quoted"] if word is None else word, quoted=word is None)
        if clause.kind in ("keyword", "id") or clause.terms():
            clauses.append(clause)
    return clauses


def keyword_value(field: str, value: str) -> str:
    """A keyword as the index holds it: folded where the field is, escaped where it is a path."""
    if field in _FOLDED:
        return normalise(value)
    return encode_path(value) if field in _PATHS else value


def _clause(name: str | None, value: str, *, quoted: bool) -> Clause:
    if name is None:
        return Clause("phrase" if quoted else "chunk", value)
    if name.lower().startswith(LABELS):
        return Clause("keyword", value, (name.lower(),))
    field = _ALL_FIELDS.get(name) or _ALL_FIELDS.get(name.lower())
    if field is None:
        raise QueryError(
            f"There is no field {name!r} to search in. Fields: {', '.join(sorted(_ALL_FIELDS))}, labels.…. "
            f'To look for the text itself, quote it: "{name}:{value}".'
        )
    if field == "url.full":
        return Clause("id", url_document_id(value), ())
    if field in TEXT_FIELDS:
        return Clause("phrase" if quoted else "chunk", value, (field,))
    return Clause("keyword", keyword_value(field, value), (field,))
