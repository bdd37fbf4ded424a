"""What becomes of the folder that a browser saved beside a page."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from newsdrop.name_filter import PAGE_FILES_MARK
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


def beyond(monkeypatch: pytest.MonkeyPatch, folder: str, after: Callable[[], object] = lambda: None) -> None:
    """Let `done` be on another device; `after` happens once what was copied there has its name."""
    rename = Path.rename

    def renamed(path: Path, target: Path) -> Path:
        if str(path) == folder:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        found = rename(path, target)
        after()
        return found

    monkeypatch.setattr(Path, "rename", renamed)


@pytest.mark.parametrize("other_device", [False, True])
def test_a_folder_moves_beside_its_page_under_its_pages_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other_device: bool
) -> None:
    folder, page = saved(tmp_path)
    if other_device:
        beyond(monkeypatch, folder)
    move_beside(folder, page, str(tmp_path / "done/Page (2).html"))
    assert tree(tmp_path) == {"done/Page (2)_files/sub/a.css", "done/Page (2)_files/link"}


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    folder, page = saved(tmp_path)
    (tmp_path / "done/Page_files").mkdir()
    move_beside(folder, page, str(tmp_path / "done/Page.html"))
    assert (tmp_path / "done/Page (2)_files/sub/a.css").exists()
    assert list((tmp_path / "done/Page_files").iterdir()) == []


def test_what_comes_while_a_folder_is_copied_keeps_it_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, page = saved(tmp_path)
    beyond(monkeypatch, folder)
    before = tree(tmp_path)
    copy = shutil.copytree

    def copytree(source: Any, target: Any, *how: Any, **named: Any) -> Any:
        Path(folder, "late.png").write_text("late")
        return copy(source, target, *how, **named)

    monkeypatch.setattr(shutil, "copytree", copytree)
    with pytest.raises(OSError, match="writing into Page_files"):
        move_beside(folder, page, str(tmp_path / "done/Page.html"))
    assert tree(tmp_path) == before | {"in/Page_files/late.png"}
    monkeypatch.setattr(shutil, "copytree", copy)
    move_beside(folder, page, str(tmp_path / "done/Page.html"))
    assert tree(tmp_path) == {f"done/Page_files/{name}" for name in ("sub/a.css", "link", "late.png")}


def test_what_comes_or_changes_at_the_last_moment_is_not_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, page = saved(tmp_path)

    def write_on() -> None:
        Path(folder, "late.png").write_text("late")
        Path(folder, "sub/a.css").write_text("longer")

    beyond(monkeypatch, folder, write_on)
    move_beside(folder, page, str(tmp_path / "done/Page.html"))
    assert tree(tmp_path) == {
        "done/Page_files/sub/a.css",
        "done/Page_files/link",
        "in/Page_files/late.png",
        "in/Page_files/sub/a.css",
        # Without its page, too, it is passed over.
        f"in/Page_files/{PAGE_FILES_MARK}",
    }
