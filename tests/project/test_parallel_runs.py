"""The suite itself: tests that share a server stay in one process of a parallel run."""

from __future__ import annotations

import pytest


def test_the_processes_of_a_parallel_run_keep_to_the_groups(request: pytest.FixtureRequest) -> None:
    if not getattr(request.config.option, "loadgroup", False):
        pytest.skip("this run has no processes to share tests out to")
    # pytest-xdist writes the group behind the name; without it each process starts its own Elasticsearch.
    assert "@" in request.node.nodeid
