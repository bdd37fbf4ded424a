"""The embedded index under several processes, on broken files and full disks."""

from __future__ import annotations

import multiprocessing
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from tests.inputs.index_samples import make_document
from tests.searching import hits
from tests.waiting import PATIENCE_S

from newsdrop.errors import ConfigError, OutageError
from newsdrop.index import local_file
from newsdrop.index.local import LocalStore


def write(path: Path, process: int) -> None:
    store = LocalStore(path)
    for turn in range(20):
        store.put([make_document(f"{process}-{turn}-{n}", text="香港國安法") for n in range(5)])
        store.put([make_document("shared", title=f"{process}-{turn}", version=process * 100 + turn)])
    store.close()


def test_several_processes_write_at_once_and_nothing_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite3"
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=write, args=(path, n)) for n in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0] * 4
    store = LocalStore(path)
    assert store.count() == 4 * 20 * 5 + 1
    shared = make_document("shared").id
    assert store.stored([shared])[shared].version == 319
    assert len(hits(store, "国安", 1_000)) == 400
    store.close()


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
def test_a_forked_child_uses_a_connection_of_its_own(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "index.sqlite3")
    store.put([make_document(1)])
    fork = multiprocessing.get_context("fork")
    child = fork.Process(target=lambda: store.put([make_document(2)]))
    child.start()
    child.join(60)
    assert child.exitcode == 0
    assert store.count() == 2
    store.close()


def looked_at(path: Path) -> int:
    """How many documents another process finds, which opens the index and closes it again."""
    program = (
        "import sys; from pathlib import Path; from newsdrop.index.local import LocalStore\n"
        "store = LocalStore(Path(sys.argv[1])); print(store.count()); store.close()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, check=True, text=True
    )
    return int(done.stdout)


@contextmanager
def writing_child(store: LocalStore) -> Iterator[Connection]:
    """A forked child that writes a document for each number it is sent, and answers with any error."""
    here, there = multiprocessing.Pipe()

    def work() -> None:
        while (number := there.recv()) is not None:
            try:
                store.put([make_document(number)])
            except OutageError as error:
                there.send(error.message)
            else:
                there.send(None)

    child = multiprocessing.get_context("fork").Process(target=work)
    child.start()
    try:
        yield here
    finally:
        here.send(None)
        child.join(PATIENCE_S)


def write_in_child(child: Connection, number: int) -> str | None:
    child.send(number)
    assert child.poll(PATIENCE_S)
    answer: str | None = child.recv()
    return answer


def in_another_thread(work: Callable[[], object]) -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(work).result()


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
def test_what_a_forked_child_writes_is_not_lost_when_others_open_and_close_the_index(tmp_path: Path) -> None:
    # The worker: its main process asks for the identity, forks, and opens the index again for dead letters.
    path = tmp_path / "index.sqlite3"
    store = LocalStore(path)
    store.put([make_document(1)])
    with writing_child(store) as child:
        assert write_in_child(child, 2) is None
        in_another_thread(LocalStore(path).mirror_home)
        assert looked_at(path) == 2
        assert write_in_child(child, 3) is None
        assert looked_at(path) == 3
    assert store.count() == 3
    store.close()


def test_opening_the_index_again_keeps_the_locks_of_whoever_has_it_open(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite3"
    store = LocalStore(path)
    store.put([make_document(1)])
    in_another_thread(LocalStore(path).check)
    assert looked_at(path) == 1
    store.put([make_document(2)])
    assert looked_at(path) == 2
    store.close()


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
def test_a_fork_waits_for_whoever_is_writing(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "index.sqlite3")
    begun, may_end = threading.Event(), threading.Event()

    def write_slowly() -> None:
        with store._file.writing() as db:
            begun.set()
            may_end.wait(PATIENCE_S)
            db.execute("INSERT INTO facts VALUES ('slow', '1')")

    with ThreadPoolExecutor(1) as pool:
        writer = pool.submit(write_slowly)
        assert begun.wait(PATIENCE_S)
        threading.Timer(0.2, may_end.set).start()
        with writing_child(store) as child:
            assert may_end.is_set()
            assert write_in_child(child, 1) is None
        writer.result()
    assert store.count() == 1
    store.close()


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
def test_a_child_forked_in_the_middle_of_a_use_refuses_the_index(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "index.sqlite3")
    with store._file.writing(), writing_child(store) as child:
        assert "forked while" in str(write_in_child(child, 1))
    store.put([make_document(2)])
    assert store.count() == 1
    store.close()


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_nothing_is_acknowledged_that_went_into_a_deleted_log(tmp_path: Path, when: str) -> None:
    path = tmp_path / "index.sqlite3"
    log = path.with_name("index.sqlite3-wal")
    store = LocalStore(path)
    store.put([make_document(1)])

    def write_while_it_is_deleted() -> None:
        with store._file.writing() as db:
            db.execute("INSERT INTO facts VALUES ('lost', '1')")
            log.unlink()

    if when == "before":
        log.unlink()
    with pytest.raises(OutageError, match=r"lost its log.*start newsdrop again"):
        write_while_it_is_deleted()
    with pytest.raises(OutageError, match="lost its log"):
        store.count()
    store.close()


def test_a_file_that_was_moved_away_is_not_written_to_any_more(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite3"
    store = LocalStore(path)
    store.put([make_document(1), make_document(2)])
    for file in list(tmp_path.iterdir()):
        file.rename(file.with_name(file.name.replace("index", "moved")))
    store.put([make_document(3)])
    assert looked_at(path) == 1
    with pytest.raises(OutageError, match="moved away"), store._file.writing():
        path.rename(tmp_path / "again.sqlite3")
    assert store.count() == 0
    store.close()


def test_what_is_in_the_index_survives_reopening(tmp_path: Path) -> None:
    first = LocalStore(tmp_path / "deep" / "index.sqlite3")
    first.put([make_document(1, text="香港")])
    first.close()
    second = LocalStore(tmp_path / "deep" / "index.sqlite3")
    assert [hit.id for hit in hits(second, "香港")] == [make_document(1).id]
    second.close()


def test_a_busy_file_is_an_outage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_file, "LOCAL_TIMEOUT_S", 0.1)
    store = LocalStore(tmp_path / "index.sqlite3")
    store.check()
    other = sqlite3.connect(tmp_path / "index.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OutageError, match="is busy"):
        store.put([make_document(1)])
    # Or the gate, which asks this, would open at once and close again.
    with pytest.raises(OutageError, match="is busy"):
        store.check()
    store.check(reading=True)
    other.execute("ROLLBACK")
    other.close()
    assert store.put([make_document(1)])[0].status == "indexed"
    store.close()


def test_an_index_on_a_full_disk_is_readable_and_not_ready_for_documents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = LocalStore(tmp_path / "index.sqlite3")
    store.check()
    monkeypatch.setattr(local_file, "_LEAST_ROOM_BYTES", 2**62)
    with pytest.raises(OutageError, match="free some space"):
        store.check()
    store.check(reading=True)
    monkeypatch.undo()
    store.check()
    store.close()


def test_a_file_that_is_no_index_is_the_operators_task(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite3"
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(ConfigError, match="NEWSDROP_STATE_DIR"):
        LocalStore(path).check()


def test_a_folder_that_cannot_be_made_is_the_operators_task(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ConfigError, match="NEWSDROP_STATE_DIR"):
        LocalStore(tmp_path / "file" / "index.sqlite3").check()


def test_another_analysis_refuses_work_until_it_is_migrated(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite3"
    store = LocalStore(path)
    store.put([make_document(n, text="香港") for n in range(3)])
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("UPDATE facts SET value = 'older' WHERE name = 'analysis'")
    other.close()
    for refused in (store.check, lambda: store.put([make_document(9)]), lambda: store.remove("x", "y")):
        with pytest.raises(ConfigError, match="newsdrop index migrate"):
            refused()
    assert not store.status().ok
    steps: list[tuple[str, int, int]] = []
    assert store.migrate(progress=lambda *step: steps.append(step)).ok
    assert steps == [("rebuild", 3, 3)]
    assert len(hits(store, "香港")) == 3
    assert store.put([make_document(9)])[0].status == "indexed"
    store.close()


def words_in(store: LocalStore) -> list[str]:
    with store._file.reading() as db:
        db.execute("INSERT INTO terms (terms) VALUES ('integrity-check')")
        db.execute("CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab(main, terms, 'row')")
        return [term for (term,) in db.execute("SELECT term FROM temp.vocabulary")]


def test_replacing_and_removing_leave_no_terms_behind(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "index.sqlite3")
    for version in range(5):
        store.put([make_document(1, title=f"第{version}版", text="香港" * version, version=version)])
    store.remove(make_document(1).id, "/drops/1.md")
    assert words_in(store) == []
    store.close()


def test_a_bulk_that_has_a_document_several_times_keeps_the_words_of_the_newest(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "index.sqlite3")
    store.put([make_document(1, title="alpha", text="", version=1)])
    results = store.put(
        [
            make_document(1, title="beta", text="", version=2),
            make_document(2, title="delta", text="", version=1),
            make_document(1, title="gamma", text="", version=3),
        ]
    )
    assert [one.status for one in results] == ["indexed"] * 3
    assert {"gamma", "delta"} <= set(words_in(store))
    assert not {"alpha", "beta"} & set(words_in(store))
    assert store.count() == 2
    store.close()


def test_the_words_of_a_bulk_are_one_segment(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "index.sqlite3")
    for bulk in range(2):
        store.put([make_document(f"{bulk}-{n}", title=f"題{n}", text=f"香港 {n}") for n in range(40)])
    with store._file.reading() as db:
        for table in ("terms", "heads"):
            segments = db.execute(f"SELECT count(DISTINCT segid) FROM {table}_idx").fetchone()
            assert segments == (2,), table
    store.close()


def test_a_new_file_is_for_the_owners_eyes_only(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "state" / "index.sqlite")
    store.put([make_document(1)])
    for path in (tmp_path / "state").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
    store.close()
