"""The fields that a search can name: their names, their kinds, and how their values are stored.

    text      its words are found, as in the article itself
    value     a whole value, or nothing
    site      a host, with everything below it
    language  a language tag, with everything more specific
    path      a file's path: as a whole, all below a folder, or with stars
    date      a time: ranges of it
    url       the article with a URL, however it is written

Pure. An unknown name is an error in the query, never a search for the literal text.
"""

from __future__ import annotations

import re
from typing import Final, Literal
from unicodedata import category, normalize

import msgspec

from newsdrop.documents import encode_path
from newsdrop.index.terms import folded

__all__ = [
    "DATES",
    "DEFAULT_FIELDS",
    "FIELDS",
    "LABELS",
    "TEXT_FIELDS",
    "VALUE_FIELDS",
    "Field",
    "field_called",
    "held_value",
    "label_key",
    "parent_sites",
    "parent_tags",
]

Kind = Literal["text", "value", "site", "language", "path", "date", "url"]


class Field(msgspec.Struct, frozen=True):
    """One field. `name` is that of the mapping; `short` are the other names that people may type.

    `also`: what else is searched by a short name.
    """

    name: str
    kind: Kind
    short: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    @property
    def called(self) -> str:
        """What messages call it."""
        return self.short[0] if self.short else self.name

    @property
    def searched(self) -> tuple[str, ...]:
        """The names in the mapping that are searched for it."""
        return (self.name, *self.also)

    @property
    def typed(self) -> tuple[str, ...]:
        """What people type: the short names, and its own if that is a plain word."""
        return (*self.short, self.name) if self.name.isalpha() or not self.short else self.short


FIELDS = (
    Field("title", "text"),
    Field("text", "text"),
    Field("summary", "text"),
    Field("images.caption", "text", ("caption",), also=("captions",)),
    Field("captions", "text"),
    Field("images.alt", "text", ("alt",)),
    Field("author", "text"),
    Field("source.name", "text", ("source",)),
    Field("section", "text"),
    Field("url.domain", "site", ("site", "domain")),
    Field("language", "language", ("lang",)),
    Field("tags", "value", ("tag",)),
    Field("keywords", "value", ("keyword",)),
    Field("collection", "value"),
    Field("published_precision", "value", ("precision",)),
    Field("duplicate_of", "value"),
    Field("fingerprint.content", "value"),
    Field("fingerprint.minhash", "value"),
    Field("file.path", "path", ("path",)),
    Field("file.directory", "value", ("directory",)),
    Field("file.name", "value", ("name",)),
    Field("file.hash.sha256", "value", ("sha256",)),
    Field("archive.dialect", "value", ("dialect",)),
    Field("archive.bundle", "value", ("bundle",)),
    Field("archive.member", "value", ("member",)),
    Field("newsdrop.version", "value"),
    Field("newsdrop.rule", "value", ("rule",)),
    Field("@timestamp", "date", ("date",)),
    Field("published_at", "date", ("published",)),
    Field("updated_at", "date", ("updated",)),
    Field("archived_at", "date", ("archived", "captured")),
    Field("event.ingested", "date", ("ingested",)),
    Field("url.full", "url", ("url",)),
)

#: The prefix for other keys of front matter; any key is a field.
LABELS = "labels."
#: Of longer keys so much counts.
_KEY_CHARS: Final = 100
_LOOSE_DOT: Final = re.compile(r"(?:^|(?<=[._]))\.|\.(?=[._]|$)")
#: The fields in which words without a field are searched.
DEFAULT_FIELDS = ("title", "text", "summary")
TEXT_FIELDS = tuple(field.name for field in FIELDS if field.kind == "text")
#: Fields that can be searched for whole values.
VALUE_FIELDS = tuple(field.name for field in FIELDS if field.kind in ("value", "site", "language", "path"))
DATES = tuple(field.name for field in FIELDS if field.kind == "date")
#: Fields whose values are folded and in lower case (normalizer nd_fold).
_FOLDED = ("tags", "keywords")
_PATHS = ("file.path", "file.directory", "file.name", "archive.bundle", "archive.member")
_CALLED = {name: field for field in FIELDS for name in field.short} | {
    field.name: msgspec.structs.replace(field, also=()) for field in FIELDS
}


def label_key(key: str) -> str:
    """A label's key as documents have it and queries ask for it: `Reading time` is reading_time.

    Letters and digits of any script stay, in lower case and composed (NFC), and dots between them; every
    other character is an underscore, because queries and Elasticsearch give some of them a meaning.
    """
    text = normalize("NFC", normalize("NFC", key[:_KEY_CHARS]).lower())
    kept = (char if char == "." or char.isalnum() or category(char)[0] == "M" else "_" for char in text)
    return _LOOSE_DOT.sub("_", "".join(kept)) or "_"


def field_called(name: str) -> Field | None:
    """The field that people mean by a name, in any case."""
    if name.lower().startswith(LABELS):
        return Field(LABELS + label_key(name[len(LABELS) :]), "value")
    return _CALLED.get(name) or _CALLED.get(name.lower())


def held_value(field: str, value: str, *, typed: bool) -> str:
    """A value in the stored form: folded if the field is, escaped if it is a path.

    Args:
        typed: it was typed by a person; otherwise it comes from a document, where paths are already escaped.
    """
    if field in _FOLDED:
        return folded(value)
    if field in ("url.domain", "language"):
        return value.lower()
    return encode_path(value) if typed and field in _PATHS else value


def parent_sites(host: str) -> list[str]:
    """The host and its parent domains: news.bbc.co.uk, bbc.co.uk, co.uk, uk."""
    parts = host.split(".")
    return [".".join(parts[at:]) for at in range(len(parts))]


def parent_tags(tag: str) -> list[str]:
    """The language tag and its less specific forms: zh-hant-hk, zh-hant, zh."""
    parts = tag.split("-")
    return ["-".join(parts[:end]) for end in range(len(parts), 0, -1)]
