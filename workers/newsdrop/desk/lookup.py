"""Finds the article that a person means: by id or the beginning of it, URL, or the file it came from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from newsdrop.documents import Document, Drop, Stamp, decode_path, encode_path
from newsdrop.errors import ConfigError, GoneError
from newsdrop.identity import drop_id, resolved, url_document_id
from newsdrop.index.query import EVERYTHING, Node, Value, all_of
from newsdrop.index.search import SearchRequest
from newsdrop.index.store import Store
from newsdrop.membership import readings
from newsdrop.ports import EntryLookup
from newsdrop.spelling import as_listed
from newsdrop.user import at_home

__all__ = [
    "Origin",
    "find_article",
    "find_brought",
    "id_of_address",
    "nodes_of_file",
    "origin_of",
    "places_of",
]

#: Shorter prefixes may be words, or match far too many ids.
_ID = re.compile(r"[0-9a-f]{4,32}", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
_TOO_MANY = 3


class Origin(msgspec.Struct, frozen=True):
    """Where an article's bytes are."""

    path: str
    member: str | None

    @property
    def drop(self) -> Drop:
        """The drop that the article was made from, for reading it again."""
        return Drop(id=drop_id(self.path, self.member), path=self.path, member=self.member, stamp=Stamp(0, 0))

    def __str__(self) -> str:
        return self.path if self.member is None else f"{self.path}!{self.member}"


def find_article(store: Store, target: str) -> Document:
    """The one article that `target` names.

    Raises:
        GoneError: the index has none.
        ConfigError: it has several, and it is ambiguous which is meant.
        OutageError: the index can't be asked.
    """
    if (address := id_of_address(target)) is not None:
        found = store.find(address)
    else:
        found = store.find(target.lower()) if _ID.fullmatch(target) else []
        found = found or _of_file(store, target)
    if not found:
        raise GoneError(
            f"The index has no article {target}: give an id (four characters of it or more, as "
            "`newsdrop search` shows it), a URL, or the path of a file."
        )
    if len(found) > 1:
        raise ConfigError(f"Several articles match {target}: {_listed(found)}. Type more characters.")
    return found[0]


def id_of_address(target: str) -> str | None:
    """The id of the article with this URL, however it is written; None: it is no URL."""
    return url_document_id(target) if _ADDRESS.match(target) else None


def find_brought(store: Store, ledger: EntryLookup, target: str) -> Document | None:
    """The article that the file or `bundle!member` brought, though the index has it from another file.

    Raises:
        OutageError, ConfigError: the index or the ledger can't be asked.
    """
    for entry in ledger.lookup([drop_id(_whole(file), member) for file, member in readings(target)]):
        if entry is not None and entry.document_id is not None:
            return next(iter(store.find(entry.document_id)), None)
    return None


def origin_of(document: Document) -> Origin:
    """Where the article's bytes are.

    Raises:
        GoneError: they are nowhere, because they were sent to newsdrop without a file.
    """
    path = document.source.get("file", {}).get("path")
    if path is None:
        raise GoneError(
            f"{document.source.get('title') or document.id} came without a file: its bytes were sent in a "
            "message, and only the resulting document is kept."
        )
    member = document.source.get("archive", {}).get("member")
    return Origin(decode_path(path), None if member is None else decode_path(member))


def nodes_of_file(target: str) -> list[Node]:
    """The queries for a file's articles; if one finds none, the next is for another `bundle!member`."""
    nodes: list[Node] = []
    for path, member in places_of(target):
        file = Value("file.path", path)
        nodes.append(file if member is None else all_of([file, Value("archive.member", member)]))
    return nodes


def places_of(target: str) -> Iterator[tuple[str, str | None]]:
    """The files, or bundles with a member, that a name can mean, as documents carry them."""
    for file, member in readings(target):
        yield encode_path(_whole(file)), None if member is None else encode_path(member)


def _of_file(store: Store, target: str) -> list[Document]:
    return next((found for node in nodes_of_file(target) if (found := _with(store, node))), [])


def _with(store: Store, node: Node) -> list[Document]:
    hits = store.search(SearchRequest(query=EVERYTHING, filters=(node,), size=_TOO_MANY)).hits
    return [document for hit in hits for document in store.find(hit.id)]


def _whole(path: str) -> str:
    try:
        return as_listed(resolved(at_home(Path(path))))
    except (OSError, ValueError):
        # A loop of symlinks, or not a path at all: the index may still know it by this name.
        return path


def _listed(found: list[Document]) -> str:
    names = [f"{one.id[:12]} {one.source.get('title', '')}".strip() for one in found[:_TOO_MANY]]
    return "; ".join(names) + (" …" if len(found) >= _TOO_MANY else "")
