"""A large folder at the start: how fast it is scanned, what that takes, and whether fresh files overtake.

    python -m benchmarks.backlog [--files 100000]

The backlog's files are hard links to 2,000 different pages, so many of its documents replace one another;
for scanning, queueing and parsing that makes no difference.
"""

from __future__ import annotations

import argparse
import json
import os
import threading
import time
from pathlib import Path
from typing import Any

from tests.settling import settle
from tests.waiting import until

from benchmarks.latency import measure as measure_latency
from benchmarks.limits import drop_of
from benchmarks.processes import Memory
from benchmarks.stack import Stack, running_stack, write_files
from newsdrop.documents import Outcome, State
from newsdrop.ledger.connect import connect
from newsdrop.ledger.ledger import Ledger, Settlement

__all__ = ["drained", "known"]

_PAGES = 2_000
_FOLDERS = 100


def fill(stack: Stack, pages: list[Path], count: int) -> list[Path]:
    """So many files in the watched folder, in a hundred folders."""
    made = []
    for number in range(count):
        folder = stack.drops / f"{number % _FOLDERS:03}"
        if number < _FOLDERS:
            folder.mkdir()
        path = folder / f"{number:07}.md"
        os.link(pages[number % len(pages)], path)
        made.append(path)
    return made


def known(stack: Stack, pages: list[Path], count: int) -> dict[str, Any]:
    """A start over a folder of which the ledger knows every file: files a second, the watcher's memory."""
    stack.fresh()
    client = connect(stack.settings)
    ledger = Ledger(client)
    paths = fill(stack, pages, count)
    for start in range(0, count, 10_000):
        drops = [drop_of(path) for path in paths[start : start + 10_000]]
        settle(
            ledger,
            [
                Settlement(Outcome(drop=drop, state=State.INDEXED, stamp=drop.stamp, document_id=f"{n:032x}"))
                for n, drop in enumerate(drops)
            ],
        )
    client.close()
    with stack.watcher() as watcher:
        memory = Memory({"watcher": watcher.pid})
        memory.start()
        until(lambda: _scans(stack), "the first scan", timeout_s=300)
        memory.over.set()
        memory.join()
    (first, *_) = _scans(stack)
    return {
        "files_s": 1e9 * first["newsdrop.files"] / first["event.duration"],
        "queued": first["newsdrop.queued"],
        "watcher_mb": max(memory.peaks.values()),
    }


def drained(stack: Stack, pages: list[Path], count: int, *, fresh_seconds: float) -> dict[str, Any]:
    """A start over a folder of which nothing is known, and a stream of fresh files while it is worked off."""
    stack.fresh()
    fill(stack, pages, count)
    depths: list[int] = []
    over = threading.Event()
    thread = threading.Thread(target=_sample_depth, args=(stack, depths, over))
    with stack.worker() as worker, stack.watcher() as watcher:
        memory = Memory({"watcher": watcher.pid, "worker": worker.pid})
        memory.start()
        thread.start()
        until(lambda: stack.count() > 1_000, "the backlog to move", timeout_s=600)
        latency = measure_latency(stack, files_per_s=5, seconds=fresh_seconds)
        left = count - stack.count()
        over.set()
        thread.join()
        memory.over.set()
        memory.join()
    return {
        "latency_s": latency,
        "backlog_left": left,
        "deepest": max(depths),
        "high_water": stack.settings.watch.high_water,
        "peak_mb": memory.peaks,
    }


def _sample_depth(stack: Stack, depths: list[int], over: threading.Event) -> None:
    client = connect(stack.settings)
    ledger = Ledger(client)
    while not over.wait(0.2):
        depths.append(max(ledger.depth().values()))
    client.close()


def _scans(stack: Stack) -> list[dict[str, Any]]:
    lines = stack.log.read_text("utf-8", "replace").splitlines() if stack.log.exists() else []
    events = [json.loads(line) for line in lines if line.startswith("{")]
    return [event for event in events if event.get("event.action") == "watch.rescanned"]


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--files", type=int, default=100_000)
    options.add_argument("--fresh-seconds", type=float, default=60.0)
    given = options.parse_args()
    with running_stack() as stack:
        pages = sorted(write_files(stack.base / "files", _PAGES, 5_000).iterdir())
        begun = time.perf_counter()
        print(json.dumps({"known": known(stack, pages, given.files)}, indent=2))
        print(
            json.dumps(
                {"drained": drained(stack, pages, given.files, fresh_seconds=given.fresh_seconds)}, indent=2
            )
        )
        print(f"{time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main()
