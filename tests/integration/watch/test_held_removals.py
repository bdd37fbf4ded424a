"""Many articles at once go only when a person says so, and what newsdrop put away itself goes never."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.watch_fakes import FakeStore
from tests.models.ledger_invariants import check_invariants
from tests.servers.watching import Watching
from tests.waiting import until

from newsdrop.documents import State

pytestmark = pytest.mark.redis

OLD_S = 3_600.0
ALL = 30


def removing(watching: Watching) -> dict[str, Any]:
    return {"path": watching.folder, "on_delete": "remove"}


def indexed(watching: Watching, count: int = ALL) -> list[Path]:
    """So many files, with their articles in the index."""
    paths = [watching.write(f"{number:02}.md", f"text {number}", age_s=OLD_S) for number in range(count)]
    with watching.run({"path": watching.folder}):
        watching.wait_for(*paths)
    watching.settle_all()
    return paths


def queued_removals(watching: Watching) -> int:
    return sum(event["files"] for event in watching.recorder.named("watch.left"))


def held(watching: Watching) -> int:
    one = watching.ledger.held.of(str(watching.folder))
    return one.articles if one else 0


@pytest.mark.parametrize("after", ["delete", "move"])
def test_what_newsdrop_put_away_stays_when_the_policy_changes(watching: Watching, after: str) -> None:
    paths = indexed(watching, 3)
    kept = watching.write("kept.md", age_s=OLD_S)
    places = {"done": watching.place / "done", "failed": watching.place / "failed"}
    with watching.run({"path": watching.folder, "after": after, **places}):
        until(lambda: not any(path.exists() for path in paths), "all put away")
        watching.wait_for(kept)
    assert watching.ledger.files_put_away() == 3
    check_invariants(watching.ledger.client)
    store = FakeStore([str(path) for path in paths])
    with watching.run(removing(watching), store=store, compare_s=0.2):
        until(lambda: store.asked >= 3, "compared three times")
        assert queued_removals(watching) == 0
        # One that comes back and then leaves again has left.
        watching.write("00.md", "text 0, corrected", age_s=OLD_S)
        until(lambda: watching.state(paths[0]) is State.QUEUED)
        watching.settle_all()
        paths[0].unlink()
        until(lambda: queued_removals(watching) == 1, "the one that left")
    assert watching.ledger.files_put_away() == 2


def test_a_put_away_file_that_is_back_unchanged_is_read_again_and_counts_as_here(watching: Watching) -> None:
    (path,) = indexed(watching, 1)
    with watching.run({"path": watching.folder, "after": "delete"}):
        until(lambda: not path.exists())
    entry = watching.entry(path)
    assert entry is not None
    watching.write("00.md", "text 0")
    os.utime(path, ns=(entry.stamp.mtime * 10_000,) * 2)
    with watching.run(removing(watching)):
        until(lambda: watching.state(path) is State.QUEUED, "read again")
    watching.settle_all()
    entry = watching.entry(path)
    assert entry is not None
    assert not entry.put_away
    assert watching.ledger.files_put_away() == 0


def test_a_comparison_that_would_remove_too_many_holds_them_until_confirmed(watching: Watching) -> None:
    paths = indexed(watching)
    for path in paths[:25]:
        path.unlink()
    store = FakeStore([str(path) for path in paths])
    with watching.run(removing(watching), store=store, compare_s=0.2):
        until(lambda: held(watching) == 25, "held")
        until(lambda: store.asked >= 3, "compared again")
    assert queued_removals(watching) == 0
    # Another watcher finds it so, and the word of a person reaches it through the ledger.
    with watching.run(removing(watching), store=store, compare_s=3_600):
        until(lambda: store.asked >= 4)
        assert queued_removals(watching) == 0
        watching.ledger.held.confirm(str(watching.folder), 25, "me")
        until(lambda: queued_removals(watching) == 25, "removed")
        until(lambda: held(watching) == 0, "released")
    assert watching.recorder.named("watch.removals_confirmed") == [
        {"folder": str(watching.folder), "articles": 25, "user": "me"}
    ]
    check_invariants(watching.ledger.client)


def test_when_the_files_are_back_all_goes_on_by_itself(watching: Watching) -> None:
    paths = indexed(watching)
    away = watching.place / "away"
    shutil.copytree(watching.folder, away)
    for path in paths[:25]:
        path.unlink()
    store = FakeStore([str(path) for path in paths])
    with watching.run(removing(watching), store=store, compare_s=0.2):
        until(lambda: held(watching) == 25, "held")
        shutil.copytree(away, watching.folder, dirs_exist_ok=True)
        until(lambda: held(watching) == 0, "released")
        paths[0].unlink()
        until(lambda: queued_removals(watching) == 1, "one may go unasked")


def test_events_that_tell_of_too_many_at_once_are_held_too(watching: Watching) -> None:
    paths = indexed(watching)
    store = FakeStore([str(path) for path in paths])
    with watching.run(removing(watching), store=store, compare_s=3_600):
        until(lambda: store.asked >= 1)
        for path in paths[:25]:
            path.unlink()
        until(lambda: held(watching) >= 20, "held")
    # Those that left one by one before they were too many may have gone.
    assert queued_removals(watching) + held(watching) == 25
    assert queued_removals(watching) < 20


def test_an_unmounted_folder_that_is_not_empty_is_held_as_well(watching: Watching) -> None:
    paths = indexed(watching)
    store = FakeStore([str(path) for path in paths])
    shutil.rmtree(watching.folder)
    # What lies below the mount point: the watcher starts after the disk went.
    watching.folder.mkdir()
    watching.write("note.md", age_s=OLD_S)
    with watching.run(removing(watching), store=store, compare_s=0.2) as watcher:
        until(lambda: held(watching) == ALL, "held")
        until(lambda: store.asked >= 3)
        (work,) = watcher._works.values()
        assert "newsdrop watch --confirm-removals" in work.report(0)["removals_held"]
    assert queued_removals(watching) == 0


def test_a_link_that_is_pointed_elsewhere_removes_nothing_and_is_said_once(watching: Watching) -> None:
    paths = indexed(watching, 3)
    link, other = watching.place / "link", watching.place / "other"
    link.symlink_to("in")
    other.mkdir()
    (other / "new.md").write_text("new")
    store = FakeStore([str(path) for path in paths])
    with watching.run({"path": link, "on_delete": "remove"}, store=store, compare_s=0.2) as watcher:
        until(lambda: store.asked >= 1)
        link.unlink()
        link.symlink_to("other")
        until(lambda: watching.recorder.named("watch.folder_elsewhere"))
        paths[0].unlink()
        until(lambda: watching.recorder.named("watch.removals_held"))
        (work,) = watcher._works.values()
        assert work.report(0)["elsewhere"] == str(other)
        link.unlink()
        link.symlink_to("in")
        until(lambda: queued_removals(watching) == 1, "it leads back, and what left goes")
    assert watching.recorder.named("watch.folder_elsewhere") == [
        {"folder": str(watching.folder), "target": str(other)}
    ]
    # At the next start the new folder is read, and nothing of the old one is removed.
    link.unlink()
    link.symlink_to("other")
    with watching.run({"path": link, "on_delete": "remove"}, store=store, compare_s=0.2):
        watching.wait_for(other / "new.md")
    assert queued_removals(watching) == 1
