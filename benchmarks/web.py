"""What a page of `newsdrop web` costs its server, over the embedded index.

    python -m benchmarks.web [--posts FOLDER] [--documents 2800] [--large 100000] [--queries 40]
                             [--index FILE]

CPU time of the thread that answers, from the address to the bytes of the page: hits with marked passages,
counts of every field and month, the drawing. Aimed at: 200 ms at the 95th percentile over 100,000 articles.
FOLDER: files to measure with instead of the corpus, whose few words stand in nearly every article; the index
holds them over and over. With --index the file is kept, and filled only if it isn't there.
"""

from __future__ import annotations

import argparse
import gc
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from rich.console import Console
from rich.table import Table
from starlette.requests import Request

from benchmarks.limits import prebuilt, prebuilt_articles
from benchmarks.search import draw_queries, spread
from benchmarks.stack import write_files
from newsdrop.documents import Document
from newsdrop.index.local import LocalStore
from newsdrop.settings import Settings
from newsdrop.web.backends import Backends, Desk
from newsdrop.web.pages.search import search_page

_FILE_BYTES = 8_000
_PORTION = 2_000
_SECTIONS = ("中国", "世界", "港聞", "Culture", "Opinion", "経済", "科技", "体育")
_DAYS = 20 * 365


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--posts", type=Path, help="a folder of archive files to measure with")
    options.add_argument("--documents", type=int, default=2_800)
    options.add_argument("--large", type=int, default=100_000)
    options.add_argument("--queries", type=int, default=40)
    options.add_argument("--index", type=Path, help="an index to be kept")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sources = list(_sources(Path(folder), given.posts, given.documents))
        store = LocalStore(given.index or Path(folder) / "index.sqlite3")
        if not store.count():
            _fill(store, sources, given.large)
        texts = {source["id"]: source.get("text", "") for source in sources}
        queries = draw_queries(texts, given.queries, (2, 6))
        _print(store, queries)
        store.close()


def _sources(folder: Path, posts: Path | None, count: int) -> Iterator[dict[str, Any]]:
    settings = Settings(state_dir=folder)
    if posts is None:
        documents = prebuilt(sorted(write_files(folder / "files", count, _FILE_BYTES).iterdir()), settings)
    else:
        documents = prebuilt_articles(posts, settings, count)
    for number, document in enumerate(documents):
        source = document["_source"]
        extra = {
            "section": _SECTIONS[number % len(_SECTIONS)],
            "tags": [f"tag {number % 300}", f"標籤 {number % 41}"],
            "author": [f"Author {number % 500}"],
            "collection": f"collection {number % 5}",
        }
        yield {**source, **extra}


def _fill(store: LocalStore, sources: Sequence[dict[str, Any]], large: int) -> None:
    first = datetime(2004, 1, 1)  # noqa: DTZ001  days are counted, no clock is read
    some: list[Document] = []
    for number in range(large):
        source = sources[number % len(sources)]
        at = (first + timedelta(days=number * _DAYS / large)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        changed = {**source, "@timestamp": at, "published_at": at, "id": f"{number:032x}"}
        some.append(Document(id=f"{number:032x}", version=1, source=changed))
        if len(some) == _PORTION or number == large - 1:
            store.put(some)
            some = []


def _print(store: LocalStore, queries: Sequence[str]) -> None:
    kinds = {
        "words": [f"q={quote(query)}" for query in queries],
        "one character": [f"q={quote(query[:1])}" for query in queries],
        "words of one site, newest first": [
            f"q={quote(query)}&section={quote(_SECTIONS[at % len(_SECTIONS)])}&sort=newest"
            for at, query in enumerate(queries)
        ],
        "a year": [f"since={year}&until={year}" for year in range(2004, 2024)],
        "everything": [""] * 10,
    }
    table = Table(title=f"{store.count():,} articles, embedded: CPU ms a page (p50 / p95 / worst)")
    table.add_column("search")
    table.add_column("ms", justify="right")
    every: list[float] = []
    for name, addresses in kinds.items():
        took = [_page_ms(store, address) for address in addresses]
        every += took
        table.add_row(name, spread(took))
    table.add_row("all of these", spread(every))
    Console().print(table)


def _page_ms(store: LocalStore, address: str) -> float:
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": address.encode(), "headers": []}
    desk = Desk(store, cast(Backends, None))
    gc.collect()
    begun = time.thread_time()
    page = search_page(desk, Request(scope), {})
    took = 1000 * (time.thread_time() - begun)
    if page.status_code != 200:
        raise SystemExit(f"{address} was answered with {page.status_code}")
    return took


if __name__ == "__main__":
    main()
