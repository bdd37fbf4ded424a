"""The plan of a campaign: which fault strikes what, when, and for how long. Pure: one seed, one plan.

Every fault comes once before any comes twice, in an order and at times of the seed's choosing. What strikes
one target never overlaps, different targets may be struck at once.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["FAULTS", "Fault", "Strike", "make_plan"]


@dataclass(frozen=True)
class Fault:
    """`hold_s`: how long it lasts, at least and at most. `after_s`: what its target needs to get up again."""

    name: str
    target: str
    hold_s: tuple[float, float] = (0.0, 0.0)
    after_s: float = 1.0


@dataclass(frozen=True, order=True)
class Strike:
    """One fault at one moment; `pick` chooses among several victims, each for itself."""

    at_s: float
    name: str
    target: str
    hold_s: float
    pick: float


#: The suite's leases are 8 s (system.py), so a sleep of 10 s is longer than any.
FAULTS: tuple[Fault, ...] = (
    Fault("worker's child: SIGKILL", "worker"),
    Fault("worker's parent: SIGKILL", "worker", after_s=3),
    Fault("worker and children: SIGKILL", "worker", after_s=3),
    Fault("worker: SIGTERM", "worker", after_s=4),
    Fault("worker: SIGTERM, a second one", "worker", (0.2, 1.5), after_s=4),
    Fault("worker: SIGTERM to parent and children", "worker", after_s=4),
    Fault("worker: SIGQUIT", "worker", after_s=4),
    Fault("worker: SIGSTOP beyond its lease", "worker", (10, 12)),
    Fault("worker killed with its message unread", "worker", (0.3, 1), after_s=3),
    Fault("worker: restarted with another policy", "worker", after_s=4),
    Fault("watcher: SIGKILL", "watcher", after_s=3),
    Fault("watcher: restarted with another policy", "watcher", after_s=3),
    Fault("watcher: SIGSTOP", "watcher", (3, 9)),
    Fault("Redis: SIGKILL, restart", "redis", (0.2, 3)),
    Fault("Redis: power cut (last second gone)", "redis", (0.2, 3)),
    Fault("Redis: paused", "redis", (2.5, 6)),
    Fault("Redis: connections cut", "redis"),
    Fault("Redis: maxmemory reached", "redis", (2, 5)),
    Fault("Redis: disk full", "redis", (2, 5)),
    Fault("Redis: FLUSHALL", "redis", after_s=2),
    Fault("Redis: a second installation's worker", "redis", (4, 8)),
    Fault("Elasticsearch: SIGKILL, restart", "elasticsearch", (0.2, 3), after_s=4),
    Fault("Elasticsearch: paused", "elasticsearch", (4, 8)),
    Fault("Elasticsearch: 503 to everything", "elasticsearch", (2, 6)),
    Fault("Elasticsearch: 503 to bulks, ping answers", "elasticsearch", (2, 6)),
    Fault("Elasticsearch: 429 to bulks", "elasticsearch", (2, 6)),
    Fault("Elasticsearch: 429 to part of a bulk", "elasticsearch", (2, 4)),
    Fault("Elasticsearch: closed after the bulk", "elasticsearch", (1, 2.5)),
    Fault("Elasticsearch: closed after a delete", "elasticsearch", (2, 5)),
    Fault("Elasticsearch: index closed", "elasticsearch", (2, 5), after_s=2),
    Fault("folder: disk full", "folder", (2, 5)),
    Fault("clock: an hour back", "clock", (4, 8)),
    Fault("clock: a day back", "clock", (4, 8)),
    Fault("clock: a day ahead", "clock", (4, 8)),
)


def make_plan(
    seed: int, seconds: float, faults: Sequence[Fault] = FAULTS, *, start_s: float = 4.0
) -> list[Strike]:
    """The strikes of a campaign that lasts `seconds`, in order of time.

    Targets are struck side by side, each with pauses, so that a target is whole about half of the time; a
    short campaign gets every fault all the same, with shorter pauses.
    """
    strikes: list[Strike] = []
    for target in dict.fromkeys(fault.target for fault in faults):
        own = [fault for fault in faults if fault.target == target]
        strikes += _of_target(random.Random(f"{seed} {target}"), own, start_s, seconds)
    return sorted(strikes)


def _of_target(rng: random.Random, faults: Sequence[Fault], start_s: float, seconds: float) -> list[Strike]:
    busy_s = sum(sum(fault.hold_s) / 2 + fault.after_s for fault in faults)
    # The mean pause: what time is left when all faults are to come once, but no more than eight seconds.
    pause_s = min(8.0, max(0.3, (seconds - start_s - busy_s) / (len(faults) + 1)))
    strikes: list[Strike] = []
    deck: list[Fault] = []
    at_s = start_s + rng.uniform(0, pause_s)
    while len(strikes) < len(faults) or at_s < seconds - faults[0].after_s:
        if not deck:
            deck = rng.sample(faults, len(faults))
        fault = deck.pop()
        hold_s = rng.uniform(*fault.hold_s)
        strikes.append(Strike(at_s, fault.name, fault.target, hold_s, rng.random()))
        at_s += hold_s + fault.after_s + rng.uniform(0.2, 1.8) * pause_s
    return strikes
