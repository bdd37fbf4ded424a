"""Files that left: handed in when that is sure, never when the folder may be unmounted."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import msgspec
import pytest
from tests.fakes.watch_fakes import FakeLedger, FakeStore

from newsdrop.documents import Stamp, State
from newsdrop.errors import OutageError
from newsdrop.identity import path_drop_id
from newsdrop.settings import Settings, validate
from newsdrop.watch.folder import WatchedFolder, open_folders
from newsdrop.watch.removal import NO_FILE, RemovalBound, Removals

STAMP = Stamp(1, 1)


class House:
    def __init__(self, place: Path, *, store: bool = True) -> None:
        self.root = place / "w"
        self.root.mkdir()
        (self.root / "other.md").touch()
        self.folder: WatchedFolder
        (self.folder,) = open_folders(
            validate(Settings, {"folders": [{"path": self.root, "on_delete": "remove"}]})
        )
        self.ledger = FakeLedger()
        self.store = FakeStore()
        self.removals = Removals(
            self.folder, self.ledger, self.store if store else None, wait_ms=1_000, compare_ms=60_000
        )

    def indexed(self, name: str, state: State = State.INDEXED) -> str:
        path = str(self.root / name)
        self.ledger.settle(path, state, STAMP, path_drop_id(path))
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


def test_a_file_that_newsdrop_put_away_has_not_left(tmp_path: Path) -> None:
    house = House(tmp_path)
    path = house.indexed("a.md")
    assert house.ledger.put_away([(path_drop_id(path), STAMP)]) == [True]
    house.left(path)
    assert house.removals.step(1_000) == 0
    assert house.ledger.calls == []


@pytest.mark.parametrize(
    ("articles", "of", "exceeded"),
    [
        (19, 19, False),
        (20, 200, False),
        (21, 210, False),
        (20, 199, True),
        (1_000, 1_000, True),
        (0, 0, False),
    ],
)
def test_the_bound_is_a_share_and_a_least_number(articles: int, of: int, *, exceeded: bool) -> None:
    assert RemovalBound().exceeded(articles, of) is exceeded


def test_a_share_of_all_never_asks() -> None:
    assert not RemovalBound(percent=100, least=1).exceeded(500, 500)


def many(house: House) -> list[str]:
    return [house.indexed(f"{number}.md") for number in range(30)]


def test_more_than_goes_unasked_is_held_and_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    house = House(tmp_path)
    many(house)
    with caplog.at_level(logging.WARNING):
        for now_ms in range(0, 200_000, 1_000):
            assert house.removals.step(now_ms) == 0
    assert house.ledger.held.folders[str(house.root)].articles == 30
    assert [record.message for record in caplog.records] == ["watch.removals_held"]
    assert "30 of its 30 articles" in house.removals.held


def test_what_is_confirmed_goes_and_no_more_than_that(tmp_path: Path) -> None:
    house = House(tmp_path)
    many(house)
    house.removals.step(0)
    # Meanwhile many more have left.
    more = [house.indexed(f"more{number}.md") for number in range(25)]
    house.ledger.held.confirm(str(house.root), 30)
    assert sum(house.removals.step(now_ms) for now_ms in range(2_000, 20_000, 1_000)) == 0
    # It compared once because of that word, and not over and over.
    assert house.store.asked == 2
    house.ledger.held.confirm(str(house.root), 55)
    assert sum(house.removals.step(now_ms) for now_ms in range(20_000, 30_000, 1_000)) == 55
    assert house.ledger.held.folders == {}
    assert house.removals.held == ""
    assert set(more) <= set(house.ledger.enqueued())


def test_one_word_is_enough_for_more_than_is_remembered_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("newsdrop.watch.removal._LIMIT", 5)
    house = House(tmp_path)
    paths = many(house)
    house.removals.step(0)
    house.ledger.held.confirm(str(house.root), 30)
    for now_ms in range(2_000, 30_000, 1_000):
        house.removals.step(now_ms)
        # What was handed in is removed.
        for path in filter(None, house.ledger.enqueued()):
            house.ledger.settle(path, State.REMOVED, NO_FILE)
            house.store.paths = [one for one in house.store.paths if one != path]
    assert sorted(filter(None, house.ledger.enqueued())) == sorted(paths)
    assert house.ledger.held.folders == {}
    assert house.removals.held == ""


def test_a_death_between_the_word_and_the_removal_loses_neither(tmp_path: Path) -> None:
    house = House(tmp_path)
    many(house)
    house.removals.step(0)
    house.ledger.held.confirm(str(house.root), 30)
    house.removals.step(2_000)
    house.ledger.held.hold(str(house.root), 30, 30)
    house.ledger.held.confirm(str(house.root), 30)
    another = Removals(house.folder, house.ledger, house.store, wait_ms=1_000, compare_ms=60_000)
    assert another.step(3_000) == 0
    assert len(house.ledger.enqueued()) == 30
    assert house.ledger.held.folders == {}


def test_while_files_come_back_the_last_of_them_are_not_let_go(tmp_path: Path) -> None:
    house = House(tmp_path)
    paths = many(house)
    house.removals.step(0)
    for path in paths[:15]:
        Path(path).touch()
    assert house.removals.step(60_000) == 0
    assert house.ledger.held.folders[str(house.root)].articles == 15
    for path in paths[15:28]:
        Path(path).touch()
    assert house.removals.step(120_000) == 0
    # Two stay away.
    assert house.removals.step(180_000) == 2
    assert house.ledger.held.folders == {}


def test_events_wait_for_the_comparison_while_removals_are_held(tmp_path: Path) -> None:
    house = House(tmp_path)
    many(house)
    house.removals.step(0)
    path = house.indexed("late.md")
    house.left(path, 100)
    assert house.removals.step(1_100) == 0
    assert house.ledger.held.folders[str(house.root)].articles == 31
    assert house.ledger.calls == []


def test_events_that_come_thick_ask_for_the_comparison(tmp_path: Path) -> None:
    house = House(tmp_path)
    for number in range(100):
        (house.root / f"kept{number}.md").touch()
        house.indexed(f"kept{number}.md")
    house.removals.step(0)
    for path in [house.indexed(f"{number}.md") for number in range(12)]:
        house.left(path, 1_000)
    assert house.removals.step(2_000) == 12
    leaving = [house.indexed(f"late{number}.md") for number in range(12)]
    for path in leaving:
        house.left(path, 2_000)
    # Together they are too many; the comparison finds that only the last twelve are left to go.
    assert house.removals.step(3_000) == 12
    assert house.store.asked == 2
    for path in [house.indexed(f"more{number}.md") for number in range(25)]:
        house.left(path, 3_000)
    assert house.removals.step(4_000) == 0
    assert house.ledger.held.folders[str(house.root)].articles == 25


def compared(house: House, times: int) -> list[str | None]:
    """What was handed in when the index and the folder were compared so often."""
    for at_ms in range(0, times * 60_000, 1_000):
        house.removals.step(at_ms)
    return house.ledger.enqueued()


@pytest.mark.parametrize("state", [State.GONE, State.REMOVED])
def test_an_article_that_only_the_index_has_from_a_file_that_left_goes_too(
    tmp_path: Path, state: State
) -> None:
    # A worker died between its bulk and its word to the ledger, and the file was deleted before another one.
    house = House(tmp_path)
    path = house.indexed("a.md")
    house.ledger.settle(path, state, NO_FILE)
    # Once proves nothing: it may just have been removed.
    assert compared(house, 1) == []
    assert compared(house, 2) == [path]
    ((_, force, (drop,)),) = house.ledger.calls
    assert (force, drop.stamp, drop.document_id) == (True, NO_FILE, path_drop_id(path))


def test_an_article_of_a_file_that_brings_another_one_by_now_goes(tmp_path: Path) -> None:
    house = House(tmp_path)
    path = house.root / "a.md"
    path.write_text("third", "ascii")
    house.ledger.settle(str(path), State.INDEXED, STAMP, "3" * 32)
    house.store.paths += [str(path)]
    house.store.documents[str(path)] = "2" * 32
    assert compared(house, 1) == []
    assert compared(house, 2) == [str(path)]
    ((_, force, (drop,)),) = house.ledger.calls
    assert (force, drop.document_id, drop.stamp.size) == (True, "2" * 32, 5)


def test_what_earlier_versions_left_of_a_page_in_whose_place_a_bundle_is_goes(tmp_path: Path) -> None:
    house = House(tmp_path)
    path = house.root / "a.md"
    path.touch()
    house.ledger.settle(str(path), State.EXPANDED, STAMP, "2" * 32)
    house.store.paths += [str(path)] * 2
    house.store.documents[str(path)] = "2" * 32
    assert compared(house, 1) == [str(path)]
    assert [drop.document_id for _, _, drops in house.ledger.calls for drop in drops] == ["2" * 32]
    # Unless a member has it now.
    house.store.members["2" * 32] = "page.md"
    house.ledger.settle(str(path), State.EXPANDED, STAMP, "2" * 32)
    assert compared(house, 3) == [str(path)]


@pytest.mark.parametrize("why", ["member", "waiting", "same", "unknown", "put away"])
def test_other_articles_of_a_file_that_is_there_stay(tmp_path: Path, why: str) -> None:
    house = House(tmp_path)
    path = house.root / "a.md"
    path.touch()
    entry = house.ledger.settle(
        str(path), State.QUEUED if why == "waiting" else State.INDEXED, STAMP, "3" * 32
    )
    house.store.paths += [str(path)]
    house.store.documents[str(path)] = ("3" if why == "same" else "2") * 32
    if why == "member":
        house.store.members["2" * 32] = "page.md"
    if why == "unknown":
        house.ledger.entries.clear()
    if why == "put away":
        house.ledger.entries[path_drop_id(str(path))] = msgspec.structs.replace(entry, put_away=True)
    assert compared(house, 3) == []


@pytest.mark.parametrize("how", ["folder", "link"])
def test_a_folder_or_a_link_in_the_place_of_a_file_is_not_the_file(tmp_path: Path, how: str) -> None:
    house = House(tmp_path)
    path = Path(house.indexed("a.md"))
    if how == "folder":
        path.mkdir()
    else:
        path.symlink_to("other.md")
    assert compared(house, 1) == [str(path)]
