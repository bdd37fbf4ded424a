"""The way of a file from the folder into the index, by real processes: the whole, and parts of it.

python -m benchmarks.pipeline [--files 10000] [--bytes 20000]     one run, its rate, CPU and memory
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

from tests.waiting import until

from benchmarks.limits import drop_of
from benchmarks.processes import Memory, cpu_seconds
from benchmarks.stack import NEWSDROP, Stack, running_stack, write_files
from newsdrop.ledger.connect import connect
from newsdrop.ledger.ledger import Lane, Ledger

__all__ = ["full_pipeline", "ingest", "null_worker"]


def link(files: list[Path], folder: Path) -> None:
    """Files in a folder at once, whatever their size."""
    for path in files:
        os.link(path, folder / path.name)


def full_pipeline(stack: Stack, files: list[Path]) -> dict[str, Any]:
    """Files in the folder → last document acknowledged, from when the watcher is there to look for them."""
    stack.fresh()
    with stack.worker() as worker:
        link(files, stack.drops)
        servers = {
            "redis": stack.redis.process.pid if stack.redis.process else 0,
            "elasticsearch": stack.elasticsearch.pid,
            "worker": worker.pid,
        }
        with stack.watcher() as watcher:
            until(lambda: b"watch.started" in stack.log.read_bytes(), "the watcher", every_s=0.005)
            pids = servers | {"watcher": watcher.pid}
            start, before = time.perf_counter(), {name: cpu_seconds(pid) for name, pid in pids.items()}
            memory = Memory({"watcher": watcher.pid, "worker": worker.pid})
            memory.start()
            _await(stack, len(files), worker, watcher)
            seconds = time.perf_counter() - start
            used = {name: cpu_seconds(pid) - before[name] for name, pid in pids.items()}
            memory.over.set()
            memory.join()
    return {
        "docs_s": len(files) / seconds,
        "peak_mb": memory.peaks,
        "cpu_ms": {name: 1000 * seconds_ / len(files) for name, seconds_ in used.items()},
    }


def _await(stack: Stack, count: int, *processes: subprocess.Popen[bytes]) -> None:
    """Until so many files are indexed, or a process has ended; what started it says with which words."""
    until(
        lambda: any(process.poll() is not None for process in processes) or stack.count() >= count,
        "all files to be indexed",
        timeout_s=600,
    )


def ingest(stack: Stack, files: list[Path]) -> float:
    """Documents a second of `newsdrop ingest`, its start included: one process, no queue."""
    stack.fresh()
    link(files, stack.drops)
    start = time.perf_counter()
    done = subprocess.run(
        [*NEWSDROP, "ingest", str(stack.drops), "--json"],
        env=stack.environment,
        capture_output=True,
        check=False,
    )
    seconds = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(f"ingest failed: {done.stderr.decode()[-2_000:]}")
    return len(files) / seconds


def null_worker(stack: Stack, files: list[Path], processes: int) -> dict[str, float]:
    """Files a second of a worker whose index costs nothing, everything queued at once."""
    stack.fresh()
    link(files, stack.drops)
    client = connect(stack.settings)
    ledger = Ledger(client)
    with stack.worker(null=True, processes=processes) as worker:
        drops = [drop_of(stack.drops / path.name) for path in files]
        start, before = time.perf_counter(), cpu_seconds(worker.pid)
        ledger.enqueue(drops, lane=Lane.FRESH)
        _await(stack, len(files), worker)
        seconds, used = time.perf_counter() - start, cpu_seconds(worker.pid) - before
    client.close()
    return {"docs_s": len(files) / seconds, "cpu_ms": 1000 * used / len(files)}


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--files", type=int, default=10_000)
    options.add_argument("--bytes", type=int, default=20_000)
    given = options.parse_args()
    with running_stack() as stack:
        files = sorted(write_files(stack.base / "files", given.files, given.bytes).iterdir())
        full_pipeline(stack, files)  # warms the servers up
        print(json.dumps(full_pipeline(stack, files), indent=2))


if __name__ == "__main__":
    main()
