"""A Redis that may lose work is told of when a watcher or worker starts: which setting, what it risks."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from tests.servers.redis_server import RedisServer
from tests.servers.stack import Stack
from tests.waiting import until

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
