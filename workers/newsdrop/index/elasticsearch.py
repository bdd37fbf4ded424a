"""The store in Elasticsearch: bulks by external version, through an alias.

Every write carries `require_alias`, so that a missing index is an error and never creates an index without
our mapping. Never writes to an index with another mapping version: a strict mapping would turn every document
into a dead letter.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from newsdrop.documents import (
    DeadLetter,
    Document,
    Fingerprint,
    Hit,
    ItemResult,
    Original,
    StoredFile,
    encode_path,
)
from newsdrop.errors import ConfigError, OutageError
from newsdrop.index.alias import behind_alias, frozen_pages, index_id, refusals, scan, try_write
from newsdrop.index.answers import error_type, plain_reason
from newsdrop.index.bulk import (
    Verdict,
    delete_line,
    forgotten_soon,
    index_line,
    judge_refused,
    raise_for_index,
)
from newsdrop.index.client import Client
from newsdrop.index.document import stored_file
from newsdrop.index.dsl import (
    aggregations,
    buckets,
    originals_body,
    query_body,
    sort_body,
    value_counts,
)
from newsdrop.index.duplicates import ORIGINAL_FIELDS, original
from newsdrop.index.hits import hit_fields, make_hit
from newsdrop.index.ingest_pipelines import ENOUGH
from newsdrop.index.letter import build_letter
from newsdrop.index.mapping import IndexBody, index_body
from newsdrop.index.migration import Indexes
from newsdrop.index.pace import PaceLimits
from newsdrop.index.search import SearchAnswer, SearchRequest
from newsdrop.index.store import MOST_DOCUMENTS, ElasticsearchOptions, IndexStatus
from newsdrop.index.writer import Writer
from newsdrop.options import IndexOptions, Limits
from newsdrop.ports import PLAIN_WRITE, IndexIdentity, WriteContext

__all__ = ["ElasticsearchStore"]

#: How often a store checks that the index is still the same: one with another mapping would refuse
#: what is written, and not find what is searched for.
_CHECK_S = 60.0
#: As many documents as a message of newly arriving files has at most; a backlog's bulks have more.
_FULL_BULK = 64
_IDS = 1_000
_ORIGINALS = 1_000
_FILE_FIELDS = ["file.path", "file.size", "file.stamp", "archive.member"]
#: The same, and what tells a document's version.
_KNOWN_FIELDS = [*_FILE_FIELDS, "archived_at", "event.ingested"]


class ElasticsearchStore:
    """A store.Store in Elasticsearch.

    Args:
        config_override: the user's own config folder, for mappings of their own.
        text_chars: the longest text that will be put in (limits.text_chars).
        clock_s: a monotonic clock.
    """

    def __init__(
        self,
        client_options: ElasticsearchOptions,
        index_options: IndexOptions,
        config_override: Path | None = None,
        *,
        text_chars: int = Limits().text_chars,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = Client(client_options)
        self._options = index_options
        self._override = config_override
        self._text_chars = text_chars
        self._clock_s = clock_s
        self._writer = Writer(
            self._client,
            PaceLimits(
                most_bytes=index_options.bulk_bytes,
                least_bytes=index_options.bulk_min_bytes,
                target_s=index_options.bulk_target_s,
            ),
        )
        self._articles: IndexBody | None = None
        self._checked_s: float | None = None
        self._refreshed_s: float | None = None
        #: Of the last bulk that the index refused as a whole; asked again until they pass.
        self._refused: list[dict[str, Any]] = []

    @property
    def analysis(self) -> str:
        """Whether Han is indexed in pairs or as single characters (`index.analysis`)."""
        return self._options.analysis

    @property
    def where(self) -> str:
        """The server's address, without a password."""
        return self._client.where

    def put(self, documents: Sequence[Document], context: WriteContext = PLAIN_WRITE) -> list[ItemResult]:
        self._check_sometimes()
        lines = [index_line(document) for document in documents]
        refresh = self._refreshes_for(len(lines))
        results = self._writer.write(self._options.alias, lines, context, refresh=refresh)
        rejected = [result.status == "rejected" for result in results]
        if any(rejected):
            # Perhaps the cause is not the documents but a changed index.
            enough = all(rejected) and len(rejected) >= ENOUGH
            self._refused = [one.source for one in documents[:ENOUGH]] if enough else []
            self.check(reading=True)
            raise_for_index(results, self._client.where)
        documents, results = self._settle_superseded(documents, results, context)
        if context.also_to is None:
            return results
        return self._put_also(context.also_to, documents, results, context)

    def _refreshes_for(self, documents: int) -> bool:
        """Whether a bulk asks for a refresh of its own: a small one, at most once in `refresh_interval`.

        Newly arriving files would wait for half an interval on average. A backlog needn't be searchable at
        once, and a refresh for each of its bulks would cost more than writing them.
        """
        every_s, now_s = self._options.refresh_s, self._clock_s()
        if every_s is None or documents >= _FULL_BULK:
            return False
        if self._refreshed_s is not None and now_s - self._refreshed_s < every_s:
            return False
        self._refreshed_s = now_s
        return True

    def remove(self, document_id: str, path: str | None, context: WriteContext = PLAIN_WRITE) -> bool:
        """Delete the document at its own version, only if its `file.path` is `path`; whether it is gone.

        It also counts as gone if it doesn't exist: the answer to an earlier try may have been lost.

        At its own version, not by sequence number: a newer write between our read and the delete wins (409),
        and the same capture can come back at once, whereas a delete by sequence number would leave a
        tombstone one version higher that refuses it for a minute. The price: if two files contain the same
        article with the same capture time, the write of one within the milliseconds of the other's removal is
        undone; the audit finds that and `audit --repair` fixes it.
        """
        found = self._get([document_id], context=context).get(document_id)
        if found is None:
            return True
        if stored_file(document_id, 0, found["_source"]).path != path:
            return False
        line = delete_line(document_id, found["_version"])
        deleted = self._delete(self._options.alias, line.body, context)
        if context.also_to is not None:
            self._delete(context.also_to, line.body, context)
        return deleted

    def stored(self, ids: Sequence[str]) -> dict[str, StoredFile]:
        there = self._there(ids, PLAIN_WRITE)
        return {name: stored_file(name, found["_version"], found["_source"]) for name, found in there.items()}

    def member_of(self, document_id: str) -> str | None:
        found = self._there([document_id], PLAIN_WRITE).get(document_id)
        return None if found is None else found["_source"].get("archive", {}).get("member")

    def _there(self, ids: Sequence[str], context: WriteContext) -> dict[str, dict[str, Any]]:
        return {
            name: found
            for start in range(0, len(ids), _IDS)
            for name, found in self._get(ids[start : start + _IDS], context=context).items()
        }

    def originals(
        self, fingerprints: Sequence[Fingerprint], context: WriteContext = PLAIN_WRITE
    ) -> list[Original]:
        if not fingerprints:
            return []
        context.before_request()
        # One request for the bulk: one per document would cost half as much as indexing it.
        answer = self._client.search(
            index=self._options.alias,
            query=originals_body(fingerprints),
            source_includes=list(ORIGINAL_FIELDS),
            size=_ORIGINALS,
            sort="_doc",
            track_total_hits=False,
        )
        found = (original(one["_id"], one.get("_source", {})) for one in answer["hits"]["hits"])
        return [one for one in found if one is not None]

    def files_under(self, folder: str) -> Iterator[StoredFile]:
        prefix = encode_path(folder.rstrip("/") + "/")
        query = {"prefix": {"file.path": {"value": prefix}}}
        with self._client.translated():
            # Documents acknowledged a moment ago must be included.
            self._client.api.indices.refresh(index=self._options.alias)
        for found in scan(self._client, self._options.alias, query, fields=_FILE_FIELDS):
            yield stored_file(found["_id"], found["_version"], found.get("_source", {}))

    def search(self, request: SearchRequest) -> SearchAnswer:
        start = request.start
        self._check_sometimes(writing=False)
        answer = self._client.search(
            index=self._options.alias,
            query=query_body(request.node),
            sort=sort_body(request),
            aggregations=aggregations(request),
            source_includes=hit_fields(request),
            from_=start,
            size=request.size,
            track_total_hits=True,
            track_scores=True,
        )
        return SearchAnswer(
            total=answer["hits"]["total"]["value"],
            hits=[_hit(found, request) for found in answer["hits"]["hits"]],
            facets=value_counts(answer, request),
            histogram=buckets(answer, request),
        )

    def all_hits(self, request: SearchRequest) -> Iterator[Hit]:
        self._check_sometimes(writing=False)
        pages = frozen_pages(
            self._client,
            self._options.alias,
            query=query_body(request.node),
            sort=sort_body(request),
            source_includes=hit_fields(request),
        )
        for found in pages:
            yield _hit(found, request)

    def find(self, start: str) -> list[Document]:
        self._check_sometimes(writing=False)
        either = [{"ids": {"values": [start]}}, {"prefix": {"id": {"value": start}}}]
        answer = self._client.search(
            index=self._options.alias,
            query={"bool": {"should": either, "minimum_should_match": 1}},
            version=True,
            size=MOST_DOCUMENTS,
        )
        return [
            Document(id=found["_id"], version=found["_version"], source=found["_source"])
            for found in answer["hits"]["hits"]
        ]

    def count(self) -> int:
        return self._client.count(index=self._options.alias)

    def identity(self) -> IndexIdentity:
        return IndexIdentity(
            kind="elasticsearch",
            id=self._client.cluster_id(),
            alias=self._options.alias,
            letters=self._options.letters,
            where=self.where,
        )

    def check(self, *, reading: bool = False) -> None:
        index = self._check_index(self._refused)
        if not reading:
            try_write(self._client, self._options.alias, index)

    def _check_index(self, refused: Sequence[dict[str, Any]] | None) -> str:
        """The name of the index, if it is one of ours and takes documents (`refused` as in `refusals`)."""
        index = behind_alias(self._client, self._options.alias)
        here, there = self._body().version, index.mapping_version
        if there is None:
            raise ConfigError(
                f"The index {index.name} behind {self._options.alias} was not created by newsdrop: "
                "choose another name with NEWSDROP_INDEX_ALIAS."
            )
        if there > here:
            raise ConfigError(
                f"The index {index.name} has mapping version {there}, newer than {here}, the version of this "
                "newsdrop: upgrade newsdrop here, too."
            )
        if there < here:
            raise ConfigError(
                f"The index {index.name} has mapping version {there}, but this newsdrop needs {here}: "
                "run `newsdrop index migrate`."
            )
        # A gate that opens for an index which takes nothing would only close again.
        said = refusals(self._client, self._options.alias, index.name, refused)
        if said:
            what = "can't be searched" if refused is None else "takes no documents"
            raise ConfigError(f"Elasticsearch at {self.where} {what}: {' '.join(said)}")
        self._checked_s = self._clock_s()
        return index.name

    def init(self) -> IndexStatus:
        for indexes in self._both():
            indexes.init()
        return self.status()

    def status(self) -> IndexStatus:
        articles, letters = self._both()
        return IndexStatus(
            kind="elasticsearch", where=self.where, articles=articles.state(), letters=letters.state()
        )

    def migrate(
        self,
        *,
        progress: Callable[[str, int, int], object] | None = None,
        dual_write: Callable[[str | None], object] | None = None,
        delete_old: bool = False,
    ) -> IndexStatus:
        articles, letters = self._both()
        for indexes in (articles, letters):
            indexes.check_names()
        articles.migrate(progress=progress, dual_write=dual_write, delete_old=delete_old)
        # Letters are mirrored by one process, which retries what a migration refuses for a moment.
        letters.migrate(progress=progress, dual_write=None, delete_old=delete_old)
        self._checked_s = None
        return self.status()

    def mirror_letters(self, letters: Sequence[DeadLetter]) -> list[str]:
        lines = [index_line(build_letter(letter)) for letter in letters]
        results = self._writer.write(self._options.letters, lines)
        return [result.document_id for result in results if result.status in ("indexed", "superseded")]

    def mirror_home(self) -> str:
        # Checked first, because a user that may write letters may not be allowed to create an index.
        found = index_id(self._client, self._options.letters)
        if found is None:
            self._both()[1].init()
            found = index_id(self._client, self._options.letters)
        return found or ""

    def close(self) -> None:
        self._client.close()

    def _check_sometimes(self, *, writing: bool = True) -> None:
        if self._checked_s is None or self._clock_s() - self._checked_s > _CHECK_S:
            self._check_index(self._refused if writing else None)

    def _body(self) -> IndexBody:
        if self._articles is None:
            self._articles = index_body(
                "articles", self._options, self._override, text_chars=self._text_chars
            )
        return self._articles

    def _both(self) -> tuple[Indexes, Indexes]:
        letters = index_body("dead-letters", self._options, self._override, text_chars=self._text_chars)
        return (
            Indexes(self._client, self._options.alias, self._body()),
            Indexes(self._client, self._options.letters, letters),
        )

    def _put_also(
        self,
        alias: str,
        documents: Sequence[Document],
        results: list[ItemResult],
        context: WriteContext,
    ) -> list[ItemResult]:
        """Write the same to the index that a migration is filling; what it refuses isn't done."""
        there = [at for at, result in enumerate(results) if result.status == "indexed"]
        try:
            again = self._writer.write(alias, [index_line(documents[at]) for at in there], context)
        except ConfigError:
            if self._exists(alias):
                raise
            # The migration ended meanwhile, and the alias already points to the new index.
            return results
        refused = [at for at, result in zip(there, again, strict=True) if result.status == "superseded"]
        present = self._get([documents[at].id for at in refused], alias, context) if refused else {}
        for at, result in zip(there, again, strict=True):
            if result.status in ("busy", "rejected"):
                results[at] = msgspec.structs.replace(
                    result, reason=f"the index that a migration is filling: {result.reason}"
                )
            elif result.status == "superseded" and documents[at].id not in present:
                # There is only the tombstone of a recent removal; it disappears within a second.
                results[at] = ItemResult(
                    document_id=result.document_id,
                    status="busy",
                    reason="the index that a migration is filling still remembers the recent removal",
                )
        return results

    def _settle_superseded(
        self, documents: Sequence[Document], results: Sequence[ItemResult], context: WriteContext
    ) -> tuple[list[Document], list[ItemResult]]:
        """Check a refusal by version against the document that is really there.

        No document: only the tombstone of a removal refuses it, which the index forgets within seconds. Else
        what the document there tells decides (`judge_refused`).

        Returns:
            The documents with the versions at which they were written, and what became of them.
        """
        settled, placed = list(results), list(documents)
        refused = [at for at, result in enumerate(results) if result.status == "superseded"]
        there = self._there([documents[at].id for at in refused], context)
        again: dict[int, Verdict] = {}
        for at in refused:
            stored = there.get(documents[at].id)
            if stored is None:
                settled[at] = forgotten_soon(documents[at].id)
                continue
            verdict = judge_refused(documents[at], stored["_version"], stored["_source"])
            if verdict.written:
                again[at] = verdict
                placed[at] = msgspec.structs.replace(documents[at], version=stored["_version"])
        for some in _rounds(sorted(again, key=lambda at: documents[at].version), documents):
            lines = [index_line(placed[at]) for at in some]
            written = self._writer.write(self._options.alias, lines, context)
            for at, result in zip(some, written, strict=True):
                lowered = again[at].lowered and result.status == "indexed"
                settled[at] = msgspec.structs.replace(result, lowered=lowered)
        return placed, settled

    def _delete(self, alias: str, operation: bytes, context: WriteContext) -> bool:
        context.before_request()
        operations: list[Any] = [operation]
        with self._client.translated():
            answer = self._client.api.bulk(index=alias, operations=operations, require_alias=True)
        item = answer["items"][0]["delete"]
        if "error" in item and item["status"] != 409:
            if alias != self._options.alias and item["status"] == 404:
                return False
            raise self._client.from_answer(item["status"], item["error"])
        return bool(item["status"] == 200)

    def _exists(self, alias: str) -> bool:
        with self._client.translated():
            return bool(self._client.api.indices.exists_alias(name=alias))

    def _get(
        self, ids: Sequence[str], alias: str | None = None, context: WriteContext = PLAIN_WRITE
    ) -> dict[str, dict[str, Any]]:
        """The current documents with these ids; _mget also sees what hasn't been refreshed yet."""
        if not ids:
            return {}
        context.before_request()
        with self._client.translated():
            answer = self._client.api.mget(
                index=alias or self._options.alias, ids=list(ids), source_includes=_KNOWN_FIELDS
            )
        for found in answer["docs"]:
            if "error" in found:
                if error_type(found["error"]) == "index_not_found_exception":
                    raise self._client.from_answer(404, found["error"])
                raise OutageError(
                    f"Elasticsearch at {self.where} can't read a document: {plain_reason(found['error'])}."
                )
        return {found["_id"]: {"_source": {}, **found} for found in answer["docs"] if found.get("found")}


def _rounds(order: Sequence[int], documents: Sequence[Document]) -> list[list[int]]:
    """The same in as few parts as hold no article twice: under one number, whatever is written last stays."""
    rounds: list[list[int]] = []
    seen: Counter[str] = Counter()
    for at in order:
        number = seen[documents[at].id]
        if number == len(rounds):
            rounds.append([])
        rounds[number].append(at)
        seen[documents[at].id] += 1
    return rounds


def _hit(found: dict[str, Any], request: SearchRequest) -> Hit:
    return make_hit(found["_id"], found.get("_score") or 0.0, found["_source"], request)
