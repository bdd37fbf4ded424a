"""The plain command `celery -A newsdrop.worker.app worker`, with the embedded index and variables only."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from socket import gethostname
from typing import Any

import pytest
import redis
from celery import Celery
from tests.corpus import seed_like
from tests.servers.celery_worker import (
    APPLICATION,
    CeleryWorker,
    celery,
    children,
    drops_of,
    fast_ledger,
    states,
    write_articles,
)
from tests.servers.ports import free_port
from tests.servers.redis_server import RedisServer
from tests.servers.rigged import accidents
from tests.servers.warm_start import end_with_parent
from tests.waiting import PATIENCE_S, until

from newsdrop.documents import Stage, State
from newsdrop.index.local import LocalStore
from newsdrop.ledger import keys
from newsdrop.ledger.connect import connect_url
from newsdrop.ledger.deadletters import DeadLetters
from newsdrop.ledger.embedded import EmbeddedValkey
from newsdrop.ledger.ledger import Lane, Ledger
from newsdrop.ledger.producer import enqueue, state
from newsdrop.ledger.receipts import SentState

pytestmark = pytest.mark.redis

StartWorker = Callable[..., CeleryWorker]


def test_drops_of_both_lanes_get_indexed(start_worker: StartWorker, ledger: Ledger, folder: Path) -> None:
    fresh, backlog = write_articles(folder, 20), write_articles(folder, 150, first=100, prefix="b")
    worker = start_worker()
    ledger.enqueue(drops_of(backlog), lane=Lane.BACKLOG)
    ledger.enqueue(drops_of(fresh))
    until(lambda: ledger.counts()[State.INDEXED] == 170, what=worker.text)
    assert ledger.client.llen("newsdrop:newsdrop.ingest") == 0
    assert ledger.depth() == {Lane.FRESH: 0, Lane.BACKLOG: 0}


def test_fresh_drops_overtake_the_backlog(start_worker: StartWorker, ledger: Ledger, folder: Path) -> None:
    slow = accidents({"*/b0*": "slow"}) | {"NEWSDROP_WORKER_PROCESSES": "1"}
    backlog = drops_of(write_articles(folder, 20, prefix="b"))
    for one in backlog:
        ledger.enqueue([one], lane=Lane.BACKLOG)
    fresh = drops_of(write_articles(folder, 5, first=100))
    worker = start_worker(slow)
    until(lambda: State.INDEXED in states(ledger, backlog), what=worker.text)
    for one in fresh:
        ledger.enqueue([one])
    until(lambda: set(states(ledger, fresh)) == {State.INDEXED}, what=worker.text)
    assert states(ledger, backlog).count(State.INDEXED) < 12


def test_the_applications_old_name_still_starts_a_worker(
    redis_server: RedisServer, ledger: Ledger, tmp_path: Path, folder: Path
) -> None:
    worker = CeleryWorker(redis_server.url, tmp_path / "state", folder, application="newsdrop.queue.app")
    try:
        worker.start().ready()
        ledger.enqueue(drops_of(write_articles(folder, 3)))
        until(lambda: ledger.counts()[State.INDEXED] == 3, what=worker.text)
        assert worker.end() == 0
    finally:
        worker.kill()


@pytest.mark.parametrize("options", ["?db=2&socket_timeout=5&health_check_interval=30", "/2?client_name=nd"])
def test_options_in_the_url_mean_the_same_to_a_worker_as_to_others(
    redis_server: RedisServer, tmp_path: Path, folder: Path, options: str
) -> None:
    url = redis_server.url.rpartition("/")[0] + options
    worker = CeleryWorker(url, tmp_path / "state", folder)
    client = connect_url(url)
    ledger = fast_ledger(client)
    try:
        worker.start().ready()
        ledger.enqueue(drops_of(write_articles(folder, 3)))
        until(lambda: ledger.counts()[State.INDEXED] == 3, what=worker.text)
        assert worker.end() == 0
    finally:
        worker.kill()
        client.flushdb()
        client.close()


@pytest.mark.parametrize("path", ["/abc", "/99", "/0?decode_responses=true"])
def test_a_url_that_no_server_could_serve_ends_a_worker_with_the_variables_name(
    redis_server: RedisServer, tmp_path: Path, folder: Path, path: str
) -> None:
    url = redis_server.url.rpartition("/")[0] + path
    # Celery's own command, which would show a traceback around the message.
    worker = CeleryWorker(url, tmp_path / "state", folder, application=APPLICATION).start()
    try:
        until(lambda: not worker.alive(), what=worker.text)
        assert "(NEWSDROP_REDIS_URL)" in worker.text()
        assert "Traceback" not in worker.text()
        assert worker.end() == 2
    finally:
        worker.kill()


def test_a_worker_without_a_redis_url_brings_the_embedded_server(tmp_path: Path, folder: Path) -> None:
    worker = CeleryWorker(None, tmp_path / "state", folder).start()
    try:
        worker.ready()
        server = EmbeddedValkey(tmp_path / "state")
        assert server.running()
        ledger = fast_ledger(redis.Redis(unix_socket_path=str(server.socket)))
        ledger.enqueue(drops_of(write_articles(folder, 3)))
        until(lambda: ledger.counts()[State.INDEXED] == 3, what=worker.text)
        ledger.client.close()
        assert worker.end() == 0
        assert not server.running()
    finally:
        worker.kill()


def test_the_producers_message_arrives_and_its_receipt_tells_the_state(
    start_worker: StartWorker, redis_server: RedisServer, folder: Path, tmp_path: Path
) -> None:
    (path,) = write_articles(folder, 1)
    data = write_articles(tmp_path / "elsewhere", 1, first=7)[0].read_bytes()
    worker = start_worker()
    url = redis_server.url
    by_path = enqueue(path, redis_url=url)
    by_bytes = [enqueue(data, name="x.md", key="k", redis_url=url) for _ in range(2)]
    refused = enqueue("/etc/hostname", redis_url=url)
    until(lambda: state(by_path, redis_url=url) is SentState.INDEXED, what=worker.text)
    until(lambda: state(by_bytes[1], redis_url=url) is SentState.INDEXED, what=worker.text)
    until(lambda: state(refused, redis_url=url) is SentState.REJECTED, what=worker.text)
    assert state("1-1", redis_url=url) is SentState.UNKNOWN


def test_another_celery_program_calls_the_task_by_name(
    start_worker: StartWorker, redis_server: RedisServer, ledger: Ledger, letters: DeadLetters, folder: Path
) -> None:
    (path,) = write_articles(folder, 1)
    worker = start_worker()
    program = Celery("theirs", broker=redis_server.url, set_as_current=False)
    program.conf.broker_transport_options = {"global_keyprefix": "newsdrop:"}
    for message in ({"path": str(path)}, {"path": "relative.md"}):
        program.send_task("newsdrop.enqueue", kwargs=message, queue="newsdrop.requests")
    program.close()
    until(lambda: ledger.counts()[State.INDEXED] == 1, what=worker.text)
    until(lambda: [letter.stage for letter in letters.list()] == [Stage.MESSAGE], what=worker.text)


def test_content_that_comes_twice_as_one_task_is_one_drop(
    start_worker: StartWorker, redis_server: RedisServer, ledger: Ledger
) -> None:
    message = {"name": "a.md", "content": base64.b64encode(seed_like(1, html_bytes=2_500)).decode()}
    with Celery("theirs", broker=redis_server.url, set_as_current=False) as program:
        program.conf.broker_transport_options = {"global_keyprefix": "newsdrop:"}
        for name in ("one", "one", "two"):
            program.send_task("newsdrop.enqueue", kwargs=message, queue="newsdrop.requests", task_id=name)
    worker = start_worker()

    until(lambda: worker.text().count("Task newsdrop.enqueue") >= 6, what=worker.text)
    until(lambda: not redis_server.client().xlen(keys.INBOX), what=worker.text)
    until(lambda: ledger.counts()[State.QUEUED] == 0, what=worker.text)
    assert ledger.counts()[State.INDEXED] == 2


def test_what_celery_programs_send_with_a_priority_is_counted_and_read(
    start_worker: StartWorker, redis_server: RedisServer, ledger: Ledger, letters: DeadLetters, folder: Path
) -> None:
    paths = write_articles(folder, 4)
    with Celery("theirs", broker=redis_server.url, set_as_current=False) as program:
        program.conf.broker_transport_options = {"global_keyprefix": "newsdrop:"}
        for priority, path in zip((0, 3, 5, 9), paths, strict=True):
            program.send_task(
                "newsdrop.enqueue", kwargs={"path": str(path)}, queue="newsdrop.requests", priority=priority
            )
        # Neither of these is anything that we take, and neither may vanish.
        program.send_task("newsdrop.enqueue", kwargs={"self": "x"}, queue="newsdrop.requests", priority=6)
        program.send_task("theirs", queue="newsdrop.ingest", priority=9)
    assert ledger.gauges().requests == 6
    worker = start_worker()
    until(lambda: ledger.counts()[State.INDEXED] == 4, what=worker.text)
    until(lambda: len(letters.list()) == 2, what=worker.text)
    assert ledger.gauges().requests == 0


def test_a_worker_reports_how_it_is(start_worker: StartWorker, ledger: Ledger) -> None:
    worker = start_worker()
    until(lambda: ledger.gauges().workers, what=worker.text)
    (report,) = ledger.gauges().workers.values()
    assert report["pid"] == worker.pid
    assert report["processes"] == 2
    assert report["stopping"] is False


def test_a_wrong_setting_ends_the_start_with_its_name(tmp_path: Path, folder: Path) -> None:
    worker = CeleryWorker(
        "redis://127.0.0.1:1/0", tmp_path, folder, environment={"NEWSDROP_QUEUE_LEASE_S": "x"}
    )
    worker.start()
    assert worker.process is not None
    assert worker.process.wait(PATIENCE_S) != 0
    assert "NEWSDROP_QUEUE_LEASE_S" in worker.text()


def test_a_pool_without_time_limits_is_refused(
    redis_server: RedisServer, tmp_path: Path, folder: Path
) -> None:
    worker = CeleryWorker(redis_server.url, tmp_path / "state", folder, options=("-P", "threads")).start()
    assert worker.process is not None
    assert worker.process.wait(PATIENCE_S) == 2
    assert "prefork" in worker.text()
    assert "Traceback" not in worker.text()


def test_a_worker_whose_child_is_killed_while_it_starts_goes_on(
    start_worker: StartWorker, ledger: Ledger, folder: Path
) -> None:
    worker = start_worker({"NEWSDROP_WORKER_PROCESSES": "1"}, ready=False)
    until(lambda: children(worker.pid), what="the worker starts no child")
    os.kill(children(worker.pid)[0], signal.SIGKILL)
    ledger.enqueue(drops_of(write_articles(folder, 3)))
    until(lambda: ledger.counts()[State.INDEXED] == 3 or not worker.alive(), what=worker.text)
    assert worker.end() == 0, worker.text()


def test_a_rule_that_is_broken_while_a_worker_runs_is_no_matter_of_its_next_child(
    start_worker: StartWorker, ledger: Ledger, tmp_path: Path, folder: Path
) -> None:
    """Rules are read when a worker starts, and all of its children have the same."""
    rule = tmp_path / "config/sites/example.toml"
    rule.parent.mkdir(parents=True)
    rule.write_text('name = "Example"\nhosts = ["daily.test"]\n[[era]]\nroot = ["main"]\n', "utf-8")
    worker = start_worker({"NEWSDROP_CONFIG_DIR": str(tmp_path / "config"), "NEWSDROP_WORKER_PROCESSES": "1"})
    rule.write_text("half a ru", "utf-8")
    (child,) = children(worker.pid)
    os.kill(child, signal.SIGKILL)
    until(lambda: children(worker.pid) not in ([], [child]), what=worker.text)
    ledger.enqueue(drops_of(write_articles(folder, 3)))
    until(lambda: ledger.counts()[State.INDEXED] == 3, what=worker.text)
    assert worker.end() == 0, worker.text()


def test_a_worker_whose_children_cannot_start_ends_and_says_so_to_its_supervisor(
    redis_server: RedisServer, tmp_path: Path, folder: Path
) -> None:
    """By both commands alike, where Celery's own function for programs would end with 0."""
    broken = CeleryWorker(redis_server.url, tmp_path / "state", folder)
    # As a child ends that fails in its set-up; nothing that a person can set makes ours fail there.
    code = (
        "import os, sys\n"
        "from celery.signals import worker_process_init\n"
        "worker_process_init.connect(lambda **_: os._exit(1), weak=False)\n"
        "sys.argv = sys.argv[1:]\n"
    )
    programs = {
        "newsdrop": "from newsdrop.cli.main import app\napp()",
        "celery": "from celery.__main__ import main\nmain()",
    }
    for name, run in programs.items():
        options = {"newsdrop": [], "celery": ["-A", "newsdrop.worker.app"]}[name]
        ended = subprocess.run(
            [sys.executable, "-c", code + run, name, *options, "worker"],
            env=broken.environment,
            cwd=tmp_path,
            capture_output=True,
            check=False,
        )
        assert b"Could not start worker processes" in ended.stderr, ended.stderr
        assert ended.returncode == 1, name


def test_the_password_of_redis_is_in_no_log(tmp_path: Path, folder: Path) -> None:
    server = RedisServer().start()
    with server.client() as client:
        client.config_set("requirepass", "s3cret")
    url = server.url.replace("//", "//:s3cret@")
    worker = CeleryWorker(url, tmp_path / "state", folder).start()
    try:
        worker.ready()
        assert worker.end() == 0
        assert "s3cret" not in worker.text()
    finally:
        worker.kill()
        server.remove()


def test_celery_inspect_shows_the_worker_and_its_tasks(start_worker: StartWorker) -> None:
    worker = start_worker()
    answer = inspect(worker, "registered")
    assert {"newsdrop.enqueue", "newsdrop.ingest"} <= set(next(iter(answer.values())))
    queues = {queue["name"] for queue in next(iter(inspect(worker, "active_queues").values()))}
    assert queues == {"newsdrop.ingest", "newsdrop.backlog", "newsdrop.requests"}


def inspect(worker: CeleryWorker, what: str) -> Any:
    done = subprocess.run(
        # By name: then the answer isn't waited for after it has come.
        [*celery(), "inspect", what, "--json", "-d", f"celery@{gethostname()}", f"--timeout={PATIENCE_S}"],
        env=worker.environment,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def flower(start_worker: StartWorker, redis_server: RedisServer) -> Iterator[str]:
    worker = start_worker()
    port = free_port()
    environment = worker.environment | {"FLOWER_UNAUTHENTICATED_API": "true"}
    with (worker.log.parent / "flower.log").open("wb") as log:
        process = subprocess.Popen(
            [*celery(), "flower", f"--port={port}", "--address=127.0.0.1"],
            env=environment,
            stdout=log,
            stderr=log,
            preexec_fn=end_with_parent,
        )
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(PATIENCE_S)


def test_flower_shows_the_worker_alive_and_counts_its_tasks(
    flower: str, ledger: Ledger, folder: Path
) -> None:
    def worker() -> dict[str, Any]:
        rows = _get(f"{flower}/workers?json=1").get("data", [])
        return rows[0] if rows else {}

    until(lambda: worker().get("status"), what="Flower doesn't see the worker")
    files = iter(write_articles(folder, 200))

    def work_is_seen() -> object:
        # Flower asks for events every few seconds, and only from then on are tasks counted.
        ledger.enqueue(drops_of([next(files)]))
        return worker().get("task-succeeded")

    until(work_is_seen, what="Flower counts no tasks")


def _get(url: str) -> Any:
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return json.load(answer)
    except (TimeoutError, urllib.error.URLError, ValueError):
        return {}


def test_importing_the_producer_imports_neither_celery_nor_elasticsearch() -> None:
    program = (
        "import sys, newsdrop; newsdrop.enqueue\n"
        "print({'celery', 'elasticsearch', 'selectolax', 'pydantic'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "set()"


def test_what_is_indexed_can_be_searched(
    start_worker: StartWorker, ledger: Ledger, folder: Path, tmp_path: Path
) -> None:
    worker = start_worker()
    ledger.enqueue(drops_of(write_articles(folder, 2)))
    until(lambda: ledger.counts()[State.INDEXED] == 2, what=worker.text)
    store = LocalStore(tmp_path / "state" / "index.sqlite3")
    assert store.count() == 2
    store.close()
