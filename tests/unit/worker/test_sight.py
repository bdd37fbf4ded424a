"""What a worker's host lacks of what watchers on other hosts see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.fakes.batch_fakes import FakeClock

from newsdrop.archive.reader import Reader
from newsdrop.documents import Drop, Stamp
from newsdrop.errors import GoneError, OutageError, StorageError
from newsdrop.identity import path_drop_id
from newsdrop.worker.sight import Sight


def watcher(folder: Path, *, present: bool = True, holds_files: bool | None = True) -> dict[str, Any]:
    said = {"path": str(folder), "present": present}
    return {"folders": [said if holds_files is None else said | {"holds_files": holds_files}]}


def file_in(folder: Path) -> Drop:
    path = str(folder / "a.md")
    return Drop(id=path_drop_id(path), stamp=Stamp(1, 1), path=path)


@pytest.mark.parametrize("exists", [False, True], ids=["missing", "empty"])
def test_a_file_that_is_absent_with_its_whole_folder_is_not_gone(tmp_path: Path, exists: bool) -> None:
    folder = tmp_path / "news"
    if exists:
        folder.mkdir()
    sight = Sight("here", lambda: {"there:7": watcher(folder)})
    assert sight.look() == [str(folder)]
    with pytest.raises(StorageError, match=r"a\.md is absent for a worker on here, .* watcher on there sees"):
        Reader(doubts=sight.doubt).fetch(file_in(folder))
    folder.mkdir(exist_ok=True)
    (folder / "b.md").touch()
    assert sight.look() == []
    with pytest.raises(GoneError):
        Reader(doubts=sight.doubt).fetch(file_in(folder))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("there:7", {"present": False}),
        ("there:7", {"holds_files": False}),
        # One of another version.
        ("there:7", {"holds_files": None}),
    ],
)
def test_nothing_is_concluded_unless_a_watcher_sees_files(
    tmp_path: Path, name: str, options: dict[str, Any]
) -> None:
    sight = Sight("here", lambda: {name: watcher(tmp_path / "news", **options)})
    assert sight.unseen() == {}
    assert sight.doubt(str(tmp_path / "news/a.md")) is None


def test_a_watcher_on_the_same_host_is_believed_once_it_goes_on_saying_so(tmp_path: Path) -> None:
    clock, folder = FakeClock(), tmp_path / "news"
    sight = Sight("here", lambda: {"here:7": watcher(folder)}, clock_s=clock)
    assert sight.unseen() == {}
    clock.sleep(11)
    # As in a unit that hides the folder from the worker.
    assert sight.unseen() == {str(folder): "here"}
    folder.mkdir()
    (folder / "b.md").touch()
    assert sight.unseen() == {}
    (folder / "b.md").unlink()
    assert sight.unseen() == {}


def test_watchers_are_asked_every_few_seconds_and_believed_while_redis_is_away(tmp_path: Path) -> None:
    clock = FakeClock()
    answers: list[Any] = [{"there:7": watcher(tmp_path / "news")}, OutageError("away"), {}]

    def ask() -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    sight = Sight("here", ask, clock_s=clock)
    for _ in range(2):
        assert sight.unseen() == {str(tmp_path / "news"): "there"}
    clock.sleep(6)
    assert sight.unseen() == {str(tmp_path / "news"): "there"}
    assert sight.unseen() == {}
