"""The parts of `make bench` on a handful of files: they must run, whatever this machine makes of figures."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from benchmarks import latency
from benchmarks.limits import bare_bulk, prebuilt
from benchmarks.open_pages import open_pages
from benchmarks.pipeline import full_pipeline, ingest, null_worker
from benchmarks.stack import Stack, write_files
from tests.servers.elasticsearch_server import ElasticsearchServer
from tests.servers.redis_server import RedisServer
from tests.waiting import until

pytestmark = [pytest.mark.redis, pytest.mark.elasticsearch, pytest.mark.slow]


@pytest.fixture
def stack(tmp_path: Path, redis_server: RedisServer, elasticsearch_url: str) -> Iterator[Stack]:
    # The suite's server is shared; how much of its CPU is ours can't be told.
    server = cast(ElasticsearchServer, SimpleNamespace(url=elasticsearch_url, pid=os.getpid()))
    made = Stack(tmp_path, redis_server, server)
    yield made
    made.drop_index()


@pytest.fixture
def files(stack: Stack) -> list[Path]:
    return sorted(write_files(stack.base / "files", 20, 3_000).iterdir())


def test_the_pipeline_is_measured_whole_and_without_its_index(stack: Stack, files: list[Path]) -> None:
    whole = full_pipeline(stack, files)
    assert whole["docs_s"] > 0
    assert set(whole["cpu_ms"]) == {"redis", "elasticsearch", "worker", "watcher"}
    without = null_worker(stack, files, 1)
    assert without["docs_s"] > 0
    assert stack.count() == len(files)


def test_bulk_ingest_and_latency_are_measured(stack: Stack, files: list[Path]) -> None:
    stack.fresh()
    assert bare_bulk(stack, prebuilt(files, stack.settings))[0] > 0
    assert ingest(stack, files) > 0
    stack.fresh()
    with stack.worker(), stack.watcher():
        took = latency.measure(stack, files_per_s=5, seconds=2)
    assert took["complete to searchable"]["p50"] > 0


def test_open_pages_ask_again_and_get_answers(stack: Stack) -> None:
    stack.fresh()
    with open_pages(stack, 5) as (pages, _):
        until(lambda: pages.answered >= 5, "each page to be refreshed", timeout_s=30)
    assert not pages.failed
