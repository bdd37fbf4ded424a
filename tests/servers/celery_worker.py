"""A real Celery worker of newsdrop's for the tests: a process of its own, set up by variables."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import redis
from tests.corpus import seed_like
from tests.servers.rigged import python_path
from tests.servers.warm_start import Process, end_with_parent, start_warm
from tests.waiting import until

from newsdrop.documents import Drop, Stamp, State
from newsdrop.identity import path_drop_id, resolved
from newsdrop.ledger.ledger import Ledger, LedgerLimits

ROOT = Path(__file__).parents[2]
APPLICATION = "newsdrop.worker.app"

#: Small leases, so that a test needs seconds where people would wait a minute, and nothing slow to load.
FAST = {
    "NEWSDROP_QUEUE_LEASE_S": "8",
    "NEWSDROP_QUEUE_GRACE_S": "2",
    "NEWSDROP_QUEUE_RECONCILE_S": "0.3",
    "NEWSDROP_QUEUE_BACKOFF_S": "0.2",
    "NEWSDROP_WORKER_FILE_TIME_LIMIT_S": "3",
    "NEWSDROP_WORKER_PROCESSES": "2",
    "NEWSDROP_LOG_LEVEL": "info",
    # Loading their dictionary takes a fifth of a worker's start; tests of the whole system have them.
    "NEWSDROP_ENRICH_KEYWORDS": "false",
}


def write_articles(folder: Path, count: int, *, first: int = 0, prefix: str = "a") -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{prefix}{number:04}.md" for number in range(first, first + count)]
    for number, path in enumerate(paths, first):
        path.write_bytes(seed_like(number, html_bytes=2_500))
    return paths


def drops_of(paths: list[Path]) -> list[Drop]:
    return [Drop(id=path_drop_id(resolved(path)), path=resolved(path), stamp=_stamp(path)) for path in paths]


def _stamp(path: Path) -> Stamp:
    about = path.stat()
    return Stamp.from_ns(about.st_size, about.st_mtime_ns)


def fast_ledger(client: redis.Redis) -> Ledger:
    return Ledger(client, LedgerLimits(lease_ms=8_000, grace_ms=2_000))


class CeleryWorker:
    """One worker over one Redis and one state_dir (the embedded index lives there).

    With `options`, or an `application`, `celery -A application worker` starts it; else the same without
    Celery's command line (rigging/bare_worker.py) and without waiting for imports (warm_start.py).
    """

    def __init__(
        self,
        redis_url: str | None,
        state_dir: Path,
        folder: Path,
        *,
        environment: Mapping[str, str] = {},
        options: tuple[str, ...] = (),
        application: str | None = None,
    ) -> None:
        self.log = state_dir / "worker.log"
        state_dir.mkdir(parents=True, exist_ok=True)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("NEWSDROP_")}
        self.environment = (
            kept | FAST | {"NEWSDROP_STATE_DIR": str(state_dir), "NEWSDROP_FOLDERS": str(folder)}
        )
        if redis_url is not None:
            self.environment["NEWSDROP_REDIS_URL"] = redis_url
        self.environment |= {"PYTHONPATH": python_path(), **environment}
        plain = application is None and not options
        self.command = (
            None if plain else (*celery(application or APPLICATION), "worker", "--loglevel=info", *options)
        )
        self.process: Process | None = None

    def start(self) -> CeleryWorker:
        with self.log.open("ab") as log:
            self.process = self._started(log.fileno())
        return self

    def _started(self, log: int) -> Process:
        folder = self.log.parent
        if self.command is None:
            return start_warm(
                "bare_worker", (), environment=self.environment, folder=folder, output=log, dies_with_us=True
            )
        return subprocess.Popen(
            self.command,
            env=self.environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=end_with_parent,
        )

    def ready(self) -> CeleryWorker:
        until(lambda: " ready." in self.text() or not self.alive(), what="the worker doesn't get ready")
        # It may have been, and be dead already of the first file it took.
        assert " ready." in self.text(), self.text()
        return self

    def text(self) -> str:
        return self.log.read_text("utf-8", "replace")

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def end(self, timeout_s: float = 40.0) -> int:
        """SIGTERM, and the exit code."""
        assert self.process is not None
        if self.alive():
            self.process.terminate()
        return self.process.wait(timeout_s)

    def kill(self) -> None:
        """SIGKILL to the whole group, which is this worker's own."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def celery(application: str = APPLICATION) -> tuple[str, ...]:
    """The words that call Celery on one of newsdrop's applications."""
    return (sys.executable, "-m", "celery", "-A", application)


def children(pid: int) -> list[int]:
    """Of a process, by its main thread."""
    return [int(text) for text in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def indexed_exactly(ledger: Ledger, count: int) -> bool:
    return ledger.counts()[State.INDEXED] == count


def indexed_at_least(ledger: Ledger, count: int) -> bool:
    return ledger.counts()[State.INDEXED] >= count


def states(ledger: Ledger, drops: list[Drop]) -> list[State | None]:
    return [entry.state if entry else None for entry in ledger.lookup([drop.id for drop in drops])]
