"""Telling a file that was to be put away from another one in its place."""

from __future__ import annotations

import os
import time
from pathlib import Path

from newsdrop.documents import Stamp, State
from newsdrop.ports import Entry
from newsdrop.watch.comebacks import Comebacks


def entry(settled_s: float) -> Entry:
    return Entry(State.INDEXED, 0, 0, int(settled_s), Stamp(1, 1), put_away=True)


def another(path: Path) -> None:
    """Replace the file by one of the same size and time."""
    info = path.stat()
    other = path.with_name("other")
    other.write_bytes(b"y" * info.st_size)
    os.utime(other, ns=(info.st_atime_ns, info.st_mtime_ns))
    other.replace(path)


def test_what_is_found_where_this_watcher_put_a_file_away_is_another(tmp_path: Path) -> None:
    path, comebacks = tmp_path / "a.md", Comebacks()
    path.write_text("w")
    with comebacks.trying(str(path)):
        path.unlink()
    path.write_text("x")
    # Even if the clocks say otherwise.
    assert comebacks.is_another(str(path), entry(time.time() + 60))


def test_a_file_that_could_not_be_put_away_is_the_same_until_another_replaces_it(tmp_path: Path) -> None:
    path, comebacks = tmp_path / "a.md", Comebacks()
    path.write_text("x")
    with comebacks.trying(str(path)):
        # An attempt changes its change time.
        (tmp_path / "link").hardlink_to(path)
    assert not comebacks.is_another(str(path), entry(0))
    another(path)
    assert comebacks.is_another(str(path), entry(time.time() + 60))


def test_a_file_that_comes_the_moment_the_other_one_goes_is_another(tmp_path: Path) -> None:
    path, comebacks = tmp_path / "a.md", Comebacks()
    path.write_text("x")
    with comebacks.trying(str(path)):
        another(path)
    assert comebacks.is_another(str(path), entry(time.time() + 60))


def test_of_what_was_done_before_the_change_time_tells(tmp_path: Path) -> None:
    path, comebacks = tmp_path / "a.md", Comebacks()
    path.write_text("x")
    os.utime(path, (1, 1))
    assert not comebacks.is_another(str(path), entry(time.time() + 60))
    assert comebacks.is_another(str(path), entry(time.time() - 60))


def test_a_file_that_is_gone_is_not_another(tmp_path: Path) -> None:
    comebacks = Comebacks()
    with comebacks.trying(str(tmp_path / "a.md")):
        pass
    assert not comebacks.is_another(str(tmp_path / "a.md"), entry(0))


def test_the_memory_is_bounded(tmp_path: Path) -> None:
    comebacks = Comebacks(limit=2)
    for name in "abc":
        with comebacks.trying(str(tmp_path / name)):
            pass
    for name in "abc":
        (tmp_path / name).write_text("x")
    late = entry(time.time() + 60)
    assert [comebacks.is_another(str(tmp_path / name), late) for name in "abc"] == [False, True, True]
