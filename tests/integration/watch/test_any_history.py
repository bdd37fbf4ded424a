"""Whatever is done to a tree of folders, events alone bring the ledger up to date: no rescan helps here."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest
from tests.servers.watching import Watching
from tests.waiting import until

from newsdrop.name_filter import NameFilter
from newsdrop.watch.enqueuer import same_stamp
from newsdrop.watch.scan import Found, scan

pytestmark = pytest.mark.redis


class Vandal:
    """Does random things to a folder."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.random = random.Random(seed)
        self.outside = folder.parent / "outside"
        self.outside.mkdir()

    def act(self) -> None:
        self.random.choice(
            [self.write, self.write, self.append, self.rename_in, self.rename, self.delete, self.make_tree,
             self.move_folder, self.take_out, self.bring_back, self.link]
        )()  # fmt: skip

    def pick(self, *, folders: bool) -> Path | None:
        found = [
            path for path in self.folder.rglob("*") if path.is_dir() == folders and not path.is_symlink()
        ]
        return self.random.choice(sorted(found)) if found else None

    def place(self) -> Path:
        return self.pick(folders=True) or self.folder

    def fresh(self, folder: Path) -> Path:
        return folder / f"{self.random.randrange(10**6)}{self.random.choice(['.md', '.md', '.tmp'])}"

    def write(self) -> None:
        self.fresh(self.place()).write_text("x" * self.random.randrange(100))

    def append(self) -> None:
        # What is written under one name of two raises no event for the other: only a rescan can see that.
        if (path := self.pick(folders=False)) and path.stat().st_nlink == 1:
            with path.open("a") as file:
                file.write("more")

    def rename_in(self) -> None:
        path = self.fresh(self.outside)
        path.write_text("x")
        os.utime(path, (1, self.random.randrange(10**9)))
        path.rename(self.place() / path.name)

    def rename(self) -> None:
        if path := self.pick(folders=False):
            path.rename(self.fresh(self.place()))

    def delete(self) -> None:
        if path := self.pick(folders=False):
            path.unlink()

    def make_tree(self) -> None:
        deep = self.place() / f"d{self.random.randrange(10**6)}" / "deep"
        deep.mkdir(parents=True)
        for folder in (deep, deep.parent):
            self.fresh(folder).write_text("x")

    def move_folder(self) -> None:
        source, target = self.pick(folders=True), self.place()
        if source and source not in (target, *target.parents):
            source.rename(target / f"m{self.random.randrange(10**6)}")

    def take_out(self) -> None:
        if (folder := self.pick(folders=True)) and self.random.random() < 0.3:
            folder.rename(self.outside / f"o{self.random.randrange(10**6)}")

    def bring_back(self) -> None:
        away = sorted(path for path in self.outside.iterdir() if path.is_dir())
        if away:
            shutil.copytree(away[0], self.place() / f"c{self.random.randrange(10**6)}")
            away[0].rename(self.place() / f"b{self.random.randrange(10**6)}")

    def link(self) -> None:
        if path := self.pick(folders=False):
            os.link(path, self.fresh(self.place()))


def unaccounted(watching: Watching) -> list[Found]:
    return [
        found
        for found in scan(watching.folder, NameFilter())
        if (entry := watching.entry(Path(found.path))) is None or not same_stamp(found.stamp, entry.stamp)
    ]


@pytest.mark.parametrize("seed", range(4))
def test_any_history_ends_with_every_file_in_the_ledger(watching: Watching, seed: int) -> None:
    vandal = Vandal(watching.folder, seed)
    with watching.run(rescan_s=3_600, settle_ms=50) as watcher:
        until(lambda: watching.scans() >= 1)
        for _ in range(400):
            vandal.act()
        until(lambda: not unaccounted(watching), "every file accounted for")
        assert watcher.healed == 0
