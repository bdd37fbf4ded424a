"""Whether somebody has a file open for writing, as the kernel tells."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

import pytest

from newsdrop.watch import open_files
from newsdrop.watch.open_files import open_for_writing


def test_a_file_is_open_from_its_opening_to_its_closing(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    with path.open("w"):
        assert open_for_writing(str(path)) is True
    assert open_for_writing(str(path)) is False


def test_readers_do_not_count_and_asking_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("x")
    with path.open():
        assert open_for_writing(str(path)) is False
        # A lease that was kept would keep this from opening the file.
        os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
        assert open_for_writing(str(path)) is False


def test_a_missing_file_and_a_symlink_are_unknown(tmp_path: Path) -> None:
    assert open_for_writing(str(tmp_path / "absent")) is None
    (tmp_path / "link").symlink_to("/etc/hostname")
    assert open_for_writing(str(tmp_path / "link")) is None


@pytest.mark.parametrize("code", [errno.EACCES, errno.EINVAL])
def test_files_of_others_and_file_systems_without_leases_are_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    path = tmp_path / "a.md"
    path.write_text("x")

    def refuse(_descriptor: int, _command: int, _argument: int) -> int:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(fcntl, "fcntl", refuse)
    assert open_for_writing(str(path)) is None


def test_a_system_without_leases_knows_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.md"
    path.write_text("x")
    monkeypatch.setattr(open_files, "_F_SETLEASE", None)
    assert open_for_writing(str(path)) is None
