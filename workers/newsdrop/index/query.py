"""The query language of `newsdrop search`, read once for both stores.

    香港国安法          documents that contain exactly these characters in a row, in either script
    香港 国安法         … that contain both
    "香港 国安法"       the phrase; spaces between Han characters don't matter
    labels.mood:blue   what front matter says under a key of its own
    title:香港          in one field; keywords (domain:bbc.com) match as a whole, language:zh finds zh-Hant
    https://…          the article of this URL, however the URL is spelt

Pure. What holds no letter or digit asks for nothing and is dropped. A field that doesn't exist is an error
and never a search for the literal text: a typing mistake must not look like "nothing found".
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from newsdrop.errors import ConfigError
from newsdrop.identity import url_document_id
from newsdrop.index.fields import DEFAULT_FIELDS, KEYWORD_FIELDS, LABELS, WORD_FIELDS, keyword_value
from newsdrop.index.wording import Wording

__all__ = ["Clause", "QueryError", "parse_query"]

_SHORT = {
    "caption": "images.caption", "alt": "images.alt", "source": "source.name", "domain": "url.domain",
    "site": "url.domain", "lang": "language", "tag": "tags", "keyword": "keywords", "path": "file.path",
    "directory": "file.directory", "sha256": "file.hash.sha256", "dialect": "archive.dialect",
    "bundle": "archive.bundle", "member": "archive.member", "rule": "newsdrop.rule", "url": "url.full",
}  # fmt: skip
_PART = re.compile(r'(?:(?P<field>[A-Za-z_][\w.]*):\s*)?(?:"(?P<quoted>[^"]*)"?|(?P<word>[^\s"]+))')
_ALL_FIELDS = {name: name for name in (*WORD_FIELDS, *KEYWORD_FIELDS, "url.full")} | _SHORT


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

    def wording(self) -> Wording:
        """What is looked for."""
        return Wording(self.text, quoted=self.kind == "phrase")


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
        if clause.kind in ("keyword", "id") or not clause.wording().is_empty:
            clauses.append(clause)
    return clauses


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
    if field in WORD_FIELDS:
        return Clause("phrase" if quoted else "chunk", value, (field,))
    return Clause("keyword", keyword_value(field, value), (field,))
