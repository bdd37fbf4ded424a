"""Which folders a command works on."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsdrop.cli.folders import folders_or_settings, with_folders
from newsdrop.errors import ConfigError
from newsdrop.settings import Folder, Settings, load_settings


def test_folders_are_resolved_and_each_named_once(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.mkdir()
    (tmp_path / "link").symlink_to(real)
    assert folders_or_settings([tmp_path / "link", real], Settings()) == [real]


def test_without_arguments_the_configured_folders_are_meant(tmp_path: Path) -> None:
    assert folders_or_settings(None, Settings(folders=(Folder(path=tmp_path),))) == [tmp_path]


def test_no_folder_at_all_is_a_usage_error() -> None:
    with pytest.raises(ConfigError, match="NEWSDROP_FOLDERS"):
        folders_or_settings([], Settings())


def test_a_folder_that_is_not_there_or_is_a_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere does not exist"):
        folders_or_settings([tmp_path / "nowhere"], Settings())
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="is a file"):
        folders_or_settings([tmp_path / "file"], Settings())


def test_a_configured_folder_keeps_what_is_particular_to_it(tmp_path: Path) -> None:
    configured = Folder(path=tmp_path, collection="bbc")
    settings = with_folders(Settings(folders=(configured,)), [tmp_path, Path("/other")])
    assert settings.folders == (configured, Folder(path=Path("/other")))


def test_a_folder_on_the_command_line_that_holds_the_state_folder_is_refused(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path / "state")
    with pytest.raises(ConfigError, match=f"NEWSDROP_STATE_DIR.* {tmp_path} .*NEWSDROP_FOLDERS"):
        with_folders(settings, [tmp_path])


def test_the_variable_of_the_folders_takes_tables_as_json() -> None:
    settings = load_settings({"NEWSDROP_FOLDERS": '[{"path": "/in", "collection": "bbc"}, "/plain"]'})
    assert settings.folders == (Folder(path=Path("/in"), collection="bbc"), Folder(path=Path("/plain")))


def test_folders_that_look_like_json_and_are_not_name_the_variable() -> None:
    with pytest.raises(ConfigError, match="NEWSDROP_FOLDERS"):
        load_settings({"NEWSDROP_FOLDERS": "[oops"})
