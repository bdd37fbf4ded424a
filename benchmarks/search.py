"""What each analysis of Chinese costs and finds: `make bench-search`.

    python -m benchmarks.search [--posts FOLDER] [--documents 5600] [--large 100000] [--queries 60]

For `unigram`, `pairs`, Elasticsearch's own `cjk` and `bigram` (newsdrop's own before mapping version 2), in
turn and in one run: CPU of the server for a whole document, size on disk, precision and recall of queries
whose answers are known (the truth is whether the folded query stands in the folded text), and how long
searches take in a small and a large index: counting with a histogram, and what Discover sends (the newest 500
with all fields, counted and highlighted). The embedded index is measured over the same documents. FOLDER:
files to measure with instead of the corpus; the large index holds them over and over.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import re
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Literal

from elasticsearch import Elasticsearch
from elasticsearch.helpers import parallel_bulk
from rich.console import Console
from rich.table import Table
from tests.corpus.words import traditional
from tests.inputs.index_samples import mapping_version_1

from benchmarks.limits import prebuilt, prebuilt_articles
from benchmarks.processes import cpu_seconds
from benchmarks.stack import Stack, running_stack, write_files
from newsdrop.documents import Document
from newsdrop.folding import fold
from newsdrop.index.local import LocalStore
from newsdrop.index.mapping import index_body
from newsdrop.index.query_parser import parse_query
from newsdrop.index.search import SearchRequest
from newsdrop.options import IndexOptions

__all__ = ["bigram", "discover_request", "plain_cjk", "quality", "truth"]

_HAN = re.compile(r"[\u4e00-\u9fff]{8,}")
#: Documents put into the embedded index at a time.
_PORTION = 256
#: So often each way is filled in turn: before the first is over, the server's compiler has not settled.
_ROUNDS = 4
Source = dict[str, Any]


def truth(query: str, texts: dict[str, str]) -> set[str]:
    """The ids of the documents that contain the query; `texts` are folded."""
    sought = fold(query)
    return {name for name, text in texts.items() if sought in text}


def quality(found: set[str], right: set[str]) -> tuple[float, float]:
    """Precision and recall of one answer."""
    good = len(found & right)
    return (good / len(found) if found else float(not right)), (good / len(right) if right else 1.0)


def draw_queries(texts: dict[str, str], count: int, lengths: tuple[int, int]) -> list[str]:
    """Pieces of the documents, every second one in the Traditional script; the same each time."""
    draw = random.Random(7)
    names = sorted(texts)
    queries: list[str] = []
    while len(queries) < count:
        runs = _HAN.findall(texts[draw.choice(names)])
        if runs:
            run, length = draw.choice(runs), draw.randint(*lengths)
            start = draw.randrange(len(run) - length + 1)
            piece = run[start : start + length]
            queries.append(traditional(piece) if len(queries) % 2 else piece)
    return queries


def plain_cjk() -> tuple[Source, Source]:
    """Settings and mappings that differ from ours in the analyzer of texts alone: Elasticsearch's `cjk`."""
    body = index_body("articles", IndexOptions())
    mappings = copy.deepcopy(body.mappings)
    for field in _text_fields(mappings["properties"]):
        for role in ("search_analyzer", "search_quote_analyzer"):
            field.pop(role)
        field["analyzer"] = "cjk"
    return body.settings, mappings


def bigram() -> tuple[Source, Source]:
    """Settings and mappings that differ from ours in the analysis of texts alone: that of version 1."""
    body = index_body("articles", IndexOptions())
    before = json.dumps(mapping_version_1()["settings"]["index"]["analysis"]).replace('"nd_', '"nd1_')
    settings, mappings = copy.deepcopy((body.settings, body.mappings))
    for kind, parts in json.loads(before).items():
        settings["analysis"][kind] |= parts
    for field in _text_fields(mappings["properties"]):
        for role in ("analyzer", "search_analyzer", "search_quote_analyzer"):
            field[role] = field[role].replace("nd_", "nd1_")
    return settings, mappings


def _text_fields(properties: Source) -> Iterator[Source]:
    for field in properties.values():
        if field.get("analyzer") == "nd_text":
            yield field
        yield from _text_fields(field.get("properties", {}))


def discover_request(query: str) -> Source:
    """What Discover sends for a word: a histogram, and the newest 500 with what matched marked."""
    asked = {"multi_match": {"type": "best_fields", "query": query, "lenient": True}}
    marked = {"pre_tags": ["<b>"], "post_tags": ["</b>"], "fields": {"*": {}}, "fragment_size": 2_147_483_647}
    return {
        "query": {"bool": {"filter": [asked]}},
        "size": 500,
        "sort": [{"@timestamp": "desc"}],
        "fields": ["*"],
        "highlight": marked,
        **_counted(),
    }


def _count_request(query: str) -> Source:
    asked = {"multi_match": {"type": "best_fields", "query": query, "lenient": True}}
    return {"query": asked, "size": 0, **_counted()}


def _counted() -> Source:
    months = {"date_histogram": {"field": "@timestamp", "calendar_interval": "month"}}
    return {"track_total_hits": True, "aggs": {"months": months}}


def _ours(analysis: Literal["unigram", "pairs"]) -> tuple[Source, Source]:
    body = index_body("articles", IndexOptions(analysis=analysis))
    return body.settings, body.mappings


#: Settings and mappings of each way of indexing.
WAYS: Mapping[str, Callable[[], tuple[Source, Source]]] = {
    "unigram": partial(_ours, "unigram"),
    "pairs": partial(_ours, "pairs"),
    "cjk": plain_cjk,
    "bigram": bigram,
}


class Measured:
    """One way of indexing, on a running server."""

    def __init__(self, stack: Stack, name: str) -> None:
        self._pid = stack.elasticsearch.pid
        self._index = f"{stack.alias}-{name}"
        self.client = Elasticsearch(stack.elasticsearch.url, request_timeout=300)
        settings, mappings = WAYS[name]()
        self.client.indices.create(index=self._index, settings={"index": settings}, mappings=mappings)

    def fill(self, documents: list[Source], copies: int = 1) -> float:
        """Index everything so many times; the server's CPU ms for each document, merging included."""
        before = cpu_seconds(self._pid)
        actions = (
            {"_index": self._index, "_id": f"{document['_id']}-{copy_number}", "_source": document["_source"]}
            for copy_number in range(copies)
            for document in documents
        )
        for ok, item in parallel_bulk(self.client, actions, thread_count=2, chunk_size=500):
            if not ok:
                raise SystemExit(f"the bulk failed: {item}")
        self.client.indices.refresh(index=self._index)
        self.client.indices.forcemerge(index=self._index, max_num_segments=1)
        return 1000 * (cpu_seconds(self._pid) - before) / (copies * len(documents))

    def megabytes(self) -> float:
        """On disk, merged."""
        stats = self.client.indices.stats(index=self._index, metric="store")
        return float(stats["_all"]["primaries"]["store"]["size_in_bytes"]) / 1e6

    def found(self, query: str) -> set[str]:
        """The ids of the documents that a quoted query finds, without the number of the copy."""
        asked = {"multi_match": {"type": "phrase", "query": query, "lenient": True}}
        answer = self.client.search(index=self._index, query=asked, size=10_000, source=False)
        return {hit["_id"].rpartition("-")[0] for hit in answer["hits"]["hits"]}

    def ask(self, request: Callable[[str], Source]) -> Callable[[str], object]:
        """A search of this index, to be timed."""
        return lambda query: self.client.search(
            index=self._index, body=request(query), request_cache=False, preference="_local"
        )

    def remove(self) -> None:
        """Delete the index."""
        self.client.indices.delete(index=self._index)
        self.client.close()


def latencies(ask: Callable[[str], object], queries: list[str]) -> str:
    """p50 / p95 / worst in ms; the first round warms up."""
    took = []
    for turn in range(2):
        for query in queries:
            begun = time.perf_counter()
            ask(query)
            if turn:
                took.append(1000 * (time.perf_counter() - begun))
    return spread(took)


def spread(took_ms: list[float]) -> str:
    """p50 / p95 / worst."""
    ordered = sorted(took_ms)
    return f"{statistics.median(ordered):.0f} / {ordered[int(0.95 * len(ordered))]:.0f} / {ordered[-1]:.0f}"


def costs(stack: Stack, documents: list[Source]) -> dict[str, float]:
    """The server's CPU ms a document by way of indexing: all filled in turn, the median after warming up."""
    measured: dict[str, list[float]] = {name: [] for name in WAYS}
    for _ in range(_ROUNDS):
        for name, found in measured.items():
            index = Measured(stack, name)
            found.append(index.fill(documents))
            index.remove()
    return {name: statistics.median(found[1:]) for name, found in measured.items()}


def measure(
    stack: Stack, name: str, cost: float, documents: list[Source], large: int, queries: list[str]
) -> dict[str, str]:
    """One way of indexing, small and large. `cost`: what `costs` said of it."""
    texts = {document["_id"]: fold(_words(document["_source"])) for document in documents}
    small = Measured(stack, name)
    small.fill(documents)
    row = {
        "CPU of the server, ms a document": f"{cost:.2f}",
        "MB": f"{small.megabytes():.1f}",
        "precision / recall, quoted": _score(small, queries, texts),
        f"count, {len(documents):,} articles, ms": latencies(small.ask(_count_request), queries),
        f"Discover, {len(documents):,} articles, ms": latencies(small.ask(discover_request), queries[:20]),
    }
    small.remove()
    copies = max(1, round(large / len(documents)))
    big = Measured(stack, name)
    big.fill(documents, copies)
    number = f"{copies * len(documents):,} articles"
    row[f"count, {number}, ms"] = latencies(big.ask(_count_request), queries)
    row[f"Discover, {number}, ms"] = latencies(big.ask(discover_request), queries[:20])
    big.remove()
    return row


def measure_embedded(path: Path, documents: list[Source], large: int, queries: list[str]) -> dict[str, str]:
    """The embedded index over as many articles: CPU of putting them in, size, CPU of a page of ten."""
    store = LocalStore(path)
    before, count = time.process_time(), 0
    for number in range(max(1, round(large / len(documents)))):
        for start in range(0, len(documents), _PORTION):
            portion = documents[start : start + _PORTION]
            store.put([_numbered(document, number) for document in portion])
            count += len(portion)
    used_ms = 1000 * (time.process_time() - before) / count
    took = []
    for query in queries:
        begun = time.process_time()
        store.search(SearchRequest(query=parse_query(query)))
        took.append(1000 * (time.process_time() - begun))
    store.close()
    return {
        "articles": f"{count:,}",
        "CPU, ms a document": f"{used_ms:.2f}",
        "MB": f"{path.stat().st_size / 1e6:.0f}",
        "CPU of a search, ms": spread(took),
    }


def _numbered(document: Source, number: int) -> Document:
    return Document(id=f"{document['_id']}-{number}", version=1, source=document["_source"])


def _words(source: Source) -> str:
    return "\n".join(source.get(field, "") for field in ("title", "text", "summary"))


def _score(index: Measured, queries: list[str], texts: dict[str, str]) -> str:
    scores = [quality(index.found(query), truth(query, texts)) for query in queries]
    precision, recall = (statistics.mean(values) for values in zip(*scores, strict=True))
    return f"{precision:.3f} / {recall:.3f}"


def _table(title: str, rows: dict[str, dict[str, str]]) -> Table:
    table = Table(title=title)
    table.add_column("")
    for name in rows:
        table.add_column(name, justify="right")
    for measured in next(iter(rows.values())):
        table.add_row(measured, *(row[measured] for row in rows.values()))
    return table


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--posts", type=Path, help="a folder of archive files to measure with")
    options.add_argument("--documents", type=int, default=5_600)
    options.add_argument("--large", type=int, default=100_000)
    options.add_argument("--queries", type=int, default=60)
    given = options.parse_args()
    with running_stack() as stack:
        if given.posts is None:
            files = sorted(write_files(stack.base / "files", given.documents, 20_000).iterdir())
            documents = prebuilt(files, stack.settings)
        else:
            documents = prebuilt_articles(given.posts, stack.settings, given.documents)
        texts = {document["_id"]: fold(_words(document["_source"])) for document in documents}
        queries = draw_queries(texts, given.queries, (2, 6))
        cost = costs(stack, documents)
        Console().print({name: round(ms, 2) for name, ms in cost.items()})
        rows = {name: measure(stack, name, cost[name], documents, given.large, queries) for name in WAYS}
        Console().print(_table(f"{len(documents):,} documents, {given.queries} queries", rows))
        embedded = measure_embedded(stack.base / "embedded.sqlite3", documents, given.large, queries)
        Console().print(_table("The embedded index", {"embedded": embedded}))


if __name__ == "__main__":
    main()
