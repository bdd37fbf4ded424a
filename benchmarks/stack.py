"""The real thing to measure: Redis with its append-only file, Elasticsearch, watcher and worker processes.

Everything is started here on ports of its own and ended by its pid.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from elasticsearch import Elasticsearch
from redis import Redis
from tests.servers.elasticsearch_server import ElasticsearchServer
from tests.servers.redis_server import RedisServer
from tests.waiting import until

from benchmarks.load import article_file
from newsdrop.index.factory import open_store
from newsdrop.ledger.connect import connect
from newsdrop.ledger.ledger import Ledger
from newsdrop.settings import Settings, load_settings

__all__ = ["NEWSDROP", "Stack", "running_stack", "write_files"]

ROOT = Path(__file__).resolve().parents[1]
_NULL_WORKER = [sys.executable, "-m", "benchmarks.null_worker"]
#: The command, whatever is on the PATH.
NEWSDROP = [sys.executable, "-m", "newsdrop"]


def write_files(folder: Path, count: int, html_bytes: int) -> Path:
    """The corpus: so many files of seed-like articles with varied text, the same on every machine."""
    folder.mkdir(parents=True)
    for number in range(count):
        (folder / f"{number:06}.md").write_bytes(article_file(number, html_bytes))
    return folder


@dataclass
class Stack:
    """One installation below `base`; `drops` is the watched folder."""

    base: Path
    redis: RedisServer
    elasticsearch: ElasticsearchServer
    alias: str = field(default_factory=lambda: f"ndb-{uuid.uuid4().hex[:8]}")
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def drops(self) -> Path:
        return self.base / "drops"

    @property
    def log(self) -> Path:
        return self.base / "processes.log"

    @property
    def environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("NEWSDROP_")}
        ours = {
            "PYTHONPATH": os.pathsep.join([str(ROOT / "workers"), str(ROOT)]),
            "NEWSDROP_REDIS_URL": self.redis.url,
            "NEWSDROP_ELASTICSEARCH_URL": self.elasticsearch.url,
            "NEWSDROP_INDEX_ALIAS": self.alias,
            "NEWSDROP_INDEX_LETTERS": f"{self.alias}-letters",
            "NEWSDROP_STATE_DIR": str(self.base / "state"),
            "NEWSDROP_FOLDERS": str(self.drops),
            "NEWSDROP_LOG_LEVEL": "info",
            "NEWSDROP_LOG_FORMAT": "json",
        }
        return clean | ours | self.extra

    @property
    def settings(self) -> Settings:
        return load_settings(self.environment)

    def fresh(self) -> None:
        """An empty Redis, an empty index and an empty folder."""
        client = self.redis.client()
        client.flushall()
        client.close()
        self.drop_index()
        store = open_store(self.settings)
        store.init()
        store.close()
        shutil.rmtree(self.drops, ignore_errors=True)
        self.drops.mkdir()
        self.log.unlink(missing_ok=True)

    def drop_index(self) -> None:
        client = Elasticsearch(self.elasticsearch.url, request_timeout=60)
        # Its name is nobody else's.
        for name in client.indices.get(index=f"{self.alias}*").body:
            client.indices.delete(index=name)
        client.close()

    def count(self, state: str = "indexed") -> int:
        return int(self._client.hget("newsdrop:counts", state) or 0)

    @cached_property
    def _client(self) -> Redis:
        # One for all looks: a connection for each would take a twentieth of a core from what is measured.
        return self.redis.client()

    @contextmanager
    def worker(
        self, *, null: bool = False, processes: int | None = None
    ) -> Iterator[subprocess.Popen[bytes]]:
        """A worker that is ready for work; with `null` its store forgets whatever it is given."""
        command = _NULL_WORKER if null else [*NEWSDROP, "worker"]
        extra = {} if processes is None else {"NEWSDROP_WORKER_PROCESSES": str(processes)}
        with self._process(command, extra) as worker:
            client = connect(self.settings)
            ledger, ending = Ledger(client), f"-{worker.pid}"
            until(
                lambda: (
                    worker.poll() is not None
                    or any(name.endswith(ending) for name in ledger.gauges().workers)
                ),
                f"the worker (see {self.log})",
                timeout_s=120,
                every_s=0.2,
            )
            client.close()
            yield worker

    @contextmanager
    def watcher(self) -> Iterator[subprocess.Popen[bytes]]:
        with self._process([*NEWSDROP, "watch"], {}) as watcher:
            yield watcher

    @contextmanager
    def _process(self, command: list[str], extra: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
        with self.log.open("ab") as log:
            process = subprocess.Popen(command, env=self.environment | extra, stdout=log, stderr=log)
        try:
            yield process
            if process.poll() is not None:
                raise SystemExit(f"{' '.join(command)} ended by itself:\n{self.log.read_text()[-2_000:]}")
        finally:
            process.terminate()
            process.wait(90)


@contextmanager
def running_stack(*, heap: str = "1g") -> Iterator[Stack]:
    """Both servers, and a folder for everything, gone afterwards."""
    with ExitStack() as ends:
        base = Path(tempfile.mkdtemp(prefix="newsdrop-bench-"))
        ends.callback(shutil.rmtree, base, ignore_errors=True)
        redis = RedisServer(("--appendonly", "yes")).start()
        ends.callback(redis.remove)
        elasticsearch = ElasticsearchServer(heap=heap, optimised=True)
        ends.callback(elasticsearch.remove)
        elasticsearch.start()
        yield Stack(base, redis, elasticsearch)
