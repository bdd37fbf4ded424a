"""A folder that was renamed counts once: its old paths are gone, and its articles belong to the new ones."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from tests.corpus import seed_like
from tests.inputs.bundle_files import zipped
from tests.servers.cli_installation import CliInstallation
from tests.servers.redis_server import RedisServer
from tests.waiting import until

pytestmark = pytest.mark.redis


@pytest.fixture(params=["keep", "remove"])
def place(
    tmp_path: Path,
    redis_server: RedisServer,
    request: pytest.FixtureRequest,
) -> CliInstallation:
    place = CliInstallation(
        tmp_path, redis_server.url, NEWSDROP_WORKER_PROCESSES="1", NEWSDROP_QUEUE_RECONCILE_S="0.5"
    )
    place.variables["NEWSDROP_FOLDERS"] = json.dumps([{"path": str(place.drops), "on_delete": request.param}])
    place.page("other.txt", 9)
    for number in range(3):
        place.page(f"2019/{number}.txt", number)
    place.file("2019/pages.zip", zipped({"m.txt": seed_like(5, html_bytes=4_000)}))
    for path in place.drops.rglob("*.*"):
        os.utime(path, (1_600_000_000, 1_600_000_000))
    return place


ALL = {"indexed": 5, "expanded": 1}


@pytest.mark.parametrize("watched", [True, False])
def test_a_renamed_folder_counts_once(place: CliInstallation, *, watched: bool) -> None:
    with place.running("up"):
        until(lambda: place.counts() == ALL, "all indexed")
        if watched:
            (place.drops / "2019").rename(place.drops / "2019-archive")
            until(lambda: moved(place), "the old paths are gone")
    if not watched:
        (place.drops / "2019").rename(place.drops / "2019-archive")
        with place.running("up"):
            until(lambda: moved(place), "the old paths are gone")
    assert place.json("status")["index"]["documents"] == 5
    audit = place.json("audit", place.drops)
    assert audit["states"] == ALL
    assert place.run("forget", "--gone", "--older-than", "1h").exit_code == 2
    assert place.json("forget", "--gone", "--older-than", "1d") == {"pruned": 0}
    shutil.rmtree(place.drops / "2019-archive")


def moved(place: CliInstallation) -> bool:
    """Everything counts once; by its old paths it is gone, or was removed before the new ones were read."""
    found = place.counts()
    left = found.pop("gone", 0) + found.pop("removed", 0)
    return found == ALL and left == 5
