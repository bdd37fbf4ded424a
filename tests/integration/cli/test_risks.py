"""A Redis that may lose work is told of: which setting, what it risks; and what was lost is mended."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import redis
from tests.servers.cli_installation import CliInstallation
from tests.servers.redis_server import RedisServer
from tests.servers.stack import Stack
from tests.waiting import until

from newsdrop.ledger import keys

pytestmark = pytest.mark.redis


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """Evicts keys when it is full, and keeps nothing on disk."""
    stack = Stack(tmp_path, redis=RedisServer(("--maxmemory-policy", "allkeys-lru")).start())
    yield stack
    stack.close()


def told(stack: Stack, command: str, setting: str) -> bool:
    return f'"newsdrop.setting": "{setting}"' in stack.log(command)


@pytest.mark.parametrize("command", ["watch", "worker"])
def test_an_evicting_policy_and_missing_persistence_are_told_at_the_start(stack: Stack, command: str) -> None:
    stack.start(command, command)
    for setting, risk in (
        ("maxmemory-policy", "deletes queued work"),
        ("appendonly", "empties queue, ledger and dead letters"),
    ):
        until(partial(told, stack, command, setting), setting)
        assert risk in stack.log(command)


def test_a_watcher_starts_before_its_redis_does(tmp_path: Path) -> None:
    server = RedisServer(("--appendonly", "yes"))
    stack = Stack(tmp_path, redis=server)
    try:
        stack.start("watch", "watch")
        until(lambda: "watch.outage" in stack.log("watch"), "it says that Redis is away")
        server.start()
        (stack.drops / "a.md").write_text("x")
        until(lambda: "watch.enqueued" in stack.log("watch"), "the file is queued")
    finally:
        stack.close()


def test_an_eviction_that_was_switched_on_later_is_shown_and_its_harm_is_mended(
    tmp_path: Path, redis_server: RedisServer, redis_client: redis.Redis
) -> None:
    place = CliInstallation(tmp_path, redis_server.url)
    for number in range(5):
        os.utime(place.page(f"{number}.txt", number), (1_600_000_000, 1_600_000_000))
    assert place.json("ingest", place.drops)["ok"]
    assert place.json("status")["ledger"]["eviction"] == ""
    used = redis_client.info("memory")["used_memory"]
    redis_client.config_set("maxmemory-policy", "allkeys-lru")
    redis_client.config_set("maxmemory", used + 200_000)
    try:
        assert "maxmemory-policy allkeys-lru" in place.run("status").stdout
        for number in range(10_000):
            redis_client.set(f"other:{number}", bytes(10_000))
            if not redis_client.exists(keys.LEDGER):
                break
    finally:
        redis_client.config_set("maxmemory", 0)
        redis_client.config_set("maxmemory-policy", "noeviction")
    assert place.json("ingest", place.drops)["ok"]
    redis_client.hincrby(keys.COUNTS, "indexed", 1)
    found = place.json("audit", place.drops, "--repair", code=1)
    assert (found["miscounted"], found["unaccounted"]) == (True, [])
    assert place.counts() == {"indexed": 5}
    assert place.json("audit", place.drops)["ok"]
