"""The parser beside other extractors on the same files: documents a second, and how right they are.

    python -m benchmarks.extract [--gold DIR]… [--files 60] [--rounds 5]      (make bench-extract)
    python -m benchmarks.extract --pages CHECKOUT…                            (make bench-extract PAGES="…")

Speed is CPU time in one process: documents a second are the best of several rounds, because other work on
the machine only ever adds, and ratios are medians over rounds that alternate with bare parsing. Quality is
over the synthetic corpus, tests/samples and every folder named by --gold (`<page>.json` beside each page; see
labelled.py). Only newsdrop is told what the archive's header says; reading it is what newsdrop is for.

With --pages, whole pages of sites without a rule instead: public sets whose checkouts lie there
(webpages.py), each page through all extractors in turn.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import logging
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table
from tests.corpus import seed_like

from benchmarks.extractors import BARE, EXTRACTORS, FROM_BYTES, Extractor, parse
from benchmarks.labelled import Label, Labelled, Score, corpus, folder, page_of, samples, score
from benchmarks.webpages import measured, web_set
from newsdrop.documents import Article
from newsdrop.enrich.language import language_of

_COLUMNS = 110
_ENOUGH_S = 0.1
_BARE_AT_MOST = 5.0
_TRAFILATURA_AT_LEAST = 15.0


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--gold", type=Path, action="append", default=[])
    options.add_argument("--files", type=int, default=60)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--cost", help="measure the speed of this one extractor, as JSON")
    options.add_argument("--pages", type=Path, nargs="+", default=[])
    chosen = options.parse_args()
    logging.disable(logging.CRITICAL)
    if chosen.cost:
        _print_cost(chosen.cost, chosen.files, chosen.rounds)
        return
    console = Console(width=_COLUMNS)
    if chosen.pages:
        for checkout in chosen.pages:
            _print_pages(console, checkout)
        return
    _print_speed(console, chosen.files, chosen.rounds)
    mixed = list(corpus(chosen.files))
    sets = {"synthetic corpus": mixed, "tests/samples": list(samples())}
    for path in chosen.gold:
        sets[path.name] = list(folder(path))
    for name, pages in sets.items():
        _print_quality(console, f"{name}: {len(pages)} pages", pages)
    for path in chosen.gold:
        _print_exactness(console, path.name, sets[path.name])


def _seeds(count: int) -> list[Labelled]:
    return [_seed(number) for number in range(count)]


def _seed(number: int) -> Labelled:
    data, name = seed_like(number), f"seed-{number}"
    return Labelled(name, data, page_of(data, name), Label(paragraphs=[]))


def _print_speed(console: Console, files: int, rounds: int) -> None:
    costs = {one.name: _measured(one, files, rounds) for one in EXTRACTORS}
    table = Table(
        "extractor", *(f"{name}: docs/s" for name in _SETS), *(f"{name}: times bare" for name in _SETS),
        title="Speed, one core", title_justify="left",
    )  # fmt: skip
    for name, cost in costs.items():
        speeds = [f"{1 / cost[one].best_s:,.0f}" for one in _SETS]
        table.add_row(name, *speeds, *(f"{cost[one].times_bare:,.1f}" for one in _SETS))
    console.print(table)
    console.print(
        f"Wanted: parsing in at most {_BARE_AT_MOST:.0f} times bare lexbor's time on seed-like files, and at "
        f"least {_TRAFILATURA_AT_LEAST:.0f} times as fast as trafilatura without metadata."
    )
    for one in _SETS:
        bare = costs["newsdrop, parsing"][one].times_bare
        peer = costs["trafilatura"][one].times_bare / bare
        console.print(f"{one}: {bare:.1f} times bare lexbor's time, {peer:.0f} times as fast as trafilatura")


def _measured(one: Extractor, files: int, rounds: int) -> dict[str, _Cost]:
    """The costs of one extractor over each set, from a process of its own.

    What other libraries leave in a process matters: once malloc has grown, bare parsing takes half the time.
    """
    options = ["--cost", one.name, "--files", str(files), "--rounds", str(rounds)]
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.extract", *options], stdout=subprocess.PIPE, check=True, text=True
    )
    return {name: _Cost(*cost) for name, cost in json.loads(told.stdout).items()}


def _print_cost(name: str, files: int, rounds: int) -> None:
    extractor = next(one for one in EXTRACTORS if one.name == name)
    print(json.dumps({kind: _cost(extractor, make(files), rounds) for kind, make in _SETS.items()}))


class _Cost(NamedTuple):
    """Of one document: CPU seconds at best, and the median of its ratios to bare parsing just before."""

    best_s: float
    times_bare: float


def _cost(one: Extractor, pages: Sequence[Labelled], rounds: int) -> _Cost:
    """What an extractor costs, each round beside one of bare parsing: a shared machine's pace changes."""
    with _quiet():
        one.run(pages[0])
        # As workers do: what the libraries keep for good is none of the collector's business.
        gc.collect()
        gc.freeze()
        times = [(_time_s(BARE, pages), _time_s(one, pages)) for _round in range(rounds)]
    return _Cost(min(own for _, own in times), statistics.median(own / bare for bare, own in times))


def _time_s(one: Extractor, pages: Sequence[Labelled]) -> float:
    """CPU seconds for one document: all pages over and over, until the clock's own grain doesn't matter."""
    runs, begun_s = 0, time.process_time()
    while (spent_s := time.process_time() - begun_s) < _ENOUGH_S:
        for page in pages:
            one.run(page)
        runs += len(pages)
    return spent_s / runs


def _print_pages(console: Console, checkout: Path) -> None:
    pages = web_set(checkout)
    with _quiet():
        for extract in FROM_BYTES.values():
            with contextlib.suppress(Exception):
                extract(b"<!doctype html><p>What is imported by the first page is not its cost.")
        scores = measured(pages, FROM_BYTES)
    table = Table(
        "extractor", "precision", "recall", "F1", "no text", "pages/s", "times newsdrop's time",
        title=f"{pages.name}: {len(pages.pages)} pages", title_justify="left",
    )  # fmt: skip
    for name, one in scores.items():
        figures = [f"{value:.3f}" for value in (one.precision, one.recall, one.f1)]
        speed, times = len(pages.pages) / one.seconds, one.seconds / scores["newsdrop"].seconds
        table.add_row(name, *figures, str(one.empty), f"{speed:.0f}", f"{times:.1f}")
    console.print(table)


def _print_quality(console: Console, title: str, pages: Sequence[Labelled]) -> None:
    table = Table(
        "extractor", "precision", "recall", "F1", "noise kept", "captions kept", "dates", "images",
        title=title, title_justify="left",
    )  # fmt: skip
    for one in EXTRACTORS:
        if one.read is not None:
            table.add_row(one.name, *_quality(one.read, one, pages))
    console.print(table)


def _quality(
    read: Callable[[Labelled, Any], Any], one: Extractor, pages: Sequence[Labelled]
) -> Iterator[str]:
    scores: list[Score] = []
    dated = pictured = False
    with _quiet():
        for page in pages:
            found = read(page, one.run(page))
            dated, pictured = dated or found.day is not None, pictured or found.images is not None
            scores.append(score(page.label, found.text, found.day, found.images or []))
    precision = statistics.mean(each.precision for each in scores)
    recall = statistics.mean(each.recall for each in scores)
    both = [
        2 * each.precision * each.recall / (each.precision + each.recall)
        if each.precision + each.recall
        else 0.0
        for each in scores
    ]
    yield from (f"{value:.3f}" for value in (precision, recall, statistics.mean(both)))
    yield str(sum(each.noise for each in scores))
    yield str(sum(each.asides for each in scores))
    yield f"{sum(each.day for each in scores)}/{len(scores)}" if dated else "–"
    yield f"{sum(each.images for each in scores)}/{len(scores)}" if pictured else "–"


def _print_exactness(console: Console, name: str, pages: Sequence[Labelled]) -> None:
    """Field by field, which pages newsdrop gives exactly as the label has them."""
    table = Table("field", "exact", "pages that differ", title=f"newsdrop on {name}", title_justify="left")
    wrong: dict[str, list[str]] = {}
    for page in pages:
        for field, right in _exact(page.label.more, parse(page)).items():
            wrong.setdefault(field, []).extend([] if right else [page.name])
    for field, names in wrong.items():
        table.add_row(field, f"{len(pages) - len(names)}/{len(pages)}", ", ".join(names))
    console.print(table)


def _exact(told: dict[str, Any], article: Article) -> dict[str, bool]:
    optional = {_squeezed(text) for text in told.get("optional", [])}
    wanted = [text for text in told["paragraphs"] if _squeezed(text) not in optional]
    blocks = [block for block in article.blocks if _squeezed(block.text) not in optional]
    texts = [_squeezed(block.text) for block in blocks]
    published = article.published.at.isoformat() if article.published else None
    day = article.published.at.date().isoformat() if article.published else None
    author, wanted_at = told.get("author"), told.get("published_at")
    links = [link for link in article.links if link not in told.get("optional_links", [])]
    return {
        "title": article.title == told.get("title"),
        "paragraphs": texts == [_squeezed(text) for text in wanted],
        "paragraphs, spaced": [block.text for block in blocks] == wanted,
        "kinds": "kinds" not in told or [block.kind for block in blocks] == told["kinds"],
        "captions": [image.caption for image in article.images if image.caption] == told.get("captions", []),
        "credits": [image.credit for image in article.images if image.credit] == told.get("credits", []),
        "images": [image.url for image in article.images] == told.get("images", []),
        "links": links == told.get("links_unwrapped", told.get("links", [])),
        "tags": sorted(article.tags) == sorted(told.get("tags") or []),
        "published": wanted_at in (day, None) or _same_time(wanted_at, published),
        "author": article.author == ([author] if isinstance(author, str) else author or []),
        "dek": _squeezed(article.dek or "") == _squeezed("".join(told.get("dek", []))),
        "language": language_of(article.text) == told.get("language"),
    }  # fmt: skip


def _same_time(wanted: str, found: str | None) -> bool:
    return found is not None and datetime.fromisoformat(wanted) == datetime.fromisoformat(found)


def _squeezed(text: str) -> str:
    return "".join(text.split())


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Some extractors print what they think."""
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stderr(nowhere):
        yield


_SETS: dict[str, Callable[[int], list[Labelled]]] = {
    "seed-like": _seeds,
    "all kinds": lambda count: list(corpus(count)),
}


if __name__ == "__main__":
    main()
