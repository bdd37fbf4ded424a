"""The fault suite's short form: every fault once, under load, with a fixed seed (long: `make faults`)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.faults.__main__ import say
from tests.faults.campaign import run
from tests.servers.elasticsearch_server import ElasticsearchServer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture
def own_server() -> Iterator[ElasticsearchServer]:
    """Not the suite's: so that nobody has to wait for the two minutes in which this one is down and up."""
    server = ElasticsearchServer()
    try:
        yield server.start()
    finally:
        server.remove()


def test_under_every_fault_nothing_is_lost_and_nothing_is_twice_in_the_index(
    tmp_path: Path, own_server: ElasticsearchServer
) -> None:
    campaign = run(tmp_path, own_server, seed=20_261_125, seconds=55, rate=15, accidents=1, say=say)
    say(campaign.text())
    assert campaign.verdict.problems == []
    assert "Redis: FLUSHALL" in campaign.table
