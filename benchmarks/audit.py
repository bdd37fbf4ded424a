"""How long `newsdrop audit` takes over many files, and how much memory, against either index.

    python -m benchmarks.audit [--files 100000] [--chars 2000] [--index both|elasticsearch|embedded]

The folder, the ledger and the index are filled as workers would have left them; then the real command audits
them: all indexed; one file in a hundred lost (`--repair` queues those); with what it repaired in the queue;
after Redis was emptied; with every file queued. Documents hold `--chars` characters of varied text.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from tests.servers.elasticsearch_server import ElasticsearchServer
from tests.servers.redis_server import RedisServer

from benchmarks.load import article_file
from benchmarks.stack import NEWSDROP, ROOT
from newsdrop.documents import Document, Drop, Outcome, State
from newsdrop.identity import path_drop_id
from newsdrop.index.factory import open_store
from newsdrop.index.store import Store
from newsdrop.ledger import keys
from newsdrop.ledger.ledger import Ledger, Settlement
from newsdrop.name_filter import NameFilter
from newsdrop.settings import load_settings
from newsdrop.watch.scan import scan

_TEXTS = 500
_CHUNK = 1_000
_FOLDERS = 100
_LOST = 100


def write_files(folder: Path, count: int) -> None:
    """Small files in a hundred folders; the audit never opens one."""
    for number in range(count):
        path = folder / f"{number % _FOLDERS:03}" / f"{number:07}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"file {number}")


def drops_of(folder: Path) -> Iterator[Drop]:
    for found in scan(folder, NameFilter()):
        yield Drop(id=path_drop_id(found.path), path=found.path, stamp=found.stamp)


def chunks(drops: Iterator[Drop]) -> Iterator[list[Drop]]:
    while part := list(islice(drops, _CHUNK)):
        yield part


def texts(chars: int) -> list[str]:
    return [article_file(number, max(2_500, 4 * chars)).decode()[-chars:] for number in range(_TEXTS)]


def document_of(drop: Drop, text: str) -> Document:
    file = {"path": drop.path, "size": drop.stamp.size, "stamp": drop.stamp.mtime}
    return Document(id=drop.id, version=1, source={"title": "t", "text": text, "file": file})


def settle(ledger: Ledger) -> None:
    for batch in list(ledger.batches()):
        held = ledger.start(batch.id, "run", process=1, task="task")
        done = [Outcome(drop=one, state=State.INDEXED, stamp=one.stamp, document_id=one.id) for one in held]
        ledger.finish(batch.id, "run", [Settlement(one) for one in done])


def fill(drops: Iterator[Drop], ledger: Ledger, store: Store, words: Sequence[str]) -> None:
    store.init()
    for number, part in enumerate(chunks(drops)):
        ledger.enqueue(part)
        store.put([document_of(drop, words[(number + at) % len(words)]) for at, drop in enumerate(part)])
        settle(ledger)


def environment(base: Path, redis: RedisServer, url: str | None) -> dict[str, str]:
    """Nothing of the user's own settings; without a URL the index is the embedded one."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("NEWSDROP_")}
    return clean | {
        "PYTHONPATH": str(ROOT / "workers"),
        "NEWSDROP_REDIS_URL": redis.url,
        "NEWSDROP_ELASTICSEARCH_URL": url or "",
        "NEWSDROP_STATE_DIR": str(base / "state"),
        # What is younger than two rescans may still be found by the watcher, and isn't called lost.
        "NEWSDROP_WATCH_RESCAN_S": "1",
    }


def audit(environ: dict[str, str], folder: Path, *options: str) -> dict[str, Any]:
    """The real command, once: what it found, the seconds it took, its peak memory in MB."""
    command = [*NEWSDROP, "audit", str(folder), "--json", *options]
    started = time.perf_counter()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command, env=environ, stdout=out)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - started
        out.seek(0)
        found = json.load(out)
    return {
        "seconds": seconds,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "peak_mb": usage.ru_maxrss / 1024,
        "files": found["files"],
        "unaccounted": len(found["unaccounted"]),
        "repaired": found["repaired"],
        "ok": found["ok"],
    }


def measure(base: Path, redis: RedisServer, url: str | None, given: argparse.Namespace) -> dict[str, Any]:
    folder = base / "drops"
    environ = environment(base, redis, url)
    settings = load_settings(environ)
    client = redis.client()
    client.flushall()
    ledger, store = Ledger(client), open_store(settings)
    fill(drops_of(folder), ledger, store, texts(given.chars))
    results = {"all indexed": audit(environ, folder)}
    lost = [drop.id for number, drop in enumerate(drops_of(folder)) if number % _LOST == 0]
    client.hdel(keys.LEDGER, *[bytes.fromhex(one) for one in lost])
    results[f"one in {_LOST} lost, --repair"] = audit(environ, folder, "--repair")
    results["what was repaired is queued"] = audit(environ, folder)
    client.flushall()
    results["the ledger is empty"] = audit(environ, folder)
    for part in chunks(drops_of(folder)):
        ledger.enqueue(part)
    results["all queued"] = audit(environ, folder)
    store.close()
    client.close()
    return results


def table(name: str, results: dict[str, Any]) -> str:
    rows = [
        f"{what:28} {one['files']:>8} {one['seconds']:>8.1f} {one['cpu_s']:>6.1f} {one['peak_mb']:>8.0f} "
        f"{one['unaccounted']:>6} {one['repaired']:>9}"
        for what, one in results.items()
    ]
    return "\n".join([f"{name:28}    files  seconds  CPU s  peak MB   lost  repaired", *rows])


def against_elasticsearch(base: Path, redis: RedisServer, given: argparse.Namespace) -> dict[str, Any]:
    server = ElasticsearchServer(optimised=True)
    server.start()
    try:
        return measure(base, redis, server.url, given)
    finally:
        server.remove()


def against_embedded(base: Path, redis: RedisServer, given: argparse.Namespace) -> dict[str, Any]:
    return measure(base, redis, None, given)


KINDS: dict[str, Callable[[Path, RedisServer, argparse.Namespace], dict[str, Any]]] = {
    "elasticsearch": against_elasticsearch,
    "embedded": against_embedded,
}


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--files", type=int, default=100_000)
    options.add_argument("--chars", type=int, default=2_000)
    options.add_argument("--index", choices=["both", *KINDS], default="both")
    options.add_argument("--out", type=Path)
    given = options.parse_args()
    base = Path(tempfile.mkdtemp(prefix="newsdrop-bench-audit-"))
    redis = RedisServer(("--appendonly", "yes")).start()
    report = {}
    try:
        write_files(base / "drops", given.files)
        for kind, run in KINDS.items():
            if given.index in ("both", kind):
                report[kind] = run(base, redis, given)
                print(table(kind, report[kind]), flush=True)
    finally:
        redis.remove()
        shutil.rmtree(base, ignore_errors=True)
    if given.out:
        given.out.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
