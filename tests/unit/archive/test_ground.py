"""A folder that may be unmounted is doubted, by the watcher and by a worker's children alike."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from newsdrop.archive import ground as ground_module
from newsdrop.archive.ground import Ground
from newsdrop.archive.mounts import Mount
from newsdrop.assembly import build_pipeline, removal_grounds
from newsdrop.settings import Settings, validate
from newsdrop.testing import MemoryStore


def test_absence_proves_nothing_while_a_folder_may_be_unmounted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "w"
    (root / "sub").mkdir(parents=True)
    monkeypatch.setattr(ground_module, "read_mounts", lambda: [Mount(f"{root}/sub", "ext4")])
    ground = Ground(str(root))
    assert ground.doubt() is None
    assert ground.doubt(f"{root}/sub/a.md") is None
    monkeypatch.setattr(ground_module, "read_mounts", list)
    assert "gone" in (ground.doubt(f"{root}/sub/a.md") or "")
    assert ground.doubt(f"{root}/a.md") is None
    shutil.rmtree(root / "sub")
    assert "empty" in (ground.doubt() or "")
    root.rmdir()
    assert "missing" in (ground.doubt() or "")


def test_a_disk_that_was_mounted_later_is_known_when_it_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "disk").mkdir()
    monkeypatch.setattr(ground_module, "read_mounts", list)
    ground = Ground(str(tmp_path))
    monkeypatch.setattr(ground_module, "read_mounts", lambda: [Mount(f"{tmp_path}/disk", "vfat")])
    ground.look()
    monkeypatch.setattr(ground_module, "read_mounts", list)
    assert "gone" in (ground.doubt(f"{tmp_path}/disk/a.md") or "")
    assert ground.doubt(f"{tmp_path}/a.md") is None


def test_another_device_is_doubted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.md").touch()
    ground = Ground(str(tmp_path))
    device = ground_module._device
    monkeypatch.setattr(ground_module, "_device", lambda path: (device(path) or 0) + 1)
    assert "another device" in (ground.doubt() or "")


def test_a_folder_that_comes_later_is_taken_as_it_is_first_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground = Ground(str(tmp_path / "later"))
    assert "missing" in (ground.doubt() or "")
    (tmp_path / "later").mkdir()
    (tmp_path / "later/a.md").touch()
    assert ground.doubt() is None
    device = ground_module._device
    monkeypatch.setattr(ground_module, "_device", lambda path: (device(path) or 0) + 1)
    assert "another device" in (ground.doubt() or "")


def test_a_worker_takes_no_article_of_a_disk_that_was_unmounted_since_it_began(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "w"
    (root / "disk").mkdir(parents=True)
    settings = validate(Settings, {"folders": [{"path": root, "on_delete": "remove"}]})
    monkeypatch.setattr(ground_module, "read_mounts", lambda: [Mount(f"{root}/disk", "ext4")])
    at_first = removal_grounds(settings)
    removes = build_pipeline(settings, MemoryStore(), at_first)._removes
    assert removes(f"{root}/disk/a.md")
    monkeypatch.setattr(ground_module, "read_mounts", list)
    # A child that starts now still knows what was there when its worker began.
    removes = build_pipeline(settings, MemoryStore(), at_first)._removes
    assert not removes(f"{root}/disk/a.md")
    assert removes(f"{root}/a.md")
    assert not removes("/elsewhere/a.md")


def test_only_folders_that_say_so_take_articles_along(tmp_path: Path) -> None:
    for name in ("outer/inner", "deleting"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "x").touch()
    folders = [
        {"path": tmp_path / "outer", "on_delete": "remove"},
        {"path": tmp_path / "outer/inner"},
        {"path": tmp_path / "deleting", "on_delete": "remove", "after": "delete"},
    ]
    removes = build_pipeline(validate(Settings, {"folders": folders}), MemoryStore())._removes
    assert removes(f"{tmp_path}/outer/a.md")
    assert not removes(f"{tmp_path}/outer/inner/a.md")
    assert not removes(f"{tmp_path}/deleting/a.md")
