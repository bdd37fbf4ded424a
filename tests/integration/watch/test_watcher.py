"""The watcher over the real file system, the kernel's real events and a real ledger."""

from __future__ import annotations

import errno
import os
import shutil
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import redis
from tests.servers.redis_server import RedisServer
from tests.servers.watching import Recorder, Watching
from tests.waiting import until

from newsdrop.documents import State
from newsdrop.identity import path_drop_id
from newsdrop.ledger.ledger import Lane, Ledger
from newsdrop.statefolder import make_state_folder
from newsdrop.watch.inotify import Inotify, Notice, Touched

pytestmark = pytest.mark.redis

OLD_S = 3_600.0


def test_a_file_renamed_in_is_queued(watching: Watching) -> None:
    outside = watching.place / "a.md"
    outside.write_text("text")
    with watching.run():
        outside.rename(watching.folder / "a.md")
        watching.wait_for(watching.folder / "a.md")
    entry = watching.entry(watching.folder / "a.md")
    assert entry is not None
    assert (entry.state, entry.stamp) == (State.QUEUED, watching.stamp(watching.folder / "a.md"))
    assert watching.ledger.depth() == {Lane.FRESH: 1, Lane.BACKLOG: 0}


def test_a_file_that_is_written_slowly_is_queued_once_and_whole(watching: Watching) -> None:
    path = watching.folder / "slow.md"
    with watching.run(settle_ms=300), path.open("w") as file:
        for _ in range(20):
            file.write("more")
            file.flush()
            assert not watching.known(path)
            time.sleep(0.05)  # the writer's pace, shorter than the settle time
        file.close()
        watching.wait_for(path)
    entry = watching.entry(path)
    assert entry is not None
    assert entry.stamp == watching.stamp(path)
    assert watching.enqueued_files() == 1


@pytest.mark.parametrize("polling", [False, True])
def test_a_writer_that_pauses_with_the_file_open_is_waited_for(watching: Watching, polling: bool) -> None:
    path = watching.folder / "pausing.md"
    with watching.run(settle_ms=200, polling=polling, poll_ms=50) as watcher, path.open("w") as file:
        file.write("half")
        file.flush()
        until(lambda: str(path) in watcher._tracker)
        time.sleep(0.8)  # four settle times, which would do for a closed file
        assert not watching.known(path)
        file.write("whole")
        file.close()
        watching.wait_for(path)
    entry = watching.entry(path)
    assert entry is not None
    assert entry.stamp.size == len("halfwhole")


@pytest.mark.parametrize("polling", [False, True])
def test_a_file_that_is_opened_long_before_it_is_written_is_waited_for(
    watching: Watching, polling: bool
) -> None:
    path = watching.folder / "slow.md"
    with watching.run(settle_ms=200, polling=polling, poll_ms=50) as watcher, path.open("w") as file:
        until(lambda: str(path) in watcher._tracker)
        time.sleep(0.8)  # four settle times, which would do for a closed file
        assert not watching.known(path)
        file.write("whole")
        file.close()
        watching.wait_for(path)
    entry = watching.entry(path)
    assert entry is not None
    assert entry.stamp.size == len("whole")


def test_the_lost_event_of_its_closing_does_not_hold_a_file_back(
    watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Inotify.read
    monkeypatch.setattr(
        Inotify,
        "read",
        lambda self, timeout_ms: [
            one for one in read(self, timeout_ms) if not (isinstance(one, Touched) and one.writing is False)
        ],
    )
    # Ten times this would be longer than the test's patience.
    with watching.run(settle_ms=10_000):
        watching.wait_for(watching.write("a.md"))


def test_a_second_name_of_a_file_is_not_taken_for_one_that_is_being_written(watching: Watching) -> None:
    outside = watching.place / "a.md"
    outside.write_text("text")
    with watching.run(settle_ms=2_000) as watcher:
        path = watching.folder / "a.md"
        os.link(outside, path)
        until(lambda: str(path) in watcher._tracker)
        assert not watcher._tracker._tracked[str(path)].writing
        watching.wait_for(path)


def test_a_half_written_file_at_the_start_settles_first(watching: Watching) -> None:
    path = watching.write("young.md", "half")
    with watching.run(settle_ms=2_000):
        until(lambda: watching.scans() >= 1)
        assert not watching.known(path)
        path.write_text("whole text")
        watching.wait_for(path)
    entry = watching.entry(path)
    assert entry is not None
    assert entry.stamp.size == len("whole text")


def test_a_file_from_the_future_is_queued_once_it_keeps_still(watching: Watching) -> None:
    path = watching.write("future.md", age_s=-86_400)
    with watching.run():
        watching.wait_for(path)


def test_a_burst_of_ten_thousand_files_is_queued_exactly_once(watching: Watching) -> None:
    with watching.run(high_water=20_000):
        for number in range(10_000):
            # Whole at once: one that stands empty for longer than the settle time is rightly queued twice.
            whole = watching.place / f"{number}.md"
            whole.write_bytes(b"x")
            whole.rename(watching.folder / whole.name)
        until(lambda: watching.queued() == 10_000)
    assert watching.ledger.depth()[Lane.FRESH] + watching.ledger.depth()[Lane.BACKLOG] == 10_000
    assert watching.enqueued_files() == 10_000


def test_new_folders_filled_before_they_are_watched_lose_nothing(watching: Watching) -> None:
    prepared = watching.place / "tree"
    for number in range(200):
        path = prepared / f"{number % 7}" / f"{number % 5}" / f"{number}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    with watching.run():
        prepared.rename(watching.folder / "tree")
        (watching.folder / "a/b/c").mkdir(parents=True)
        (watching.folder / "a/b/c/d.md").write_text("x")
        until(lambda: watching.queued() == 201)
        late = watching.write("tree/0/0/late.md")
        watching.wait_for(late)
    assert watching.recorder.named("watch.healed") == []


def test_a_folder_renamed_inside_brings_its_files_under_their_new_paths(watching: Watching) -> None:
    old = watching.write("old/deep/a.md", age_s=OLD_S)
    with watching.run():
        watching.wait_for(old)
        (watching.folder / "old").rename(watching.folder / "new")
        watching.wait_for(watching.folder / "new/deep/a.md")
        watching.wait_for(watching.write("new/deep/b.md"))


def test_changed_content_is_queued_again_and_unchanged_is_not(watching: Watching) -> None:
    path = watching.write("a.md")
    with watching.run():
        watching.wait_for(path)
        watching.settle_all()
        assert watching.state(path) is State.INDEXED
        path.chmod(0o600)
        path.write_text("other text")
        until(lambda: watching.state(path) is State.QUEUED)
    assert watching.enqueued_files() == 2


def test_a_touched_file_is_queued_again_by_its_event(watching: Watching) -> None:
    path = watching.write("a.md", age_s=OLD_S)
    with watching.run():
        watching.wait_for(path)
        watching.settle_all()
        os.utime(path, (1, 1))
        until(lambda: watching.state(path) is State.QUEUED)
    assert watching.recorder.named("watch.healed") == []


def test_temporary_names_are_left_alone_until_they_are_renamed(watching: Watching) -> None:
    hidden = [watching.write(name, age_s=OLD_S) for name in (".a.md", "b.tmp", ".git/c.md", "d.part")]
    with watching.run():
        hidden += [watching.write(name) for name in (".e.md", "f.tmp", ".new/g.md")]
        (watching.folder / "d.part").rename(watching.folder / "d.md")
        watching.wait_for(watching.folder / "d.md", watching.write("last.md"))
    assert watching.queued() == 2


def passed_over(watching: Watching) -> dict[str, int]:
    """What the watcher reports of its first folder, once it does."""
    reports = list(watching.ledger.gauges().watchers.values())
    return reports[0]["folders"][0]["passed_over"] if reports else {}


def test_what_is_no_article_is_passed_over_by_events_and_scans_and_reported(watching: Watching) -> None:
    for name in ("a.css", "README.md", "Page.html", "Page_files/frame.html", "b.txt"):
        watching.write(name, age_s=OLD_S)
    folder = {"path": watching.folder, "include": ["*.md", "*.html"]}
    with watching.run(folder):
        watching.write("c.css")
        watching.write("Page_files/late.html")
        watching.write("d.txt")
        watching.wait_for(watching.folder / "Page.html", watching.write("2020/last.md"))
        wanted = {"asset", "repository", "page_files", "not_included"}
        until(lambda: set(passed_over(watching)) == wanted)
    assert watching.queued() == 2


def test_another_installations_state_folder_is_passed_over_by_events_and_scans(watching: Watching) -> None:
    make_state_folder(watching.folder / "before")
    watching.write("before/log/a.md", age_s=60)
    with watching.run(rescan_s=1):
        make_state_folder(watching.folder / "meanwhile")
        own = watching.write("meanwhile/b.md")
        watching.wait_for(watching.write("c.md"))
        watching.wait_for_scans(2)
        assert not watching.known(own)
        assert not watching.known(watching.folder / "before/log/a.md")
        assert watching.queued() == 1


def test_the_files_that_a_browser_saves_before_their_page_are_passed_over_all_the_same(
    watching: Watching,
) -> None:
    with watching.run(settle_ms=1_500):
        watching.write("Page_files/frame.html")
        watching.wait_for(watching.write("Page.html"), watching.write("last.md"))
        watching.wait_for_scans(0)
    assert watching.queued() == 2


def test_several_folders_one_inside_another_each_with_its_collection(watching: Watching) -> None:
    (watching.folder / "inner").mkdir()
    (watching.place / "second").mkdir()
    folders: list[dict[str, Any]] = [
        {"path": watching.folder, "collection": "one"},
        {"path": watching.folder / "inner", "collection": "two"},
        {"path": watching.place / "second", "polling": True, "collection": "three"},
    ]
    old = watching.write("inner/old.md", age_s=OLD_S)
    with watching.run(*folders, poll_ms=50):
        fresh = [watching.write("a.md"), watching.write("inner/b.md")]
        polled = watching.place / "second/c.md"
        polled.write_text("x")
        watching.wait_for(old, polled, *fresh)
    collections = {
        drop.path: drop.collection
        for batch in watching.ledger.batches()
        for drop in watching.ledger.start(batch.id, "run", process=1, task="t")
    }
    assert collections == {
        str(old): "two",
        str(fresh[0]): "one",
        str(fresh[1]): "two",
        str(polled): "three",
    }
    assert watching.enqueued_files() == 4


def test_polling_finds_new_changed_and_nested_files(watching: Watching) -> None:
    with watching.run(polling=True, poll_ms=50) as watcher:
        assert watcher._inotify is None
        path = watching.write("a/b/c.md")
        watching.wait_for(path)
        watching.settle_all()
        path.write_text("other text")
        until(lambda: watching.state(path) is State.QUEUED)
    assert watching.recorder.named("watch.healed") == []
    (told,) = watching.recorder.named("watch.polling")
    assert "setting" in told["reason"]


def test_a_name_that_is_no_utf8_is_queued_and_reported_without_harm(watching: Watching) -> None:
    raw = os.fsencode(watching.folder) + b"/\xb9\xe3/\xd6\xdd.md"
    path = Path(os.fsdecode(raw))
    with watching.run():
        path.parent.mkdir()
        path.write_text("x")
        watching.wait_for(path)
    ((drop,),) = [
        watching.ledger.start(batch.id, "run", process=1, task="t") for batch in watching.ledger.batches()
    ]
    assert os.fsencode(drop.path or "") == raw


def test_a_restart_queues_nothing_that_is_known(watching: Watching) -> None:
    for number in range(300):
        watching.write(f"{number % 10}/{number}.md", age_s=OLD_S)
    with watching.run():
        until(lambda: watching.queued() == 300)
    watching.settle_all()
    watching.recorder.events.clear()
    with watching.run():
        until(lambda: watching.scans() >= 1)
    assert watching.queued() == 0
    assert watching.recorder.named("watch.enqueued") == []


def test_what_came_while_no_watcher_ran_is_found_at_the_start_and_not_called_healed(
    watching: Watching,
) -> None:
    with watching.run():
        watching.wait_for(watching.write("a.md"))
    later = watching.write("b.md", age_s=OLD_S)
    with watching.run() as watcher:
        watching.wait_for(later)
        assert watcher.healed == 0


def test_a_large_backlog_goes_to_its_own_lane_and_fresh_files_pass_it(watching: Watching) -> None:
    for number in range(1_000):
        watching.write(f"{number}.md", age_s=OLD_S)
    with watching.run(high_water=500):
        until(lambda: watching.ledger.depth()[Lane.BACKLOG] == 500)
        fresh = watching.write("fresh.md")
        watching.wait_for(fresh)
        assert watching.ledger.depth() == {Lane.FRESH: 1, Lane.BACKLOG: 500}


def test_the_high_water_mark_is_kept_and_the_rest_follows(watching: Watching) -> None:
    for number in range(700):
        watching.write(f"{number}.md", age_s=OLD_S)
    with watching.run(high_water=300, rescan_s=1):
        done = 0
        while done < 700:
            until(watching.queued)
            assert all(depth <= 300 for depth in watching.ledger.depth().values())
            done += watching.settle_all()
        until(lambda: watching.ledger.counts()[State.INDEXED] == 700)
    assert watching.recorder.named("watch.high_water")
    assert watching.enqueued_files() == 700


def drop_events(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    read = Inotify.read

    def lossy(self: Inotify, timeout_ms: float) -> list[Notice]:
        return [
            one
            for one in read(self, timeout_ms)
            if not (isinstance(one, Touched) and one.path.endswith(name))
        ]

    monkeypatch.setattr(Inotify, "read", lossy)


@pytest.mark.parametrize("age_s", [0.0, OLD_S])
def test_a_missed_event_is_healed_by_the_rescan_and_counted(
    watching: Watching, monkeypatch: pytest.MonkeyPatch, age_s: float
) -> None:
    drop_events(monkeypatch, "missed.md")
    with watching.run(rescan_s=1) as watcher:
        until(lambda: watching.scans() >= 1)
        path = watching.write("missed.md", age_s=age_s)
        seen = watching.write("seen.md", age_s=age_s)
        watching.wait_for(path, seen)
        until(lambda: watcher.healed)
        assert watcher.healed == 1
    assert [event["files"] for event in watching.recorder.named("watch.healed")] == [1]


def test_files_that_events_told_of_are_never_called_healed(watching: Watching) -> None:
    with watching.run(rescan_s=1, settle_ms=300) as watcher:
        for number in range(60):
            outside = watching.place / f"{number}.md"
            outside.write_text("x")
            os.utime(outside, (time.time() - OLD_S * (number % 2),) * 2)
            outside.rename(watching.folder / f"{number}.md")
            time.sleep(0.05)  # spread over several rescans
        until(lambda: watching.queued() == 60)
        watching.wait_for_scans(2)
        assert watcher.healed == 0


def test_an_overflow_is_told_and_everything_is_found_all_the_same(
    watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    gate, read = threading.Event(), Inotify.read

    def stalled(self: Inotify, timeout_ms: float) -> list[Notice]:
        gate.wait()
        return read(self, timeout_ms)

    monkeypatch.setattr(Inotify, "read", stalled)
    files = limit // 3 + 500
    gate.set()
    with watching.run(high_water=50_000) as watcher:
        until(lambda: watching.scans() >= 1)
        gate.clear()
        for number in range(files):
            (watching.folder / f"{number}.md").write_bytes(b"x")
        (watching.folder / "lost").mkdir()
        gate.set()
        until(lambda: watching.queued() == files)
        assert watcher._overflows == 1
        # The folder whose creation was lost is watched from now on, too.
        late = watching.write("lost/late.md")
        watching.wait_for(late)
    assert watching.recorder.named("watch.overflow") == [{"folders": [str(watching.folder)]}]


def test_without_watches_left_the_folder_is_polled_and_the_limit_is_named(
    watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Inotify, folders: object, *, root: str | None = None) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Inotify, "watch", refuse)
    with watching.run(poll_ms=50):
        watching.wait_for(watching.write("a.md"))
    (told,) = watching.recorder.named("watch.polling")
    assert "fs.inotify.max_user_watches" in told["reason"]


def test_troubles_are_reported_once_and_stop_nothing(watching: Watching) -> None:
    (watching.folder / "out.md").symlink_to("/etc/hostname")
    (watching.folder / "dangling.md").symlink_to("nowhere")
    with watching.run(rescan_s=1):
        watching.wait_for(watching.write("a.md"))
        watching.wait_for_scans(2)
    told = watching.recorder.named("watch.unreadable")
    assert sorted(Path(one["path"]).name for one in told) == ["dangling.md", "out.md"]
    assert watching.queued() == 1


def test_a_symlink_stands_for_a_fresh_file_with_a_hidden_name(watching: Watching) -> None:
    with watching.run():
        hidden = watching.write(".store/a.md")
        (watching.folder / "a.md").symlink_to(".store/a.md")
        watching.wait_for(hidden)
    assert watching.queued() == 1


def test_a_folder_that_vanishes_is_waited_for_and_comes_back_by_itself(watching: Watching) -> None:
    first = watching.write("a.md")
    with watching.run():
        watching.wait_for(first)
        watching.folder.rename(watching.place / "away")
        until(lambda: watching.recorder.named("watch.folder_missing"))
        (watching.place / "away/b.md").write_text("x")
        (watching.place / "away").rename(watching.folder)
        watching.wait_for(watching.folder / "b.md")
        watching.wait_for(watching.write("c.md"))
    assert len(watching.recorder.named("watch.folder_missing")) == 1
    assert watching.recorder.named("watch.folder_back")


def test_a_folder_that_was_deleted_and_made_anew_is_watched_again(watching: Watching) -> None:
    watching.write("a.md")
    with watching.run(rescan_s=3_600):
        watching.wait_for(watching.folder / "a.md")
        shutil.rmtree(watching.folder)
        # The file system may give it the number of the one that was deleted.
        watching.folder.mkdir()
        path = watching.write("new.md")
        watching.wait_for(path)


def test_an_emptied_ledger_is_filled_again_at_once(watching: Watching, redis_client: redis.Redis) -> None:
    paths = [watching.write(f"{number}.md", age_s=OLD_S) for number in range(50)]
    with watching.run(rescan_s=3_600) as watcher:
        watching.wait_for(*paths)
        watching.settle_all()
        # The watcher must have seen the ledger it is to miss.
        until(lambda: watcher._born)
        redis_client.flushall()
        until(lambda: watching.queued() == 50)
    assert watching.recorder.named("ledger.reset")


def test_the_report_says_how_the_watcher_stands(watching: Watching) -> None:
    with watching.run() as watcher:
        until(lambda: watching.ledger.gauges().watchers)
        assert watcher.healed == 0
    ((name, report),) = watching.ledger.gauges().watchers.items()
    assert name.startswith(watching.ledger.host)
    assert report["mode"] == "events"
    assert report["unsettled"] == report["waiting"] == report["healed"] == 0
    (folder,) = report["folders"]
    assert (folder["path"], folder["present"], folder["mode"]) == (str(watching.folder), True, "events")


def test_the_watcher_stops_when_told(watching: Watching) -> None:
    # Leaving the block tells it, and fails if its thread goes on.
    with watching.run() as watcher:
        until(lambda: watcher.ready.is_set())


@pytest.mark.parametrize("keeps_its_data", [True, False])
def test_redis_may_stop_and_start_again(tmp_path: Path, recorder: Recorder, keeps_its_data: bool) -> None:
    server = RedisServer(options=("--appendonly", "yes" if keeps_its_data else "no")).start()
    client = server.client()
    try:
        watching = Watching(tmp_path, client, recorder)
        before = [watching.write(f"before{number}.md", age_s=OLD_S) for number in range(20)]
        with watching.run(rescan_s=3_600):
            watching.wait_for(*before)
            server.stop()
            during = [watching.write(f"during{number}.md", age_s=OLD_S) for number in range(20)]
            until(lambda: recorder.named("watch.outage"))
            server.start()
            watching.wait_for(*during, *before)
            watching.wait_for(watching.write("after.md"))
        assert watching.queued() == 41
        assert "Redis" in recorder.named("watch.outage")[0]["reason"]
    finally:
        client.close()
        server.remove()


def test_a_watcher_may_start_before_redis_does(tmp_path: Path, recorder: Recorder) -> None:
    server = RedisServer().start()
    client = server.client()
    server.stop()
    try:
        watching = Watching(tmp_path, client, recorder)
        path = watching.write("a.md", age_s=OLD_S)
        with watching.run():
            until(lambda: recorder.named("watch.outage"))
            server.start()
            watching.wait_for(path)
    finally:
        client.close()
        server.remove()


def test_two_watchers_of_one_folder_queue_each_file_once(watching: Watching) -> None:
    with watching.run(), watching.run():
        paths = [watching.write(f"{number}.md") for number in range(500)]
        watching.wait_for(*paths)
        assert watching.queued() == 500
    assert sum(watching.ledger.depth().values()) == 500
    assert Ledger(watching.ledger.client).lookup([path_drop_id(paths[0])])[0] is not None
