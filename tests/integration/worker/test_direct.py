"""`newsdrop ingest` by a worker's rules: what it leaves in ledger, index and letters."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import redis
from tests.integration.worker.conftest import StartWorker
from tests.models.ledger_invariants import check_invariants
from tests.servers.celery_worker import drops_of, indexed_exactly, write_articles
from tests.servers.cli_installation import CliInstallation
from tests.servers.redis_server import RedisServer
from tests.waiting import until

from newsdrop.documents import State
from newsdrop.identity import path_drop_id
from newsdrop.index.local import LocalStore
from newsdrop.ledger import keys
from newsdrop.ledger.deadletters import DeadLetters
from newsdrop.ledger.ledger import Ledger
from newsdrop.ports import Lane

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


def test_ctrl_c_gives_back_what_was_in_hand_and_no_file_is_blamed(
    place: CliInstallation, ledger: Ledger
) -> None:
    paths = write_articles(place.drops, 400)
    with place.start("ingest", place.drops) as ingest:
        until(lambda: ledger.counts()[State.QUEUED], "begun")
        ingest.send_signal(signal.SIGINT)
        assert ingest.wait(60) == 130
    entries = ledger.lookup([path_drop_id(os.path.realpath(path)) for path in paths])
    assert all(entry is None or entry.deaths == 0 for entry in entries)
    assert all(not batch.run for batch in ledger.batches())
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
