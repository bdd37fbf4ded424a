"""Putting files away: never over another file, never one that changed, and finished after any crash."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.watch_fakes import FakeLetters

from newsdrop.archive import ground
from newsdrop.documents import Stamp, State
from newsdrop.identity import path_drop_id
from newsdrop.ledger.ledger import Entry
from newsdrop.settings import Folder, validate
from newsdrop.watch import disposal
from newsdrop.watch.disposal import Disposal, Disposed, free_names, move_file
from newsdrop.watch.scan import Found


class House:
    """A watched folder with a done and a failed tree beside it."""

    def __init__(self, place: Path, after: str = "move") -> None:
        self.place = Path(os.path.realpath(place))
        self.letters = FakeLetters()
        self.troubles: list[tuple[str, str]] = []
        for name in ("in", "done", "failed"):
            (self.place / name).mkdir(exist_ok=True)
        policy = validate(
            Folder,
            {
                "path": self.place / "in",
                "after": after,
                "done": self.place / "done",
                "failed": self.place / "failed",
            },
        )
        self.disposal = Disposal(
            policy, str(self.place / "in"), self.letters, lambda *told: self.troubles.append(told)
        )

    def file(self, name: str, text: str = "text") -> Found:
        path = self.place / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        info = path.stat()
        return Found(str(path), Stamp.from_ns(info.st_size, info.st_mtime_ns))

    def put_away(self, found: Found, state: State, stamp: Stamp | None = None) -> Disposed:
        if state is State.DEAD and self.letters.show(path_drop_id(found.path)) is None:
            self.letters.write(found.path)
        return self.disposal.put_away(found, Entry(state, 0, 0, 0, stamp or found.stamp))

    def tree(self) -> dict[str, str]:
        files = (path for path in sorted(self.place.rglob("*")) if path.is_file())
        return {str(path.relative_to(self.place)): path.read_text() for path in files}


@pytest.mark.parametrize("state", [State.INDEXED, State.SUPERSEDED, State.EXPANDED])
def test_move_takes_what_is_done_to_the_same_place_below_done(tmp_path: Path, state: State) -> None:
    house = House(tmp_path)
    assert house.put_away(house.file("a/b.md"), state) is Disposed.MOVED
    assert house.tree() == {"done/a/b.md": "text"}


def test_move_takes_what_is_dead_to_failed_and_the_letter_follows(tmp_path: Path) -> None:
    house = House(tmp_path)
    found = house.file("a/b.md")
    assert house.put_away(found, State.DEAD) is Disposed.MOVED
    assert house.tree() == {"failed/a/b.md": "text"}
    letter = house.letters.show(path_drop_id(found.path))
    assert letter is not None
    assert letter.path == str(house.place / "failed/a/b.md")


@pytest.mark.parametrize(
    "state", sorted(set(State) - {State.INDEXED, State.SUPERSEDED, State.EXPANDED, State.DEAD})
)
def test_move_leaves_everything_else(tmp_path: Path, state: State) -> None:
    house = House(tmp_path)
    assert house.put_away(house.file("a.md"), state) is Disposed.KEPT
    assert house.tree() == {"in/a.md": "text"}


@pytest.mark.parametrize("state", list(State))
def test_delete_takes_only_what_is_indexed(tmp_path: Path, state: State) -> None:
    house = House(tmp_path, "delete")
    result = house.put_away(house.file("a.md"), state)
    assert (result is Disposed.DELETED) == (state is State.INDEXED)
    assert house.tree() == ({} if state is State.INDEXED else {"in/a.md": "text"})


@pytest.mark.parametrize("state", list(State))
def test_keep_takes_nothing(tmp_path: Path, state: State) -> None:
    house = House(tmp_path, "keep")
    assert house.put_away(house.file("a.md"), state) is Disposed.KEPT
    assert house.tree() == {"in/a.md": "text"}


@pytest.mark.parametrize("after", ["move", "delete"])
def test_a_file_that_changed_since_the_ledgers_word_stays(tmp_path: Path, after: str) -> None:
    house = House(tmp_path, after)
    found = house.file("a.md")
    indexed = found.stamp
    house.file("a.md", "newer text")
    assert house.put_away(found, State.INDEXED, indexed) is Disposed.KEPT
    assert house.tree() == {"in/a.md": "newer text"}


def test_nothing_is_ever_overwritten(tmp_path: Path) -> None:
    house = House(tmp_path)
    for text in ("one", "two", "three"):
        house.put_away(house.file("a.md", text), State.INDEXED)
    assert house.tree() == {"done/a.md": "one", "done/a (2).md": "two", "done/a (3).md": "three"}


def test_a_long_name_is_cut_to_make_room_for_the_number(tmp_path: Path) -> None:
    house = House(tmp_path)
    name = "州" * 84 + ".md"
    assert len(os.fsencode(name)) == 255
    for text in ("one", "two"):
        assert house.put_away(house.file(name, text), State.INDEXED) is Disposed.MOVED
    assert sorted(house.tree().values()) == ["one", "two"]


def test_names_without_an_ending_and_names_that_are_no_utf8_are_numbered_too() -> None:
    def second(name: str) -> str:
        return list(zip(range(2), free_names(Path("/d") / name), strict=False))[1][1].name

    assert second("README") == "README (2)"
    assert second("a.b.md") == "a.b (2).md"
    assert second("\udcb9.md") == "\udcb9 (2).md"


def no_links(source: str, target: str) -> None:
    raise OSError(errno.EXDEV, "Invalid cross-device link", source)


@pytest.mark.parametrize("links_beyond", [True, False])
def test_another_device_gets_a_whole_copy_with_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links_beyond: bool
) -> None:
    house = House(tmp_path)
    found = house.file("a.md")
    real = os.link

    def link(source: str, target: str) -> None:
        if source == found.path or not links_beyond:
            if Path(target).exists():
                raise FileExistsError(errno.EEXIST, "File exists", target)
            no_links(source, target)
        real(source, target)

    monkeypatch.setattr(os, "link", link)
    (house.place / "done/a.md").write_text("someone else's")
    assert house.put_away(found, State.INDEXED) is Disposed.MOVED
    assert house.tree() == {"done/a.md": "someone else's", "done/a (2).md": "text"}
    info = (house.place / "done/a (2).md").stat()
    assert Stamp.from_ns(info.st_size, info.st_mtime_ns) == found.stamp


class Crash(BaseException):
    """As if the process had been killed here."""


@pytest.mark.parametrize("cross_device", [False, True])
@pytest.mark.parametrize("state", [State.INDEXED, State.DEAD])
def test_a_move_that_was_cut_short_is_finished_without_a_second_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cross_device: bool, state: State
) -> None:
    house = House(tmp_path)
    found = house.file("a.md")
    real = os.link
    if cross_device:
        monkeypatch.setattr(
            os,
            "link",
            lambda source, target: (no_links if source == found.path and not Path(target).exists() else real)(
                source, target
            ),
        )
    unlink = Path.unlink

    def crash(path: Path, *, missing_ok: bool = False) -> None:
        if str(path) == found.path:
            raise Crash
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", crash)
    with pytest.raises(Crash):
        house.put_away(found, state)
    monkeypatch.setattr(Path, "unlink", unlink)
    target = "failed/a.md" if state is State.DEAD else "done/a.md"
    assert house.tree() == {"in/a.md": "text", target: "text"}
    assert house.put_away(found, state) is Disposed.MOVED
    assert house.tree() == {target: "text"}


def test_a_file_that_changes_while_it_is_copied_stays_and_leaves_no_copy(tmp_path: Path) -> None:
    house = House(tmp_path)
    found = house.file("a.md")
    assert move_file(found.path, str(house.place / "done"), "a.md", Stamp(99, 99), lambda _: None) is None
    assert house.tree() == {"in/a.md": "text"}


def test_a_file_that_is_opened_while_it_is_copied_stays_and_leaves_no_copy(tmp_path: Path) -> None:
    house = House(tmp_path)
    found = house.file("a.md")
    place = str(house.place / "done")
    with open(found.path, "a") as writer:
        assert move_file(found.path, place, "a.md", found.stamp, lambda _: None) is None
        writer.write(" and the end")
    assert house.tree() == {"in/a.md": "text and the end"}


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("state", [State.INDEXED, State.DEAD])
def test_a_file_is_never_moved_onto_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool, state: State
) -> None:
    house = House(tmp_path)
    found = house.file("sub/a.md")
    for place in ("done", "failed"):
        (house.place / place / "sub").symlink_to(house.place / "in/sub")
    if not links:
        monkeypatch.setattr(os, "link", no_links)
    before = house.tree()
    for _ in range(2):
        assert house.put_away(found, state) is Disposed.KEPT
        assert house.tree() == before
    assert Path(found.path).read_text() == "text"
    assert "onto itself" in house.troubles[0][1]


def test_a_share_that_is_mounted_twice_is_known_by_what_is_written_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path)
    found = house.file("sub/a.md")
    (house.place / "done/sub").symlink_to(house.place / "in/sub")
    monkeypatch.setattr(os, "link", no_links)
    # Each mount of it has a device number of its own.
    monkeypatch.setattr(disposal, "_is_same_folder", lambda _one, _other: False)
    assert house.put_away(found, State.INDEXED) is Disposed.KEPT
    assert [path.name for path in (house.place / "in/sub").iterdir()] == ["a.md"]
    assert "onto itself" in house.troubles[0][1]


def test_a_dead_file_that_somebody_moved_back_is_to_be_tried_again(tmp_path: Path) -> None:
    house = House(tmp_path)
    found = house.file("a.md")
    house.put_away(found, State.DEAD)
    (house.place / "failed/a.md").rename(found.path)
    assert house.put_away(found, State.DEAD) is Disposed.RETURNED
    assert house.tree() == {"in/a.md": "text"}


@pytest.mark.parametrize("away", ["error", "unmounted"])
def test_a_letter_stays_with_its_file_on_a_disk_that_is_away(
    tmp_path: Path, away: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path)
    found = house.file("a.md")
    house.put_away(found, State.DEAD)
    failed = house.place / "failed/a.md"
    letter = house.letters.show(path_drop_id(found.path))
    assert letter is not None
    assert letter.path == str(failed)
    another = house.file("a.md", "another one")
    lstat = os.lstat

    def fail(path: Any, *more: Any, **named: Any) -> os.stat_result:
        if str(path) == str(failed):
            raise OSError(errno.EIO, "Input/output error", path)
        return lstat(path, *more, **named)

    with monkeypatch.context() as patched:
        if away == "error":
            patched.setattr(os, "lstat", fail)
        else:
            failed.rename(house.place / "elsewhere")
            patched.setattr(ground, "_device", lambda _path: 99)
        house.disposal.take_back(another.path, path_drop_id(another.path))
    letter = house.letters.show(path_drop_id(found.path))
    assert letter is not None
    assert letter.path == str(failed)


def test_a_place_that_takes_no_files_is_reported_and_the_file_stays(tmp_path: Path) -> None:
    house = House(tmp_path)
    (house.place / "done/a").write_text("a file where a folder should be")
    found = house.file("a/b.md")
    assert house.put_away(found, State.INDEXED) is Disposed.KEPT
    assert "can't be put away" in house.troubles[0][1]
    assert Path(found.path).exists()


def test_a_file_that_is_gone_already_is_no_trouble(tmp_path: Path) -> None:
    house = House(tmp_path)
    found = house.file("a.md")
    Path(found.path).unlink()
    assert house.put_away(found, State.INDEXED) is Disposed.KEPT
    assert house.troubles == []


def test_a_file_that_is_corrected_while_its_letter_is_told_stays(tmp_path: Path) -> None:
    house = House(tmp_path)
    found = house.file("a.md", "broken")
    corrected = house.place / "corrected"

    def tell(_target: str) -> None:
        corrected.write_text("better")
        # Of the same size and time: only that it is another file tells.
        os.utime(corrected, ns=(0, Path(found.path).stat().st_mtime_ns))
        corrected.replace(found.path)

    target = move_file(found.path, str(house.place / "failed"), "a.md", found.stamp, tell)
    assert target is not None
    assert Path(target).read_text() == "broken"
    assert Path(found.path).read_text() == "better"


@pytest.mark.parametrize("linked", [True, False])
@pytest.mark.parametrize("next_file", ["", "another file under the same name"])
def test_a_move_that_another_watcher_finishes_meanwhile_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, linked: bool, next_file: str
) -> None:
    house = House(tmp_path)
    found = house.file("a.md", "the only copy")
    if not linked:
        monkeypatch.setattr(os, "link", no_links)
    moved: list[str | None] = []

    def move(being_written: Callable[[str], bool] = lambda _path: False) -> str | None:
        done = str(house.place / "done")
        return move_file(
            found.path, done, "a.md", found.stamp, lambda _target: None, being_written=being_written
        )

    def other_watcher(_path: str) -> bool:
        if not moved:
            moved.append(None)
            moved[0] = move()
            if next_file:
                Path(found.path).write_text(next_file)
        return False

    move(other_watcher)
    kept = {"done/a.md": "the only copy"}
    assert house.tree() == (kept | {"in/a.md": next_file} if next_file else kept)


@pytest.mark.parametrize("after", ["move", "delete"])
def test_a_file_that_another_watcher_is_putting_away_is_left_to_it(tmp_path: Path, after: str) -> None:
    house = House(tmp_path, after)
    found = house.file("a.md")
    with open(found.path, "rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert house.put_away(found, State.INDEXED) is Disposed.KEPT
    assert house.tree() == {"in/a.md": "text"}
    assert house.put_away(found, State.INDEXED) in (Disposed.MOVED, Disposed.DELETED)
    assert house.troubles == []
