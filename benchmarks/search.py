"""What each analysis of Chinese costs and finds: `make bench-search`.

    python -m benchmarks.search [--documents 5000] [--queries 48]

For `unigram` and `pairs`, in turn: CPU of Elasticsearch for indexing, size on disk, and queries whose
answers are known, because the truth is whether the folded query stands in the folded text. Queries are
pieces of two to six characters of the documents, as written and in the other script, sent as Kibana sends
them: `match` (KQL, unquoted), `match_phrase` (quoted) and `query_string` (Lucene); and single characters,
which pairs can't find.
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import time
from collections.abc import Callable
from typing import Any

from elasticsearch import Elasticsearch
from rich.console import Console
from rich.table import Table
from tests.corpus.words import traditional

from benchmarks.limits import bare_bulk, prebuilt
from benchmarks.processes import cpu_seconds
from benchmarks.stack import Stack, running_stack, write_files
from newsdrop.folding import fold

__all__ = ["quality", "truth"]

_HAN = re.compile(r"[\u4e00-\u9fff]{8,}")
_KINDS: dict[str, Callable[[str], dict[str, Any]]] = {
    "match": lambda text: {"match": {"text": text}},
    "match_phrase": lambda text: {"match_phrase": {"text": text}},
    "query_string": lambda text: {"query_string": {"query": text, "default_field": "text"}},
}


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
    queries = []
    while len(queries) < count:
        runs = _HAN.findall(texts[draw.choice(names)])
        if runs:
            run, length = draw.choice(runs), draw.randint(*lengths)
            start = draw.randrange(len(run) - length + 1)
            piece = run[start : start + length]
            queries.append(traditional(piece) if len(queries) % 2 else piece)
    return queries


def measure(stack: Stack, documents: list[dict[str, Any]], count: int) -> dict[str, str]:
    """One analysis, whichever the stack's settings say."""
    rate, cpu_ms = bare_bulk(stack, documents)
    client = Elasticsearch(stack.elasticsearch.url, request_timeout=60)
    client.indices.refresh(index=stack.alias)
    client.indices.forcemerge(index=stack.alias, max_num_segments=1)
    size = client.indices.stats(index=stack.alias, metric="store")["_all"]["primaries"]["store"]
    texts = {document["_id"]: fold(document["_source"]["text"]) for document in documents}
    row = {
        "docs/s": f"{rate:.0f}",
        "index CPU ms": f"{cpu_ms:.2f}",
        "kB/doc": f"{size['size_in_bytes'] / 1000 / len(documents):.1f}",
    }
    for kind, body in _KINDS.items():
        row[f"{kind} P/R"] = _score(client, stack, body, draw_queries(texts, count, (2, 6)), texts)
    row["one character R"] = _score(client, stack, _KINDS["match"], draw_queries(texts, 12, (1, 1)), texts)
    row["query CPU ms"], row["query p95 ms"] = _cost(client, stack, draw_queries(texts, count, (2, 6)))
    client.close()
    return row


def _ids(client: Elasticsearch, stack: Stack, query: dict[str, Any]) -> set[str]:
    answer = client.search(index=stack.alias, query=query, size=10_000, source=False)
    return {hit["_id"] for hit in answer["hits"]["hits"]}


def _score(
    client: Elasticsearch,
    stack: Stack,
    body: Callable[[str], dict[str, Any]],
    queries: list[str],
    texts: dict[str, str],
) -> str:
    scores = [quality(_ids(client, stack, body(query)), truth(query, texts)) for query in queries]
    precision, recall = (statistics.mean(values) for values in zip(*scores, strict=True))
    return f"{precision:.3f} / {recall:.3f}"


def _cost(client: Elasticsearch, stack: Stack, queries: list[str]) -> tuple[str, str]:
    """A page of ten, scored, each query three times; the first round warms up."""
    took: list[float] = []
    before = 0.0
    for turn in range(4):
        if turn == 1:
            before = cpu_seconds(stack.elasticsearch.pid)
        for query in queries:
            begun = time.perf_counter()
            client.search(index=stack.alias, query=_KINDS["match"](query), size=10, source=False)
            if turn:
                took.append(1000 * (time.perf_counter() - begun))
    used_ms = 1000 * (cpu_seconds(stack.elasticsearch.pid) - before) / len(took)
    return f"{used_ms:.2f}", f"{sorted(took)[int(0.95 * len(took))]:.1f}"


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--documents", type=int, default=5_000)
    options.add_argument("--queries", type=int, default=48)
    given = options.parse_args()
    table = Table(title=f"{given.documents} documents, {given.queries} queries")
    rows: dict[str, dict[str, str]] = {}
    with running_stack() as stack:
        files = sorted(write_files(stack.base / "files", given.documents, 20_000).iterdir())
        stack.fresh()
        documents = prebuilt(files, stack.settings)
        bare_bulk(stack, documents[:1_000])  # warms the server up
        for analysis in ("unigram", "pairs"):
            stack.extra["NEWSDROP_INDEX_ANALYSIS"] = analysis
            rows[analysis] = measure(stack, documents, given.queries)
    table.add_column("")
    for analysis in rows:
        table.add_column(analysis, justify="right")
    for name in rows["unigram"]:
        table.add_row(name, *(row[name] for row in rows.values()))
    Console().print(table)


if __name__ == "__main__":
    main()
