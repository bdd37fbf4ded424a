"""What the kernel tells of a tree of folders."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsdrop.watch.inotify import (
    Inotify,
    Left,
    Lost,
    NewFolder,
    Notice,
    RootMoved,
    Touched,
    explain_limit,
    supported,
)

pytestmark = pytest.mark.skipif(not supported(), reason="no inotify on this system")


@pytest.fixture
def inotify(tmp_path: Path) -> Iterator[Inotify]:
    one = Inotify()
    one.watch([str(tmp_path)], root=str(tmp_path))
    yield one
    one.close()


def told(inotify: Inotify) -> list[Notice]:
    """Everything that happened so far; events are queued before the call that causes them returns."""
    notices = []
    while more := inotify.read(0):
        notices += more
    return notices


def test_a_written_file_is_open_until_it_is_closed(inotify: Inotify, tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    with path.open("w") as file:
        file.write("x")
        file.flush()
        assert told(inotify)[-1] == Touched(str(path), writing=True)
    assert told(inotify) == [Touched(str(path), writing=False)]


def test_a_file_that_is_opened_and_not_yet_written_is_new(inotify: Inotify, tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    with path.open("w"):
        assert told(inotify) == [Touched(str(path), writing=None, created=True)]
    assert told(inotify) == [Touched(str(path), writing=False)]


def test_renames_links_and_new_times_touch_a_file(inotify: Inotify, tmp_path: Path) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    outside.write_text("x")
    outside.rename(tmp_path / "a.md")
    assert told(inotify) == [Touched(str(tmp_path / "a.md"), writing=False)]
    os.link(tmp_path / "a.md", tmp_path / "b.md")
    assert Touched(str(tmp_path / "b.md"), writing=None, created=True) in told(inotify)
    os.utime(tmp_path / "b.md", (1, 1))
    assert Touched(str(tmp_path / "b.md"), writing=None) in told(inotify)


def test_files_and_folders_that_leave_are_told(inotify: Inotify, tmp_path: Path) -> None:
    (tmp_path / "a.md").touch()
    (tmp_path / "sub").mkdir()
    inotify.watch([str(tmp_path / "sub")])
    told(inotify)
    (tmp_path / "a.md").unlink()
    (tmp_path / "sub").rename(tmp_path.parent / f"{tmp_path.name}-sub")
    assert told(inotify) == [Left(str(tmp_path / "a.md"), False), Left(str(tmp_path / "sub"), True)]
    (tmp_path.parent / f"{tmp_path.name}-sub" / "late.md").touch()
    assert told(inotify) == []
    assert len(inotify) == 1


def test_a_renamed_folder_is_watched_under_its_new_name(inotify: Inotify, tmp_path: Path) -> None:
    (tmp_path / "old/deep").mkdir(parents=True)
    inotify.watch([str(tmp_path / "old"), str(tmp_path / "old/deep")])
    told(inotify)
    (tmp_path / "old").rename(tmp_path / "new")
    assert told(inotify) == [Left(str(tmp_path / "old"), True), NewFolder(str(tmp_path / "new"))]
    inotify.watch([str(tmp_path / "new"), str(tmp_path / "new/deep")])
    (tmp_path / "new/deep/a.md").touch()
    assert {one.path for one in told(inotify) if isinstance(one, Touched)} == {
        str(tmp_path / "new/deep/a.md")
    }


def test_a_name_that_is_no_utf8_comes_through(inotify: Inotify, tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path) + b"/\xb9\xe3.md"
    with open(raw, "wb"):
        pass
    assert {os.fsencode(one.path) for one in told(inotify) if isinstance(one, Touched)} == {raw}


def test_the_watched_folder_itself_going_away_is_told(inotify: Inotify, tmp_path: Path) -> None:
    tmp_path.rename(tmp_path.parent / f"{tmp_path.name}-moved")
    assert told(inotify) == [RootMoved(str(tmp_path))]


def test_a_folder_that_vanished_before_it_could_be_watched_is_no_error(
    inotify: Inotify, tmp_path: Path
) -> None:
    inotify.watch([str(tmp_path / "absent")])
    assert len(inotify) == 1


def test_an_overflow_of_the_kernels_queue_is_told(inotify: Inotify, tmp_path: Path) -> None:
    limit = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    # Two names in turn, since the kernel joins equal events that follow each other.
    for number in range(limit // 2 + 10):
        os.close(os.open(tmp_path / f"{number % 2}", os.O_CREAT | os.O_WRONLY))
        (tmp_path / f"{number % 2}").unlink()
    assert Lost() in told(inotify)


def test_deleted_folders_are_forgotten_one_by_one_and_those_of_an_overflow_all_the_same(
    inotify: Inotify, tmp_path: Path
) -> None:
    folders = [tmp_path / f"{number}" for number in range(20)]
    for folder in folders:
        folder.mkdir()
    inotify.watch(map(str, folders))
    told(inotify)
    folders[0].rmdir()
    assert told(inotify) == [Left(str(folders[0]), True)]
    assert len(inotify) == 20
    limit = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    for number in range(limit // 2 + 10):
        os.close(os.open(tmp_path / f"x{number % 2}", os.O_CREAT | os.O_WRONLY))
        (tmp_path / f"x{number % 2}").unlink()
    for folder in folders[1:]:
        folder.rmdir()
    assert Lost() in told(inotify)
    assert len(inotify) == 1


@pytest.mark.parametrize(
    ("code", "name"),
    [(errno.ENOSPC, "fs.inotify.max_user_watches"), (errno.EMFILE, "fs.inotify.max_user_instances")],
)
def test_a_limit_is_named_with_what_to_do(code: int, name: str) -> None:
    text = explain_limit(OSError(code, "no"))
    assert f"sysctl {name}=" in text
    assert "polling" in text
