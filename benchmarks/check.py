"""Fails when a ratio got worse by more than 20 % since the stored run: `make bench-check`.

    python -m benchmarks.check [--stored benchmarks/results/reference.json] [--files 4000] [--runs 3]

Ratios of one run on one machine are compared, never seconds, so the stored run may come from another machine.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from pathlib import Path

from benchmarks.suite import RATIOS, Rows, measure

__all__ = ["regressions"]

STORED = Path(__file__).parent / "results" / "reference.json"
_TOLERANCE = 0.20


def regressions(stored: Rows, now: Rows, tolerance: float = _TOLERANCE) -> list[str]:
    """One sentence for each ratio that got worse by more than `tolerance` of what it was."""
    said = []
    for name, more_is_better in RATIOS.items():
        before, after = statistics.median(stored[name]), statistics.median(now[name])
        change = after / before - 1 if more_is_better else before / after - 1
        if change < -tolerance:
            said.append(f"{name}: {before:.2f} was stored, {after:.2f} is measured ({change:+.0%})")
    return said


def main() -> int:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--stored", type=Path, default=STORED)
    options.add_argument("--files", type=int, default=4_000)
    options.add_argument("--runs", type=int, default=3)
    given = options.parse_args()
    given.backlog = 0
    stored = json.loads(given.stored.read_text())["rows"]
    now = measure(given)["rows"]
    for name in RATIOS:
        print(f"{name:50} {statistics.median(stored[name]):8.2f} {statistics.median(now[name]):8.2f}")
    worse = regressions(stored, now)
    for line in worse:
        print(f"WORSE  {line}", file=sys.stderr)
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
