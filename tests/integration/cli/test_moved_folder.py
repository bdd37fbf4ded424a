"""A folder that was renamed counts once: its old paths are gone, and its articles belong to the new ones."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from tests.corpus import seed_like
from tests.inputs.bundle_files import pages, tarred, zipped
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
    with place.at_work():
        until(lambda: place.counts() == ALL, "all indexed")
        if watched:
            (place.drops / "2019").rename(place.drops / "2019-archive")
            until(lambda: moved(place), "the old paths are gone")
    if not watched:
        (place.drops / "2019").rename(place.drops / "2019-archive")
        with place.at_work():
            until(lambda: moved(place), "the old paths are gone")
    assert place.json("status")["index"]["documents"] == 5
    audit = place.json("audit", place.drops)
    assert audit["states"] == ALL
    assert place.run("forget", "--gone", "--older-than", "1h").exit_code == 2
    assert place.json("forget", "--gone", "--older-than", "1d") == {"pruned": 0}
    shutil.rmtree(place.drops / "2019-archive")


def test_members_that_were_unpacked_and_files_that_were_packed_count_once(place: CliInstallation) -> None:
    pages_of = {f"{number}.md": page for number, page in enumerate(pages(3, first=300).values())}
    place.file("unpacked.zip", zipped({"pages/" + name: page for name, page in pages_of.items()}))

    def counted() -> dict[str, int]:
        found = place.counts()
        return {name: number for name, number in found.items() if name not in ("gone", "removed") and number}

    with place.at_work():
        until(lambda: counted() == {"indexed": 8, "expanded": 2}, "all indexed")
        (place.drops / "unpacked.zip").unlink()
        for name, page in pages_of.items():
            place.file(f"unpacked/{name}", page)
        until(lambda: counted() == {"indexed": 8, "expanded": 1}, "the bundle and its members are gone")
        (place.drops / "unpacked").rename(place.drops.parent / "away")
        place.file("packed.zip", zipped(pages_of))
        until(lambda: counted() == {"indexed": 8, "expanded": 2}, "the files are gone")


def test_the_letters_of_renamed_bundles_count_once(place: CliInstallation) -> None:
    place.file("cut.tar", tarred(pages(5, first=200))[:12_000])
    place.file("good.zip", zipped(pages(2, first=300) | {"bad.md": b"This is no page, only a line."}))

    def letters() -> set[str]:
        return {Path(one["path"]).name for one in place.json("dead", "list")}

    with place.at_work():
        until(lambda: place.counts().get("dead") == 2, "both letters")
        # The other files' fates, too: a removal would compare the folder with them.
        until(lambda: place.counts().get("queued", 0) == 0, "all settled")
        for name in ("cut.tar", "good.zip"):
            (place.drops / name).rename(place.drops / f"renamed-{name}")
        until(lambda: letters() == {"renamed-cut.tar", "renamed-good.zip"}, "the letters are there alone")
        until(lambda: place.counts().get("dead") == 2, "and count once")


def moved(place: CliInstallation) -> bool:
    """Everything counts once; by its old paths it is gone, or was removed before the new ones were read."""
    found = place.counts()
    left = found.pop("gone", 0) + found.pop("removed", 0)
    return found == ALL and left == 5
