"""The probes over real processes: alive through an outage, ready only with the servers, dead when killed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from tests.servers.cli_installation import CliInstallation
from tests.servers.ports import free_port
from tests.servers.redis_server import RedisServer
from tests.waiting import PATIENCE_S, until

from newsdrop.heartbeat import Heartbeat, Role

pytestmark = pytest.mark.redis


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    server = RedisServer().start()
    yield server
    server.remove()


def test_worker_and_watcher_live_through_an_outage_and_are_ready_only_without_one(
    tmp_path: Path, own_redis: RedisServer
) -> None:
    place = CliInstallation(tmp_path, own_redis.url, NEWSDROP_FOLDERS=str(tmp_path / "drops"))

    def health(kind: str, role: str) -> int:
        result = place.run("health", kind, "--role", role)
        assert len(result.output.strip().splitlines()) == 1, result.output
        return result.exit_code

    def ready(role: str) -> bool:
        return health("ready", role) == 0

    assert [health(kind, role) for kind in ("live", "ready") for role in ("worker", "watcher")] == [1] * 4
    with (
        place.start("worker", "--processes", "1") as worker,
        place.start("watch") as watcher,
    ):
        try:
            for role in ("worker", "watcher"):
                until(partial(ready, role), f"a ready {role}")
                assert health("live", role) == 0
            own_redis.kill()
            assert [health("live", role) for role in ("worker", "watcher")] == [0, 0]
            assert [health("ready", role) for role in ("worker", "watcher")] == [3, 3]
            watcher.terminate()
            watcher.communicate(timeout=PATIENCE_S)
            assert health("live", "watcher") == 1
        finally:
            for process in (worker, watcher):
                process.kill()
                process.communicate(timeout=PATIENCE_S)
    assert health("live", "worker") == 1


def test_a_watcher_whose_folder_is_gone_lives_and_is_not_ready(
    tmp_path: Path, own_redis: RedisServer
) -> None:
    place = CliInstallation(tmp_path, own_redis.url)
    with place.start("watch", place.drops) as watcher:
        try:
            until(lambda: place.run("health", "ready", "--role", "watcher").exit_code == 0, "a ready watcher")
            place.drops.rename(tmp_path / "elsewhere")
            until(lambda: place.run("health", "ready", "--role", "watcher").exit_code == 1, "notice")
            assert "is missing" in place.run("health", "ready", "--role", "watcher").output
            assert place.run("health", "live", "--role", "watcher").exit_code == 0
        finally:
            watcher.kill()
            watcher.communicate(timeout=PATIENCE_S)


def test_a_worker_is_ready_only_if_its_index_answers_and_takes_us(
    tmp_path: Path, own_redis: RedisServer
) -> None:
    nobody = CliInstallation(
        tmp_path, own_redis.url, NEWSDROP_ELASTICSEARCH_URL=f"http://127.0.0.1:{free_port()}"
    )
    Heartbeat(nobody.state, Role.WORKER).beat()
    assert nobody.run("health", "live", "--role", "worker").exit_code == 0
    refused = nobody.run("health", "ready", "--role", "worker")
    assert (refused.exit_code, "Elasticsearch" in refused.output) == (3, True)
    # A watcher works on without it.
    Heartbeat(nobody.state, Role.WATCHER).beat()
    assert nobody.run("health", "ready", "--role", "watcher").exit_code == 0


def test_a_role_that_does_not_exist_is_a_usage_error(tmp_path: Path) -> None:
    assert CliInstallation(tmp_path).run("health", "live", "--role", "nobody").exit_code == 2


def test_no_embedded_server_is_started_for_a_probe(tmp_path: Path) -> None:
    place = CliInstallation(tmp_path)
    Heartbeat(place.state, Role.WATCHER).beat()
    assert place.run("health", "ready", "--role", "watcher").exit_code == 3
    assert not (place.state / "valkey").exists()
