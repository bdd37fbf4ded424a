"""The sample corpus in a real Elasticsearch, and the same documents as Python has them.

Beside what the corpus holds: an undated page, one without a sentence, near-copies at other addresses, files
that are two hours old, documents that lack a step of enrichment, and dead letters of every status and most
stages.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from elasticsearch import Elasticsearch
from tests.corpus import CorpusSpec, write_corpus
from tests.inputs.index_samples import elasticsearch_store
from tests.waiting import PATIENCE_S

from newsdrop.assembly import build_pipeline
from newsdrop.documents import Attempt, DeadLetter, Document, Drop, ItemResult, Outcome, Stage, Stamp
from newsdrop.identity import path_drop_id
from newsdrop.index.elasticsearch import ElasticsearchStore
from newsdrop.index.letter import build_letter
from newsdrop.index.mapping import index_body, mapped_fields
from newsdrop.ledger.grouping import group_key
from newsdrop.options import IndexOptions
from newsdrop.ports import PLAIN_WRITE, WriteContext
from newsdrop.settings import load_settings

ARTICLES = 120
#: A page of a site that has no rule, and without any date.
_UNDATED = """[一页没有日期的文章](https://undated.example.net/page)
------

<article><h1>一页没有日期的文章</h1><p>这一页没有写明什么时候发表，编辑部也不知道。读者来信询问，没有人能够回答。</p></article>
"""
#: A saved page on which no sentence stands: what is indexed of it may be a menu.
_MENU = """<!DOCTYPE html>
<!-- saved from url=(0038)https://undated.example.net/index/menu -->
<html><head><title>没有正文的一页</title></head><body><h1>没有正文的一页</h1>
<p>下载 目录 书目</p><p>第一卷 第二卷</p></body></html>
"""
_EXACT = ("millisecond", "second", "minute")


@dataclass(frozen=True)
class Archive:
    """`sources`: index name as the shipped objects say it → its documents; `indexes`: → the real index."""

    client: Elasticsearch
    indexes: dict[str, str]
    sources: dict[str, list[dict[str, Any]]]
    mappings: dict[str, dict[str, dict[str, Any]]]
    now: datetime

    def search(self, index: str, body: dict[str, Any]) -> dict[str, Any]:
        return dict(self.client.search(index=self.indexes[index], **body).body)

    def ids(self, index: str, query: dict[str, Any], runtime: dict[str, Any]) -> set[str]:
        """The documents that a query finds."""
        answer = self.search(
            index, {"query": query, "runtime_mappings": runtime, "size": 1_000, "source": False}
        )
        assert answer["_shards"]["failed"] == 0
        return {hit["_id"] for hit in answer["hits"]["hits"]}


class _Recording:
    """A store that remembers what was put into it."""

    def __init__(self, store: ElasticsearchStore) -> None:
        self._store = store
        self.documents: dict[str, Document] = {}

    def put(self, documents: Sequence[Document], context: WriteContext = PLAIN_WRITE) -> list[ItemResult]:
        results = self._store.put(documents, context)
        for document, result in zip(documents, results, strict=True):
            if result.status == "indexed":
                self.documents[document.id] = document
        return results

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


#: With all that there is; without them the settings are the default ones.
ENRICHED = {"NEWSDROP_ENRICH_KEYWORDS": "true", "NEWSDROP_ENRICH_COPIES": "true"}


@contextmanager
def sample_archive(url: str, folder: Path, variables: Mapping[str, str]) -> Iterator[Archive]:
    """The corpus indexed, until the end of the block. `variables`: settings beside the folder's."""
    names = IndexOptions()
    with elasticsearch_store(url) as store:
        store.init()
        recording = _Recording(store)
        outcomes = _ingest(recording, folder, variables)
        _lose_a_step(recording)
        letters = _letters([one for one in outcomes if one.failure])
        assert len(store.mirror_letters(letters)) == len(letters)
        client = Elasticsearch(url, request_timeout=PATIENCE_S)
        real = {names.alias: store._options.alias, names.letters: store._options.letters}
        client.indices.refresh(index=",".join(real.values()))
        yield Archive(
            client=client,
            indexes=real,
            sources={
                names.alias: _stored(client, real[names.alias], set(recording.documents)),
                names.letters: [{**build_letter(one).source, "_id": one.id} for one in letters],
            },
            mappings={
                names.alias: mapped_fields(index_body("articles", names)),
                names.letters: mapped_fields(index_body("dead-letters", names)),
            },
            now=datetime.now(UTC),
        )
        client.close()


def _ingest(store: _Recording, folder: Path, variables: Mapping[str, str]) -> list[Outcome]:
    drops = folder / "drops"
    write_corpus(drops, CorpusSpec(articles=ARTICLES, bytes_per_article=(1_500, 9_000)))
    _copy_elsewhere(drops)
    (drops / "undated.md").write_text(_UNDATED, "utf-8")
    (drops / "menu.html").write_text(_MENU, "utf-8")
    files = sorted(path for path in drops.rglob("*") if path.is_file())
    for path in files[::5]:
        os.utime(path, (time.time() - 7_200, time.time() - 7_200))
    settings = load_settings(
        {
            "NEWSDROP_STATE_DIR": str(folder / "state"),
            "NEWSDROP_FOLDERS": str(drops),
            "NEWSDROP_COLLECTION": "sample",
            **variables,
        }
    )
    return list(build_pipeline(settings, store).ingest(_drop(path) for path in files))


def _copy_elsewhere(drops: Path) -> None:
    """Some BBC stories again at an address of their own: copies, not captures."""
    found = [path for path in sorted(drops.rglob("*.md")) if b"bbc.com/zhongwen" in path.read_bytes()[:2_000]]
    for number, path in enumerate(found[:4]):
        text = path.read_bytes().replace(b"www.bbc.com/zhongwen", b"mirror.example.net/zhongwen", 1)
        (drops / f"copy-{number}.md").write_bytes(text)


def _drop(path: Path) -> Drop:
    stat = path.stat()
    return Drop(
        id=path_drop_id(str(path)), path=str(path), stamp=Stamp.from_ns(stat.st_size, stat.st_mtime_ns)
    )


def _lose_a_step(store: _Recording) -> None:
    """Index a few documents again as if a step of enrichment had failed on them."""
    error = {"step": "keywords", "type": "ValueError", "message": "made up"}
    chosen = list(store.documents.values())[:3]
    again = [
        msgspec.structs.replace(
            one, source={**one.source, "newsdrop": {**one.source["newsdrop"], "errors": [error]}}
        )
        for one in chosen
    ]
    assert {result.status for result in store.put(again)} == {"indexed"}


def _stored(client: Elasticsearch, index: str, ids: set[str]) -> list[dict[str, Any]]:
    """The documents as they are now: of two files with one article and one time, either may have won."""
    hits = client.search(index=index, size=1_000, query={"match_all": {}}).body["hits"]["hits"]
    assert {hit["_id"] for hit in hits} == ids
    return [_with_lags(hit["_id"], hit["_source"]) for hit in hits]


def _with_lags(document_id: str, source: dict[str, Any]) -> dict[str, Any]:
    """The source with what the runtime fields compute, computed here once more."""
    found = {"_id": document_id, **source}
    captured, published = source.get("archived_at"), source.get("published_at")
    ingested = source["event"]["ingested"]
    if captured and published and source["published_precision"] in _EXACT:
        found["capture_lag_s"] = _seconds(published, captured)
    if captured:
        found["index_lag_s"] = _seconds(captured, ingested)
    if "mtime" in source["file"]:
        found["file_lag_s"] = _seconds(source["file"]["mtime"], ingested)
    return found


def _seconds(start: str, end: str) -> int:
    passed = datetime.fromisoformat(end) - datetime.fromisoformat(start)
    # Painless divides longs as Java does: towards zero.
    return int(round(passed.total_seconds() * 1_000) / 1_000)


def _letters(failed: list[Outcome]) -> list[DeadLetter]:
    now_ms = time.time_ns() // 1_000_000
    letters = []
    for number, outcome in enumerate(failed):
        failure = outcome.failure
        assert failure is not None
        stage = [failure.stage, failure.stage, Stage.WORKER, Stage.INDEX][number % 4]
        tries = 1 + number % 3
        times = [now_ms - 60_000 * (number + 1) * (tries - each) for each in range(tries)]
        letters.append(
            DeadLetter(
                id=outcome.drop.id,
                status=("dead", "dead", "dead", "replayed", "discarded")[number % 5],
                stage=stage,
                error_type=failure.type,
                error_message=failure.message,
                group=group_key(stage.value, failure.type, failure.message),
                first_failed_ms=times[0],
                last_failed_ms=times[-1],
                attempts=[
                    Attempt(
                        at_ms=at, host="worker-1", stage=stage, type=failure.type, message=failure.message
                    )
                    for at in times
                ],
                path=outcome.drop.path,
                stamp=outcome.drop.stamp,
                sha256=outcome.sha256,
                collection="sample",
                version="test",
                revision=1,
                changed_ms=now_ms if number % 5 > 2 else None,
                changed_by="somebody" if number % 5 > 2 else None,
            )
        )
    return letters
