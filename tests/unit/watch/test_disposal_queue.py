"""Which files are put away, and when: after their fate, and a bundle after its members'."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.fakes.watch_fakes import FakeLedger, FakeLetters

from newsdrop.documents import Stamp, State
from newsdrop.errors import OutageError
from newsdrop.settings import Settings, validate
from newsdrop.watch.disposal_queue import DisposalQueue
from newsdrop.watch.folder import open_folders
from newsdrop.watch.lost_articles import LostArticles
from newsdrop.watch.scan import Found
from newsdrop.watch.work import FolderWork


class House:
    def __init__(self, place: Path, after: str = "move") -> None:
        self.folder = Path(os.path.realpath(place)) / "in"
        self.folder.mkdir()
        self.done = self.folder.parent / "done"
        chosen = {
            "path": self.folder,
            "after": after,
            "done": self.done,
            "failed": self.folder.parent / "failed",
        }
        (watched,) = open_folders(validate(Settings, {"folders": [chosen]}))
        self.letters = FakeLetters()
        self.ledger = FakeLedger()
        lost = LostArticles(self.ledger)
        self.work = FolderWork(watched, self.letters, None, lost, rescan_ms=1, poll_ms=1)
        self.returned: list[str] = []
        self.putting_away = DisposalQueue(self.ledger, lambda _work, found: self.returned.append(found.path))

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
