"""What one Redis carries: its CPU and memory for each drop, and so the rate at which it is the limit.

    python -m benchmarks.ledger [--drops 100000] [--rounds 3]

Every drop goes the whole way (queued, started, touched, indexed) with no file and no index, so that nothing
but the ledger costs anything. Redis works on one core: a core's second divided by its CPU time for a drop is
the rate that no number of workers can exceed.
"""

from __future__ import annotations

import argparse
import statistics
from typing import Any

import redis
from tests.servers.redis_server import RedisServer

from benchmarks.processes import cpu_seconds
from newsdrop.documents import Drop, Outcome, Stamp, State
from newsdrop.identity import path_drop_id
from newsdrop.ledger import keys
from newsdrop.ledger.ledger import IN_BULK, Lane, Ledger, Settlement

__all__ = ["measure"]


def drops_of(count: int) -> list[Drop]:
    """Drops with paths as long as people's are."""
    paths = [
        f"/srv/archives/news/articles/site{number % 10}/{1_048_575 - number}.md" for number in range(count)
    ]
    return [Drop(id=path_drop_id(path), path=path, stamp=Stamp(20_000, 1)) for path in paths]


def measure(count: int) -> dict[str, float]:
    """One round over a fresh server with an append-only file."""
    server = RedisServer(("--appendonly", "yes")).start()
    try:
        return _measure(server, server.client(), drops_of(count))
    finally:
        server.remove()


def _measure(server: RedisServer, client: redis.Redis, drops: list[Drop]) -> dict[str, float]:
    assert server.process is not None
    ledger, pid, count = Ledger(client), server.process.pid, len(drops)
    empty = _used(client)
    begun = cpu_seconds(pid)
    ledger.enqueue(drops, lane=Lane.BACKLOG)
    queued = cpu_seconds(pid)
    waiting = _used(client)
    for batch in [view.id for view in ledger.batches()]:
        _work(ledger, batch)
    client.delete(keys.QUEUE + Lane.BACKLOG)
    worked = cpu_seconds(pid)
    settled = _used(client)
    for start in range(0, count, 1_000):
        ledger.lookup([drop.id for drop in drops[start : start + 1_000]])
    looked = cpu_seconds(pid)
    client.close()
    if ledger.counts()[State.INDEXED] != count:
        raise SystemExit(f"not every drop was settled: {ledger.counts()}")
    micro = 1_000_000 / count
    return {
        "CPU of Redis, µs a drop: enqueue": micro * (queued - begun),
        "CPU of Redis, µs a drop: start, touch, finish": micro * (worked - queued),
        "CPU of Redis, µs a drop: look up": micro * (looked - worked),
        "drops a second that fill Redis' core": count / (worked - begun),
        "bytes a waiting drop": (waiting - empty) / count,
        "bytes a settled drop": (settled - empty) / count,
    }


def _work(ledger: Ledger, batch: str) -> None:
    drops = ledger.start(batch, "run", process=1, task="task")
    ledger.touch(batch, "run", IN_BULK)
    ledger.touch(batch, "run", IN_BULK)
    settled = [
        Settlement(Outcome(drop=drop, state=State.INDEXED, stamp=drop.stamp, document_id=drop.id))
        for drop in drops
    ]
    ledger.finish(batch, "run", settled)


def _used(client: redis.Redis) -> int:
    about: Any = client.info("memory")
    return int(about["used_memory"])


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--drops", type=int, default=100_000)
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    rounds = [measure(given.drops) for _ in range(given.rounds)]
    for name in rounds[0]:
        values = [one[name] for one in rounds]
        middle = statistics.median(values)
        print(f"{name:50} {middle:12,.1f}   ({min(values):,.1f} – {max(values):,.1f})")


if __name__ == "__main__":
    main()
