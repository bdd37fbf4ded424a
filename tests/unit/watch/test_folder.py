"""Watched folders: refused when misconfigured, doubted when they may be unmounted."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsdrop.archive.mounts import Mount
from newsdrop.errors import ConfigError
from newsdrop.settings import Settings, validate
from newsdrop.watch.folder import Mode, Presence, folder_of, open_folders, polling_reason


def settings(*folders: object) -> Settings:
    return validate(Settings, {"folders": folders})


def test_no_folder_is_a_setting_to_correct() -> None:
    with pytest.raises(ConfigError, match="NEWSDROP_FOLDERS"):
        open_folders(Settings())


def test_a_missing_folder_stops_the_start_and_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent.*doesn't exist"):
        open_folders(settings(tmp_path / "absent"))


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "a.md").touch()
    with pytest.raises(ConfigError, match="is not a folder"):
        open_folders(settings(tmp_path / "a.md"))


def test_one_folder_under_two_names_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    with pytest.raises(ConfigError, match="twice"):
        open_folders(settings(tmp_path / "real", tmp_path / "link"))


def test_a_place_of_newsdrops_own_is_looked_for_again_when_the_watching_begins(tmp_path: Path) -> None:
    # A symlink that was turned since the settings were read.
    (tmp_path / "w/state").mkdir(parents=True)
    (tmp_path / "state").symlink_to(tmp_path / "elsewhere")
    chosen = validate(Settings, {"folders": [tmp_path / "w"], "state_dir": tmp_path / "state"})
    (tmp_path / "state").unlink()
    (tmp_path / "state").symlink_to(tmp_path / "w/state")
    with pytest.raises(ConfigError, match="NEWSDROP_STATE_DIR"):
        open_folders(chosen)


def test_a_path_belongs_to_the_innermost_folder(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    outer, inner = open_folders(settings(tmp_path, tmp_path / "inner"))
    assert folder_of(f"{inner.root}/a.md", [outer, inner]) is inner
    assert folder_of(f"{outer.root}/a.md", [outer, inner]) is outer
    assert folder_of("/elsewhere/a.md", [outer, inner]) is None
    assert outer.inner == {inner.root}
    assert inner.inner == frozenset()


def test_a_folder_that_vanishes_and_returns_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "w").mkdir()
    (folder,) = open_folders(settings(tmp_path / "w"))
    assert folder.look() is Presence.HERE
    (tmp_path / "w").rename(tmp_path / "away")
    assert [folder.look(), folder.look()] == [Presence.MISSING, Presence.MISSING]
    (tmp_path / "away").rename(tmp_path / "w")
    assert [folder.look(), folder.look()] == [Presence.BACK, Presence.HERE]


def test_another_folder_in_its_place_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "w").mkdir()
    (folder,) = open_folders(settings(tmp_path / "w"))
    (tmp_path / "w").rename(tmp_path / "away")
    (tmp_path / "w").mkdir()
    assert folder.look() is Presence.BACK


@pytest.mark.parametrize(
    ("wanted", "fstype", "events", "polled"),
    [
        (None, "ext4", True, False),
        (None, "nfs4", True, True),
        (False, "nfs4", True, False),
        (True, "ext4", True, True),
        (False, "ext4", False, True),
    ],
)
def test_polling_is_chosen_by_setting_then_file_system(
    wanted: bool | None, fstype: str, events: bool, polled: bool
) -> None:
    reason = polling_reason(wanted, Mount("/", fstype), events=events)
    assert (reason is not None) == polled


def test_a_folders_own_polling_setting_wins(tmp_path: Path) -> None:
    (tmp_path / "w").mkdir()
    chosen = {"folders": [{"path": tmp_path / "w", "polling": False}], "watch": {"polling": True}}
    (folder,) = open_folders(validate(Settings, chosen))
    assert folder.mode is Mode.EVENTS


def test_articles_go_with_their_files_only_where_files_are_kept(tmp_path: Path) -> None:
    (tmp_path / "w").mkdir()
    plain = {"path": tmp_path / "w", "on_delete": "remove"}
    assert open_folders(settings(plain))[0].removes
    assert not open_folders(settings(plain | {"after": "delete"}))[0].removes


def test_a_link_that_is_pointed_elsewhere_is_noticed_and_nothing_is_concluded(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.md").touch()
    link = tmp_path / "link"
    link.symlink_to("one")
    (folder,) = open_folders(settings(link))
    assert (folder.look(), folder.elsewhere, folder.doubt()) == (Presence.HERE, "", None)
    link.unlink()
    link.symlink_to("two")
    assert folder.look() is Presence.HERE
    assert folder.elsewhere == str(tmp_path / "two")
    assert "restart watcher and workers" in str(folder.doubt())
    link.unlink()
    link.symlink_to("one")
    assert (folder.look(), folder.elsewhere, folder.doubt()) == (Presence.HERE, "", None)
