"""`make faults`: the long campaign. FAULTS_SECONDS (20 minutes), FAULTS_SEED (else drawn, and printed)."""

from __future__ import annotations

import os
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.campaign import run
from tests.servers.elasticsearch_server import ElasticsearchServer


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    """One campaign; 1 if anything was lost, doubled, hung or otherwise wrong."""
    seconds = float(os.environ.get("FAULTS_SECONDS") or 1_200)
    seed = int(os.environ.get("FAULTS_SEED") or random.SystemRandom().randrange(1_000_000))
    say(f"FAULTS_SEED={seed} FAULTS_SECONDS={seconds:.0f}")
    base = Path(tempfile.mkdtemp(prefix="newsdrop-faults-"))
    server = ElasticsearchServer(optimised=True)
    begun_s = time.monotonic()
    kept = True
    try:
        server.start()
        campaign = run(
            base, server, seed=seed, seconds=seconds, rate=10, accidents=max(2, int(seconds / 120)), say=say
        )
        kept = bool(campaign.verdict.problems)
        say(f"\n{campaign.text()}\n({time.monotonic() - begun_s:.0f} s in all)")
    finally:
        server.remove()
        if kept:
            say(f"The logs are kept in {base}.")
        else:
            shutil.rmtree(base, ignore_errors=True)
    return int(bool(campaign.verdict.problems))


if __name__ == "__main__":
    raise SystemExit(main())
