from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
import redis
from tests.servers.celery_worker import CeleryWorker, fast_ledger
from tests.servers.redis_server import RedisServer

from newsdrop.ledger.deadletters import DeadLetters
from newsdrop.ledger.ledger import Ledger

StartWorker = Callable[..., CeleryWorker]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


@pytest.fixture
def ledger(redis_client: redis.Redis) -> Ledger:
    return fast_ledger(redis_client)


@pytest.fixture
def letters(redis_client: redis.Redis, ledger: Ledger) -> DeadLetters:
    return DeadLetters(redis_client, ledger)


@pytest.fixture
def start_worker(redis_server: RedisServer, tmp_path: Path, folder: Path) -> Iterator[StartWorker]:
    """Starts workers over the suite's Redis; what still runs at the end is killed."""
    workers: list[CeleryWorker] = []

    def start(
        environment: Mapping[str, str] | None = None, *options: str, ready: bool = True
    ) -> CeleryWorker:
        name = f"state{len(workers)}"
        worker = CeleryWorker(
            redis_server.url, tmp_path / name, folder, environment=environment or {}, options=options
        )
        # One index for all, as with one Elasticsearch.
        worker.environment["NEWSDROP_STATE_DIR"] = str(tmp_path / "state")
        workers.append(worker)
        return worker.start().ready() if ready else worker.start()

    yield start
    for worker in workers:
        worker.kill()
