"""The room fixture: a ledger, its letters and a clock, whose invariants must hold when a test is over."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis
from tests.models.ledger_invariants import check_invariants
from tests.models.ledger_room import Room
from tests.servers.debian_packages import NoPackageError
from tests.servers.missing import skip_or_fail
from tests.servers.redis_server import RedisServer, emptied, redis_binary, server_binary


@pytest.fixture
def room(redis_client: redis.Redis) -> Iterator[Room]:
    """An empty ledger; its invariants must hold when the test is over."""
    room = Room(redis_client)
    yield room
    check_invariants(redis_client)


@pytest.fixture(scope="session", params=["valkey", "redis"])
def each_redis(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    """The server of the whole suite, and Redis itself."""
    try:
        binary = str(redis_binary()) if request.param == "redis" else server_binary()
    except NoPackageError as error:
        skip_or_fail(f"{error} Debian: apt-get install redis-server")
    server = RedisServer(binary=binary).start()
    yield server
    server.remove()


@pytest.fixture
def each_client(each_redis: RedisServer) -> Iterator[redis.Redis]:
    with emptied(each_redis) as client:
        yield client
