"""Stories of the product's machine that were lost once, or that a clock may spoil, each told by itself."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis
from tests.models.product_actors import Theatre
from tests.servers.redis_server import RedisServer

pytestmark = pytest.mark.redis

_DAY_S = 86_400


@pytest.fixture
def theatre(redis_server: RedisServer, redis_client: redis.Redis, tmp_path: Path) -> Theatre:
    folder = tmp_path / "in"
    folder.mkdir()
    return Theatre(folder, redis_client, redis_server.port, removes=True)


def test_a_members_article_comes_back_when_the_file_with_the_newer_one_goes(theatre: Theatre) -> None:
    theatre.write_bundle("z.zip", {"1": ("good", "a", True), "2": ("good", "m", False)})
    theatre.write("a", "good")
    theatre.settle()
    theatre.remove("a")
    theatre.settle()


def test_it_comes_back_though_nobody_looked_for_a_day(theatre: Theatre) -> None:
    theatre.write_bundle("z.zip", {"1": ("good", "a", True), "2": ("good", "m", False)})
    theatre.write("a", "good")
    theatre.settle()
    theatre.remove("a")
    theatre.watcher().exhaust()
    theatre.worker().exhaust()
    theatre.sleep(2 * _DAY_S)
    theatre.reconciler().exhaust()
    theatre.sleep(7)
    theatre.reconciler().exhaust()
    theatre.settle()
