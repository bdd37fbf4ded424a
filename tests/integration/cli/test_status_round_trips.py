"""`newsdrop status` over a slow network: it asks Redis everything at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from tests.models.ledger_room import Room
from tests.servers.cli_installation import CliInstallation
from tests.servers.counting_proxy import CountingProxy
from tests.servers.redis_server import RedisServer

from newsdrop.ledger.connect import connect_url

pytestmark = pytest.mark.redis


@pytest.fixture
def proxy(redis_server: RedisServer) -> Iterator[CountingProxy]:
    """In front of an empty Redis."""
    with CountingProxy(redis_server.port) as proxy:
        yield proxy


def url(proxy: CountingProxy) -> str:
    return f"redis://127.0.0.1:{proxy.port}/0"


def connecting(proxy: CountingProxy) -> int:
    """How many round trips a connection costs before its first command."""
    client = connect_url(url(proxy))
    client.ping()
    client.close()
    asked, proxy.round_trips = proxy.round_trips - 1, 0
    return asked


def test_an_idle_queue_is_told_in_one_round_trip(proxy: CountingProxy, tmp_path: Path) -> None:
    opening = connecting(proxy)
    CliInstallation(tmp_path, url(proxy)).json("status")
    assert proxy.round_trips == opening + 1


def test_waiting_messages_cost_one_more(
    proxy: CountingProxy, redis_client: redis.Redis, tmp_path: Path
) -> None:
    room = Room(redis_client)
    for number in range(20):
        room.ledger.enqueue([room.drop(f"{number}")])
    room.another().report("worker", "one", {"busy": 1}, 60)
    opening = connecting(proxy)
    status = CliInstallation(tmp_path, url(proxy)).json("status")
    assert status["states"]["queued"] == 20
    assert proxy.round_trips == opening + 2
