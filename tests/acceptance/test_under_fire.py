"""Killed workers, a stopped Elasticsearch, a restart over the same folder: nothing lost, nothing twice."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from tests.corpus import seed_like
from tests.servers.elasticsearch_server import ElasticsearchServer
from tests.servers.redis_server import RedisServer
from tests.servers.rigged import accidents
from tests.servers.stack import Stack
from tests.waiting import PATIENCE_S, until

pytestmark = pytest.mark.timeout(600)
SMALL = 3_000
#: Short leases, so that the tests need not wait a minute for a dead worker's batch.
QUICK = {
    "NEWSDROP_QUEUE_LEASE_S": "8",
    "NEWSDROP_QUEUE_GRACE_S": "2",
    "NEWSDROP_WORKER_FILE_TIME_LIMIT_S": "3",
}


@pytest.fixture
def embedded_index(tmp_path: Path) -> Iterator[Stack]:
    """Real Redis with an append-only file, the SQLite index, processes of the test's own choosing."""
    stack = Stack(tmp_path, warm=False, redis=RedisServer(("--appendonly", "yes")).start(), extra=dict(QUICK))
    yield stack
    stack.close()


def fill(stack: Stack, count: int, *, first: int = 0) -> None:
    for number in range(first, first + count):
        (stack.drops / f"{number:06}.md").write_bytes(seed_like(number, html_bytes=SMALL))


def test_workers_killed_in_the_middle_of_a_burst_lose_nothing(embedded_index: Stack) -> None:
    stack = embedded_index
    stack.start("watch", "watch")
    for name in ("worker-1", "worker-2"):
        stack.start(name, "worker")
    for round_ in range(4):
        fill(stack, 500, first=500 * round_)
        # Somewhere in the middle of each burst: as soon as more has been indexed than before.
        until(partial(more_indexed_than, stack, 500 * round_), "work goes on", timeout_s=90)
        stack.kill_group("worker-1")
        stack.start("worker-1", "worker")
    states = until(stack.settled(2_000), "every file has its fate", timeout_s=240)
    assert states == {"indexed": 2_000}
    assert stack.json("audit", str(stack.drops))["ok"] is True


def more_indexed_than(stack: Stack, floor: int) -> bool:
    return indexed(stack) > floor


def indexed(stack: Stack) -> int:
    assert stack.redis is not None
    client = stack.redis.client()
    try:
        return int(client.hget("newsdrop:counts", "indexed") or 0)
    finally:
        client.close()


def test_a_file_that_kills_its_worker_is_dead_after_two_deaths_and_its_neighbours_indexed(
    embedded_index: Stack,
) -> None:
    stack = embedded_index
    stack.extra |= accidents({"*poison.md": "kill"})
    fill(stack, 63)
    (stack.drops / "poison.md").write_bytes(seed_like(99_999, html_bytes=SMALL))
    stack.start("watch", "watch")
    stack.start("worker", "worker")
    states = until(stack.settled(64), "every file has its fate", timeout_s=180)
    assert states == {"indexed": 63, "dead": 1}
    (letter,) = stack.json("dead", "list")
    assert letter["path"].endswith("poison.md")
    assert letter["stage"] == "worker"
    assert stack.json("audit", str(stack.drops))["ok"] is True


def test_running_again_over_the_same_folder_enqueues_nothing(embedded_index: Stack) -> None:
    stack = embedded_index
    fill(stack, 200)
    (stack.drops / "broken.md").write_bytes(b"")
    assert stack.run("up", str(stack.drops), "--until-idle", timeout_s=180).returncode == 0
    assert stack.states() == {"indexed": 200, "dead": 1}
    published = batches_made(stack)
    assert published
    assert stack.run("up", str(stack.drops), "--until-idle", timeout_s=180).returncode == 0
    assert batches_made(stack) == published
    assert stack.states() == {"indexed": 200, "dead": 1}


def batches_made(stack: Stack) -> int:
    assert stack.redis is not None
    client = stack.redis.client()
    try:
        return int(client.get("newsdrop:ids") or 0)
    finally:
        client.close()


def test_an_older_capture_never_overwrites_a_newer_one(embedded_index: Stack) -> None:
    stack = embedded_index
    newer = seed_like(7, html_bytes=SMALL)
    stamp = newer.split(b"-->")[0].removeprefix(b"<!--")
    older = newer.replace(stamp, str(int(stamp) - 86_400_000).encode(), 1).replace(b"</p>", b" OLDTEXT</p>")
    (stack.drops / "a-newer.md").write_bytes(newer)
    assert stack.run("up", str(stack.drops), "--until-idle", timeout_s=120).returncode == 0
    (stack.drops / "b-older.md").write_bytes(older)
    assert stack.run("up", str(stack.drops), "--until-idle", timeout_s=120).returncode == 0
    assert stack.states() == {"indexed": 1, "superseded": 1}
    assert stack.json("search", "OLDTEXT")["total"] == 0
    assert stack.json("audit", str(stack.drops))["ok"] is True


def test_an_index_gone_for_a_minute_costs_nothing_but_the_minute(
    tmp_path: Path, breakable_elasticsearch: ElasticsearchServer
) -> None:
    server = breakable_elasticsearch
    stack = Stack(
        tmp_path,
        warm=False,
        elasticsearch_url=server.url,
        redis=RedisServer(("--appendonly", "yes")).start(),
        extra=dict(QUICK),
    )
    try:
        assert stack.run("index", "init").returncode == 0
        stack.start("watch", "watch")
        stack.start("worker", "worker")
        fill(stack, 600)
        until(lambda: indexed(stack) > 0, "work has begun", timeout_s=90)
        server.stop()
        stopped = time.monotonic()
        fill(stack, 200, first=600)
        status = until(
            lambda: stack.json("status", codes=(0, 3))["queue"].get("gate"), "status says why", every_s=1
        )
        assert "lasticsearch" in str(status)
        while time.monotonic() < stopped + 60:
            counts = stack.counts()
            assert counts is not None
            assert not counts.get("dead")
            time.sleep(1)
        server.start()
        states = until(stack.settled(800), "every file has its fate", timeout_s=180)
        assert states == {"indexed": 800}
        assert stack.json("dead", "list") == []
        assert stack.json("audit", str(stack.drops))["ok"] is True
    finally:
        stack.close()


def test_a_worker_told_to_stop_gives_its_work_back(embedded_index: Stack) -> None:
    stack = embedded_index
    stack.start("watch", "watch")
    worker = stack.start("worker", "worker")
    fill(stack, 800)
    until(lambda: indexed(stack) > 0, "work has begun", timeout_s=90)
    os.kill(worker.pid, signal.SIGTERM)
    worker.wait(PATIENCE_S)
    stack.processes.pop("worker")
    stack.start("worker", "worker")
    assert until(stack.settled(800), "every file has its fate", timeout_s=120) == {"indexed": 800}
