"""A page over each real index: one for all who only look, one for each test that changes something."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch
from tests.inputs.web_pages import BRIDGE, HARBOUR, HOSTILE
from tests.servers.cli_installation import CliInstallation
from tests.servers.redis_server import RedisServer, emptied
from tests.servers.web_server import Browser, WebServer

INDEXES = ["embedded", pytest.param("elasticsearch", marks=pytest.mark.elasticsearch)]


@pytest.fixture(scope="module")
def own_redis() -> Iterator[RedisServer]:
    """A server for the module alone: nobody empties it meanwhile."""
    server = RedisServer().start()
    yield server
    server.remove()


@pytest.fixture(scope="module", params=INDEXES)
def browser(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, own_redis: RedisServer
) -> Iterator[Browser]:
    """A visitor who changes nothing: to two articles, a hostile one, and a file that is none."""
    folder = tmp_path_factory.mktemp("site")
    # One ledger has one index.
    with emptied(own_redis), _filled(request, folder, own_redis) as place, WebServer(place) as server:
        yield server.browser()


@pytest.fixture(params=INDEXES)
def changed_place(
    request: pytest.FixtureRequest, tmp_path: Path, redis_server: RedisServer
) -> Iterator[CliInstallation]:
    """The same without a page, for a test that changes it."""
    with _filled(request, tmp_path, redis_server) as place:
        yield place


@contextmanager
def _filled(request: pytest.FixtureRequest, base: Path, server: RedisServer) -> Iterator[CliInstallation]:
    with _installation(request, base, server) as place:
        place.file("bridge.html", BRIDGE)
        place.file("harbour.html", HARBOUR)
        place.file("hostile.html", HOSTILE)
        place.file("bad.txt", b"neither header nor markup")
        assert place.json("ingest", place.drops, code=1)["states"] == {"indexed": 3, "dead": 1}
        yield place


@contextmanager
def _installation(
    request: pytest.FixtureRequest, base: Path, server: RedisServer
) -> Iterator[CliInstallation]:
    if request.param == "embedded":
        yield CliInstallation(base, server.url)
        return
    url, alias = request.getfixturevalue("elasticsearch_url"), f"ndt-{uuid.uuid4().hex[:12]}"
    place = CliInstallation(
        base,
        server.url,
        NEWSDROP_ELASTICSEARCH_URL=url,
        NEWSDROP_INDEX_ALIAS=alias,
        NEWSDROP_INDEX_LETTERS=f"{alias}-letters",
        NEWSDROP_INDEX_REFRESH_INTERVAL="50ms",
    )
    place.json("index", "init")
    yield place
    client = Elasticsearch(url, request_timeout=30)
    for name in client.indices.get(index=f"{alias}*", expand_wildcards="all").body:
        client.indices.delete(index=name)
    client.close()
