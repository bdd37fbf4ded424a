"""What newsdrop put away stays whatever the policy says later; and a person's word about many removals."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import redis
from tests.servers.cli_installation import CliInstallation
from tests.servers.redis_server import RedisServer
from tests.waiting import until

from newsdrop.ledger.held_removals import HeldRemovals

pytestmark = pytest.mark.redis


@pytest.fixture
def place(tmp_path: Path, redis_server: RedisServer) -> CliInstallation:
    return CliInstallation(
        tmp_path, redis_server.url, NEWSDROP_WORKER_PROCESSES="1", NEWSDROP_QUEUE_RECONCILE_S="0.5"
    )


def set_policy(place: CliInstallation, **policy: Any) -> None:
    place.variables["NEWSDROP_FOLDERS"] = json.dumps([{"path": str(place.drops), **policy}])


def old_page(place: CliInstallation, name: str, number: int) -> Path:
    path = place.page(name, number)
    os.utime(path, (1_600_000_000, 1_600_000_000))
    return path


def test_the_articles_of_files_that_newsdrop_deleted_stay_when_articles_go_with_their_files(
    place: CliInstallation,
) -> None:
    set_policy(place, after="delete")
    paths = [old_page(place, f"{number}.txt", number) for number in range(5)]
    with place.at_work():
        until(lambda: not any(path.exists() for path in paths), "all indexed and deleted")
    set_policy(place, on_delete="remove")
    old_page(place, "kept.txt", 8)
    with place.at_work():
        until(lambda: place.documents() == 6, "the new one")
        # What the comparison at the start handed in would be through before this one.
        last = old_page(place, "last.txt", 9)
        until(lambda: place.documents() == 7, "the last one")
        # One that does leave goes.
        last.unlink()
        until(lambda: place.documents() == 6, "the one that left")
    status = place.json("status")
    assert status["put_away"] == 5
    assert status["states"]["removed"] == 1
    assert "moved or deleted by newsdrop itself: 5 files" in place.run("status").output
    assert place.json("audit", place.drops)["put_away"] == 5
    assert "Moved or deleted by newsdrop itself, in all folders: 5." in place.run("audit", place.drops).output


def test_held_removals_are_shown_and_confirmed(place: CliInstallation, redis_client: redis.Redis) -> None:
    done = place.run("watch", "--confirm-removals")
    assert done.exit_code == 1
    assert "No removals are held" in done.output
    held = HeldRemovals(redis_client, lambda: 1)
    held.hold(str(place.drops), 812, 1_000)
    held.hold("/other", 30, 30)
    status = place.json("status")
    assert status["held"][str(place.drops)] == {
        "articles": 812, "of": 1_000, "since": "1970-01-01T00:00:00.001Z", "confirmed": 0, "by": ""
    }  # fmt: skip
    assert "812 of its 1,000 articles have no file any more" in place.run("status").output.replace("\n", " ")
    assert place.run("watch", "--confirm-removals", "/no/such/folder").exit_code == 1
    # Where nobody can be asked, the number must be given; and it is the one that was shown.
    done = place.run("watch", "--confirm-removals", place.drops)
    assert done.exit_code == 2
    assert "--articles 812" in done.output
    done = place.run("watch", "--confirm-removals", place.drops, "--articles", "700")
    assert done.exit_code == 2
    assert "812 of its 1,000 articles have no file any more by now, not 700" in done.output.replace("\n", " ")
    assert held.listed()[str(place.drops)].confirmed == 0
    done = place.run("watch", "--confirm-removals", place.drops, "--articles", "812")
    assert done.exit_code == 0
    assert "812 of its 1,000 articles may be removed" in done.output.replace("\n", " ")
    confirmed = held.listed()
    assert (confirmed[str(place.drops)].confirmed, confirmed["/other"].confirmed) == (812, 0)
    assert "@" in confirmed[str(place.drops)].by
    # Of no folder more than were shown, or nothing is confirmed.
    assert place.run("watch", "--confirm-removals", "--articles", "30").exit_code == 2
    assert held.listed()["/other"].confirmed == 0
    assert place.run("watch", "--confirm-removals", "--articles", "812").exit_code == 0
    assert held.listed()["/other"].confirmed == 30
    # A later hold needs a word of its own.
    held.release("/other")
    held.confirm("/other", 30, "too late")
    held.hold("/other", 30, 30)
    assert held.listed()["/other"].confirmed == 0


def test_a_hold_ends_with_the_policy_or_the_watching_that_it_came_from(redis_client: redis.Redis) -> None:
    held = HeldRemovals(redis_client, lambda: 1)
    for folder in ("/removes", "/keeps", "/of another watcher", "/of nobody"):
        held.hold(folder, 30, 30)
    held.release_others(
        removing={"/removes"}, keeping={"/keeps"}, watched={"/removes", "/keeps", "/of another watcher"}
    )
    assert set(held.listed()) == {"/removes", "/of another watcher"}


def test_a_folder_whose_articles_are_to_stay_by_now_has_no_alarm_for_ever(
    place: CliInstallation, redis_client: redis.Redis
) -> None:
    held = HeldRemovals(redis_client, lambda: 1)
    held.hold(str(place.drops), 812, 1_000)
    set_policy(place, on_delete="keep")
    with place.start("watch") as process:
        until(lambda: not held.listed(), "the hold to end")
        process.terminate()
