"""What no pipeline can beat: Elasticsearch fed with ready documents, and pages parsed and thrown away.

    bare bulk    prebuilt documents through elasticsearch-py's `parallel_bulk`, 2 threads, chunks of 500
    bare parse   a file read, parsed by lexbor, and the text of its body taken; nothing decided, nothing kept
    own parse    the same files through newsdrop's own reading, parsing and enrichment, to the bulk's bytes,
                 some abreast, as workers take them

All use both cores: threads of the server, or one process per core.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.helpers import parallel_bulk
from selectolax.lexbor import LexborHTMLParser

from benchmarks.processes import cpu_seconds
from benchmarks.stack import Stack
from newsdrop.assembly import build_pipeline
from newsdrop.documents import Document, Drop, Stamp
from newsdrop.identity import path_drop_id
from newsdrop.index.bulk import index_line
from newsdrop.index.factory import open_store
from newsdrop.pipeline import ABREAST, Draft, Pipeline, Prepared
from newsdrop.settings import Settings
from newsdrop.worker.allocation import keep_memory, ready_to_parse

__all__ = ["bare_bulk", "bare_parse", "drop_of", "own_parse", "prebuilt", "prebuilt_articles"]


def drop_of(path: Path) -> Drop:
    """The file as a drop."""
    about = path.stat()
    stamp = Stamp.from_ns(about.st_size, about.st_mtime_ns)
    return Drop(id=path_drop_id(path), path=str(path), stamp=stamp)


def prebuilt(files: list[Path], settings: Settings) -> list[dict[str, Any]]:
    """The documents of these files."""
    pipeline = build_pipeline(settings, open_store(settings))
    return [_built(_document(path, _worked(pipeline, path))) for path in files]


def prebuilt_articles(folder: Path, settings: Settings, most: int) -> list[dict[str, Any]]:
    """At most so many documents of the files below a folder; in anybody's own archive some become none."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    pipeline = build_pipeline(settings, open_store(settings))
    steps = (_worked(pipeline, path) for path in files)
    documents = (step.document for step in steps if isinstance(step, Prepared) and step.document is not None)
    return [_built(document) for document in islice(documents, most)]


def _built(document: Document) -> dict[str, Any]:
    return {"_id": document.id, "_source": document.source}


def bare_bulk(stack: Stack, documents: list[dict[str, Any]]) -> tuple[float, float]:
    """Documents a second into a fresh index with our mapping; the server's CPU ms for each."""
    stack.fresh()
    client = Elasticsearch(stack.elasticsearch.url, request_timeout=60)
    start, before = time.perf_counter(), cpu_seconds(stack.elasticsearch.pid)
    actions = ({"_index": stack.alias, **document} for document in documents)
    for ok, item in parallel_bulk(client, actions, thread_count=2, chunk_size=500):
        if not ok:
            raise SystemExit(f"the bare bulk failed: {item}")
    seconds, used = time.perf_counter() - start, cpu_seconds(stack.elasticsearch.pid) - before
    client.close()
    return len(documents) / seconds, 1000 * used / len(documents)


def bare_parse(files: list[Path], settings: Settings) -> tuple[float, float]:
    """Files a second on all cores; CPU ms for each."""
    return _on_all_cores(_parse_bare, files, settings)


def own_parse(files: list[Path], settings: Settings) -> tuple[float, float]:
    """Likewise, through newsdrop's own rooms."""
    return _on_all_cores(_parse_own, files, settings)


def _on_all_cores(
    work: Callable[[list[Path], Settings], float], files: list[Path], settings: Settings
) -> tuple[float, float]:
    cores = os.cpu_count() or 1
    with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as pool:
        # Once beforehand, so that imports and rules are there.
        list(pool.map(work, [files[:8]] * cores, [settings] * cores))
        start = time.perf_counter()
        parts = [files[core::cores] for core in range(cores)]
        used = sum(pool.map(work, parts, [settings] * cores))
        seconds = time.perf_counter() - start
    return len(files) / seconds, 1000 * used / len(files)


def _parse_bare(files: list[Path], _settings: Settings) -> float:
    keep_memory()
    begun = time.process_time()
    for path in files:
        tree = LexborHTMLParser(path.read_bytes().decode())
        if tree.body is None or not tree.body.text():
            raise SystemExit(f"{path} has no text")
    return time.process_time() - begun


def _parse_own(files: list[Path], settings: Settings) -> float:
    pipeline = build_pipeline(settings, open_store(settings))
    ready_to_parse()
    begun = time.process_time()
    for start in range(0, len(files), ABREAST):
        some = files[start : start + ABREAST]
        steps: list[Any] = [pipeline.begin(drop_of(path)) for path in some]
        while any(isinstance(step, Draft) for step in steps):
            steps = [step.advance() if isinstance(step, Draft) else step for step in steps]
        for path, step in zip(some, steps, strict=True):
            index_line(_document(path, step))
    return time.process_time() - begun


def _worked(pipeline: Pipeline, path: Path) -> object:
    step: Any = pipeline.begin(drop_of(path))
    while isinstance(step, Draft):
        step = step.advance()
    return step


def _document(path: Path, prepared: object) -> Document:
    if not isinstance(prepared, Prepared) or prepared.document is None:
        raise SystemExit(f"{path} could not be prepared: {prepared}")
    return prepared.document
