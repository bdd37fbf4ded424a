"""A batch whose Redis went away for longer than it waits: nobody died, so no file is blamed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from tests.servers.celery_worker import drops_of, write_articles
from tests.servers.redis_server import RedisServer
from tests.waiting import until

from newsdrop.documents import State
from newsdrop.errors import OutageError
from newsdrop.ledger.ledger import Ledger
from newsdrop.settings import Settings, load_settings
from newsdrop.worker import resources as resources_module
from newsdrop.worker.batch import BatchLimits
from newsdrop.worker.in_flight import in_flight_folder, orphaned
from newsdrop.worker.resources import Resources, batch_limits
from newsdrop.worker.shutdown import StopFlag

pytestmark = pytest.mark.redis


@pytest.fixture
def server() -> Iterator[RedisServer]:
    """A server of this test's own, that keeps what it was told."""
    server = RedisServer(("--appendonly", "yes", "--appendfsync", "always")).start()
    yield server
    server.remove()


def impatient(settings: Settings) -> BatchLimits:
    return msgspec.structs.replace(batch_limits(settings), redis_wait_s=0.5)


def test_it_is_given_back_when_redis_is_there_again(
    server: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources_module, "batch_limits", impatient)
    (drop,) = drops_of(write_articles(tmp_path / "in", 1))
    with server.client() as client:
        ledger = Ledger(client)
        ledger.enqueue([drop])
        (batch,) = ledger.batches()
    settings = load_settings(
        {
            "NEWSDROP_REDIS_URL": server.url,
            "NEWSDROP_STATE_DIR": str(tmp_path / "state"),
            "NEWSDROP_FOLDERS": str(tmp_path / "in"),
        }
    )
    resources = Resources(settings, os.getpid())
    write, outages = resources.pipeline.commit, [server.kill]

    def commit(*given: object) -> object:
        written = write(*given)  # type: ignore[arg-type]
        if outages:
            outages.pop()()
        return written

    monkeypatch.setattr(resources.pipeline, "commit", commit)
    with pytest.raises(OutageError):
        resources.work(batch.id, "task", StopFlag())
    resources.marker.close()
    assert list(orphaned(in_flight_folder(settings.state_dir))) == []
    server.start()
    with server.client() as client:
        ledger = Ledger(client)
        until(lambda: [one.run for one in ledger.batches()] == [""], "any worker may have it")
        (entry,) = ledger.lookup([drop.id])
        assert entry is not None
        assert (entry.state, entry.deaths, entry.attempts) == (State.QUEUED, 0, 0)
        again = Resources(settings, os.getpid())
        again.work(batch.id, "task", StopFlag())
        again.marker.remove()
        assert ledger.counts()[State.INDEXED] == 1
