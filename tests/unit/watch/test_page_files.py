"""What becomes of the folder that a browser saved beside a page."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from newsdrop.watch.page_files import move_beside


def saved(place: Path) -> tuple[str, str]:
    """A folder and its page."""
    (place / "in/Page_files/sub").mkdir(parents=True)
    (place / "in/Page_files/sub/a.css").write_text("x")
    (place / "in/Page_files/link").symlink_to("sub")
    (place / "done").mkdir()
    return str(place / "in/Page_files"), str(place / "in/Page.html")


def tree(place: Path) -> set[str]:
    files = (path for path in place.rglob("*") if path.is_symlink() or path.is_file())
    return {str(path.relative_to(place)) for path in files}


@pytest.mark.parametrize("other_device", [False, True])
def test_a_folder_moves_beside_its_page_under_its_pages_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other_device: bool
) -> None:
    folder, page = saved(tmp_path)
    rename = Path.rename

    def beyond(path: Path, target: Path) -> Path:
        if str(path) == folder:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return rename(path, target)

    if other_device:
        monkeypatch.setattr(Path, "rename", beyond)
    move_beside(folder, page, str(tmp_path / "done/Page (2).html"))
    assert tree(tmp_path) == {"done/Page (2)_files/sub/a.css", "done/Page (2)_files/link"}


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    folder, page = saved(tmp_path)
    (tmp_path / "done/Page_files").mkdir()
    move_beside(folder, page, str(tmp_path / "done/Page.html"))
    assert (tmp_path / "done/Page (2)_files/sub/a.css").exists()
    assert list((tmp_path / "done/Page_files").iterdir()) == []
