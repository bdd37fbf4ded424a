"""What the demo writes is what it says, and newsdrop makes of it what the demo promises."""

from __future__ import annotations

from pathlib import Path

from tests.searching import ask

from newsdrop.cli.demo_files import QUERY, write_demo
from newsdrop.documents import Drop, Outcome, Stamp, State
from newsdrop.identity import path_drop_id
from newsdrop.testing import MemoryStore, memory_pipeline


def ingested(folder: Path, store: MemoryStore) -> dict[str, Outcome]:
    paths = sorted(str(path) for path in folder.rglob("*.md"))
    drops = [Drop(id=path_drop_id(path), path=path, stamp=Stamp(0, 0)) for path in paths]
    outcomes = memory_pipeline(store).ingest(drops)
    return {str(Path(one.drop.path or "").relative_to(folder)): one for one in outcomes}


def test_every_file_has_the_fate_that_the_report_promises(tmp_path: Path) -> None:
    report = write_demo(tmp_path, 130)
    store = MemoryStore()
    found = ingested(tmp_path, store)
    assert len(found) == report.files == report.articles + report.older + report.copies + report.broken
    dead = {name for name, one in found.items() if one.failure is not None}
    assert dead == {name for name in found if name.startswith("broken/")}
    assert len(dead) == report.broken == 8
    assert len(store.documents) == report.articles == 130
    older = [one.state for name, one in found.items() if name.startswith("older/")]
    assert len(older) == report.older == 7
    assert set(older) <= {State.INDEXED, State.SUPERSEDED}
    assert sum(path.stat().st_size for path in tmp_path.rglob("*.md")) == report.bytes


def test_the_query_finds_both_scripts_and_as_many_articles_as_are_told(tmp_path: Path) -> None:
    report = write_demo(tmp_path, 60)
    store = MemoryStore()
    ingested(tmp_path, store)
    answer = ask(store, QUERY, size=100)
    assert len(answer.hits) == answer.total == report.found > 3
    languages = {store.documents[hit.id].source["language"] for hit in answer.hits}
    assert languages == {"zh-Hans", "zh-Hant"}
    assert {one.source["language"] for one in store.documents.values()} == {"zh-Hans", "zh-Hant", "en"}


def test_the_smallest_demo_has_something_to_find_and_comes_out_the_same_twice(tmp_path: Path) -> None:
    assert write_demo(tmp_path / "a", 1).found == 1
    write_demo(tmp_path / "b", 1)
    first, second = (
        {path.relative_to(tmp_path / name): path.read_bytes() for path in (tmp_path / name).rglob("*.md")}
        for name in "ab"
    )
    assert first == second
