"""Files with their fate: kept, moved, deleted; and articles of files that left."""

from __future__ import annotations

import errno
import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.watch_fakes import FakeStore
from tests.models.ledger_invariants import check_invariants
from tests.servers.watching import Watching
from tests.waiting import until

from newsdrop.documents import ErrorClass, Failure, Outcome, Stage, State
from newsdrop.identity import path_drop_id
from newsdrop.ledger.deadletters import LetterFilter
from newsdrop.ledger.ledger import Settlement
from newsdrop.ports import Dead, Entry
from newsdrop.watch import disposal
from newsdrop.watch.disposal import Disposal, Disposed

pytestmark = pytest.mark.redis

OLD_S = 3_600.0


def moving(watching: Watching) -> dict[str, Any]:
    place = watching.place
    return {"path": watching.folder, "after": "move", "done": place / "done", "failed": place / "failed"}


def fail_all(watching: Watching) -> None:
    failure = Failure(stage=Stage.PARSE, kind=ErrorClass.PERMANENT, type="NoArticleError", message="nothing")
    for batch in list(watching.ledger.batches()):
        drops = watching.ledger.start(batch.id, "run", process=1, task="t")
        outcomes = [
            Outcome(drop=drop, failure=failure, stamp=watching.stamp(Path(drop.path or ""))) for drop in drops
        ]
        watching.ledger.finish(batch.id, "run", [Settlement(one, Dead()) for one in outcomes])


def tree(watching: Watching) -> set[str]:
    return {str(path.relative_to(watching.place)) for path in watching.place.rglob("*") if path.is_file()}


def test_kept_files_stay(watching: Watching) -> None:
    path = watching.write("a.md", age_s=OLD_S)
    with watching.run(rescan_s=1):
        watching.wait_for(path)
        watching.settle_all()
        watching.wait_for_scans(2)
    assert tree(watching) == {"in/a.md"}


def test_indexed_files_are_moved_soon_and_not_taken_for_new_or_gone(watching: Watching) -> None:
    with watching.run(moving(watching)):
        paths = [watching.write(f"sub/{number}.md") for number in range(100)]
        watching.wait_for(*paths)
        watching.settle_all()
        until(lambda: tree(watching) == {f"done/sub/{number}.md" for number in range(100)})
        again = watching.write("sub/0.md", "a second file of that name")
        until(lambda: watching.state(again) is State.QUEUED)
        watching.settle_all()
        until(lambda: (watching.place / "done/sub/0 (2).md").exists())
    assert watching.ledger.counts()[State.INDEXED] == 100
    assert watching.queued() == 0


def test_a_dead_file_goes_to_failed_with_its_letter_and_may_come_back(watching: Watching) -> None:
    with watching.run(moving(watching)):
        path = watching.write("a.md")
        watching.wait_for(path)
        fail_all(watching)
        failed = watching.place / "failed/a.md"
        until(failed.exists)
        until(lambda: not path.exists())
        letter = watching.letters.show(path_drop_id(path))
        assert letter is not None
        assert letter.path == str(failed)
        failed.rename(path)
        until(lambda: watching.state(path) is State.QUEUED)
        watching.settle_all()
        until((watching.place / "done/a.md").exists)
    letter = watching.letters.show(path_drop_id(path))
    assert letter is not None
    assert letter.status == "replayed"


def test_each_of_many_bad_files_of_one_name_keeps_its_letter(watching: Watching) -> None:
    texts = ["bad", "also bad", "a third one", "and one more"]
    path = watching.folder / "a.md"
    with watching.run(moving(watching)):
        for text in texts:
            watching.write("a.md", text)
            until(lambda: watching.state(path) is State.QUEUED)
            fail_all(watching)
            until(lambda: not path.exists(), "moved to failed")
    check_invariants(watching.ledger.client)
    letters = watching.letters.list()
    contents = {Path(letter.path or "").read_text() for letter in letters}
    assert contents == set(texts)
    assert all(len(letter.attempts) == 1 for letter in letters)
    # Nothing is called replayed that nobody tried, and the place's own letter tells of the last one.
    assert {letter.status for letter in watching.letters.list(LetterFilter(status=None))} == {"dead"}
    assert watching.ledger.counts()[State.DEAD] == 4
    # Each is tried again where it lies.
    assert watching.letters.replay(LetterFilter(), "me") == 4
    (batch,) = watching.ledger.batches()
    drops = watching.ledger.start(batch.id, "run", process=1, task="t")
    assert {Path(drop.path or "").read_text() for drop in drops} == set(texts)


def test_a_dead_file_that_is_mended_and_moved_back_leaves_no_letter_open(watching: Watching) -> None:
    with watching.run(moving(watching)):
        path = watching.write("a.md")
        watching.wait_for(path)
        fail_all(watching)
        failed = watching.place / "failed/a.md"
        until(lambda: failed.exists() and not path.exists())
        failed.write_text("mended")
        failed.rename(path)
        until(lambda: watching.state(path) is State.QUEUED)
        watching.settle_all()
        until((watching.place / "done/a.md").exists)
    (letter,) = watching.letters.list(LetterFilter(status=None))
    assert letter.status == "replayed"
    check_invariants(watching.ledger.client)


def test_a_file_in_the_place_of_one_in_failed_leaves_that_one_its_letter(watching: Watching) -> None:
    with watching.run(moving(watching)):
        path = watching.write("a.md")
        watching.wait_for(path)
        fail_all(watching)
        failed = watching.place / "failed/a.md"
        until(lambda: failed.exists() and not path.exists())
        watching.write("a.md", "a good file")
        until(lambda: watching.state(path) is State.QUEUED)
        watching.settle_all()
        until((watching.place / "done/a.md").exists)
    (letter,) = watching.letters.list()
    assert (letter.id, letter.path) == (path_drop_id(failed), str(failed))
    assert watching.state(failed) is State.DEAD
    assert watching.letters.discard([letter.id], "me") == 1
    assert watching.state(failed) is State.DISCARDED
    check_invariants(watching.ledger.client)


def test_what_a_crash_left_undone_is_done_at_the_next_start(watching: Watching) -> None:
    path = watching.write("a.md", age_s=OLD_S)
    with watching.run(moving(watching)):
        watching.wait_for(path)
    watching.settle_all()
    (watching.place / "done").mkdir()
    os.link(path, watching.place / "done/a.md")
    with watching.run(moving(watching)):
        until(lambda: tree(watching) == {"done/a.md"})


def test_indexed_files_are_deleted_and_changed_ones_are_not(watching: Watching) -> None:
    deleting = {"path": watching.folder, "after": "delete"}
    with watching.run(deleting, rescan_s=1):
        gone, dead = watching.write("gone.md"), watching.write("dead.md")
        watching.wait_for(gone, dead)
        for batch in list(watching.ledger.batches()):
            drops = watching.ledger.start(batch.id, "run", process=1, task="t")
            failure = Failure(stage=Stage.PARSE, kind=ErrorClass.PERMANENT, type="E", message="m")
            for drop in drops:
                stamp = watching.stamp(Path(drop.path or ""))
                good = Settlement(Outcome(drop=drop, state=State.INDEXED, stamp=stamp, document_id=drop.id))
                bad = Settlement(Outcome(drop=drop, failure=failure, stamp=stamp), Dead())
                watching.ledger.finish(batch.id, "run", [good if drop.path == str(gone) else bad])
        until(lambda: tree(watching) == {"in/dead.md"})
        watching.wait_for_scans(2)
    assert tree(watching) == {"in/dead.md"}


@pytest.mark.parametrize("after", ["move", "delete"])
@pytest.mark.parametrize("restart", [False, True])
def test_another_file_with_the_size_and_time_of_one_that_was_put_away_is_read(
    watching: Watching, after: str, restart: bool
) -> None:
    path = watching.folder / "export.md"

    def arrive(text: str) -> None:
        outside = watching.place / "outside"
        outside.write_text(text)
        os.utime(outside, (1_700_000_000,) * 2)
        outside.rename(path)

    policy = moving(watching) | {"after": after}
    with watching.run(policy):
        arrive("one")
        watching.wait_for(path)
        watching.settle_all()
        until(lambda: not path.exists())
        if not restart:
            arrive("two")
            until(lambda: watching.state(path) is State.QUEUED)
    if restart:
        arrive("two")
    # What an earlier watcher has queued, this one only puts away after a rescan.
    with watching.run(policy, rescan_s=1):
        until(lambda: watching.state(path) is State.QUEUED)
        assert path.read_text() == "two"
        watching.settle_all()
        until(lambda: not path.exists())
    assert watching.enqueued_files() == 2


def test_a_file_that_cannot_be_put_away_is_not_read_again_and_again(
    watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_self: Disposal, path: str, _entry: Entry) -> Disposed:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)

    delete = Disposal._delete
    monkeypatch.setattr(Disposal, "_delete", refuse)
    deleting = {"path": watching.folder, "after": "delete"}
    path = watching.write("a.md", age_s=OLD_S)
    for _ in range(2):
        with watching.run(deleting, rescan_s=1):
            watching.wait_for(path)
            # The change time, too, is from before; the ledger counts in seconds.
            until(lambda: time.time() > path.stat().st_ctime + 1.1)
            watching.settle_all()
            watching.wait_for_scans(2)
            assert watching.recorder.named("watch.unreadable")
            until(lambda: watching.ledger.files_put_away() == 0, "not counted as put away")
            assert watching.state(path) is State.INDEXED
    monkeypatch.setattr(Disposal, "_delete", delete)
    with watching.run(deleting):
        until(lambda: not path.exists())
    assert watching.enqueued_files() == 1
    assert watching.ledger.files_put_away() == 1


@pytest.mark.parametrize("state", [State.INDEXED, State.DEAD])
def test_the_files_beside_a_page_are_moved_with_it(watching: Watching, state: State) -> None:
    with watching.run(moving(watching), rescan_s=1):
        # The page first: an old file in a folder of no page's own would be a drop at once.
        page = watching.write("Page.html")
        watching.write("Page_files/frame.html", age_s=OLD_S)
        watching.wait_for(page)
        if state is State.DEAD:
            fail_all(watching)
        else:
            watching.settle_all()
        place = "failed" if state is State.DEAD else "done"
        until(lambda: tree(watching) == {f"{place}/Page.html", f"{place}/Page_files/frame.html"})
        watching.wait_for_scans(2)
    assert watching.enqueued_files() == 1


def test_the_files_beside_a_page_that_is_deleted_stay_and_are_passed_over(watching: Watching) -> None:
    with watching.run({"path": watching.folder, "after": "delete"}, rescan_s=1):
        # The page first: an old file in a folder of no page's own would be a drop at once.
        page = watching.write("Page.html")
        watching.write("Page_files/frame.html", age_s=OLD_S)
        watching.wait_for(page)
        watching.settle_all()
        until(lambda: not page.exists())
        watching.write("Page_files/late.html", age_s=OLD_S)
        watching.wait_for_scans(2)
    assert watching.enqueued_files() == 1
    assert (watching.folder / "Page_files/frame.html").exists()


def test_a_page_whose_files_cannot_be_moved_stays_with_them(
    watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_folder: str, _page: str, _target: str) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(disposal, "move_beside", refuse)
    with watching.run(moving(watching)):
        # The page first: an old file in a folder of no page's own would be a drop at once.
        page = watching.write("Page.html")
        watching.write("Page_files/frame.html", age_s=OLD_S)
        watching.wait_for(page)
        watching.settle_all()
        until(lambda: watching.recorder.named("watch.unreadable"))
    assert {"in/Page.html", "in/Page_files/frame.html"} <= tree(watching)
    monkeypatch.undo()
    with watching.run(moving(watching)):
        until(lambda: tree(watching) == {"done/Page.html", "done/Page_files/frame.html"})
    # It stayed, and that is known: it is not read once more.
    assert watching.enqueued_files() == 1
    assert watching.ledger.files_put_away() == 1


@pytest.mark.parametrize("linked_at", ["start", "later"])
def test_a_symlink_from_a_folder_that_deletes_leaves_the_file_of_one_that_keeps(
    watching: Watching, linked_at: str
) -> None:
    kept = watching.write("keep/k.md", age_s=OLD_S)
    deleting = {"path": watching.folder, "after": "delete"}
    link = watching.folder / "link.md"
    if linked_at == "start":
        link.symlink_to("keep/k.md")
    with watching.run(deleting, {"path": watching.folder / "keep"}, rescan_s=1):
        watching.wait_for(kept)
        folders = [event["folder"] for event in watching.recorder.named("watch.enqueued")]
        assert folders == [str(watching.folder / "keep")]
        watching.settle_all()
        if linked_at == "later":
            link.symlink_to("keep/k.md")
        gone = watching.write("gone.md")
        watching.wait_for(gone)
        watching.settle_all()
        until(lambda: not gone.exists())
        watching.wait_for_scans(4)
    assert kept.exists()


def test_a_polled_file_that_is_written_in_two_parts_is_read_whole_before_it_is_deleted(
    watching: Watching,
) -> None:
    deleting = {"path": watching.folder, "after": "delete", "polling": True}
    with watching.run(deleting, poll_ms=50, settle_ms=1_000) as watcher:
        path = watching.write("a.md", "half")
        watching.wait_for(path)
        watching.settle_all()
        kept_back = watcher._putting_away._waiting
        until(lambda: any(one.since_ms is not None for one in list(kept_back.values())) or not path.exists())
        # Closed in between, and much later than the settle time.
        with path.open("r+") as file:
            file.seek(0, os.SEEK_END)
            file.write("whole")
        until(lambda: watching.state(path) is State.QUEUED)
        watching.settle_all()
        until(lambda: not path.exists())
    assert watching.enqueued_files() == 2


def test_a_share_whose_clock_is_behind_has_no_file_deleted_that_is_being_written(
    watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("newsdrop.watch.folder.is_network", lambda _fstype: True)
    deleting = {"path": watching.folder, "after": "delete"}
    with watching.run(deleting, poll_ms=50, settle_ms=1_000) as watcher:
        # What was written this moment is an hour old by the share's clock.
        path = watching.write("a.md", "half", age_s=3_600)
        watching.wait_for(path)
        watching.settle_all()
        kept_back = watcher._putting_away._waiting
        until(lambda: any(one.since_ms is not None for one in list(kept_back.values())) or not path.exists())
        assert path.exists()
        watching.write("a.md", "half and whole", age_s=3_599)
        until(lambda: watching.state(path) is State.QUEUED)
        watching.settle_all()
        until(lambda: not path.exists())
    assert watching.enqueued_files() == 2


def removing(watching: Watching) -> dict[str, Any]:
    return {"path": watching.folder, "on_delete": "remove"}


def test_a_file_that_leaves_is_handed_in_to_take_its_article_along(watching: Watching) -> None:
    with watching.run(removing(watching)):
        path, other = watching.write("a.md"), watching.write("other.md")
        watching.wait_for(path, other)
        watching.settle_all()
        path.unlink()
        until(lambda: watching.state(path) is State.QUEUED)
        assert watching.settle_all(State.REMOVED, document=False) == 1
        assert watching.state(path) is State.REMOVED
        path.write_text("text")
        until(lambda: watching.state(path) is State.QUEUED)
    assert watching.state(other) is State.INDEXED


def test_a_kept_folder_forgets_nothing_of_files_that_leave(watching: Watching) -> None:
    with watching.run(rescan_s=1):
        path = watching.write("a.md")
        watching.wait_for(path)
        watching.settle_all()
        path.unlink()
        watching.wait_for_scans(2)
    assert watching.state(path) is State.INDEXED


def test_what_left_while_no_watcher_ran_is_found_in_the_index(watching: Watching) -> None:
    gone, kept = watching.write("sub/gone.md", age_s=OLD_S), watching.write("kept.md", age_s=OLD_S)
    with watching.run(removing(watching)):
        watching.wait_for(gone, kept)
    watching.settle_all()
    shutil.rmtree(gone.parent)
    with watching.run(removing(watching), store=FakeStore([str(gone), str(kept)])):
        until(lambda: watching.state(gone) is State.QUEUED)
    assert watching.state(kept) is State.INDEXED


def test_a_vanished_or_emptied_folder_removes_nothing(watching: Watching) -> None:
    paths = [watching.write(f"{number}.md", age_s=OLD_S) for number in range(20)]
    store = FakeStore([str(path) for path in paths])
    with watching.run(removing(watching), store=store, compare_s=0.1, rescan_s=1):
        watching.wait_for(*paths)
        watching.settle_all()
        watching.folder.rename(watching.place / "away")
        until(lambda: watching.recorder.named("watch.removals_held"))
        watching.folder.mkdir()
        until(lambda: len(watching.recorder.named("watch.removals_held")) >= 2)
        watching.folder.rmdir()
        (watching.place / "away").rename(watching.folder)
        until(lambda: watching.recorder.named("watch.folder_back"))
        watching.wait_for_scans(2)
    assert watching.ledger.counts()[State.INDEXED] == 20
    assert watching.queued() == 0


def test_deleting_every_file_but_one_removes_every_article_but_one(watching: Watching) -> None:
    with watching.run(removing(watching)):
        paths = [watching.write(f"a/{number}.md") for number in range(50)]
        last = watching.write("last.md")
        watching.wait_for(*paths, last)
        watching.settle_all()
        for path in paths:
            path.unlink()
        until(lambda: watching.queued() == 50)
    assert watching.state(last) is State.INDEXED
