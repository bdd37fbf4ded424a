"""In-memory fakes for the tests of those who build on newsdrop; no server, no files, no sleeping.

    from newsdrop.testing import MemoryStore, ingest_bytes

    def test_our_pages_are_understood():
        store = MemoryStore()
        outcome = ingest_bytes(page, name="page.md", store=store)
        assert outcome.state == "indexed"
        assert store.search(SearchRequest(query=parse_query("香港"))).hits[0].title == "…"

`MemoryStore` keeps the whole contract of `newsdrop.index.store.Store` and is run through the same contract
tests as the real stores, so it can't drift from them. It can be told to fail, as a real one would.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

import msgspec

from newsdrop.assembly import build_pipeline
from newsdrop.documents import (
    DeadLetter,
    Document,
    Drop,
    Fingerprint,
    Hit,
    ItemResult,
    Original,
    Outcome,
    Stamp,
    StoredFile,
)
from newsdrop.errors import NewsdropError
from newsdrop.identity import inline_drop_id
from newsdrop.index.bulk import judge_refused
from newsdrop.index.document import stored_file
from newsdrop.index.duplicates import original
from newsdrop.index.encoding import encode_json
from newsdrop.index.hits import make_hit
from newsdrop.index.matching import counted_values, epoch_ms, matches, occurrences
from newsdrop.index.query import Node, Prefix, Words, leaves
from newsdrop.index.search import Bucket, SearchAnswer, SearchRequest, ValueCount, sorting
from newsdrop.index.store import MOST_DOCUMENTS, IndexState, IndexStatus
from newsdrop.pipeline import Pipeline
from newsdrop.ports import PLAIN_WRITE, IndexIdentity, WriteContext
from newsdrop.settings import Settings
from newsdrop.times import iso_epoch_ms

__all__ = ["MemoryStore", "ingest_bytes", "memory_pipeline"]

_ORIGINALS = 1_000


class MemoryStore:
    """A store.Store in a dictionary.

    Attributes:
        documents: what is stored, by id.
        letters: the mirrored dead letters, by id.
        failure: raised by every method that would ask a server, until it is None again.
        refused: document id → what `put` shall say of it instead of storing it.
    """

    def __init__(self) -> None:
        self.documents: dict[str, Document] = {}
        self.letters: dict[str, DeadLetter] = {}
        self.failure: NewsdropError | None = None
        self.refused: dict[str, tuple[Literal["busy", "rejected"], str]] = {}

    def put(self, documents: Sequence[Document], context: WriteContext = PLAIN_WRITE) -> list[ItemResult]:
        context.before_request()
        self._answer()
        results = [self._put(document) for document in documents]
        context.after_bulk(len(results), sum(len(encode_json(one.source)) for one in documents), 0.0)
        return results

    def _put(self, document: Document) -> ItemResult:
        if document.id in self.refused:
            status, reason = self.refused[document.id]
            return ItemResult(document_id=document.id, status=status, reason=reason)
        there, lowered = self.documents.get(document.id), False
        if there is not None and there.version > document.version:
            verdict = judge_refused(document, there.version, there.source)
            if not verdict.written:
                reason = f"version {there.version} is there, newer than {document.version}"
                return ItemResult(document_id=document.id, status="superseded", reason=reason)
            document, lowered = msgspec.structs.replace(document, version=there.version), verdict.lowered
        # A copy as JSON would make it: what the caller changes later must not change what is stored.
        source = msgspec.json.decode(encode_json(document.source))
        self.documents[document.id] = msgspec.structs.replace(document, source=source)
        return ItemResult(document_id=document.id, status="indexed", lowered=lowered)

    def remove(self, document_id: str, path: str | None, context: WriteContext = PLAIN_WRITE) -> bool:
        context.before_request()
        self._answer()
        document = self.documents.get(document_id)
        if document is None:
            return True
        if _facts(document).path != path:
            return False
        del self.documents[document_id]
        return True

    def stored(self, ids: Sequence[str]) -> dict[str, StoredFile]:
        self._answer()
        return {one: _facts(self.documents[one]) for one in ids if one in self.documents}

    def originals(
        self, fingerprints: Sequence[Fingerprint], context: WriteContext = PLAIN_WRITE
    ) -> list[Original]:
        if fingerprints:
            context.before_request()
        self._answer()
        wanted = {key for one in fingerprints for key in one.minhash}
        held = (original(document.id, document.source) for document in self.documents.values())
        found = [one for one in held if one is not None and not wanted.isdisjoint(one.fingerprint.minhash)]
        return found[:_ORIGINALS]

    def member_of(self, document_id: str) -> str | None:
        self._answer()
        document = self.documents.get(document_id)
        return None if document is None else document.source.get("archive", {}).get("member")

    def files_under(self, folder: str) -> Iterator[StoredFile]:
        self._answer()
        below = folder.rstrip("/") + "/"
        for document in list(self.documents.values()):
            facts = _facts(document)
            if facts.path is not None and facts.path.startswith(below):
                yield facts

    def search(self, request: SearchRequest) -> SearchAnswer:
        found = self._found(request)
        page = found[request.start : request.start + request.size]
        return SearchAnswer(
            total=len(found),
            hits=[_hit(document, request) for document in page],
            facets={field: _value_counts(found, field, request.facet_size) for field in request.facets},
            histogram=_histogram(found, request),
        )

    def all_hits(self, request: SearchRequest) -> Iterator[Hit]:
        return (_hit(document, request) for document in self._found(request))

    def find(self, start: str) -> list[Document]:
        self._answer()
        return [self.documents[one] for one in sorted(self.documents) if one.startswith(start)][
            :MOST_DOCUMENTS
        ]

    def _found(self, request: SearchRequest) -> list[Document]:
        """Everything that is asked for, in order."""
        self._answer()
        node, sort = request.node, sorting(request)
        found = [one for one in self.documents.values() if matches(node, one.id, one.source)]
        found.sort(key=lambda one: (epoch_ms(one.source["@timestamp"]), one.id), reverse=sort != "oldest")
        if sort == "relevance":
            found.sort(key=lambda one: _score(one, node), reverse=True)
        return found

    def count(self) -> int:
        self._answer()
        return len(self.documents)

    def identity(self) -> IndexIdentity:
        self._answer()
        return IndexIdentity(kind="memory", id=f"{id(self):x}", alias="", letters="", where="memory")

    def check(self, *, reading: bool = False) -> None:
        self._answer()

    def init(self) -> IndexStatus:
        return self.status()

    def status(self) -> IndexStatus:
        self._answer()
        return IndexStatus(
            kind="local",
            where="memory",
            articles=_state("articles", len(self.documents)),
            letters=_state("letters", len(self.letters)),
        )

    def migrate(
        self,
        *,
        progress: Callable[[str, int, int], object] | None = None,
        dual_write: Callable[[str | None], object] | None = None,
        delete_old: bool = False,
    ) -> IndexStatus:
        return self.status()

    def mirror_letters(self, letters: Sequence[DeadLetter]) -> list[str]:
        self._answer()
        for letter in letters:
            known = self.letters.get(letter.id)
            if known is None or known.revision <= letter.revision:
                self.letters[letter.id] = letter
        return [letter.id for letter in letters]

    def mirror_home(self) -> str:
        self._answer()
        return "memory"

    def close(self) -> None:
        """Nothing; what is stored stays."""

    def _answer(self) -> None:
        if self.failure is not None:
            raise self.failure


def memory_pipeline(store: MemoryStore | None = None, settings: Settings | None = None) -> Pipeline:
    """The real pipeline with the shipped site rules (or those of `settings`), over a store in memory."""
    return build_pipeline(settings or Settings(), store or MemoryStore())


def ingest_bytes(
    data: bytes, *, name: str = "page.md", store: MemoryStore | None = None, settings: Settings | None = None
) -> Outcome:
    """What becomes of one file's bytes on the whole way to the index; never raises for their sake."""
    drop = Drop(id=inline_drop_id(name), name=name, content=data, stamp=Stamp(len(data), 0))
    (outcome,) = memory_pipeline(store, settings).ingest([drop])
    return outcome


def _facts(document: Document) -> StoredFile:
    return stored_file(document.id, document.version, document.source)


def _state(alias: str, documents: int) -> IndexState:
    return IndexState(
        alias=alias, index="memory", mapping_version=1, expected_version=1, documents=documents, drift=[]
    )


def _score(document: Document, node: Node) -> int:
    """How often the words occur."""
    words = (leaf for leaf in leaves(node) if isinstance(leaf, Words | Prefix))
    return sum(occurrences(leaf, document.source) for leaf in words)


def _hit(document: Document, request: SearchRequest) -> Hit:
    return make_hit(document.id, float(_score(document, request.query)), document.source, request)


def _value_counts(found: Sequence[Document], field: str, size: int) -> list[ValueCount]:
    counts = Counter(value for one in found for value in counted_values(one.source, field))
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return [ValueCount(value, count) for value, count in ordered[:size]]


def _histogram(found: Sequence[Document], request: SearchRequest) -> list[Bucket]:
    if request.histogram is None:
        return []
    length = {"year": 4, "month": 7, "day": 10}[request.histogram]
    times = (epoch_ms(one.source["@timestamp"]) for one in found)
    counts = Counter(iso_epoch_ms(at)[:length] for at in times)
    return [Bucket(start, count) for start, count in sorted(counts.items())]
