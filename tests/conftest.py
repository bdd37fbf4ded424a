"""Fixtures for the whole suite: real servers, started once, each on ports and in folders of its own."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial

import hypothesis
import pytest
import redis
from tests.schedule import group_of, place_of
from tests.servers.elasticsearch_server import URL_VARIABLE, ElasticsearchServer, ServerMissingError
from tests.servers.missing import skip_or_fail
from tests.servers.redis_server import RedisServer, emptied
from tests.servers.secured_elasticsearch import give_elastic_its_password, secured_server
from tests.servers.sharing import shared_server

from newsdrop.worker.file_timer import FileTimer

# How long an example takes says how busy the machine is; what must end in time has a test of its own.
hypothesis.settings.register_profile("newsdrop", deadline=None)
hypothesis.settings.load_profile("newsdrop")

# A suite in the background of a shell inherits an ignored SIGINT, which its processes would pass on.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# So does one that nohup started, with SIGHUP. A handler isn't passed on, and does nothing here.
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda *_: None)


# What is imported and collected stays: to look for garbage in it, again and again, costs a tenth of the CPU.
gc.disable()


def pytest_collection_finish() -> None:
    """From here on there is garbage, in what the tests make."""
    gc.freeze()
    gc.enable()


# First, because pytest-xdist reads the marks in the same hook.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In a parallel run modules stay together, and so do tests of a server that nobody else may use."""
    groups = {item: group_of(item.nodeid, getattr(item, "fixturenames", ())) for item in items}
    for item, group in groups.items():
        item.add_marker(pytest.mark.xdist_group(group))
    # Only for many processes: one goes by the order of the files, the fast tests not least.
    if os.environ.get("PYTEST_XDIST_WORKER"):
        items.sort(key=lambda item: place_of(groups[item]))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """pytest-timeout takes SIGALRM for each test; whoever times files in it has to take it again.

    Otherwise the tick of a file that takes a second would be the end of the test's own time.
    """
    FileTimer._claimed = False


#: What is closed when this process has run its last test; a wait in here is no test's time.
_AT_END = ExitStack()


def pytest_sessionfinish() -> None:
    """Leave what processes share."""
    _AT_END.close()


@pytest.fixture(scope="session")
def _running_redis() -> Iterator[RedisServer]:
    server = RedisServer().start()
    yield server
    server.remove()


@pytest.fixture
def redis_server(_running_redis: RedisServer) -> RedisServer:
    """A server that knows nothing any more of the test before."""
    with emptied(_running_redis):
        return _running_redis


@pytest.fixture
def redis_client(redis_server: RedisServer) -> Iterator[redis.Redis]:
    """A client of the test's `redis_server`."""
    with redis_server.client() as client:
        yield client


@pytest.fixture(scope="session")
def secured_elasticsearch() -> Iterator[ElasticsearchServer]:
    """Another one with its security on, where `elastic` has the password ELASTIC_PASSWORD."""
    if os.environ.get(URL_VARIABLE):
        pytest.skip(f"{URL_VARIABLE} is set: no server is started beside that one")
    for server in _running(secured_server()):
        give_elastic_its_password(server)
        yield server


@pytest.fixture(scope="session")
def elasticsearch_to_break() -> Iterator[ElasticsearchServer]:
    """A third one; a test takes `breakable_elasticsearch`."""
    if os.environ.get(URL_VARIABLE):
        pytest.skip(f"needs an Elasticsearch of its own to break, and {URL_VARIABLE} names another")
    yield from _running(ElasticsearchServer())


@pytest.fixture
def breakable_elasticsearch(elasticsearch_to_break: ElasticsearchServer) -> Iterator[ElasticsearchServer]:
    """A server for a test that stops, kills or pauses it; afterwards it answers again."""
    yield elasticsearch_to_break
    elasticsearch_to_break.ensure_running()


def _running(server: ElasticsearchServer) -> Iterator[ElasticsearchServer]:
    try:
        server.start()
    except ServerMissingError as error:
        server.remove()
        skip_or_fail(str(error))
    yield server
    server.remove()


@pytest.fixture(scope="session")
def elasticsearch_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A running Elasticsearch that others use, too: use index names that nobody else has, and delete them.

    Without Maven or a JDK the tests are skipped on a developer's machine and fail in CI.
    """
    given = os.environ.get(URL_VARIABLE)
    if given:
        return given
    folder = tmp_path_factory.getbasetemp()
    # pytest-xdist gives each process a folder inside that of the run.
    run = folder.parent if os.environ.get("PYTEST_XDIST_WORKER") else folder
    try:
        # Enough for what all processes of the run ask at once: its circuit breaker counts garbage, too.
        return _AT_END.enter_context(shared_server(run, partial(ElasticsearchServer, heap="1g")))
    except ServerMissingError as error:
        skip_or_fail(str(error))
