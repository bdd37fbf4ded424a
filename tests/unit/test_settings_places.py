"""newsdrop reads nothing of what it writes: its own places held against the watched folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from newsdrop.errors import ConfigError
from newsdrop.settings import load_settings, own_places

PLACES = [
    ({"state_dir": "w/state"}, "state_dir (NEWSDROP_STATE_DIR)"),
    ({"state_dir": "w"}, "state_dir (NEWSDROP_STATE_DIR)"),
    ({"state_dir": "."}, "state_dir (NEWSDROP_STATE_DIR)"),
    ({"queue.dead_export": "w/letters"}, "queue.dead_export (NEWSDROP_QUEUE_DEAD_EXPORT)"),
    ({"queue.dead_export": "link/letters"}, "queue.dead_export (NEWSDROP_QUEUE_DEAD_EXPORT)"),
    ({"state_dir": "link/deep/state"}, "state_dir (NEWSDROP_STATE_DIR)"),
]


def settings_with(base: Path, places: dict[str, str], *folders: Any) -> Any:
    overrides: dict[str, Any] = {name: base / place for name, place in places.items()}
    return load_settings({}, {"folders": [*folders] or [str(base / "w")], **overrides})


@pytest.mark.parametrize(("places", "named"), PLACES)
def test_a_place_in_a_watched_folder_or_around_it_stops_the_start(
    tmp_path: Path, places: dict[str, str], named: str
) -> None:
    (tmp_path / "w/real").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "w/real")
    with pytest.raises(ConfigError) as caught:
        settings_with(tmp_path, places)
    assert named in caught.value.message
    assert str(tmp_path / "w") in caught.value.message
    assert "NEWSDROP_FOLDERS" in caught.value.message


def test_a_watched_folder_that_is_a_symlink_into_the_state_folder_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "state/log").mkdir(parents=True)
    (tmp_path / "w").symlink_to(tmp_path / "state/log")
    with pytest.raises(ConfigError, match="NEWSDROP_STATE_DIR"):
        settings_with(tmp_path, {"state_dir": "state"})


def test_files_are_never_moved_into_a_watched_folder_whosever_it_is(tmp_path: Path) -> None:
    done, failed = str(tmp_path / "b/done"), str(tmp_path / "failed")
    moving = {"path": str(tmp_path / "a"), "after": "move", "done": done, "failed": failed}
    with pytest.raises(ConfigError, match="`done` of the folder"):
        settings_with(tmp_path, {}, moving, str(tmp_path / "b"))


def test_places_beside_the_folders_are_fine_and_a_folder_may_lie_in_another_ones_archive(
    tmp_path: Path,
) -> None:
    moving = {"path": str(tmp_path / "a"), "after": "move", "done": str(tmp_path / "done"),
              "failed": str(tmp_path / "failed")}  # fmt: skip
    settings = settings_with(
        tmp_path,
        {"state_dir": "w-state", "queue.dead_export": "letters"},
        moving,
        str(tmp_path / "w"),
        str(tmp_path / "done/kept"),
    )
    assert own_places(settings) == {str(tmp_path / "w-state"), str(tmp_path / "letters")}
