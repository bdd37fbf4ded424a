from __future__ import annotations

from pathlib import Path

import pytest

from newsdrop import configfiles
from newsdrop.configfiles import config_folders, find_config_file, shipped_folder
from newsdrop.errors import ConfigError


def test_shipped_files_are_found_without_a_folder_of_ones_own() -> None:
    path = find_config_file("newsdrop.toml")
    assert path == shipped_folder() / "newsdrop.toml"
    assert path.is_file()


def test_ones_own_folder_stands_in_file_by_file(tmp_path: Path) -> None:
    (tmp_path / "sites").mkdir()
    mine = tmp_path / "sites" / "default.toml"
    mine.write_text("# mine\n")
    assert find_config_file("sites/default.toml", tmp_path) == mine
    assert find_config_file("folding.tsv", tmp_path) == shipped_folder() / "folding.tsv"


def test_the_strongest_folder_comes_first(tmp_path: Path) -> None:
    assert config_folders(tmp_path) == [tmp_path, shipped_folder()]
    assert config_folders() == [shipped_folder()]


def test_a_file_in_neither_place_is_told_with_both(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.json is missing") as caught:
        find_config_file("none.json", tmp_path)
    assert str(tmp_path) in caught.value.message
    assert str(shipped_folder()) in caught.value.message


def test_a_folder_of_the_files_name_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "folding.tsv").mkdir()
    assert find_config_file("folding.tsv", tmp_path) == shipped_folder() / "folding.tsv"


@pytest.mark.parametrize("place", ["site-packages/newsdrop/config", "checkout/config"])
def test_shipped_files_are_found_in_a_wheel_and_in_a_checkout(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str
) -> None:
    folder = tmp_path / place
    folder.mkdir(parents=True)
    (folder / "newsdrop.toml").touch()
    package = folder.parent if folder.parent.name == "newsdrop" else folder.parent / "workers" / "newsdrop"
    monkeypatch.setattr(configfiles, "_PACKAGE", package)
    assert shipped_folder() == folder


def test_an_installation_without_its_files_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(configfiles, "_PACKAGE", tmp_path / "a" / "newsdrop")
    with pytest.raises(ConfigError, match="reinstall the package"):
        shipped_folder()
