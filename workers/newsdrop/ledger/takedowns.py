"""Articles that were taken out for good: which, by whom, and how they are allowed again.

The *document* is what is forgotten, so that no other file and no other capture brings the article back; the
drops that contained it are in the state *forgotten*. Writers of documents ask `among` first and take such
a document out of the index instead. What is written at that very moment is read once more (finish.lua).
Does not touch the index: that is up to the caller, after `forget`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from newsdrop.documents import State
from newsdrop.errors import printable
from newsdrop.ledger import keys
from newsdrop.ledger.ledger import Ledger
from newsdrop.ledger.records import raw, raw_id, unpack_entry
from newsdrop.ledger.redis_errors import redis_errors
from newsdrop.portions import chunked

if TYPE_CHECKING:
    import redis

__all__ = ["Takedown", "Takedowns"]

_CHUNK = 1_000


class Takedown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One article that was taken out. `path` and `member` are escaped as documents carry them."""

    document_id: str
    at_ms: int
    by: str
    title: str = ""
    url: str | None = None
    path: str | None = None
    member: str | None = None


class Takedowns:
    """The articles that are forgotten, over the ledger's own scripts.

    Every method raises OutageError when Redis can't be reached or refuses writes, ConfigError when it refuses
    us.
    """

    def __init__(self, client: redis.Redis, ledger: Ledger) -> None:
        self._client = client
        self._ledger = ledger

    def forget(self, articles: Sequence[Takedown]) -> int:
        """Keep these articles out from now on; returns how many drops contained them. Idempotent."""
        # This comes first: from here on, workers or the ledger check what is written against it.
        for start in range(0, len(articles), _CHUNK):
            notes = [_wire(article) for article in articles[start : start + _CHUNK]]
            self._ledger.scripts.run("forget", {"documents": notes, "drops": []})
        return self.mark([article.document_id for article in articles])

    def mark(self, document_ids: Sequence[str]) -> int:
        """Call the drops of these documents forgotten if the documents are; the second half of `forget`."""
        drops = self._drops_of(set(document_ids), State.INDEXED, State.SUPERSEDED, State.REMOVED)
        return sum(
            self._ledger.scripts.run("forget", {"documents": [], "drops": some})
            for some in chunked(drops, _CHUNK)
        )

    def recall(self, document_ids: Sequence[str]) -> int:
        """Allow these articles again; returns how many drops the next scans will have read."""
        ids = [raw_id(document_id) for document_id in document_ids]
        self._ledger.scripts.run("recall", {"documents": ids, "drops": []})
        drops = self._drops_of(set(document_ids), State.FORGOTTEN)
        return sum(
            self._ledger.scripts.run("recall", {"documents": [], "drops": some})
            for some in chunked(drops, _CHUNK)
        )

    def miss(self, document_id: str) -> None:
        """Have the next scan read the files of a document that isn't in the index, though it is allowed."""
        with redis_errors(self._client):
            self._client.zadd(keys.REMOVED, {bytes.fromhex(document_id): self._ledger.now_ms()})

    def among(self, document_ids: Sequence[str]) -> set[str]:
        """Which of these documents are forgotten."""
        if not document_ids:
            return set()
        with redis_errors(self._client):
            found: Any = self._client.hmget(keys.FORGOTTEN, [bytes.fromhex(one) for one in document_ids])
        return {one for one, notes in zip(document_ids, found, strict=True) if notes is not None}

    def listed(self) -> list[Takedown]:
        """All forgotten articles, the latest first."""
        with redis_errors(self._client):
            found: Any = list(self._client.hscan_iter(keys.FORGOTTEN, count=_CHUNK))
        takedowns = {name: msgspec.json.decode(notes, type=Takedown) for name, notes in found}
        return sorted(takedowns.values(), key=lambda one: (-one.at_ms, one.document_id))

    def _drops_of(self, documents: set[str], *states: State) -> Iterator[Any]:
        with redis_errors(self._client):
            for drop_id, packed in self._client.hscan_iter(keys.LEDGER, count=_CHUNK):
                entry = unpack_entry(packed)
                if entry is not None and entry.document_id in documents and entry.state in states:
                    yield raw(drop_id)


def _wire(article: Takedown) -> list[Any]:
    notes = msgspec.json.encode(msgspec.structs.replace(article, title=printable(article.title)))
    return [raw_id(article.document_id), raw(notes)]
