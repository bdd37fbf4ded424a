"""One scan against the ledger, slice by slice."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.fakes.watch_fakes import FakeLedger

from newsdrop.documents import Stamp, State
from newsdrop.errors import OutageError
from newsdrop.ledger.ledger import Lane
from newsdrop.settings import Settings, validate
from newsdrop.watch.folder import open_folders
from newsdrop.watch.rescan import SLICE_FILES, Reason, Rescan
from newsdrop.watch.scan import Found

NOW_MS, OLD_MS = 100_000, 3_000
OLD, YOUNG = Stamp(1, 1_000 * 100), Stamp(1, 99_000 * 100)


def rescan(tmp_path: Path, files: list[Found]) -> Rescan:
    (folder,) = open_folders(validate(Settings, {"folders": [tmp_path]}))
    return Rescan(folder, Reason.PERIODIC, iter(files), 0)


def test_files_are_needed_young_or_settled(tmp_path: Path) -> None:
    ledger = FakeLedger()
    ledger.settle("/known", State.INDEXED, OLD)
    ledger.settle("/changed", State.INDEXED, Stamp(2, 2))
    ledger.settle("/back", State.GONE, OLD)
    files = [Found(f"/{name}", OLD) for name in ("new", "known", "changed", "back")] + [
        Found("/young", YOUNG)
    ]
    one = rescan(tmp_path, files)
    assert one.read()
    judged = one.judge(ledger, NOW_MS, OLD_MS)
    assert [found.path for found in judged.needed] == ["/new", "/changed", "/back"]
    assert [found.path for found in judged.young] == ["/young"]
    assert [(found.path, entry.state) for found, entry in judged.settled] == [("/known", State.INDEXED)]
    assert not one.read()
    assert (one.done, one.files, one.found) == (True, 5, 3)


def test_a_file_whose_article_went_with_another_is_told_apart(tmp_path: Path) -> None:
    ledger = FakeLedger()
    article = "d" * 32
    ledger.settle("/indexed", State.INDEXED, OLD, article)
    ledger.settle("/superseded", State.SUPERSEDED, OLD, article)
    ledger.settle("/queued", State.QUEUED, OLD, article)
    ledger.settle("/other", State.INDEXED, OLD, "e" * 32)
    ledger.settle("/none", State.EXPANDED, OLD)
    ledger.removed_documents.add(article)
    names = ("indexed", "superseded", "queued", "other", "none")
    one = rescan(tmp_path, [Found(f"/{name}", OLD) for name in names])
    one.read()
    judged = one.judge(ledger, NOW_MS, OLD_MS)
    assert [found.path for found in judged.again] == ["/indexed", "/superseded"]
    assert [found.path for found, _ in judged.settled] == ["/queued", "/other", "/none"]


def test_a_young_file_that_the_ledger_knows_needs_no_settling(tmp_path: Path) -> None:
    ledger = FakeLedger()
    ledger.settle("/known", State.QUEUED, YOUNG)
    one = rescan(tmp_path, [Found("/known", YOUNG)])
    one.read()
    assert one.judge(ledger, NOW_MS, OLD_MS).young == []


def test_few_finds_are_fresh_and_many_are_a_backlog(tmp_path: Path) -> None:
    one = rescan(tmp_path, [Found(f"/{number}", OLD) for number in range(SLICE_FILES + 1)])
    lanes = [one.lane]
    one.read()
    one.judge(FakeLedger(), NOW_MS, OLD_MS)
    assert one.files == SLICE_FILES
    assert [*lanes, one.lane] == [Lane.FRESH, Lane.BACKLOG]


def test_a_slice_that_could_not_be_judged_is_judged_later(tmp_path: Path) -> None:
    ledger = FakeLedger()
    one = rescan(tmp_path, [Found("/new", OLD)])
    one.read()
    ledger.down = True
    with pytest.raises(OutageError):
        one.judge(ledger, NOW_MS, OLD_MS)
    ledger.down = False
    assert one.read()
    assert [found.path for found in one.judge(ledger, NOW_MS, OLD_MS).needed] == ["/new"]
    assert not one.read()
