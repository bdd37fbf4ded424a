"""The index of the product's machine, and what must be true of it when all is at rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tests.models.pages import Brought, Told

from newsdrop.documents import Document, ItemResult, StoredFile
from newsdrop.errors import OutageError
from newsdrop.index.document import stored_file
from newsdrop.ports import PLAIN_WRITE, WriteContext
from newsdrop.testing import MemoryStore

__all__ = ["DOWN", "Place", "Shelf", "check_shelf"]

#: A document, and the path and member that bring it.
Place = tuple[str, str | None, str | None]

DOWN = OutageError("The index is down.")


class Shelf:
    """One process's way to the index: documents are written one by one, and it may die between any two.

    Args:
        index: what all processes share.
        pause: a place to die at.
        dies: ends the process.
        writes: False: whoever writes is wrong.
    """

    def __init__(
        self,
        index: MemoryStore,
        pause: Callable[[], object],
        dies: Callable[[], object],
        *,
        writes: bool = True,
    ) -> None:
        self._index = index
        self._pause = pause
        self._dies = dies
        self._writes = writes

    def check(self) -> None:
        self._index.check()

    def stored(self, ids: Sequence[str]) -> dict[str, StoredFile]:
        return self._index.stored(ids)

    def member_of(self, document_id: str) -> str | None:
        return self._index.member_of(document_id)

    def put(self, documents: Sequence[Document], context: WriteContext = PLAIN_WRITE) -> list[ItemResult]:
        assert self._writes, "a worker with another index wrote"
        context.before_request()
        if any(document.source["title"] == "bulkbomb" for document in documents):
            self._dies()
        self.check()
        return [self._put(document) for document in documents]

    def _put(self, document: Document) -> ItemResult:
        if document.source["title"] == "refused":
            return ItemResult(document_id=document.id, status="rejected", reason="It is refused.")
        (result,) = self._index.put([document])
        self._pause()
        return result

    def remove(self, document_id: str, path: str | None, context: WriteContext = PLAIN_WRITE) -> bool:
        assert self._writes, "a worker with another index removed"
        context.before_request()
        removed = self._index.remove(document_id, path)
        self._pause()
        return removed

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"the product's machine has no {name} of an index")


def check_shelf(
    index: MemoryStore,
    bringing: Iterable[Brought],
    said_ms: Mapping[Place, int],
    *,
    excused: set[str | None],
    removes: bool,
) -> None:
    """What is in the index, held against the drops that bring articles.

    Args:
        bringing: those that are there and came through well.
        said_ms: the latest capture that each place ever said of each article.
        excused: the files that are there and didn't: what they brought before stays.
        removes: whether an article goes with its file.
    """
    by_article: dict[str, list[tuple[Brought, Told]]] = {}
    for one in bringing:
        if one.page is not None:
            by_article.setdefault(one.page.document_id, []).append((one, one.page))
    for document_id, drops in by_article.items():
        document = index.documents.get(document_id)
        assert document is not None, ("no file's article is in the index", drops)
        _check_text(document, drops)
        newest = max(page.capture_ms for _, page in drops)
        assert document.version >= newest, ("an older capture", document, drops)
    for document in index.documents.values():
        _check_version(document, said_ms)
    if removes:
        _check_left_over(index, by_article, excused)


def _check_version(document: Document, said_ms: Mapping[Place, int]) -> None:
    """It is no newer than its own place ever said: no older text stands under another's version."""
    file = stored_file(document.id, document.version, document.source)
    own_ms = said_ms.get((document.id, file.path, _member(document)))
    assert own_ms is None or document.version <= own_ms, ("an older text in a newer one's place", document)


def _member(document: Document) -> str | None:
    member: str | None = document.source.get("archive", {}).get("member")
    return member


def _check_text(document: Document, drops: list[tuple[Brought, Told]]) -> None:
    """Where the document's own file still brings it, it is that file's present text."""
    file = stored_file(document.id, document.version, document.source)
    place = (file.path, _member(document))
    for drop, _ in drops:
        if (drop.path, drop.member) == place:
            assert file.stamp == drop.stamp, ("an older text", document, drop)


def _check_left_over(
    index: MemoryStore, by_article: dict[str, list[tuple[Brought, Told]]], excused: set[str | None]
) -> None:
    for document in index.documents.values():
        file = stored_file(document.id, document.version, document.source)
        if _member(document) is not None:
            continue  # members stay
        if file.path is None or file.path in excused:
            continue
        drops = by_article.get(document.id, [])
        assert file.path in {drop.path for drop, _ in drops}, ("its file is gone", document)
