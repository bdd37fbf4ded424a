"""Which scan of a folder comes next, and what is said of it."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from tests.fakes.watch_fakes import FakeLedger

from newsdrop.settings import Settings, validate
from newsdrop.watch.folder import open_folders
from newsdrop.watch.lost_articles import LostArticles
from newsdrop.watch.rescan import Reason, Rescan
from newsdrop.watch.work import FolderWork, Troubles


def work(tmp_path: Path, **folder: object) -> FolderWork:
    settings = validate(Settings, {"folders": [{"path": tmp_path, **folder}]})
    lost = LostArticles(FakeLedger())
    return FolderWork(open_folders(settings)[0], None, None, lost, rescan_ms=60_000, poll_ms=1_000)


def begin(one: FolderWork, now_ms: int) -> Reason | None:
    chosen = one.next_scan(now_ms)
    if chosen is None:
        return None
    one.scan = Rescan(one.folder, chosen[0], iter(()), now_ms, below=chosen[1])
    return chosen[0]


def end(one: FolderWork, now_ms: int) -> None:
    assert one.scan is not None
    one.ended(one.scan, now_ms)


def test_the_first_scan_is_the_start_and_the_next_by_the_clock(tmp_path: Path) -> None:
    one = work(tmp_path)
    assert begin(one, 0) is Reason.START
    assert begin(one, 1) is None
    end(one, 100)
    assert one.scan_in_ms(100) == 60_000
    assert begin(one, 60_099) is None
    assert begin(one, 60_100) is Reason.PERIODIC


def test_a_polled_folder_is_scanned_at_its_own_pace(tmp_path: Path) -> None:
    one = work(tmp_path, polling=True)
    begin(one, 0)
    end(one, 0)
    assert begin(one, 999) is None
    assert begin(one, 1_000) is Reason.POLL


def test_long_scans_take_only_their_share_of_the_time(tmp_path: Path) -> None:
    one = work(tmp_path)
    begin(one, 0)
    assert one.scan is not None
    one.scan.worked_ms = 50_000
    end(one, 100_000)
    assert one.scan_in_ms(100_000) == 200_000


def test_a_new_folder_is_scanned_alone_unless_a_whole_scan_comes_anyway(tmp_path: Path) -> None:
    one = work(tmp_path)
    one.want_below("/w/a")
    assert one.next_scan(0) == (Reason.START, None)
    one.want_below("/w/a")
    one.want_below("/w/a/b")
    assert one.expects("/w/a/x.md")
    assert one.next_scan(0) == (Reason.NEW_FOLDER, "/w/a")
    assert not one.expects("/w/a/x.md")


def test_too_many_new_folders_become_one_whole_scan(tmp_path: Path) -> None:
    one = work(tmp_path)
    one.wanted = None
    for number in range(1_001):
        one.want_below(f"/w/{number}")
    assert one.next_scan(0) == (Reason.NEW_FOLDER, None)


def test_a_scan_that_finds_what_was_let_go_heals_nothing(tmp_path: Path) -> None:
    one = work(tmp_path)
    one.wanted = Reason.PERIODIC
    begin(one, 0)
    one.want(Reason.CATCH_UP)
    assert one.scan is not None
    assert one.scan.reason is Reason.CATCH_UP
    end(one, 0)
    one.want(Reason.OVERFLOW)
    assert begin(one, 0) is Reason.CATCH_UP


def test_a_missing_folder_is_not_scanned(tmp_path: Path) -> None:
    one = work(tmp_path)
    one.folder.present = False
    assert one.next_scan(0) is None
    assert one.scan_in_ms(0) is None


def test_healed_files_are_counted_and_said_together(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    one = work(tmp_path)
    for missed in (True, False, True):
        one.queued(missed=missed)
    with caplog.at_level(logging.WARNING):
        one.say_healed()
        one.say_healed()
    assert one.healed == 2
    assert [record.message for record in caplog.records] == ["watch.healed"]
    assert one.report(0)["queued"] == 3


def test_the_same_trouble_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    troubles = Troubles(limit=2)
    with caplog.at_level(logging.WARNING):
        for path in ("/a", "/a", "/b", "/c", "/c"):
            troubles.report(path, "why")
    assert len(caplog.records) == 3
    assert len(troubles) == 2
