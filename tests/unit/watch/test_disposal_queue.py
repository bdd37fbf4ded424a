"""Which files are put away, and when: after their fate, and a bundle after its members'."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from tests.fakes.watch_fakes import FakeLedger, FakeLetters

from newsdrop.documents import Stamp, State
from newsdrop.errors import OutageError
from newsdrop.identity import path_drop_id
from newsdrop.settings import Settings, validate
from newsdrop.watch.ages import Ages
from newsdrop.watch.disposal_queue import DisposalQueue
from newsdrop.watch.folder import WatchedFolder, open_folders
from newsdrop.watch.lost_articles import LostArticles
from newsdrop.watch.scan import Found
from newsdrop.watch.work import FolderWork


class House:
    def __init__(self, place: Path, after: str = "move", *, polling: bool = False) -> None:
        self.folder = Path(os.path.realpath(place)) / "in"
        self.folder.mkdir()
        self.done = self.folder.parent / "done"
        chosen = {
            "path": self.folder,
            "after": after,
            "polling": polling,
            "done": self.done,
            "failed": self.folder.parent / "failed",
        }
        (watched,) = open_folders(validate(Settings, {"folders": [chosen]}))
        self.letters = FakeLetters()
        self.ledger = FakeLedger()
        lost = LostArticles(self.ledger)
        self.work = FolderWork(watched, self.letters, None, lost, rescan_ms=1, poll_ms=1)
        self.returned: list[str] = []
        self.putting_away = DisposalQueue(
            self.ledger, lambda _work, found: self.returned.append(found.path), ages=Ages(500)
        )

    def file(self, name: str) -> Found:
        path = self.folder / name
        path.write_text(name)
        info = path.stat()
        return Found(str(path), Stamp.from_ns(info.st_size, info.st_mtime_ns))


def test_a_queued_file_is_put_away_when_it_has_its_fate(tmp_path: Path) -> None:
    house = House(tmp_path)
    found = house.file("a.md")
    house.ledger.settle(found.path, State.QUEUED, found.stamp)
    house.putting_away.queued(house.work, found)
    house.putting_away.step(0)
    assert Path(found.path).exists()
    house.ledger.settle(found.path, State.INDEXED, found.stamp)
    house.putting_away.step(100)
    assert Path(found.path).exists()
    house.putting_away.step(500)
    assert (house.done / "a.md").exists()
    assert not Path(found.path).exists()


def test_a_file_whose_entry_is_about_other_content_stays(tmp_path: Path) -> None:
    house = House(tmp_path)
    found = house.file("a.md")
    house.ledger.settle(found.path, State.INDEXED, Stamp(99, 99))
    house.putting_away.queued(house.work, found)
    house.putting_away.step(0)
    assert Path(found.path).exists()


def test_a_bundle_stays_while_anything_waits_that_may_be_its_member(tmp_path: Path) -> None:
    house = House(tmp_path)
    found = house.file("bundle.zip")
    entry = house.ledger.settle(found.path, State.EXPANDED, found.stamp)
    house.ledger.settle("/member", State.RETRYING, found.stamp)
    house.putting_away.settled(house.work, found, entry)
    house.putting_away.step(0)
    assert Path(found.path).exists()
    house.ledger.settle("/member", State.INDEXED, found.stamp)
    house.putting_away.settled(house.work, found, entry)
    house.putting_away.step(0)
    assert (house.done / "bundle.zip").exists()


def test_a_dead_bundle_stays_as_long_because_its_good_members_are_read_from_it(tmp_path: Path) -> None:
    house = House(tmp_path)
    for name, stays in (("bundle.zip", True), ("page.md", False)):
        path = house.folder / name
        path.write_bytes(b"PK\x03\x04" if stays else b"no bundle")
        found = Found(str(path), Stamp.from_ns(path.stat().st_size, path.stat().st_mtime_ns))
        entry = house.ledger.settle(found.path, State.DEAD, found.stamp)
        house.letters.write(found.path)
        house.ledger.settle("/member", State.QUEUED, found.stamp)
        house.putting_away.settled(house.work, found, entry)
        house.putting_away.step(0)
        assert path.exists() is stays
        house.ledger.settle("/member", State.INDEXED, found.stamp)
        house.putting_away.settled(house.work, found, entry)
        house.putting_away.step(0)
        assert not path.exists()


def test_a_dead_file_that_was_moved_back_is_told(tmp_path: Path) -> None:
    house = House(tmp_path)
    found = house.file("a.md")
    house.letters.write(found.path)
    house.letters.moved(next(iter(house.letters.letters)), "/failed/a.md")
    entry = house.ledger.settle(found.path, State.DEAD, found.stamp)
    house.putting_away.settled(house.work, found, entry)
    house.putting_away.step(0)
    assert house.returned == [found.path]


def test_a_folder_that_keeps_its_files_gives_no_work(tmp_path: Path) -> None:
    house = House(tmp_path, "keep")
    found = house.file("a.md")
    house.putting_away.queued(house.work, found)
    house.putting_away.settled(house.work, found, house.ledger.settle(found.path, State.INDEXED, found.stamp))
    assert len(house.putting_away) == 0
    house.ledger.down = True
    house.putting_away.step(0)


def test_an_outage_forgets_nothing(tmp_path: Path) -> None:
    house = House(tmp_path)
    found = house.file("a.md")
    house.ledger.settle(found.path, State.INDEXED, found.stamp)
    house.putting_away.queued(house.work, found)
    house.ledger.down = True
    with pytest.raises(OutageError):
        house.putting_away.step(0)
    house.ledger.down = False
    house.putting_away.step(500)
    assert (house.done / "a.md").exists()


@pytest.mark.parametrize("after", ["move", "delete"])
def test_a_file_that_somebody_has_open_for_writing_stays_until_it_is_closed(
    tmp_path: Path, after: str
) -> None:
    house = House(tmp_path, after)
    found = house.file("a.md")
    entry = house.ledger.settle(found.path, State.INDEXED, found.stamp)
    with open(found.path, "a"):
        house.putting_away.settled(house.work, found, entry)
        house.putting_away.step(0)
        house.putting_away.step(60_000)
        assert Path(found.path).exists()
        assert not house.ledger.lookup([path_drop_id(found.path)])[0].put_away  # type: ignore[union-attr]
    house.putting_away.step(60_500)
    assert not Path(found.path).exists()


def test_where_the_kernel_cannot_tell_a_file_must_have_rested(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path)
    monkeypatch.setattr(WatchedFolder, "being_written", lambda _self, _path: None)
    found = house.file("a.md")
    # Its time is no witness: it is from the future.
    os.utime(found.path, (time.time() + 3_600,) * 2)
    found = Found(found.path, Stamp.from_ns(len("a.md"), Path(found.path).stat().st_mtime_ns))
    entry = house.ledger.settle(found.path, State.INDEXED, found.stamp)
    house.putting_away.settled(house.work, found, entry)
    for now_ms in (0, 2_500, 4_500):
        house.putting_away.step(now_ms)
        # The rescans in between don't start its time anew.
        house.putting_away.settled(house.work, found, entry)
        assert Path(found.path).exists()
    house.putting_away.step(5_000)
    assert (house.done / "a.md").exists()


def test_in_a_polled_folder_a_file_must_have_rested_since_its_writer_closed_it(tmp_path: Path) -> None:
    house = House(tmp_path, "delete", polling=True)
    found = house.file("a.md")
    house.putting_away.settled(house.work, found, house.ledger.settle(found.path, State.INDEXED, found.stamp))
    for now_ms in (0, 2_500, 4_500):
        house.putting_away.step(now_ms)
        assert Path(found.path).exists()
    house.putting_away.step(5_000)
    assert not Path(found.path).exists()


def test_a_polled_file_that_is_written_on_before_it_has_rested_stays(tmp_path: Path) -> None:
    house = House(tmp_path, "delete", polling=True)
    found = house.file("a.md")
    house.putting_away.settled(house.work, found, house.ledger.settle(found.path, State.INDEXED, found.stamp))
    house.putting_away.step(0)
    with open(found.path, "a") as file:
        file.write(" and the end")
    house.putting_away.step(5_000)
    assert Path(found.path).read_text() == "a.md and the end"
    entry = house.ledger.lookup([path_drop_id(found.path)])[0]
    assert entry is not None
    assert not entry.put_away


def test_a_file_that_was_changed_long_ago_need_not_be_watched_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path)
    monkeypatch.setattr(WatchedFolder, "being_written", lambda _self, _path: None)
    found = house.file("a.md")
    os.utime(found.path, (time.time() - 60,) * 2)
    found = Found(found.path, Stamp.from_ns(len("a.md"), Path(found.path).stat().st_mtime_ns))
    house.putting_away.settled(house.work, found, house.ledger.settle(found.path, State.INDEXED, found.stamp))
    house.putting_away.step(0)
    assert (house.done / "a.md").exists()


def test_a_file_that_left_before_it_could_be_put_away_counts_as_one_that_left(tmp_path: Path) -> None:
    house = House(tmp_path)
    found = house.file("a.md")
    entry = house.ledger.settle(found.path, State.INDEXED, found.stamp)
    house.putting_away.settled(house.work, found, entry)
    Path(found.path).unlink()
    house.putting_away.step(0)
    assert house.ledger.lookup([path_drop_id(found.path)]) == [entry]
