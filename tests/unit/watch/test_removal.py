"""Files that left: handed in when that is sure, never when the folder may be unmounted."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import pytest
from tests.fakes.watch_fakes import FakeLedger, FakeStore

from newsdrop.documents import Stamp, State
from newsdrop.errors import OutageError
from newsdrop.settings import Settings
from newsdrop.watch.folder import WatchedFolder, open_folders
from newsdrop.watch.removal import NO_FILE, Removals

STAMP = Stamp(1, 1)


class House:
    def __init__(self, place: Path, *, store: bool = True) -> None:
        self.root = place / "w"
        self.root.mkdir()
        (self.root / "other.md").touch()
        self.folder: WatchedFolder
        (self.folder,) = open_folders(
            Settings.model_validate({"folders": [{"path": self.root, "on_delete": "remove"}]})
        )
        self.ledger = FakeLedger()
        self.store = FakeStore()
        self.removals = Removals(
            self.folder, self.ledger, self.store if store else None, wait_ms=1_000, compare_ms=60_000
        )

    def indexed(self, name: str, state: State = State.INDEXED) -> str:
        path = str(self.root / name)
        self.ledger.settle(path, state, STAMP, "d" * 32)
        self.store.paths.append(path)
        return path

    def left(self, path: str, now_ms: int = 0) -> None:
        self.removals.left(path, is_folder=False, now_ms=now_ms)


def test_a_file_that_left_is_handed_in_by_force_after_a_while(tmp_path: Path) -> None:
    house = House(tmp_path, store=False)
    path = house.indexed("a.md")
    house.left(path)
    assert house.removals.step(999) == 0
    assert house.removals.step(1_000) == 1
    ((_, force, (drop,)),) = house.ledger.calls
    assert (force, drop.path, drop.stamp) == (True, path, NO_FILE)
    assert house.removals.step(2_000) == 0


def test_a_file_that_is_back_by_then_is_not(tmp_path: Path) -> None:
    house = House(tmp_path, store=False)
    path = house.indexed("a.md")
    house.left(path)
    Path(path).touch()
    assert house.removals.step(1_000) == 0


@pytest.mark.parametrize("state", [State.DEAD, State.QUEUED])
def test_a_file_without_an_article_leaves_in_peace(tmp_path: Path, state: State) -> None:
    house = House(tmp_path, store=False)
    path = str(house.root / "a.md")
    house.ledger.settle(path, state, STAMP)
    house.left(path)
    house.left(str(house.root / "unknown.md"))
    assert house.removals.step(1_000) == 0


def test_the_comparison_finds_what_left_unseen(tmp_path: Path) -> None:
    house = House(tmp_path)
    gone, kept = house.indexed("gone.md"), house.indexed("other.md")
    house.store.paths.append("/elsewhere/x.md")
    house.removals.step(0)
    assert house.ledger.enqueued() == [gone]
    assert kept not in house.ledger.enqueued()


def test_the_comparison_comes_again_only_after_its_time(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.indexed("other.md")
    for now_ms in (0, 1, 2, 59_999):
        house.removals.step(now_ms)
    assert house.store.asked == 1
    house.removals.step(60_000)
    assert house.store.asked == 2


def test_a_folder_that_left_brings_the_comparison_forward(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.removals.step(0)
    house.removals.step(1)
    path = house.indexed("sub/a.md")
    house.removals.left(str(house.root / "sub"), is_folder=True, now_ms=1_000)
    house.removals.step(2_000)
    assert house.ledger.enqueued() == [path]


@pytest.mark.parametrize("how", ["missing", "empty", "device"])
def test_nothing_is_removed_while_the_folder_may_be_unmounted(
    tmp_path: Path, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    house = House(tmp_path)
    path = house.indexed("a.md")
    house.left(path)
    if how == "device":
        house.folder._ground._device = house.root.stat().st_dev + 1
    else:
        (house.root / "other.md").unlink()
    if how == "missing":
        shutil.rmtree(house.root)
    with caplog.at_level(logging.WARNING):
        for now_ms in range(0, 200_000, 1_000):
            house.removals.step(now_ms)
    assert house.ledger.calls == []
    assert [record.message for record in caplog.records] == ["watch.removals_held"]


def test_what_was_held_back_is_done_when_the_folder_is_back(tmp_path: Path) -> None:
    house = House(tmp_path, store=False)
    path = house.indexed("a.md")
    house.left(path)
    house.root.rename(tmp_path / "away")
    assert house.removals.step(1_000) == 0
    (tmp_path / "away").rename(house.root)
    assert house.removals.step(60_000) == 1


def test_an_outage_forgets_nothing(tmp_path: Path) -> None:
    house = House(tmp_path)
    path = house.indexed("a.md")
    house.left(path)
    house.ledger.down = house.store.down = True
    for now_ms in (1_000, 2_000, 3_000):
        with pytest.raises(OutageError):
            house.removals.step(now_ms)
    house.ledger.down = False
    with pytest.raises(OutageError):
        house.removals.step(4_000)
    assert house.ledger.enqueued() == [path]


def test_an_article_that_is_being_removed_is_not_handed_in_again(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.indexed("a.md")
    house.removals.step(0)
    house.removals.step(1)
    for now_ms in range(60_000, 200_000, 1_000):
        house.removals.step(now_ms)
    assert len(house.ledger.calls) == 1


def test_a_file_that_cannot_be_looked_at_has_not_left(tmp_path: Path) -> None:
    house = House(tmp_path)
    path = house.indexed("sub/a.md")
    (house.root / "sub").symlink_to("sub")
    house.removals.step(0)
    house.left(path)
    assert house.removals.step(1_000) == 0
    (house.root / "sub").unlink()
    house.left(path, 2_000)
    assert house.removals.step(3_000) == 1
