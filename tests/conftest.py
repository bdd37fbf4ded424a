"""Fixtures for the whole suite: real servers, started once, each on ports and in folders of its own."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import hypothesis
import pytest
import redis
from tests.servers.elasticsearch_server import URL_VARIABLE, ElasticsearchServer, ServerMissingError
from tests.servers.missing import skip_or_fail
from tests.servers.redis_server import RedisServer, emptied
from tests.servers.secured_elasticsearch import give_elastic_its_password, secured_server

# How long an example takes says how busy the machine is; what must end in time has a test of its own.
hypothesis.settings.register_profile("newsdrop", deadline=None)
hypothesis.settings.load_profile("newsdrop")

# A suite in the background of a shell inherits an ignored SIGINT, which its processes would pass on.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


#: Groups that take more than half a minute, the longest first: begun last, one alone would keep us waiting.
_LONGEST = (
    "elasticsearch",
    "tests/faults/test_campaign.py",
    "secured_elasticsearch",
    "tests/integration/worker/test_crashes.py",
    "tests/acceptance/test_under_fire.py::test_an_index_gone_for_a_minute_costs_nothing_but_the_minute",
    "tests/integration/worker/test_outages.py",
    "tests/integration/cli/test_up.py",
    "tests/integration/index/test_security.py",
    "tests/security/test_terminal.py",
    "tests/integration/worker/test_worker.py",
    "tests/integration/watch/test_watcher.py",
    "tests/security/test_redis.py",
    "tests/integration/worker/test_bundles.py",
    "tests/integration/programs/test_producers.py",
    "tests/integration/index/test_next_major.py",
    "tests/integration/ledger/test_product_machine.py",
)


# First, because pytest-xdist reads the marks in the same hook.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In a parallel run all tests that share the Elasticsearch go to one process, and modules stay together.

    Acceptance tests start all of their own servers and mostly wait; each may go anywhere.
    """
    places: dict[pytest.Item, int] = {}
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        shares = "elasticsearch" in " ".join([item.nodeid, *fixtures])
        module, alone = item.nodeid.split("::")[0], "/acceptance/" in item.nodeid
        group = "elasticsearch" if shares else item.nodeid if alone else module
        # A server of its own, so a process of its own.
        group = "secured_elasticsearch" if "secured_elasticsearch" in fixtures else group
        item.add_marker(pytest.mark.xdist_group(group))
        places[item] = _LONGEST.index(group) if group in _LONGEST else len(_LONGEST)
    # Only for many processes: one goes by the order of the files, the fast tests not least.
    if os.environ.get("PYTEST_XDIST_WORKER"):
        items.sort(key=places.__getitem__)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    server = RedisServer().start()
    yield server
    server.remove()


@pytest.fixture
def redis_client(redis_server: RedisServer) -> Iterator[redis.Redis]:
    with emptied(redis_server) as client:
        yield client


@pytest.fixture(scope="session")
def elasticsearch_server() -> Iterator[ElasticsearchServer]:
    """One server for the whole suite. A test that stops or pauses it takes `breakable_elasticsearch`.

    Without Maven or a JDK the tests are skipped on a developer's machine and fail in CI.
    """
    if os.environ.get(URL_VARIABLE):
        pytest.skip(f"needs an Elasticsearch of its own to break, and {URL_VARIABLE} names another")
    yield from _running(ElasticsearchServer())


@pytest.fixture(scope="session")
def secured_elasticsearch() -> Iterator[ElasticsearchServer]:
    """Another one with its security on, where `elastic` has the password ELASTIC_PASSWORD."""
    if os.environ.get(URL_VARIABLE):
        pytest.skip(f"{URL_VARIABLE} is set: no server is started beside that one")
    for server in _running(secured_server()):
        give_elastic_its_password(server)
        yield server


def _running(server: ElasticsearchServer) -> Iterator[ElasticsearchServer]:
    try:
        server.start()
    except ServerMissingError as error:
        server.remove()
        skip_or_fail(str(error))
    yield server
    server.remove()


@pytest.fixture(scope="session")
def elasticsearch_url(request: pytest.FixtureRequest) -> str:
    """A running Elasticsearch, maybe shared: use index names that nobody else has, and delete them again."""
    given = os.environ.get(URL_VARIABLE)
    return given or str(request.getfixturevalue("elasticsearch_server").url)


@pytest.fixture
def breakable_elasticsearch(elasticsearch_server: ElasticsearchServer) -> Iterator[ElasticsearchServer]:
    """The suite's server for a test that stops, kills or pauses it; afterwards it answers again."""
    yield elasticsearch_server
    elasticsearch_server.ensure_running()
