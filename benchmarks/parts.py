"""Where a worker's time goes: CPU ms a document, stage by stage, in one process and without a queue."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from benchmarks.limits import drop_of
from newsdrop.assembly import build_pipeline, build_reader
from newsdrop.enrich.steps import default_steps, enrich
from newsdrop.index.bulk import index_line
from newsdrop.index.document import build_document
from newsdrop.settings import Settings
from newsdrop.worker.allocation import keep_memory

__all__ = ["cost_by_part"]


def cost_by_part(files: list[Path], settings: Settings) -> dict[str, float]:
    """ms of CPU for each file: the best of three rounds, because other work on the machine only ever adds."""
    keep_memory()
    rounds = [_round(files, settings) for _ in range(3)]
    return {part: min(one[part] for one in rounds) for part in rounds[0]}


def _round(files: list[Path], settings: Settings) -> dict[str, float]:
    reader = build_reader(settings)
    parser = build_pipeline(settings, None)._parser  # type: ignore[arg-type]
    steps = default_steps(keywords=settings.enrich.keywords)
    costs: dict[str, float] = {}

    def timed(part: str, work: Callable[[], list[Any]]) -> list[Any]:
        gc.collect()
        begun = time.process_time()
        made = work()
        costs[part] = 1000 * (time.process_time() - begun) / len(files)
        return made

    drops = [drop_of(path) for path in files]
    raws: list[Any] = timed("read", lambda: [reader.fetch(drop) for drop in drops])
    pages = timed("decode and header", lambda: [reader.page(*pair) for pair in zip(drops, raws, strict=True)])
    # Not kept: a thousand trees at once would be measured by the memory they need.
    timed("lexbor alone", lambda: [LexborHTMLParser(page.html).root is None for page in pages])
    articles = timed("parse", lambda: [parser.parse(page) for page in pages])
    richer = timed("enrich", lambda: [enrich(article, steps) for article in articles])
    timed(
        "serialise",
        lambda: [
            index_line(
                build_document(
                    article, drop=drop, sha256=raw.sha256, stamp=raw.stamp, ingested_ms=1, version="0"
                )
            )
            for drop, raw, article in zip(drops, raws, richer, strict=True)
        ],
    )
    return costs
