"""A machine whose clock is off by a day decides nothing: versions go by the ledger's clock."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from tests.corpus import seed_like
from tests.faults.wallclock import WallClock
from tests.integration.worker.conftest import StartWorker
from tests.servers.celery_worker import drops_of
from tests.servers.cli_installation import CliInstallation
from tests.servers.redis_server import RedisServer
from tests.servers.rigged import python_path
from tests.waiting import until

from newsdrop.documents import Document, State
from newsdrop.index.local import LocalStore
from newsdrop.ledger.ledger import Ledger

pytestmark = pytest.mark.redis
HOUR_S, DAY_S = 3_600, 86_400

Take = Callable[[Path], State]


def capture(folder: Path, name: str, at_s: float) -> Path:
    """A file that says it was captured then; all are of one address."""
    _, rest = seed_like(1, html_bytes=4_000).split(b"\n", 1)
    path = folder / name
    path.write_bytes(b"<!--%d-->\n" % int(at_s * 1000) + rest)
    return path


def document(tmp_path: Path) -> Document:
    with closing(LocalStore(tmp_path / "state/index.sqlite3")) as store:
        (found,) = store.files_under(str(tmp_path))
        return store.find(found.document_id)[0]


@pytest.fixture(params=["worker", "ingest"])
def take(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    folder: Path,
    ledger: Ledger,
    redis_server: RedisServer,
) -> Callable[[float], Take]:
    """Whoever takes a file, on a machine whose clock is off by so many seconds; answers its state."""
    clock = WallClock(tmp_path / "clock")

    def made(off_s: float) -> Take:
        clock.step(off_s)
        rigged = {**clock.environ(), "PYTHONPATH": python_path()}
        if request.param == "worker":
            start: StartWorker = request.getfixturevalue("start_worker")
            start({**rigged, "NEWSDROP_WORKER_PROCESSES": "1"})
            return by_worker
        place = CliInstallation(tmp_path, redis_server.url, **rigged)
        return lambda path: by_ingest(place, path)

    def by_worker(path: Path) -> State:
        (drop,) = drops_of([path])
        ledger.enqueue([drop])

        def settled() -> State | None:
            (entry,) = ledger.lookup([drop.id])
            return entry.state if entry and entry.state is not State.QUEUED else None

        return until(settled, "settled")

    return made


def by_ingest(place: CliInstallation, path: Path) -> State:
    done = place.process("ingest", path, "--json")
    (state,) = json.loads(done.stdout)["states"]
    return State(state)


def test_a_clock_a_day_behind_takes_no_true_capture_for_one_to_come(
    take: Callable[[float], Take], folder: Path, tmp_path: Path
) -> None:
    behind = take(-DAY_S)
    # Its machine may be ahead by a little, which is allowed; by this worker's clock it would be too much.
    newest = capture(folder, "newest.md", time.time() + HOUR_S)
    assert behind(newest) is State.INDEXED
    assert document(tmp_path).version > (time.time() - HOUR_S) * 1000
    assert behind(capture(folder, "older.md", time.time() - 2 * DAY_S)) is State.SUPERSEDED
    assert document(tmp_path).source["file"]["name"] == "newest.md"
    assert abs(ingested_s(tmp_path) - time.time()) < HOUR_S


def test_a_clock_a_day_ahead_lets_no_capture_to_come_keep_the_true_ones_out(
    take: Callable[[float], Take], folder: Path, tmp_path: Path
) -> None:
    ahead = take(DAY_S)
    assert ahead(capture(folder, "to-come.md", time.time() + 1.5 * DAY_S)) is State.INDEXED
    assert ahead(capture(folder, "true.md", time.time() - HOUR_S)) is State.INDEXED
    assert document(tmp_path).source["file"]["name"] == "true.md"
    assert abs(ingested_s(tmp_path) - time.time()) < HOUR_S


def ingested_s(tmp_path: Path) -> float:
    return datetime.fromisoformat(document(tmp_path).source["event"]["ingested"]).timestamp()
