"""The suite itself: what the processes of a parallel run have for themselves, and what they share."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from tests.schedule import ALONE, LONGEST, OWN_PROCESS, group_of, place_of
from tests.servers.sharing import shared_server
from tests.waiting import PATIENCE_S

ROOT = Path(__file__).parents[2]


def test_the_processes_of_a_parallel_run_keep_to_the_groups(request: pytest.FixtureRequest) -> None:
    if not getattr(request.config.option, "loadgroup", False):
        pytest.skip("this run has no processes to share tests out to")
    # pytest-xdist writes the group behind the name; without it processes share what only one may use.
    assert "@" in request.node.nodeid


def test_what_the_schedule_names_is_there() -> None:
    for name in {*LONGEST, *ALONE} - set(OWN_PROCESS):
        path, _, test = name.partition("::")
        assert (ROOT / path).exists(), name
        assert f"def {test}" in (ROOT / path).read_text("utf-8") if test else True, name


@pytest.mark.parametrize(
    ("nodeid", "fixtures", "group"),
    [
        ("tests/unit/test_names.py::test_a", (), "tests/unit/test_names.py"),
        ("tests/contract/test_store.py::test_a[x]", ("store",), "tests/contract/test_store.py"),
        ("tests/acceptance/test_main_job.py::test_a[x]", (), "tests/acceptance/test_main_job.py::test_a[x]"),
        ("tests/acceptance/test_compose.py::test_a", ("secured_elasticsearch",), "secured_elasticsearch"),
    ],
)
def test_tests_stay_together_where_they_share(nodeid: str, fixtures: tuple[str, ...], group: str) -> None:
    assert group_of(nodeid, fixtures) == group


def test_the_longest_begin_first_and_the_rest_stays_in_order() -> None:
    places = [place_of(name) for name in (*LONGEST, "tests/unit/test_names.py", "tests/unit/test_errors.py")]
    assert places == sorted(places)
    assert places[-1] == places[-2] == len(LONGEST)


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
