"""Processes of two installations that meet on one Redis, and of one that know each other through it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from tests.corpus import seed_like
from tests.integration.worker.conftest import StartWorker
from tests.servers.celery_worker import CeleryWorker, drops_of, indexed_exactly, write_articles
from tests.servers.cli_installation import CliInstallation
from tests.servers.redis_server import RedisServer
from tests.waiting import PATIENCE_S, until

from newsdrop.documents import State
from newsdrop.ledger import keys
from newsdrop.ledger.deadletters import DeadLetters, LetterFilter
from newsdrop.ledger.ledger import Ledger

pytestmark = pytest.mark.redis


@pytest.fixture
def other(tmp_path: Path, redis_server: RedisServer) -> CliInstallation:
    """An installation with an embedded index of its own over the suite's Redis."""
    (tmp_path / "other").mkdir()
    return CliInstallation(tmp_path / "other", redis_server.url)


def refused(text: str, *states: Path) -> bool:
    return "A ledger belongs to one index" in text and all(
        str(state / "index.sqlite3") in text for state in states
    )


def ended(worker: CeleryWorker) -> int:
    """The exit code of a worker that ends by itself."""
    try:
        until(lambda: not worker.alive(), "the worker ends")
    finally:
        worker.kill()
    assert worker.process is not None
    return worker.process.wait(PATIENCE_S)


def test_a_worker_with_another_index_refuses_to_start_and_names_both(
    start_worker: StartWorker, ledger: Ledger, folder: Path, tmp_path: Path, other: CliInstallation
) -> None:
    start_worker()
    second = CeleryWorker(other.variables["NEWSDROP_REDIS_URL"], other.state, folder).start()
    assert ended(second) == 2
    assert refused(second.text(), tmp_path / "state", other.state)
    ledger.enqueue(drops_of(write_articles(folder, 3)))
    until(lambda: indexed_exactly(ledger, 3), "the first one goes on")


def test_commands_with_another_index_refuse_and_change_nothing(
    start_worker: StartWorker, ledger: Ledger, folder: Path, tmp_path: Path, other: CliInstallation
) -> None:
    start_worker()
    ledger.enqueue(drops_of(write_articles(folder, 2)))
    until(lambda: indexed_exactly(ledger, 2), "indexed")
    before = ledger.counts()
    page = other.page("a.md")
    for command in (
        ("ingest", page),
        ("audit", folder, "--repair"),
        ("up", other.drops),
        ("forget", page, "--yes"),
        ("reparse", "--all"),
        ("index", "migrate"),
    ):
        result = other.run(*command)
        assert result.exit_code == 2, (command, result.output)
        assert refused(result.stderr.replace("\n", " "), tmp_path / "state", other.state), command
    assert ledger.counts() == before
    status = other.json("status")
    assert "A ledger belongs to one index" in status["ledger"]["foreign"]
    assert status["ledger"]["index"]["index"]["where"] == str(tmp_path / "state/index.sqlite3")
    (worker,) = status["workers"].values()
    assert worker["index"] == status["ledger"]["index"]["index"]
    assert str(tmp_path / "state/index.sqlite3") in other.run("status").stdout.replace("\n", "")


def test_adopting_needs_a_word_and_ends_workers_with_the_index_before(
    start_worker: StartWorker, ledger: Ledger, folder: Path, other: CliInstallation
) -> None:
    worker = start_worker()
    until(lambda: ledger.client.exists(keys.INDEX), "the worker said which index it has")
    refusal = other.run("index", "adopt")
    assert refusal.exit_code == 2
    assert "--yes" in refusal.stderr
    assert worker.alive()
    assert other.json("index", "adopt", "--yes")["changed"]
    assert ended(worker) == 0
    assert "index.foreign" in worker.text()
    assert other.json("status")["queue"]["gate"] is None
    assert not other.json("index", "adopt")["changed"]
    assert other.json("ingest", other.page("a.md"))["states"] == {"indexed": 1}


def test_what_a_worker_holds_when_the_ledger_gets_another_index_is_given_back(
    start_worker: StartWorker, ledger: Ledger, folder: Path, other: CliInstallation
) -> None:
    worker = start_worker({"NEWSDROP_QUEUE_RECONCILE_S": "5"})
    until(lambda: ledger.client.exists(keys.INDEX), "the worker said which index it has")
    assert other.json("index", "adopt", "--yes")["changed"]
    ledger.enqueue(drops_of(write_articles(folder, 5)))
    assert ended(worker) == 0
    assert ledger.counts()[State.QUEUED] == 5
    assert ledger.counts()[State.INDEXED] == 0


class Sequence:
    """The README's own: `watch FOLDER` in one place, `worker` in another, and nothing configured."""

    def __init__(self, place: CliInstallation, elsewhere: Path) -> None:
        self.place = place
        self.worker = CeleryWorker(
            place.variables["NEWSDROP_REDIS_URL"], place.state, place.drops, environment=place.variables
        )
        del self.worker.environment["NEWSDROP_FOLDERS"]
        self.elsewhere = elsewhere

    def send(self, client: redis.Redis, path: Path) -> Any:
        return client.xadd(keys.INBOX, {keys.INBOX_FIELD: json.dumps({"v": 1, "path": str(path)})})


@pytest.fixture
def sequence(other: CliInstallation, tmp_path: Path) -> Iterator[Sequence]:
    made = Sequence(other, tmp_path)
    yield made
    made.worker.kill()


def test_the_readmes_sequence_works_as_it_is_written(
    sequence: Sequence, ledger: Ledger, letters: DeadLetters, redis_client: redis.Redis
) -> None:
    place = sequence.place
    with place.start("watch", "drops") as watcher:
        try:
            sequence.worker.start().ready()
            until(lambda: redis_client.hlen(keys.FOLDERS), "the watcher told of its folder")
            # Of a kind that the watcher passes over, so that only the message can have brought it.
            file = place.file("sub/.article.md", seed_like(1, html_bytes=4_000))
            sequence.send(redis_client, file)
            until(lambda: indexed_exactly(ledger, 1), "indexed")
            outside = sequence.elsewhere / "outside.md"
            outside.write_bytes(seed_like(2, html_bytes=4_000))
            sequence.send(redis_client, outside)
            until(lambda: letters.count("message") == 1, "refused")
        finally:
            watcher.terminate()
            watcher.wait(60)
    (letter,) = letters.list(LetterFilter())
    assert letter.error_type == "ForbiddenPathError"
    assert indexed_exactly(ledger, 1)


def test_without_any_folder_a_path_is_refused_with_the_remedy(
    sequence: Sequence, letters: DeadLetters, redis_client: redis.Redis
) -> None:
    sequence.worker.start().ready()
    sequence.send(redis_client, sequence.place.page("a.md"))
    until(lambda: letters.count("message") == 1, "refused")
    (letter,) = letters.list(LetterFilter())
    for word in ("knows no folder", "newsdrop watch FOLDER", "NEWSDROP_FOLDERS", "newsdrop dead replay"):
        assert word in letter.error_message
