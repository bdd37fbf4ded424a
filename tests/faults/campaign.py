"""A campaign: the load and the nemesis side by side, then peace, then the verdict."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.faults.leavers import Leavers
from tests.faults.load import Load
from tests.faults.nemesis import Nemesis
from tests.faults.observer import Observer
from tests.faults.plan import make_plan
from tests.faults.settlements import Settlements
from tests.faults.system import System
from tests.faults.verdict import Verdict, await_leavers, judge, judge_at_rest, table
from tests.servers.elasticsearch_server import ElasticsearchServer

__all__ = ["Campaign", "run"]

#: How long everything may take to come to rest: after a late FLUSHALL every file is done again.
_PEACE_S = 300.0
_PEACE_PER_FILE_S = 0.1
#: How long articles may take to go after their files: a watcher compares index and folder each 50 s.
_LEFT_S = 240.0
_DISK_BYTES = 1 << 30


@dataclass
class Campaign:
    """What came of it.

    `replayed`: good files that two deaths of workers had stopped, tried again by hand; `to_go`: articles that
    had to go with their files; `undecided`: those that may be there or not, since the ledger forgot.
    """

    seed: int
    seconds: float
    verdict: Verdict
    table: str
    replayed: list[str]
    rewritten: int
    refused_writes: int
    rest_s: float
    to_go: int
    undecided: int
    memory: dict[str, int]

    def text(self) -> str:
        states = ", ".join(f"{count:,} {state}" for state, count in sorted(self.verdict.states.items()))
        memory = ", ".join(f"{role} {bytes_ >> 20} MB" for role, bytes_ in sorted(self.memory.items()))
        problems = [f"PROBLEM: {one}" for one in self.verdict.problems]
        return "\n".join(
            [
                f"seed {self.seed}, {self.seconds:.0f} s of faults, {self.verdict.files:,} files "
                f"({self.verdict.drops:,} with members), {self.rewritten:,} rewrites; at the end: {states}",
                f"at rest {self.rest_s:.1f} s after the last fault; good files stopped by two deaths and "
                f"replayed: {len(self.replayed)}; writes refused by a full disk: {self.refused_writes}",
                f"articles that had to go with their files: {self.to_go}; undecided, since the ledger "
                f"forgot: {self.undecided}",
                f"peak memory of one process: {memory}",
                "",
                self.table,
                "",
                *(
                    problems
                    or ["Nothing lost, nothing duplicated, audit clean, every process ended when told."]
                ),
            ]
        )


def run(
    base: Path,
    elasticsearch: ElasticsearchServer,
    *,
    seed: int,
    seconds: float,
    rate: float,
    accidents: int,
    say: Callable[[str], None],
) -> Campaign:
    """One campaign in `base`, from the first file to the verdict."""
    system = System(base, elasticsearch, _DISK_BYTES)
    observer = Observer(system.redis.client)
    load = Load(system.stack.drops, seed, observer.saw, rate=rate, accidents=accidents)
    settlements = Settlements(system.redis.client)
    leavers = Leavers(settlements, system.leaves, system.taken, seed)
    nemesis = Nemesis(system, observer, say)
    try:
        system.start()
        observer.start()
        settlements.start()
        load.start()
        leavers.start()
        try:
            nemesis.run(make_plan(seed, seconds), seconds)
        finally:
            system.heal()
            load.stop()
            leavers.stop()
            say("peace")
        return _judge(system, observer, load, leavers, nemesis, seed, seconds)
    finally:
        settlements.stop()
        observer.stop()
        system.close()


def _judge(
    system: System,
    observer: Observer,
    load: Load,
    leavers: Leavers,
    nemesis: Nemesis,
    seed: int,
    seconds: float,
) -> Campaign:
    begun_s = time.monotonic()
    resting = _await_rest(system, observer)
    rest_s = time.monotonic() - begun_s
    replayed = _replay(system, observer, load)
    forgot_s, cut_s = nemesis.forgot_s()
    await_leavers(system, leavers.wanted(forgot_s, cut_s), _LEFT_S)
    wanted = leavers.wanted(forgot_s, cut_s)
    verdict = judge(system, load.expected, wanted)
    if not resting:
        verdict.problems.insert(
            0, f"never at rest: {sorted(observer.waiting())[:5]}, {system.stack.states()}"
        )
    system.stop_processes()
    judge_at_rest(system, verdict, leavers.ids)
    verdict.problems += nemesis.errors
    return Campaign(
        seed=seed,
        seconds=seconds,
        verdict=verdict,
        table=table(observer.injections, nemesis.left_out, verdict),
        replayed=replayed,
        rewritten=load.changed,
        refused_writes=load.full,
        rest_s=rest_s,
        to_go=len(wanted.never),
        undecided=len(wanted.may),
        memory=dict(system.memory),
    )


def _await_rest(system: System, observer: Observer) -> bool:
    """Until every file has its fate, nothing waits and all letters are mirrored; False if it never comes."""
    deadline_s = time.monotonic() + _PEACE_S + _PEACE_PER_FILE_S * observer.files()
    while time.monotonic() < deadline_s:
        time.sleep(0.5)
        if observer.waiting():
            continue
        with system.redis.client() as client:
            waits = (
                client.zcard("newsdrop:batches")
                + client.zcard("newsdrop:due")
                + client.scard("newsdrop:dead-dirty")
            )
        if not waits and all(one.recovered_s is not None for one in observer.injections):
            return True
    return False


def _replay(system: System, observer: Observer, load: Load) -> list[str]:
    """A good file that happened to be in hand at two deaths is a letter, as agreed; a person replays it."""
    letters = system.stack.json("dead", "list", "--stage", "worker")
    innocent = [one for one in letters if one["status"] == "dead" and Path(one["path"]).stem.isdigit()]
    if innocent:
        system.stack.run("dead", "replay", *(one["id"] for one in innocent))
        _await_rest(system, observer)
    return [one["path"] for one in innocent]
