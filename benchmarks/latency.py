"""How soon a file is searchable: a steady stream of files, the index asked again and again.

python -m benchmarks.latency [--rate 20] [--seconds 60]

complete    the file is closed under its final name
begun       a worker prepares it (`event.ingested`): settling, batching and the queue are behind it
searchable  a search finds it: written, and shown by the index's refresh (1 s as shipped)
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import threading
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from elasticsearch import Elasticsearch
from tests.waiting import until

from benchmarks.load import article_file
from benchmarks.stack import Stack, running_stack

__all__ = ["measure", "percentile"]

_LOOK_EVERY_S = 0.05


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def measure(stack: Stack, *, files_per_s: float, seconds: float, first: int = 1_000_000) -> dict[str, Any]:
    """Latencies in seconds of a stream into the watched folder; watcher and worker run already."""
    complete: dict[str, float] = {}
    count = int(files_per_s * seconds)
    writer = threading.Thread(target=_write, args=(stack, count, files_per_s, first, complete))
    writer.start()
    seen = _watch(stack, count, first, seconds + 120)
    writer.join()
    begun = {name: at for name, (_, at) in seen.items()}
    total = [seen[name][0] - at for name, at in complete.items()]
    queued = [begun[name] - at for name, at in complete.items()]
    shown = [seen[name][0] - begun[name] for name in complete]
    return {
        part: {"p50": statistics.median(values), "p99": percentile(values, 0.99), "max": max(values)}
        for part, values in (
            ("complete to searchable", total),
            ("complete to begun", queued),
            ("begun to searchable", shown),
        )
    }


def _write(stack: Stack, count: int, files_per_s: float, first: int, complete: dict[str, float]) -> None:
    draw = random.Random(1)
    due = time.time()
    for number in range(first, first + count):
        data = article_file(number, draw.randrange(7_000, 25_000))
        due += 1 / files_per_s
        time.sleep(max(0.0, due - time.time()))
        name = f"fresh-{number}.md"
        with (stack.drops / name).open("wb") as file:
            file.write(data)
        complete[name] = time.time()


def _watch(stack: Stack, count: int, first: int, patience_s: float) -> dict[str, tuple[float, float]]:
    """File name → when a search first found it, and when its worker began with it."""
    client = Elasticsearch(stack.elasticsearch.url, request_timeout=60)
    query = {"prefix": {"file.name": f"fresh-{str(first)[:2]}"}}
    seen: dict[str, tuple[float, float]] = {}
    newest: str | None = None

    def look() -> bool:
        nonlocal newest
        since = [{"range": {"event.ingested": {"gte": newest}}}] if newest else []
        answer = client.search(
            index=stack.alias,
            query={"bool": {"filter": [query, *since]}},
            size=1_000,
            source_includes=["file.name", "event.ingested"],
            sort=[{"event.ingested": "asc"}],
        )
        now = time.time()
        for found in answer["hits"]["hits"]:
            name, ingested = found["_source"]["file"]["name"], found["_source"]["event"]["ingested"]
            seen.setdefault(name, (now, datetime.fromisoformat(ingested).timestamp()))
        # A little back: documents of one moment are shown in different refreshes.
        if len(seen) > 300:
            newest = "now-20s"
        return len(seen) >= count

    until(look, "every file to be searchable", timeout_s=patience_s, every_s=_LOOK_EVERY_S)
    client.close()
    return seen


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--rate", type=float, default=20.0)
    options.add_argument("--seconds", type=float, default=60.0)
    given = options.parse_args()
    with running_stack() as stack:
        stack.fresh()
        with stack.worker(), stack.watcher():
            measure(stack, files_per_s=given.rate, seconds=5, first=2_000_000)  # warms everything up
            print(json.dumps(measure(stack, files_per_s=given.rate, seconds=given.seconds), indent=2))


if __name__ == "__main__":
    main()
