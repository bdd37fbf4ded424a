"""`make soak`: does memory stay bounded, and what does a start over a very large folder cost?

    1  SOAK_FILES (100,000) small articles through watcher, workers, Redis and Elasticsearch: the memory of
       each while the work goes on
    2  the folder grown to SOAK_FOLDER (1,000,000) files, all but a thousand known to the ledger: how long a
       fresh watcher takes to have scanned it and found them, its memory, and the ledger's bytes a file

What is known is put into the ledger directly, by empty files: a scan looks at names and stamps only.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import redis
from tests.corpus import seed_like
from tests.faults.system import resident_bytes
from tests.servers.elasticsearch_server import ElasticsearchServer
from tests.servers.redis_server import RedisServer
from tests.servers.stack import Stack
from tests.settling import settle
from tests.waiting import until

from newsdrop.documents import Drop, Outcome, Stamp, State
from newsdrop.identity import path_drop_id
from newsdrop.ledger.ledger import Ledger, LedgerLimits, Settlement

_MEBI = 1 << 20
_PER_FOLDER = 5_000
_FRESH = 1_000
_LOOK_S = 15.0
#: Memory may grow this much from the first third of the work to the last (what one process holds, in bytes).
_GROWTH = {"watcher": 30 * _MEBI, "worker": 30 * _MEBI, "child": 60 * _MEBI}
_LEDGER_BYTES = 130


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def write_articles(folder: Path, first: int, count: int) -> None:
    for number in range(first, first + count):
        place = folder / f"{number // _PER_FOLDER:05}"
        place.mkdir(exist_ok=True)
        (place / f"{number:07}.md").write_bytes(seed_like(number, html_bytes=2_200))


class Curve:
    """Samples of memory while work goes on."""

    def __init__(self, stack: Stack, client: redis.Redis) -> None:
        self.rows: list[dict[str, int]] = []
        self._stack = stack
        self._client = client
        self._begun_s = time.monotonic()

    def look(self) -> dict[str, int]:
        row = {"s": int(time.monotonic() - self._begun_s)} | self._states()
        for name, process in self._stack.processes.items():
            role = name.partition("-")[0]
            row[role] = max(row.get(role, 0), resident_bytes(process.pid))
            for child in _children(process.pid):
                row["child"] = max(row.get("child", 0), resident_bytes(child))
        row["redis"] = int(self._client.info("memory")["used_memory"])
        self.rows.append(row)
        return row

    def _states(self) -> dict[str, int]:
        found: Any = self._client.hgetall("newsdrop:counts")
        counts = {name.decode(): int(count) for name, count in found.items()}
        return {
            "indexed": counts.get("indexed", 0),
            "waiting": counts.get("queued", 0) + counts.get("retrying", 0),
        }

    def growth(self, role: str) -> int:
        """How much larger the most of the last third is than that of the middle third."""
        sizes = [row.get(role, 0) for row in self.rows]
        third = len(sizes) // 3
        return max(sizes[2 * third :]) - max(sizes[third : 2 * third] or [0])


def _children(pid: int) -> Iterator[int]:
    try:
        yield from map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
    except OSError:
        return


def work(stack: Stack, client: redis.Redis, files: int) -> list[str]:
    """Part 1; what was wrong."""
    begun_s = time.monotonic()
    write_articles(stack.drops, 0, files)
    say(f"{files:,} files written in {time.monotonic() - begun_s:.0f} s")
    for name, command in (("watcher", "watch"), ("worker-1", "worker"), ("worker-2", "worker")):
        stack.start(name, command)
    curve = Curve(stack, client)
    begun_s = time.monotonic()
    say("| s | indexed | waiting | watcher MB | worker MB | its child MB | Redis MB |")
    say("|---:|---:|---:|---:|---:|---:|---:|")
    while True:
        row = curve.look()
        sizes = " | ".join(
            f"{row.get(role, 0) / _MEBI:.0f}" for role in ("watcher", "worker", "child", "redis")
        )
        say(f"| {row['s']} | {row['indexed']:,} | {row['waiting']:,} | {sizes} |")
        if row["indexed"] >= files and not row["waiting"]:
            break
        if time.monotonic() - begun_s > 3_600:
            return ["the files weren't indexed in an hour"]
        time.sleep(_LOOK_S)
    say(f"{files / (time.monotonic() - begun_s):.0f} files/s")
    grown = [(role, curve.growth(role), most) for role, most in _GROWTH.items()]
    return [f"{role} grew by {size // _MEBI} MB while it worked" for role, size, most in grown if size > most]


def make_known(stack: Stack, client: redis.Redis, first: int, count: int) -> None:
    """Empty files, and what the ledger would say of them had they been indexed."""
    ledger = Ledger(client, LedgerLimits(batch_drops=1_000))
    for start in range(first, first + count, _PER_FOLDER):
        place = Path(os.path.realpath(stack.drops)) / f"{start // _PER_FOLDER:05}"
        place.mkdir(exist_ok=True)
        settlements = []
        for number in range(start, min(start + _PER_FOLDER, first + count)):
            path = place / f"{number:07}.md"
            path.touch()
            about = path.stat()
            stamp = Stamp.from_ns(about.st_size, about.st_mtime_ns)
            drop = Drop(id=path_drop_id(path), path=str(path), stamp=stamp)
            indexed = Outcome(drop=drop, state=State.INDEXED, stamp=stamp, document_id=drop.id)
            settlements.append(Settlement(indexed))
        settle(ledger, settlements)


def start_over(stack: Stack, client: redis.Redis, files: int, folder: int) -> list[str]:
    """Part 2; what was wrong."""
    stack.stop("watcher")
    make_known(stack, client, files, folder - files - _FRESH)
    write_articles(stack.drops, folder, _FRESH)
    say(f"the folder holds {folder:,} files")
    known = int(client.hlen("newsdrop:ledger"))
    each = int(client.memory_usage("newsdrop:ledger", samples=0) or 0) / known
    say(f"the ledger: {known:,} settled files, {each:.0f} bytes each")
    log = stack.base / "watcher.log"
    log.unlink()
    begun_s = time.monotonic()
    watcher = stack.start("watcher", "watch")
    peak = 0

    def scanned() -> dict[str, int] | None:
        nonlocal peak
        peak = max(peak, resident_bytes(watcher.pid))
        lines = [json.loads(line) for line in stack.log("watcher").splitlines() if "watch.rescanned" in line]
        return lines[0] if lines else None

    event = until(scanned, "the first scan is over", timeout_s=900)
    say(
        f"start to end of the first scan: {time.monotonic() - begun_s:.1f} s (the scan itself "
        f"{event['newsdrop.duration_ms'] / 1000:.1f} s); files {event['newsdrop.files']:,}; "
        f"peak memory of the watcher {peak / _MEBI:.0f} MB"
    )
    until(lambda: client.hlen("newsdrop:ledger") == folder, "the new ones are queued", timeout_s=600)
    say(f"the {_FRESH:,} new ones were queued {time.monotonic() - begun_s:.1f} s after the start")
    until(lambda: Curve(stack, client).look()["indexed"] >= folder, "the new ones are indexed", timeout_s=600)
    if event["newsdrop.files"] != folder:
        return [f"the scan saw {event['newsdrop.files']:,} files of {folder:,}"]
    if each > _LEDGER_BYTES:
        return [f"the ledger takes {each:.0f} bytes a settled file, more than {_LEDGER_BYTES}"]
    return []


def main() -> int:
    """Both parts; 1 if a bound was broken."""
    files = int(os.environ.get("SOAK_FILES") or 100_000)
    folder = int(os.environ.get("SOAK_FOLDER") or 1_000_000)
    base = Path(tempfile.mkdtemp(prefix="newsdrop-soak-"))
    server = ElasticsearchServer(optimised=True)
    stack = None
    try:
        server.start()
        stack = Stack(base, server.url, RedisServer(("--appendonly", "yes")).start())
        assert stack.redis is not None
        assert stack.run("index", "init").returncode == 0
        with stack.redis.client() as client:
            wrong = work(stack, client, files)
            wrong += start_over(stack, client, files, folder)
    finally:
        if stack is not None:
            stack.close()
        server.remove()
        shutil.rmtree(base, ignore_errors=True)
    say("\n".join(f"PROBLEM: {one}" for one in wrong) or "every bound held")
    return int(bool(wrong))


if __name__ == "__main__":
    raise SystemExit(main())
