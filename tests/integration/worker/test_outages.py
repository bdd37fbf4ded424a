"""Redis and the index go away and come back under a working worker: it waits, and nothing is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

import pytest
import redis
from tests.faults.disk import SmallDisk
from tests.models.ledger_invariants import check_invariants
from tests.servers.celery_worker import CeleryWorker, drops_of, fast_ledger, indexed_at_least, write_articles
from tests.servers.ports import free_port
from tests.servers.redis_server import RedisServer
from tests.servers.rigged import accidents
from tests.waiting import until

from newsdrop.documents import State
from newsdrop.errors import OutageError
from newsdrop.ledger.connect import connect
from newsdrop.ledger.ledger import Ledger
from newsdrop.ledger.producer import enqueue
from newsdrop.settings import load_settings
from newsdrop.watch.watcher import Watcher

pytestmark = pytest.mark.redis

SLOW = accidents({"*/slow*": "slow"}) | {"NEWSDROP_REDIS_TIMEOUT_S": "2"}


@pytest.fixture
def server() -> Iterator[RedisServer]:
    """A server of this test's own, that keeps what it was told."""
    server = RedisServer(("--appendonly", "yes", "--appendfsync", "always")).start()
    yield server
    server.remove()


@pytest.fixture
def ledger(server: RedisServer) -> Iterator[Ledger]:
    with server.client() as client:
        yield fast_ledger(client)


@pytest.fixture
def worker(server: RedisServer, tmp_path: Path) -> Iterator[CeleryWorker]:
    worker = CeleryWorker(server.url, tmp_path / "state", tmp_path / "in", environment=SLOW).start()
    yield worker.ready()
    worker.kill()


def load(ledger: Ledger, folder: Path, batches: int = 8) -> None:
    for number in range(batches):
        some = write_articles(folder, 3, first=number * 100)
        ledger.enqueue(drops_of(some + write_articles(folder, 3, first=number * 100 + 50, prefix="slow")))


@contextmanager
def full_memory(server: RedisServer, _disk: SmallDisk) -> Iterator[None]:
    with server.client() as client:
        client.config_set("maxmemory", 1)
        yield
        client.config_set("maxmemory", 0)


@contextmanager
def read_only(server: RedisServer, _disk: SmallDisk) -> Iterator[None]:
    """As after a failover that the settings don't know of."""
    with server.client() as client:
        client.replicaof("127.0.0.1", free_port())
        yield
        client.replicaof("NO", "ONE")


@contextmanager
def full_disk(_server: RedisServer, disk: SmallDisk) -> Iterator[None]:
    disk.fill()
    yield
    disk.clear()


@contextmanager
def watching(url: str, folder: Path) -> Iterator[None]:
    settings = load_settings(
        {"NEWSDROP_REDIS_URL": url, "NEWSDROP_FOLDERS": str(folder), "NEWSDROP_WATCH_RESCAN_S": "2"}
    )
    stop = threading.Event()
    with connect(settings) as client:
        thread = threading.Thread(target=Watcher(settings, fast_ledger(client)).run, args=(stop,))
        thread.start()
        try:
            yield
            assert thread.is_alive()
        finally:
            stop.set()
            thread.join(30)


@pytest.mark.slow
@pytest.mark.parametrize("refusing", [full_memory, read_only, full_disk])
def test_a_redis_that_refuses_to_write_ends_neither_worker_nor_watcher_and_loses_nothing(
    tmp_path: Path, refusing: Callable[[RedisServer, SmallDisk], AbstractContextManager[None]]
) -> None:
    folder, disk = tmp_path / "in", SmallDisk(tmp_path / "redis", 1 << 26)
    if refusing is full_disk and not disk.mounted:
        pytest.skip("needs root, to mount a small tmpfs")
    folder.mkdir()
    server = RedisServer(("--appendonly", "yes"), folder=disk.folder).start()
    worker = CeleryWorker(server.url, tmp_path / "state", folder, environment=SLOW).start().ready()
    try:
        with server.client() as client, watching(server.url, folder):
            ledger = fast_ledger(client)
            write_articles(folder, 20, prefix="slow")
            until(lambda: ledger.counts()[State.INDEXED] >= 4, what=worker.text)
            with refusing(server, disk):
                write_articles(folder, 20, first=500)
                # Long enough for every part to be refused more than once; reading still goes.
                refused_until_s = time.monotonic() + 5
                until(lambda: time.monotonic() > refused_until_s or not worker.alive())
                assert worker.alive(), worker.text()
            until(lambda: ledger.counts()[State.INDEXED] == 40, timeout_s=90, what=worker.text)
            assert worker.end() == 0, worker.text()
            check_invariants(client)
    finally:
        worker.kill()
        server.remove()
        disk.remove()


def test_a_worker_finishes_what_is_queued_while_redis_is_full(
    server: RedisServer, ledger: Ledger, worker: CeleryWorker, tmp_path: Path
) -> None:
    with server.client() as client:
        load(ledger, tmp_path / "in", batches=4)
        enqueue_unreadable(ledger, tmp_path / "in")
        client.config_set("maxmemory", 1)
        until(lambda: ledger.counts()[State.INDEXED] == 24, timeout_s=90, what=worker.text)
        until(lambda: ledger.counts()[State.DEAD] == 1, timeout_s=90, what=worker.text)
        with pytest.raises(OutageError, match="maxmemory"):
            ledger.enqueue(drops_of(write_articles(tmp_path / "in", 1, first=900)))
        # Another one starts, too.
        assert worker.end() == 0, worker.text()
        load_again(ledger, tmp_path / "in", client)
        worker.start().ready()
        until(lambda: ledger.counts()[State.INDEXED] == 27, timeout_s=90, what=worker.text)
        check_invariants(client)


def load_again(ledger: Ledger, folder: Path, client: redis.Redis) -> None:
    """Three more files, for which there is just room."""
    client.config_set("maxmemory", 0)
    ledger.enqueue(drops_of(write_articles(folder, 3, first=950)))
    client.config_set("maxmemory", 1)


def enqueue_unreadable(ledger: Ledger, folder: Path) -> None:
    bad = folder / "bad.md"
    bad.write_bytes(b"\x00\x01\x02")
    ledger.enqueue(drops_of([bad]))


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_a_redis_that_is_restarted_again_and_again_under_load_loses_nothing(
    server: RedisServer, ledger: Ledger, worker: CeleryWorker, tmp_path: Path, how: str
) -> None:
    load(ledger, tmp_path / "in")
    for done in (6, 14, 22):
        until(partial(indexed_at_least, ledger, done), what=worker.text)
        getattr(server, how)()
        server.start()
    until(lambda: ledger.counts()[State.INDEXED] == 48, timeout_s=90, what=worker.text)
    assert worker.alive()
    assert worker.end() == 0


def test_a_frozen_redis_hangs_neither_worker_nor_producer(
    server: RedisServer, ledger: Ledger, worker: CeleryWorker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSDROP_REDIS_URL", server.url)
    monkeypatch.setenv("NEWSDROP_REDIS_TIMEOUT_S", "1")
    load(ledger, tmp_path / "in", batches=4)
    until(lambda: ledger.counts()[State.INDEXED] >= 6, what=worker.text)
    server.pause()
    try:
        with pytest.raises(OutageError):
            enqueue(tmp_path / "in" / "a0000.md")
    finally:
        server.resume()
    until(lambda: ledger.counts()[State.INDEXED] == 24, timeout_s=90, what=worker.text)


def test_a_worker_started_before_its_redis_waits_for_it(tmp_path: Path) -> None:
    server = RedisServer(port=free_port())
    worker = CeleryWorker(server.url, tmp_path / "state", tmp_path / "in").start()
    try:
        until(lambda: "Cannot connect" in worker.text(), what=worker.text)
        server.start()
        worker.ready()
        with server.client() as client:
            ledger = fast_ledger(client)
            ledger.enqueue(drops_of(write_articles(tmp_path / "in", 2)))
            until(lambda: ledger.counts()[State.INDEXED] == 2, what=worker.text)
    finally:
        worker.kill()
        server.remove()


def test_an_emptied_redis_is_filled_again_without_restarting_the_worker(
    ledger: Ledger, worker: CeleryWorker, tmp_path: Path
) -> None:
    drops = drops_of(write_articles(tmp_path / "in", 3))
    for _ in range(2):
        ledger.enqueue(drops)
        until(lambda: ledger.counts()[State.INDEXED] == 3, what=worker.text)
        ledger.client.flushall()
    assert worker.alive()


def test_an_index_that_is_down_costs_no_attempt_and_everything_is_indexed_when_it_is_back(
    server: RedisServer, ledger: Ledger, tmp_path: Path
) -> None:
    # Nobody listens there: the gate closes, and status can say why.
    environment = {"NEWSDROP_ELASTICSEARCH_URL": f"http://127.0.0.1:{free_port()}"}
    down = CeleryWorker(server.url, tmp_path / "state", tmp_path / "in", environment=environment).start()
    try:
        down.ready()
        drops = drops_of(write_articles(tmp_path / "in", 3))
        ledger.enqueue(drops)
        until(ledger.gate, what=down.text)
        gate = ledger.gate()
        assert gate is not None
        assert gate.service == "index"
        assert down.end() == 0
    finally:
        down.kill()
    assert ledger.counts()[State.QUEUED] == 3
    assert {(entry.attempts, entry.deaths) for entry in ledger.lookup([d.id for d in drops]) if entry} == {
        (0, 0)
    }
    up = CeleryWorker(server.url, tmp_path / "state", tmp_path / "in").start()
    try:
        until(lambda: ledger.counts()[State.INDEXED] == 3, what=up.text)
    finally:
        up.kill()
