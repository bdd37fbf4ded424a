"""Mutated files through newsdrop, from their bytes to documents: only declared errors, in time and memory.

    python -m tests.fuzz [--inputs 5000] [--seed S] [--first N] [--from DIR]… [--out DIR]      (make fuzz)
    python -m tests.fuzz --again FILE…

Prints the seed that repeats the run. An input that something is wrong with is written to --out, one of each
kind; --again reads such files alone. Inputs are made of the project's own pages, or of the files below --from
in their place.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from pathlib import Path

from tests.fuzz.campaign import Finding, Plan, examine, run
from tests.fuzz.inputs import Maker
from tests.fuzz.reading import FileReading


def main() -> int:
    """One run; 1 if anything was wrong."""
    options = argparse.ArgumentParser(
        prog="python -m tests.fuzz", description=(__doc__ or "").partition("\n")[0]
    )
    options.add_argument("--inputs", type=int, default=5_000, help="how many (default: %(default)s)")
    options.add_argument("--seed", type=int, help="what an earlier run printed (default: drawn)")
    options.add_argument("--first", type=int, default=0, help="the number of the first input")
    options.add_argument("--from", type=Path, action="append", default=[], dest="folders", metavar="DIR")
    options.add_argument("--out", type=Path, default=Path(".state/fuzz"), help="where inputs are kept")
    options.add_argument("--again", type=Path, nargs="+", metavar="FILE", help="read these files alone")
    chosen = options.parse_args()
    if chosen.again:
        return max(_again(path) for path in chosen.again)
    seed = random.SystemRandom().randrange(1_000_000) if chosen.seed is None else chosen.seed
    plan = Plan(seed=seed, inputs=chosen.inputs, first=chosen.first, folders=tuple(chosen.folders))
    _say(f"--seed {seed} --inputs {plan.inputs}")
    return _fuzz(plan, chosen.out)


def _fuzz(plan: Plan, out: Path) -> int:
    maker = Maker(plan.seed, plan.folders)
    kinds: set[str] = set()

    def found(finding: Finding) -> None:
        if finding.kind in kinds:
            return
        kinds.add(finding.kind)
        one = maker.input(finding.number)
        out.mkdir(parents=True, exist_ok=True)
        (out / one.name).write_bytes(one.data)
        _say(f"\n{finding.kind} ({out / one.name}: {' + '.join(one.recipe)})\n{finding.detail}")

    begun_s = time.monotonic()
    campaign = run(plan, found)
    taken_s = time.monotonic() - begun_s
    for outcome, count in campaign.outcomes.most_common():
        _say(f"{count:8,}  {outcome}")
    _say(
        f"{plan.inputs:,} inputs in {taken_s:.0f} s; the slowest ({campaign.slowest}) took "
        f"{campaign.slowest_s:.2f} s of CPU; peak memory {campaign.peak_bytes // 1_000_000} MB; "
        f"{len(campaign.findings)} wrong, of {len(kinds)} kinds."
    )
    return int(bool(campaign.findings))


def _again(path: Path) -> int:
    outcomes, spent_s, finding = examine(FileReading(), path.resolve())
    _say(f"{path}: {', '.join(outcomes)} in {spent_s:.2f} s of CPU")
    if finding is not None:
        _say(finding.detail)
    return int(finding is not None)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
