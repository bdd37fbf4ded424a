"""A file has one spelling, even where it is found under many."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar
from unicodedata import normalize

import pytest

from newsdrop.identity import is_absent, path_drop_id, resolved
from newsdrop.spelling import as_listed, is_listed, real_path

T = TypeVar("T")


class Disk:
    """A file system without case, as far as it is asked: its folders, and what they list."""

    def __init__(self, **folders: list[str]) -> None:
        self.folders = {f"/{name}": names for name, names in folders.items()}
        self.listings = 0

    def exists(self, path: str) -> bool:
        folder, _, name = path.rpartition("/")
        return any(fold(name) == fold(one) for one in self._in(folder))

    def names(self, folder: str) -> list[str]:
        self.listings += 1
        return self._in(folder)

    def _in(self, folder: str) -> list[str]:
        if folder in ("", "/"):
            return [name[1:] for name in self.folders]
        return next((names for path, names in self.folders.items() if fold(path) == fold(folder)), [])


def fold(name: str) -> str:
    return normalize("NFC", name).casefold()


@pytest.mark.parametrize(
    ("typed", "listed"),
    [
        ("/ARCHIVE/page.TXT", "/Archive/Page.txt"),
        ("/Archive/Page.txt", "/Archive/Page.txt"),
        ("/archive/é.md", "/Archive/e\u0301.md"),
        ("/archive/STRASSE.md", "/Archive/Straße.md"),
        ("/archive/new.md", "/Archive/new.md"),
        ("/Archive/港.md", "/Archive/港.md"),
        ("/", "/"),
    ],
)
def test_what_is_found_under_many_spellings_has_the_one_that_is_listed(typed: str, listed: str) -> None:
    disk = Disk(Archive=["Page.txt", "e\u0301.md", "Straße.md", "港.md"])
    assert as_listed(typed, exists=disk.exists, names=disk.names) == listed


def test_a_folder_that_cannot_be_listed_leaves_the_path_as_it_is() -> None:
    def refuse(_folder: str) -> list[str]:
        raise PermissionError

    disk = Disk(Archive=["Page.txt"])
    assert as_listed("/archive/page.txt", exists=disk.exists, names=refuse) == "/archive/page.txt"


def test_where_names_have_a_case_two_files_stay_two(tmp_path: Path) -> None:
    for name in ("Page.md", "page.md", "pAGE.MD"):
        (tmp_path / name).write_text(name, "utf-8")
    for name in ("Page.md", "page.md", "pAGE.MD", "PAGE.md"):
        assert real_path(tmp_path / name) == os.path.realpath(tmp_path / name)


def test_a_disk_whose_names_have_a_case_is_never_listed() -> None:
    def listed(folder: str) -> list[str]:
        raise AssertionError(folder)

    files = {"/Archive", "/Archive/Page.txt"}
    assert as_listed("/Archive/Page.txt", exists=files.__contains__, names=listed) == "/Archive/Page.txt"


def spelled_on(disk: Disk, asked: Callable[..., T]) -> Callable[[str], T]:
    return partial(asked, exists=disk.exists, names=disk.names)


def test_folders_have_one_spelling_and_so_have_the_ids_of_their_files(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    disk = Disk(Archive=["Page.txt"])
    monkeypatch.setattr("newsdrop.identity.as_listed", spelled_on(disk, as_listed))
    assert resolved("/ARCHIVE/Page.txt") == "/Archive/Page.txt"
    assert path_drop_id(resolved("/archive/Page.txt")) == path_drop_id("/Archive/Page.txt")


def test_a_file_that_was_renamed_in_its_case_alone_is_absent_under_its_old_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    disk = Disk(Archive=["PAGE.txt"])
    monkeypatch.setattr("newsdrop.identity.is_listed", spelled_on(disk, is_listed))
    with monkeypatch.context() as patch:
        # What the kernel says of both names.
        patch.setattr(os, "lstat", lambda _path: None)
        found = [is_absent(f"/Archive/{name}") for name in ("page.txt", "PAGE.txt", "/PAGE.txt/")]
    assert found == [True, False, False]
