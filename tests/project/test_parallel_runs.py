"""The suite itself: what the processes of a parallel run have for themselves, and what they share."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from tests.servers.sharing import shared_server
from tests.waiting import PATIENCE_S


def test_the_processes_of_a_parallel_run_keep_to_the_groups(request: pytest.FixtureRequest) -> None:
    if not getattr(request.config.option, "loadgroup", False):
        pytest.skip("this run has no processes to share tests out to")
    # pytest-xdist writes the group behind the name; without it processes share what only one may use.
    assert "@" in request.node.nodeid


class FakeServer:
    url = "http://127.0.0.1:1"

    def __init__(self, story: list[str]) -> None:
        self._story = story

    def start(self) -> None:
        self._story.append("started")

    def remove(self) -> None:
        self._story.append("removed")


def test_the_first_who_needs_the_shared_server_starts_it_and_ends_it_after_the_last(tmp_path: Path) -> None:
    story: list[str] = []
    begun, may_leave = threading.Event(), threading.Event()

    def first() -> None:
        with shared_server(tmp_path, lambda: FakeServer(story)) as url:
            assert url == FakeServer.url
            begun.set()
            assert may_leave.wait(PATIENCE_S)

    thread = threading.Thread(target=first)
    thread.start()
    assert begun.wait(PATIENCE_S)
    with shared_server(tmp_path, lambda: pytest.fail("there is one")) as url:
        assert url == FakeServer.url
        may_leave.set()
        story.append("in use")
    thread.join()
    assert story == ["started", "in use", "removed"]
    # Whoever comes later starts another.
    with shared_server(tmp_path, lambda: FakeServer(story)):
        story.append("in use")
    assert story[3:] == ["started", "in use", "removed"]
