"""A Redis behind Sentinel: worker, watcher and producers find the primary, after a failover the new one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.models.ledger_invariants import check_invariants
from tests.servers.celery_worker import CeleryWorker, fast_ledger, write_articles
from tests.servers.rigged import accidents
from tests.servers.sentinel_server import SentinelTrio
from tests.waiting import until

from newsdrop.documents import State
from newsdrop.ledger.connect import check_server, connect
from newsdrop.ledger.producer import enqueue, state
from newsdrop.ledger.receipts import SentState
from newsdrop.settings import load_settings
from newsdrop.watch.watcher import Watcher

pytestmark = [pytest.mark.redis, pytest.mark.slow]

COUNT = 60


@pytest.fixture
def trio() -> Iterator[SentinelTrio]:
    trio = SentinelTrio()
    try:
        yield trio.start()
    finally:
        trio.remove()


def test_a_failover_in_the_middle_of_the_work_loses_nothing(
    trio: SentinelTrio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    slow = accidents({"*/slow*": "slow"}) | {"NEWSDROP_REDIS_TIMEOUT_S": "2"}
    worker = CeleryWorker(trio.url, tmp_path / "state", folder, environment=slow).start()
    settings = load_settings(
        {"NEWSDROP_REDIS_URL": trio.url, "NEWSDROP_FOLDERS": str(folder), "NEWSDROP_WATCH_RESCAN_S": "2"}
    )
    client = connect(settings)
    ledger = fast_ledger(client)
    assert check_server(client) == []
    stop = threading.Event()
    watcher = threading.Thread(target=Watcher(settings, ledger).run, args=(stop,))
    watcher.start()
    try:
        worker.ready()
        write_articles(folder, COUNT // 2)
        write_articles(folder, COUNT // 2, first=500, prefix="slow")
        until(lambda: ledger.counts()[State.INDEXED] >= COUNT // 3, what=worker.text)
        trio.fail_over()
        until(lambda: ledger.counts()[State.INDEXED] == COUNT, timeout_s=90, what=worker.text)

        # What comes now goes to the new primary, by every door.
        monkeypatch.setenv("NEWSDROP_REDIS_URL", trio.url)
        receipt = enqueue(write_articles(tmp_path, 1, first=900)[0].read_bytes(), name="x")
        write_articles(folder, 1, first=901)
        until(lambda: ledger.counts()[State.INDEXED] == COUNT + 2, timeout_s=60, what=worker.text)
        assert state(receipt) is SentState.INDEXED
        assert worker.end() == 0, worker.text()
    finally:
        stop.set()
        watcher.join(30)
        worker.kill()
    with trio.client() as primary:
        check_invariants(primary)
        assert primary.hget("newsdrop:counts", "dead") in (None, b"0")
