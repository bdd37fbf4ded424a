"""`newsdrop ingest` by a worker's rules: what it leaves in ledger, index and letters."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import redis
from tests.integration.worker.conftest import StartWorker
from tests.models.ledger_invariants import check_invariants
from tests.servers.celery_worker import drops_of, indexed_exactly, write_articles
from tests.servers.cli_installation import CliInstallation
from tests.servers.redis_server import RedisServer
from tests.waiting import until

from newsdrop.documents import Document, Drop, State
from newsdrop.identity import path_drop_id
from newsdrop.index.local import LocalStore
from newsdrop.ledger import keys
from newsdrop.ledger.deadletters import DeadLetters
from newsdrop.ledger.ledger import Ledger
from newsdrop.pipeline import Pipeline
from newsdrop.ports import Lane, WriteContext
from newsdrop.worker.in_flight import in_flight_folder, orphaned

pytestmark = pytest.mark.redis


@pytest.fixture
def place(tmp_path: Path, redis_server: RedisServer) -> CliInstallation:
    """Over the same Redis, state folder and index as the workers of `start_worker`, with its own drops."""
    return CliInstallation(tmp_path, redis_server.url)


@pytest.fixture(autouse=True)
def whole(redis_client: redis.Redis) -> Iterator[None]:
    """The ledger's invariants hold at the end of every test."""
    yield
    check_invariants(redis_client)


def stored(place: CliInstallation) -> dict[str, str]:
    """Every article's title in the index, by its file's name."""
    with closing(LocalStore(place.state / "index.sqlite3")) as store:
        ids = [one.document_id for one in store.files_under(str(place.drops))]
        found = [store.find(one)[0] for one in ids]
    return {Path(one.source["file"]["path"]).name: one.source["title"] for one in found}


def settle_all(place: CliInstallation, ledger: Ledger) -> None:
    until(lambda: not ledger.counts()[State.QUEUED] + ledger.counts()[State.RETRYING], "all settled")


def test_a_file_whose_address_changed_takes_the_old_article_along(place: CliInstallation) -> None:
    place.variables["NEWSDROP_FOLDERS"] = f'[{{"path": "{place.drops}", "on_delete": "remove"}}]'
    place.page("a.md", 1)
    place.page("stays.md", 5)
    place.json("ingest", place.drops)
    place.page("a.md", 2)
    assert place.json("ingest", place.drops)["states"] == {"indexed": 2}
    assert place.json("status")["index"]["documents"] == 2
    assert place.json("audit", place.drops)["ok"]


def test_the_letters_of_a_file_that_fails_elsewhere_the_second_time_are_counted_there(
    place: CliInstallation, letters: DeadLetters
) -> None:
    file = place.file("bad.md", b"")
    place.json("ingest", file, code=1)
    assert place.json("status")["letters"] == {"read": 1}
    place.file("bad.md", b"<!--1660630383000-->\n[](https://www.bbc.com/a)\n------\n\n<p></p>")
    place.json("ingest", file, code=1)
    (letter,) = letters.iterate()
    assert letter.stage != "read"
    assert place.json("status")["letters"] == {letter.stage: 1}
    place.page("bad.md", 1)
    place.json("ingest", file)
    assert place.json("status")["letters"] == {}


def test_no_message_is_left_behind(place: CliInstallation, ledger: Ledger) -> None:
    place.page("a.md", 1)
    place.json("ingest", place.drops)
    assert [ledger.message_count([lane]) for lane in Lane] == [0, 0]
    assert not list(ledger.batches())


def test_ingest_holds_its_memory_as_a_worker_does(
    place: CliInstallation, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[str] = []

    @contextmanager
    def noted() -> Iterator[None]:
        called.append("begin")
        yield
        called.append("end")

    monkeypatch.setattr("newsdrop.cli.ingest.parsing", noted)
    place.page("a.md")
    place.json("ingest", place.drops, "--json")
    assert called == ["begin", "end"]


def test_what_waits_for_a_worker_is_taken_by_ingest_where_there_is_none(
    place: CliInstallation, ledger: Ledger
) -> None:
    paths = write_articles(place.drops, 3)
    ledger.enqueue(drops_of(paths))
    assert place.json("ingest", paths[0])["states"] == {"indexed": 1}
    # They were in one batch, and a batch is done as a whole.
    assert indexed_exactly(ledger, 3)


def test_what_a_worker_has_in_hand_is_waited_for(place: CliInstallation, ledger: Ledger) -> None:
    (path,) = write_articles(place.drops, 1)
    ledger.enqueue(drops_of([path]))
    (batch,) = ledger.batches()
    drops = ledger.start(batch.id, "theirs", process=1, task="t")
    reports: list[dict[str, object]] = []
    waiting = threading.Thread(target=lambda: reports.append(place_report(place, path)))
    waiting.start()
    until(lambda: ledger.touch(batch.id, "theirs", drops[0].id), "still theirs")
    assert ledger.finish(batch.id, "theirs", [], yield_rest=True)
    waiting.join(120)
    assert reports == [{"indexed": 1}]


def place_report(place: CliInstallation, path: Path) -> dict[str, object]:
    done = place.process("ingest", path, "--json")
    assert done.returncode == 0, done.stderr
    states: dict[str, object] = json.loads(done.stdout)["states"]
    return states


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM), (signal.SIGHUP, -signal.SIGHUP)],
)
def test_what_tells_an_ingest_to_end_has_it_give_back_its_files_and_none_is_blamed(
    place: CliInstallation, ledger: Ledger, number: int, code: int
) -> None:
    paths = write_articles(place.drops, 400)
    with place.start("ingest", place.drops) as ingest:
        until(lambda: ledger.counts()[State.QUEUED], "begun")
        ingest.send_signal(number)
        assert ingest.wait(60) == code
    entries = ledger.lookup([path_drop_id(os.path.realpath(path)) for path in paths])
    assert all(entry is None or entry.deaths == 0 for entry in entries)
    assert all(not batch.run for batch in ledger.batches())
    assert list(orphaned(in_flight_folder(place.state))) == []
    assert place.json("ingest", place.drops)["states"] == {"indexed": 400}


def test_an_ingest_that_is_killed_leaves_its_files_to_a_worker(
    place: CliInstallation, ledger: Ledger, start_worker: StartWorker
) -> None:
    write_articles(place.drops, 300)
    with place.start("ingest", place.drops) as ingest:
        until(lambda: ledger.counts()[State.QUEUED] or ledger.counts()[State.INDEXED], "begun")
        ingest.kill()
    open_ones = ledger.counts()[State.QUEUED]
    start_worker({"NEWSDROP_FOLDERS": str(place.drops)})
    settle_all(place, ledger)
    assert open_ones <= ledger.counts()[State.INDEXED]
    assert place.json("ingest", place.drops)["states"] == {"indexed": 300}


def test_one_batch_is_written_while_the_next_is_prepared(
    place: CliInstallation, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.variables["NEWSDROP_QUEUE_BACKLOG_BATCH_DROPS"] = "4"
    write_articles(place.drops, 12)
    begun: list[str] = []
    overlapped: list[bool] = []
    begin, put = Pipeline.begin, LocalStore.put

    def noted(pipeline: Pipeline, drop: Drop) -> Any:
        begun.append(drop.id)
        return begin(pipeline, drop)

    def waiting(store: LocalStore, documents: Sequence[Document], context: WriteContext) -> Any:
        # Whatever is written, the batch after it is begun meanwhile, if there is one.
        written = 4 * (len(overlapped) + 1)
        until(lambda: len(begun) > min(written, 11), "the next batch")
        overlapped.append(threading.current_thread() is not threading.main_thread())
        return put(store, documents, context)

    monkeypatch.setattr(Pipeline, "begin", noted)
    monkeypatch.setattr(LocalStore, "put", waiting)
    assert place.json("ingest", place.drops)["states"] == {"indexed": 12}
    assert overlapped == [True] * 3


class Stuck(NamedTuple):
    process: subprocess.Popen[str]
    #: Lets the bulk be written.
    release: Callable[[], object]


@contextmanager
def stuck_in_its_first_bulk(place: CliInstallation, ledger: Ledger) -> Iterator[Stuck]:
    """An ingest of 12 files in three batches: the first can't be written, the second waits for it."""
    place.variables["NEWSDROP_QUEUE_BACKLOG_BATCH_DROPS"] = "4"
    write_articles(place.drops, 12)
    with closing(LocalStore(place.state / "index.sqlite3")) as store:
        store.identity()
    with closing(sqlite3.connect(place.state / "index.sqlite3", isolation_level=None)) as index:
        index.execute("BEGIN IMMEDIATE")
        with place.start("ingest", place.drops) as ingest:
            try:
                until(lambda: prepared_and_waiting(place, ledger), "two batches in hand")
                yield Stuck(ingest, lambda: index.execute("ROLLBACK"))
            finally:
                ingest.kill()


def prepared_and_waiting(place: CliInstallation, ledger: Ledger) -> bool:
    markers = [path.read_bytes() for path in in_flight_folder(place.state).glob("*.marker")]
    held = [batch for batch in ledger.batches() if batch.run]
    # No file is in hand: all of the second batch are prepared.
    return len(held) == 2 and all(marker[:64].strip() and not marker[96:].strip() for marker in markers)


def test_an_ingest_killed_with_one_batch_in_its_bulk_and_one_prepared_loses_and_blames_nothing(
    place: CliInstallation, ledger: Ledger, start_worker: StartWorker
) -> None:
    with stuck_in_its_first_bulk(place, ledger) as stuck:
        ingest = stuck.process
        ingest.kill()
        ingest.wait()
    names = sorted(place.drops.iterdir())
    entries = ledger.lookup([path_drop_id(os.path.realpath(path)) for path in names])
    # The third batch was never made.
    assert [entry.state if entry else None for entry in entries] == [State.QUEUED] * 8 + [None] * 4
    start_worker({"NEWSDROP_FOLDERS": str(place.drops)})
    settle_all(place, ledger)
    assert place.json("ingest", place.drops)["states"] == {"indexed": 12}
    entries = ledger.lookup([path_drop_id(os.path.realpath(path)) for path in names])
    assert {(entry.state, entry.deaths) for entry in entries if entry} == {(State.INDEXED, 0)}
    assert len(stored(place)) == 12


def test_ctrl_c_while_a_bulk_is_written_waits_for_it_and_gives_back_what_is_prepared(
    place: CliInstallation, ledger: Ledger
) -> None:
    with stuck_in_its_first_bulk(place, ledger) as stuck:
        ingest = stuck.process
        ingest.send_signal(signal.SIGINT)
        until(lambda: sum(bool(batch.run) for batch in ledger.batches()) == 1, "the prepared one given back")
        assert ingest.poll() is None
        # Now the bulk can be written.
        stuck.release()
        assert ingest.wait(60) == 130
    assert ledger.counts()[State.INDEXED] == 4
    assert all(not batch.run for batch in ledger.batches())
    assert place.json("ingest", place.drops)["states"] == {"indexed": 12}


def test_ctrl_c_again_gives_back_the_bulk_as_well(place: CliInstallation, ledger: Ledger) -> None:
    with stuck_in_its_first_bulk(place, ledger) as stuck:
        ingest = stuck.process
        ingest.send_signal(signal.SIGINT)
        until(lambda: sum(bool(batch.run) for batch in ledger.batches()) == 1, "the prepared one given back")
        ingest.send_signal(signal.SIGINT)
        assert ingest.wait(60) == 130
        assert all(not batch.run for batch in ledger.batches())
        assert ledger.counts()[State.QUEUED] == 8
    assert place.json("ingest", place.drops)["states"] == {"indexed": 12}


def test_ingest_beside_a_watcher_and_a_worker_over_changing_files(
    place: CliInstallation, ledger: Ledger, start_worker: StartWorker, redis_client: redis.Redis
) -> None:
    place.variables["NEWSDROP_FOLDERS"] = f'[{{"path": "{place.drops}", "on_delete": "remove"}}]'
    for number in range(40):
        place.page(f"{number}.md", number)
    start_worker({"NEWSDROP_FOLDERS": place.variables["NEWSDROP_FOLDERS"]})
    with place.start("watch") as watcher:
        try:
            for turn in range(1, 4):
                with place.start("ingest", place.drops) as ingest:
                    for number in range(0, 40, turn):
                        place.page(f"{number}.md", 100 * turn + number)
                    out, err = ingest.communicate(timeout=180)
                assert ingest.returncode == 0, (out, err)
            settled = {f"{number}.md" for number in range(40)}
            until(lambda: place_is_whole(place, ledger), "audit clean")
            assert stored(place).keys() == settled
            place.json("ingest", place.drops)
        finally:
            watcher.terminate()
            watcher.wait(60)
    assert place_is_whole(place, ledger)
    assert place.json("status")["index"]["documents"] == 40
    assert sum(ledger.counts().values()) == 40
    assert redis_client.hgetall(keys.LETTERS_STAGES) == {}


def place_is_whole(place: CliInstallation, ledger: Ledger) -> bool:
    settle_all(place, ledger)
    audit = place.run("audit", place.drops, "--json")
    return audit.exit_code == 0
