"""Everything measured in one run on one machine, in one table: `make bench`.

    python -m benchmarks.suite [--files 10000] [--runs 3] [--backlog 100000] [--out results.json]

Each round does each thing once, so that ratios pair what was measured within the same minutes. Rows are
medians with their spread. Rates are documents a second; CPU is ms a document.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from benchmarks import backlog, latency
from benchmarks.limits import bare_bulk, bare_parse, own_parse, prebuilt
from benchmarks.load import article_file
from benchmarks.parts import cost_by_part
from benchmarks.pipeline import full_pipeline, ingest, null_worker
from benchmarks.stack import Stack, running_stack, write_files

__all__ = ["RATIOS", "measure", "table"]

Rows = dict[str, list[float]]

#: What `make bench-check` compares: True where more is better.
RATIOS = {
    "pipeline : bare bulk": True,
    "pipeline : bulk and bare parse in sequence": True,
    "pipeline : bulk and own parse in sequence": True,
    "2 workers : 1 worker, no index": True,
    "CPU of queue, ledger and watcher : all": False,
    "parse : lexbor alone": False,
}
_MIX = (7_000, 25_000)
_WARM_FILES = 1_500
_WARM_BULKS = 3


def corpus(folder: Path, count: int) -> list[Path]:
    """Seed-like files of 7 to 25 kB, the same on every machine."""
    folder.mkdir(parents=True)
    low, high = _MIX
    for number in range(count):
        size = low + number * 7_919 % (high - low)
        (folder / f"{number:06}.md").write_bytes(article_file(number, size))
    return sorted(folder.iterdir())


def measure(given: argparse.Namespace) -> dict[str, Any]:
    """All of it."""
    rows: Rows = defaultdict(list)
    memory: dict[str, float] = {}
    with running_stack() as stack:
        files = corpus(stack.base / "files", given.files)
        stack.fresh()
        documents = prebuilt(files, stack.settings)
        # Caches are warm after a short round; Elasticsearch's compiler goes on for tens of thousands of
        # documents, and whatever is measured meanwhile looks the better the later it comes.
        _round(stack, files[:_WARM_FILES], documents[:_WARM_FILES])
        for _ in range(_WARM_BULKS):
            bare_bulk(stack, documents)
        for _ in range(given.runs):
            found = _round(stack, files, documents)
            for name, value in found.pop("rows").items():
                rows[name].append(value)
            for name, peak in found["peak_mb"].items():
                memory[name] = max(memory.get(name, 0), peak)
        parts = cost_by_part(files[:1_000], stack.settings)
        rows["parse : lexbor alone"] = [parts["parse"] / parts["lexbor alone"]]
        report = {
            "machine": {
                "cores": os.cpu_count(),
                "python": platform.python_version(),
                "files": given.files,
                "bytes": _MIX,
                "runs": given.runs,
            },
            "rows": dict(rows),
            "parts_ms": parts,
            "peak_mb": memory,
        }
        if given.backlog:
            report |= _streams(stack, given.backlog)
    return report


def _round(stack: Stack, files: list[Path], documents: list[dict[str, Any]]) -> dict[str, Any]:
    settings = stack.settings
    bulk, bulk_cpu = bare_bulk(stack, documents)
    bare, _ = bare_parse(files, settings)
    own, own_cpu = own_parse(files, settings)
    full = full_pipeline(stack, files)
    one, two = (null_worker(stack, files, count) for count in (1, 2))
    cpu = full["cpu_ms"]
    queue_in_worker = max(0.0, two["cpu_ms"] - own_cpu)
    return {
        "rows": {
            "bare bulk": bulk,
            "bare parse": bare,
            "own parse": own,
            "bulk and bare parse in sequence": _in_sequence(bulk, bare),
            "bulk and own parse in sequence": _in_sequence(bulk, own),
            "newsdrop ingest": ingest(stack, files),
            "pipeline": full["docs_s"],
            "1 worker, no index": one["docs_s"],
            "2 workers, no index": two["docs_s"],
            "CPU Elasticsearch, bare bulk": bulk_cpu,
            **{f"CPU {name}": used for name, used in cpu.items()},
            "CPU own parse": own_cpu,
            "pipeline : bare bulk": full["docs_s"] / bulk,
            "pipeline : bulk and bare parse in sequence": full["docs_s"] / _in_sequence(bulk, bare),
            "pipeline : bulk and own parse in sequence": full["docs_s"] / _in_sequence(bulk, own),
            "2 workers : 1 worker, no index": two["docs_s"] / one["docs_s"],
            "CPU of queue, ledger and watcher : all": (cpu["redis"] + cpu["watcher"] + queue_in_worker)
            / sum(cpu.values()),
        },
        "peak_mb": full["peak_mb"],
    }


def _in_sequence(*rates: float) -> float:
    """One thing after the other on the same cores."""
    return 1 / sum(1 / rate for rate in rates)


def _streams(stack: Stack, count: int) -> dict[str, Any]:
    stack.fresh()
    with stack.worker(), stack.watcher():
        latency.measure(stack, files_per_s=20, seconds=5, first=2_000_000)  # warms everything up
        steady = latency.measure(stack, files_per_s=20, seconds=60)
    pages = sorted(write_files(stack.base / "pages", 2_000, 5_000).iterdir())
    known = backlog.known(stack, pages, count)
    drained = backlog.drained(stack, pages, count, fresh_seconds=60)
    return {"latency_s": steady, "backlog_known": known, "backlog_drained": drained}


def table(report: dict[str, Any]) -> str:
    """The report for people."""

    def row(name: str, values: list[float]) -> str:
        digits = 0 if statistics.median(values) >= 20 else 2
        middle, low, high = (
            f"{value:.{digits}f}" for value in (statistics.median(values), min(values), max(values))
        )
        return f"| {name} | {middle} | {low} – {high} |"

    machine = report["machine"]
    lines = [
        f"{machine['files']} files of {_MIX[0]:,} to {_MIX[1]:,} bytes, {machine['cores']} cores, "
        f"{machine['runs']} rounds, Python {machine['python']}",
        "",
        "| | median | min – max |",
        "|---|---|---|",
        *(row(name, values) for name, values in report["rows"].items()),
        *(row(f"CPU {part}, one process", [value]) for part, value in report["parts_ms"].items()),
        *(row(f"peak MB, {name}", [peak]) for name, peak in sorted(report["peak_mb"].items())),
    ]
    for name in ("latency_s", "backlog_known", "backlog_drained"):
        if name in report:
            lines += ["", f"{name}: {json.dumps(report[name], indent=1)}"]
    return "\n".join(lines)


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--files", type=int, default=10_000)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--backlog", type=int, default=100_000, help="0 leaves latency and backlog out")
    options.add_argument("--out", type=Path)
    given = options.parse_args()
    begun = time.perf_counter()
    report = measure(given)
    report["machine"]["seconds"] = round(time.perf_counter() - begun)
    if given.out:
        given.out.parent.mkdir(parents=True, exist_ok=True)
        given.out.write_text(json.dumps(report, indent=2) + "\n")
    print(table(report))


if __name__ == "__main__":
    main()
