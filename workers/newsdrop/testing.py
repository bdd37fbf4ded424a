"""In-memory fakes for the tests of those who build on newsdrop; no server, no files, no sleeping.

    from newsdrop.testing import MemoryStore, ingest_bytes

    def test_our_pages_are_understood():
        store = MemoryStore()
        outcome = ingest_bytes(page, name="page.md", store=store)
        assert outcome.state == "indexed"
        assert store.search("香港")[0].title == "…"

`MemoryStore` keeps the whole contract of `newsdrop.index.store.Store` and is run through the same contract
tests as the real stores, so it can't drift from them. It can be told to fail, as a real one would.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

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
from newsdrop.index.bulk import path_of
from newsdrop.index.document import stored_file
from newsdrop.index.duplicates import original
from newsdrop.index.encoding import encode_json
from newsdrop.index.fields import keyword_values
from newsdrop.index.query import Clause, parse_query
from newsdrop.index.snippet import snippet
from newsdrop.index.store import IndexState, IndexStatus
from newsdrop.index.terms import terms
from newsdrop.pipeline import Pipeline
from newsdrop.ports import PLAIN_WRITE, WriteContext
from newsdrop.settings import Settings

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
        there = self.documents.get(document.id)
        if there is not None and there.version > document.version:
            if path_of(there) is None or path_of(there) != path_of(document):
                reason = f"version {there.version} is there, newer than {document.version}"
                return ItemResult(document_id=document.id, status="superseded", reason=reason)
            # The same file, corrected, now says an earlier time: it is right about its article.
            document = msgspec.structs.replace(document, version=there.version)
        # A copy as JSON would make it: what the caller changes later must not change what is stored.
        source = msgspec.json.decode(encode_json(document.source))
        self.documents[document.id] = msgspec.structs.replace(document, source=source)
        return ItemResult(document_id=document.id, status="indexed")

    def remove(self, document_id: str, path: str, context: WriteContext = PLAIN_WRITE) -> bool:
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

    def files_under(self, folder: str) -> Iterator[StoredFile]:
        self._answer()
        below = folder.rstrip("/") + "/"
        for document in list(self.documents.values()):
            facts = _facts(document)
            if facts.path is not None and facts.path.startswith(below):
                yield facts

    def search(self, query: str, *, size: int = 10) -> list[Hit]:
        self._answer()
        clauses = parse_query(query)
        scored = (
            [(_score(document, clauses), document) for document in self.documents.values()] if clauses else []
        )
        found = sorted(
            ((score, one) for score, one in scored if score), key=lambda pair: (-pair[0], pair[1].id)
        )
        return [_hit(document, score, clauses) for score, document in found[:size]]

    def count(self) -> int:
        self._answer()
        return len(self.documents)

    def check(self) -> None:
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


def _score(document: Document, clauses: Sequence[Clause]) -> int:
    """How often the clauses occur; 0 if one doesn't."""
    counts = [_occurrences(document, clause) for clause in clauses]
    return sum(counts) if all(counts) else 0


def _occurrences(document: Document, clause: Clause) -> int:
    if clause.kind == "id":
        return int(document.id == clause.text)
    if clause.kind == "keyword":
        field = clause.fields[0]
        return sum(clause.text in keyword_values(field, value) for value in _values(document.source, field))
    wording = clause.wording()
    counts = [
        _phrase_count(document, clause.fields, [phrase, *([word] for word in wording.other_numbers)])
        for phrase in wording.phrases
    ]
    return sum(counts) if all(counts) else 0


def _phrase_count(document: Document, fields: Sequence[str], alternatives: list[list[str]]) -> int:
    # As in the real stores, the title counts twice.
    return sum(
        (2 if field == "title" else 1) * _runs(terms(text), wanted)
        for field in fields
        for text in _values(document.source, field)
        for wanted in alternatives
    )


def _runs(words: list[str], wanted: list[str]) -> int:
    size = len(wanted)
    return sum(words[at : at + size] == wanted for at in range(len(words) - size + 1))


def _values(source: Any, field: str) -> list[str]:
    """The texts under a dotted name, through lists of objects."""
    for part in field.split("."):
        if isinstance(source, list):
            source = [one.get(part) for one in source if isinstance(one, dict)]
        else:
            source = source.get(part) if isinstance(source, dict) else None
    found = source if isinstance(source, list) else [source]
    return [value for value in found if isinstance(value, str)]


def _hit(document: Document, score: int, clauses: Sequence[Clause]) -> Hit:
    source = document.source
    url = source.get("url", {})
    return Hit(
        id=document.id,
        score=float(score),
        title=source.get("title", ""),
        url=url.get("full"),
        published_at=source.get("published_at"),
        source=source.get("source", {}).get("name") or url.get("domain"),
        snippet=snippet(source.get("text", "") or source.get("summary", ""), list(clauses)),
    )
