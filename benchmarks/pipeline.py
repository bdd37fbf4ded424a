"""The full pipeline against the bare bulk limit, in one run on one machine.

    python -m benchmarks.pipeline [--files 10000] [--bytes 20000] [--runs 3] [--out results.json]

Bare limit: the same documents, prebuilt, through elasticsearch-py's `parallel_bulk` (2 threads, chunks of
500) into an index with the same mapping. Pipeline: files in the folder → last document acknowledged, by the
real watcher and worker processes against a real Redis with an append-only file. The two take turns; ratios
pair run by run.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.helpers import parallel_bulk
from tests.elasticsearch_server import ElasticsearchServer
from tests.redis_server import RedisServer

from benchmarks.load import article_file
from newsdrop.documents import Drop, Stamp
from newsdrop.identity import path_drop_id
from newsdrop.index.factory import open_store
from newsdrop.pipeline import Prepared
from newsdrop.queue.assembly import build_pipeline
from newsdrop.settings import Settings, load_settings

ROOT = Path(__file__).resolve().parents[1]
MEGABYTE = 1024 * 1024


class Memory(threading.Thread):
    """Highest resident memory of each process of a tree, in MB, sampled ten times a second."""

    def __init__(self, roots: dict[str, int]) -> None:
        super().__init__(daemon=True)
        self.roots, self.peaks, self.over = roots, {}, threading.Event()
        self.peaks: dict[str, float] = {}

    def run(self) -> None:
        while not self.over.wait(0.1):
            parents = {pid: parent for pid, parent in _processes()}
            for name, root in self.roots.items():
                for pid in [root, *[p for p in parents if _descends(p, root, parents)]]:
                    label = name if pid == root else f"{name} child"
                    self.peaks[label] = max(self.peaks.get(label, 0), _resident_mb(pid))


def _processes() -> Iterator[tuple[int, int]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                yield int(entry.name), int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue


def _descends(pid: int, root: int, parents: dict[int, int]) -> bool:
    while pid in parents and pid > 1:
        pid = parents[pid]
        if pid == root:
            return True
    return False


def _resident_mb(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / MEGABYTE
    except (OSError, IndexError):
        return 0.0


def cpu_seconds(root: int) -> float:
    """User and system time of a process, its living descendants and its reaped children."""
    parents = dict(_processes())
    total = 0
    for pid in [root, *[pid for pid in parents if _descends(pid, root, parents)]]:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(map(int, fields[11:15]))
    return total / os.sysconf("SC_CLK_TCK")


def environment(base: Path, redis: RedisServer, elasticsearch: str, alias: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("NEWSDROP_")}
    return clean | {
        "PYTHONPATH": str(ROOT / "workers"),
        "NEWSDROP_REDIS_URL": redis.url,
        "NEWSDROP_ELASTICSEARCH_URL": elasticsearch,
        "NEWSDROP_INDEX_ALIAS": alias,
        "NEWSDROP_INDEX_LETTERS": f"{alias}-letters",
        "NEWSDROP_STATE_DIR": str(base / "state"),
        "NEWSDROP_FOLDERS": str(base / "drops"),
        "NEWSDROP_LOG_LEVEL": "warning",
    }


def prebuilt(folder: Path, settings: Settings) -> list[dict[str, Any]]:
    pipeline = build_pipeline(settings, open_store(settings))
    made = []
    for path in sorted(folder.iterdir()):
        stat = path.stat()
        drop = Drop(
            id=path_drop_id(path), path=str(path), stamp=Stamp.from_ns(stat.st_size, stat.st_mtime_ns)
        )
        prepared = pipeline.prepare(drop)
        if not isinstance(prepared, Prepared) or prepared.document is None:
            raise SystemExit(f"{path} could not be prepared: {prepared}")
        made.append({"_id": prepared.document.id, "_source": prepared.document.source})
    return made


def bare_limit(
    documents: list[dict[str, Any]], elasticsearch_pid: int, settings: Settings
) -> tuple[float, float]:
    """Documents a second of `parallel_bulk` into a fresh index with our mapping; the server's CPU ms each."""
    store = open_store(settings)
    store.init()
    client = Elasticsearch(settings.elasticsearch.url, request_timeout=60)
    start, before = time.perf_counter(), cpu_seconds(elasticsearch_pid)
    actions = ({"_index": settings.index.alias, **document} for document in documents)
    for ok, item in parallel_bulk(client, actions, thread_count=2, chunk_size=500):
        if not ok:
            raise SystemExit(f"the bare bulk failed: {item}")
    seconds, used = time.perf_counter() - start, cpu_seconds(elasticsearch_pid) - before
    client.close()
    drop_index(settings)
    store.close()
    return len(documents) / seconds, 1000 * used / len(documents)


def drop_index(settings: Settings) -> None:
    client = Elasticsearch(settings.elasticsearch.url, request_timeout=60)
    for alias in (settings.index.alias, settings.index.letters):
        for name in client.indices.get_alias(name=alias, ignore_unavailable=True, allow_no_indices=True).body:
            if name.startswith(alias):
                client.indices.delete(index=name)
    client.close()


def full_pipeline(
    base: Path, files: Path, redis: RedisServer, elasticsearch_pid: int, environ: dict[str, str]
) -> dict[str, Any]:
    """One run over a fresh Redis: worker warm, files in place, watcher started; until all is acknowledged."""
    client = redis.client()
    client.flushall()
    settings = load_settings(environ)
    open_store(settings).init()
    command = [sys.executable, "-m", "newsdrop"]
    warm = base / "drops"
    warm.mkdir(exist_ok=True)
    with (base / "processes.log").open("ab") as log:
        worker = subprocess.Popen([*command, "worker"], env=environ, stdout=log, stderr=log)
        try:
            wait_for_worker(client)
            for path in files.iterdir():
                os.link(path, warm / path.name)
            total = len(list(warm.iterdir()))
            servers = {"redis": redis.process.pid, "elasticsearch": elasticsearch_pid, "worker": worker.pid}
            before = {name: cpu_seconds(pid) for name, pid in servers.items()}
            start = time.perf_counter()
            watcher = subprocess.Popen([*command, "watch"], env=environ, stdout=log, stderr=log)
            memory = Memory({"watcher": watcher.pid, "worker": worker.pid})
            memory.start()
            try:
                while int(client.hget("newsdrop:counts", "indexed") or 0) < total:
                    if (
                        time.perf_counter() - start > 600
                        or worker.poll() is not None
                        or watcher.poll() is not None
                    ):
                        raise SystemExit(f"the pipeline stood still; see {base / 'processes.log'}")
                    time.sleep(0.02)
                seconds = time.perf_counter() - start
                cpu = {name: cpu_seconds(pid) - before[name] for name, pid in servers.items()}
                cpu["watcher"] = cpu_seconds(watcher.pid)
            finally:
                memory.over.set()
                watcher.terminate()
                watcher.wait(60)
        finally:
            worker.terminate()
            worker.wait(90)
            client.close()
    drop_index(settings)
    shutil.rmtree(warm)
    cpu_ms = {name: 1000 * used / total for name, used in cpu.items()}
    return {"rate": total / seconds, "seconds": seconds, "peak_mb": memory.peaks, "cpu_ms": cpu_ms}


def wait_for_worker(client: Any) -> None:
    deadline = time.monotonic() + 60
    while not any(client.scan_iter("newsdrop:*report*worker*", count=1000)):
        if time.monotonic() > deadline:
            raise SystemExit("the worker did not start within a minute")
        time.sleep(0.2)


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--files", type=int, default=10_000)
    options.add_argument("--bytes", type=int, default=20_000)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--processes", type=int, help="worker processes (the setting's default if left out)")
    options.add_argument("--out", type=Path)
    given = options.parse_args()

    base = Path(tempfile.mkdtemp(prefix="newsdrop-bench-"))
    redis = RedisServer(("--appendonly", "yes")).start()
    elasticsearch = ElasticsearchServer()
    elasticsearch.start()
    try:
        report = measure(base, redis, elasticsearch, given)
    finally:
        elasticsearch.stop()
        redis.remove()
        shutil.rmtree(base, ignore_errors=True)
    print(table(report))
    if given.out:
        given.out.write_text(json.dumps(report, indent=2) + "\n")


def measure(
    base: Path, redis: RedisServer, elasticsearch: ElasticsearchServer, given: argparse.Namespace
) -> dict[str, Any]:
    files = base / "files"
    files.mkdir()
    for number in range(given.files):
        (files / f"{number:06}.md").write_bytes(article_file(number, given.bytes))
    alias = f"ndb-{uuid.uuid4().hex[:8]}"
    environ = environment(base, redis, elasticsearch.url, alias)
    if given.processes:
        environ["NEWSDROP_WORKER_PROCESSES"] = str(given.processes)
    documents = prebuilt(files, load_settings(environ))
    bare, full = [], []
    for run in range(given.runs + 1):
        limit, bare_cpu_ms = bare_limit(documents, elasticsearch.pid, load_settings(environ))
        result = full_pipeline(base, files, redis, elasticsearch.pid, environ)
        result["cpu_ms"]["elasticsearch, bare"] = bare_cpu_ms
        if run == 0:
            continue  # the first pair warms the server up
        bare.append(limit)
        full.append(result)
    peaks: dict[str, float] = {}
    for result in full:
        for name, peak in result["peak_mb"].items():
            peaks[name] = max(peaks.get(name, 0), peak)
    return {
        "files": given.files,
        "bytes": given.bytes,
        "bare_docs_s": bare,
        "pipeline_docs_s": [one["rate"] for one in full],
        "ratio": [one["rate"] / limit for one, limit in zip(full, bare, strict=True)],
        "peak_mb": peaks,
        "cpu_ms": {name: [one["cpu_ms"][name] for one in full] for name in sorted(full[0]["cpu_ms"])},
    }


def table(report: dict[str, Any]) -> str:
    def row(name: str, values: list[float], form: str) -> str:
        middle, low, high = statistics.median(values), min(values), max(values)
        return f"{name:34} {middle:>10{form}}   ({low:{form}} – {high:{form}})"

    lines = [
        f"{report['files']} files of {report['bytes']} bytes, {len(report['ratio'])} paired runs: "
        "median (min – max)",
        row("parallel_bulk, prebuilt, docs/s", report["bare_docs_s"], ".0f"),
        row("full pipeline, docs/s", report["pipeline_docs_s"], ".0f"),
        row("ratio", report["ratio"], ".2f"),
        *[row(f"CPU of {name}, ms a document", values, ".2f") for name, values in report["cpu_ms"].items()],
        *[
            f"{'peak memory of ' + name + ', MB':34} {peak:>10.0f}"
            for name, peak in sorted(report["peak_mb"].items())
        ],
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
