"""A state folder is made with its mark, and known by it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from newsdrop.statefolder import MARK, is_full, is_state_folder, make_state_folder


def test_a_state_folder_is_known_by_its_mark(tmp_path: Path) -> None:
    state = tmp_path / "a/state"
    make_state_folder(state)
    assert is_state_folder(str(state))
    assert not is_state_folder(str(tmp_path / "a"))


def test_a_mark_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    make_state_folder(tmp_path)
    (tmp_path / MARK).write_text("mine")
    make_state_folder(tmp_path)
    assert (tmp_path / MARK).read_text() == "mine"


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        make_state_folder(tmp_path / "file/state")


def test_a_folder_that_it_makes_is_closed_to_others_and_one_that_is_there_keeps_its_mode(
    tmp_path: Path,
) -> None:
    make_state_folder(tmp_path / "state")
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs").chmod(0o750)
    make_state_folder(tmp_path / "theirs")
    assert (tmp_path / "theirs").stat().st_mode & 0o777 == 0o750


@pytest.mark.parametrize(
    ("total", "free", "full"), [(9 << 30, 0, True), (9 << 30, 8 << 30, False), (0, 0, False)]
)
def test_a_disk_is_full_that_has_a_size_and_no_room(
    total: int, free: int, full: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _path: SimpleNamespace(total=total, free=free))
    assert is_full(tmp_path) == full


def test_a_folder_that_is_not_there_is_not_full(tmp_path: Path) -> None:
    assert not is_full(tmp_path / "absent")
