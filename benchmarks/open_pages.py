"""What fifty open pages of `newsdrop web` cost the work beside them.

    python -m benchmarks.open_pages [--files 6000] [--pages 50] [--pairs 4]

The pages ask again as a browser's do: four of five show the status (every three seconds), the others the dead
letters (every five). Each pair takes the same files through watcher, worker and Elasticsearch, once with the
pages open and once without, each first in every second pair. Aimed at: no more than 10 % slower.
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import urllib3
from tests.waiting import until

from benchmarks.pipeline import full_pipeline
from benchmarks.processes import cpu_seconds
from benchmarks.stack import NEWSDROP, Stack, running_stack, write_files

_ADDRESS = re.compile(r"(http://127\.0\.0\.1:\d+)")
#: Of five pages, the one that shows letters.
_LETTERS_EACH = 5
_STATUS = ("/status", 3.0)
#: Elasticsearch's compiler takes so many rounds to settle.
_WARM_UPS = 4
_LETTERS = ("/letters", 5.0)


class Pages:
    """So many open pages; `answered`: how often they were refreshed, and `failed` ones."""

    def __init__(self, base: str, count: int) -> None:
        self.answered = self.failed = 0
        self._base = base
        self._http = urllib3.PoolManager(maxsize=count, retries=False, timeout=60)
        self._over = threading.Event()
        kinds = [_LETTERS if number % _LETTERS_EACH == 0 else _STATUS for number in range(count)]
        self._threads = [threading.Thread(target=self._show, args=kind, daemon=True) for kind in kinds]

    def open(self) -> None:
        """Open all of them at once."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Close all of them."""
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _show(self, path: str, every_s: float) -> None:
        # Nobody opens fifty pages within the same millisecond.
        self._over.wait(random.uniform(0, every_s))
        while not self._over.is_set():
            answer = self._http.request("GET", self._base + path, headers={"HX-Request": "true"})
            self.answered += answer.status == 200
            self.failed += answer.status != 200
            self._over.wait(every_s)


@contextmanager
def open_pages(stack: Stack, count: int) -> Iterator[tuple[Pages, int]]:
    """A server with so many open pages, and its pid."""
    log = stack.base / "web.log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            [*NEWSDROP, "web", "--port", "0"], env=stack.environment, stdout=out, stderr=out
        )
    try:
        until(
            lambda: server.poll() is not None or _ADDRESS.search(log.read_text("utf-8")) is not None,
            f"the page (see {log})",
            timeout_s=60,
        )
        found = _ADDRESS.search(log.read_text("utf-8"))
        if found is None:
            raise SystemExit(f"`newsdrop web` ended by itself:\n{log.read_text('utf-8')[-2_000:]}")
        pages = Pages(found[1].rstrip("/"), count)
        pages.open()
        yield pages, server.pid
        pages.close()
        if pages.failed or not pages.answered:
            raise SystemExit(f"{pages.failed} of {pages.failed + pages.answered} pages were refused.")
    finally:
        server.terminate()
        server.wait(60)


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--files", type=int, default=6_000)
    options.add_argument("--pages", type=int, default=50)
    options.add_argument("--pairs", type=int, default=4)
    given = options.parse_args()
    with running_stack() as stack:
        files = sorted(write_files(stack.base / "files", given.files, 12_000).iterdir())
        for _ in range(_WARM_UPS):
            full_pipeline(stack, files)
        ratios = [_pair(stack, files, given.pages, alone_first=bool(at % 2)) for at in range(given.pairs)]
    print(f"beside {given.pages} open pages : alone, {given.pairs} pairs: {statistics.median(ratios):.3f}")


def _pair(stack: Stack, files: list[Path], count: int, *, alone_first: bool) -> float:
    if alone_first:
        alone = full_pipeline(stack, files)["docs_s"]
        beside = _beside(stack, files, count)
    else:
        beside = _beside(stack, files, count)
        alone = full_pipeline(stack, files)["docs_s"]
    print(f"alone {alone:.0f} files/s, beside {beside:.0f}", flush=True)
    return float(beside / alone)


def _beside(stack: Stack, files: list[Path], count: int) -> float:
    with open_pages(stack, count) as (pages, pid):
        begun_s, before_s = time.monotonic(), cpu_seconds(pid)
        rate = full_pipeline(stack, files)["docs_s"]
        share = (cpu_seconds(pid) - before_s) / (time.monotonic() - begun_s)
    print(f"{pages.answered} refreshes, the server took {share:.1%} of a core", flush=True)
    return float(rate)


if __name__ == "__main__":
    main()
