"""Files that kill, hang or exhaust a worker, workers ended under load: nothing is lost or doubled."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from tests.servers.celery_worker import (
    CeleryWorker,
    children,
    drops_of,
    indexed_at_least,
    indexed_exactly,
    states,
    write_articles,
)
from tests.servers.freezing import freeze, thaw
from tests.servers.rigged import accidents
from tests.waiting import PATIENCE_S, until

from newsdrop.documents import Stage, State
from newsdrop.ledger.deadletters import DeadLetters
from newsdrop.ledger.ledger import Lane, Ledger
from newsdrop.worker.shutdown import COLD_S

pytestmark = pytest.mark.redis

StartWorker = Callable[..., CeleryWorker]


def faults(**patterns: str) -> dict[str, str]:
    """`kill="kill"`: files whose names begin with the name do what the value says."""
    return accidents({f"*/{name}*": what for name, what in patterns.items()})


def settled(ledger: Ledger) -> bool:
    counts = ledger.counts()
    return counts[State.QUEUED] == counts[State.RETRYING] == 0


def ended(worker: CeleryWorker) -> bool:
    return not worker.alive()


def settled_or_ended(ledger: Ledger, worker: CeleryWorker) -> bool:
    return settled(ledger) or ended(worker)


def killed(worker: CeleryWorker, times: int) -> None:
    """The worker lost so many children, and no more. Celery may say so a moment after the lease was ended."""
    said = "exited with 'signal 9"
    until(lambda: worker.text().count(said) >= times, what=worker.text)
    assert worker.text().count(said) == times


@pytest.mark.slow
def test_a_file_that_kills_its_process_is_dead_after_two_deaths_and_its_neighbours_are_indexed(
    start_worker: StartWorker, ledger: Ledger, letters: DeadLetters, folder: Path
) -> None:
    neighbours = drops_of(write_articles(folder, 6) + write_articles(folder, 3, first=50, prefix="z"))
    killer = drops_of(write_articles(folder, 1, first=99, prefix="kill"))
    worker = start_worker(faults(kill="kill"))
    ledger.enqueue(sorted(neighbours + killer, key=lambda drop: drop.path or ""))
    until(lambda: settled(ledger), timeout_s=60, what=worker.text)
    assert states(ledger, killer) == [State.DEAD]
    assert set(states(ledger, neighbours)) == {State.INDEXED}
    (letter,) = letters.list()
    assert letter.stage is Stage.WORKER
    killed(worker, 2)


@pytest.mark.slow
def test_a_file_that_kills_the_main_process_too_ends_two_workers_and_is_dead(
    start_worker: StartWorker, ledger: Ledger, letters: DeadLetters, folder: Path
) -> None:
    neighbours = drops_of(write_articles(folder, 3))
    killer = drops_of(write_articles(folder, 1, first=99, prefix="kill"))
    ledger.enqueue(neighbours + killer)
    for _ in range(2):
        worker = start_worker(faults(kill="kill_main") | {"NEWSDROP_WORKER_PROCESSES": "1"})
        until(partial(ended, worker), timeout_s=60, what=worker.text)
    # Supervised, it would be started again and again: there is nothing left to die of.
    last = start_worker(faults(kill="kill_main"))
    until(lambda: settled(ledger), timeout_s=60, what=last.text)
    assert last.alive()
    assert states(ledger, killer) == [State.DEAD]
    assert set(states(ledger, neighbours)) == {State.INDEXED}
    assert [letter.stage for letter in letters.list()] == [Stage.WORKER]


@pytest.mark.slow
def test_a_dozen_killers_among_good_files_neither_close_the_gate_nor_hold_them_up(
    start_worker: StartWorker, ledger: Ledger, folder: Path
) -> None:
    good = drops_of(write_articles(folder, 24))
    killers = drops_of(write_articles(folder, 12, first=50, prefix="kill"))
    mixed = [drop for at in range(12) for drop in (good[2 * at], killers[at], good[2 * at + 1])]
    ledger.enqueue(mixed)
    assert len(list(ledger.batches())) == 1
    worker = start_worker(faults(kill="kill"))

    def no_crash_loop() -> bool:
        # A busy machine may close the other gate for a moment: the index takes too long.
        gate = ledger.gate()
        return gate is None or gate.service != "worker"

    def all_good() -> bool:
        assert no_crash_loop(), "the crash loop's gate was closed though good files came through"
        return set(states(ledger, good)) == {State.INDEXED}

    until(all_good, timeout_s=90, what=worker.text)
    # What is fresh passes the files that are suspected.
    late = drops_of(write_articles(folder, 1, first=99))
    ledger.enqueue(late)
    until(lambda: states(ledger, late) == [State.INDEXED], timeout_s=30, what=worker.text)
    until(lambda: set(states(ledger, killers)) == {State.DEAD}, timeout_s=120, what=worker.text)
    assert no_crash_loop()


@pytest.mark.slow
def test_of_one_batch_with_two_killers_a_hog_and_a_bad_file_the_other_five_are_indexed(
    start_worker: StartWorker, ledger: Ledger, letters: DeadLetters, folder: Path
) -> None:
    good = drops_of(write_articles(folder, 5))
    evil = write_articles(folder, 2, first=90, prefix="kill") + write_articles(
        folder, 1, first=92, prefix="memory"
    )
    (folder / "a0002b.md").write_bytes(b"")
    bad = drops_of([*evil, folder / "a0002b.md"])
    ledger.enqueue(sorted(good + bad, key=lambda drop: drop.path or ""))
    assert len(list(ledger.batches())) == 1
    worker = start_worker(faults(kill="kill", memory="memory"))
    until(lambda: settled(ledger), timeout_s=90, what=worker.text)
    assert set(states(ledger, good)) == {State.INDEXED}
    assert set(states(ledger, bad)) == {State.DEAD}
    assert len(letters.list()) == 4
    killed(worker, 4)


@pytest.mark.slow
def test_a_message_that_redis_gave_to_a_worker_that_never_read_it_is_not_lost(
    start_worker: StartWorker, ledger: Ledger, folder: Path
) -> None:
    """BRPOP takes a message off the list before anybody has it: no setting of Celery's closes that window."""
    frozen = start_worker()
    for done in range(0, 90, 3):
        files = write_articles(folder, 3, first=done)
        freeze(frozen.pid)
        ledger.enqueue(drops_of(files))
        # Who waits in BRPOP is given the message in the very push; this worker may be between two waits.
        if not ledger.client.llen("newsdrop:" + Lane.FRESH):
            break
        thaw(frozen.pid)
        until(partial(indexed_exactly, ledger, done + 3), what=frozen.text)
    else:
        pytest.fail("nobody waited in BRPOP")
    frozen.kill()
    assert [batch.run for batch in ledger.batches()] == [""]
    second = start_worker()
    until(lambda: ledger.counts()[State.INDEXED] == done + 3, what=second.text)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_fourteen_kills_under_load_lose_nothing(
    start_worker: StartWorker, ledger: Ledger, letters: DeadLetters, folder: Path
) -> None:
    slow_load(ledger, folder, batches=14)
    # No file is to blame here, so none may run out of deaths.
    patient = faults(slow="slow") | {"NEWSDROP_QUEUE_MAX_DEATHS": "50"}
    for kill in range(7):
        worker = start_worker(patient)
        until(partial(indexed_at_least, ledger, 4 * kill + 1), what=worker.text)
        os.kill(children(worker.pid)[0], signal.SIGKILL)
        until(partial(indexed_at_least, ledger, 4 * kill + 3), what=worker.text)
        worker.kill()
    last = start_worker(patient)
    until(lambda: ledger.counts()[State.INDEXED] == 140, timeout_s=90, what=last.text)
    assert letters.list() == []


@pytest.mark.slow
def test_the_lease_of_a_dead_child_ends_at_once_and_not_when_it_lapses(
    start_worker: StartWorker, ledger: Ledger, folder: Path
) -> None:
    worker = start_worker(faults(kill="kill") | {"NEWSDROP_QUEUE_LEASE_S": "120"})
    ledger.enqueue(drops_of(write_articles(folder, 1, prefix="kill")))
    until(lambda: settled(ledger), timeout_s=40, what=worker.text)


def test_a_file_that_kills_the_whole_worker_is_named_to_the_next_one_and_dead_at_its_second_death(
    start_worker: StartWorker, ledger: Ledger, letters: DeadLetters, folder: Path
) -> None:
    neighbours = drops_of(write_articles(folder, 6))
    killer = drops_of(write_articles(folder, 1, first=99, prefix="group"))
    ledger.enqueue(neighbours + killer)
    deaths = 0
    while not settled(ledger):
        worker = start_worker(faults(group="group"), ready=False)
        until(partial(settled_or_ended, ledger, worker), timeout_s=60, what=worker.text)
        deaths += not worker.alive()
        assert deaths < 5
    assert deaths == 2
    assert states(ledger, killer) == [State.DEAD]
    assert set(states(ledger, neighbours)) == {State.INDEXED}
    assert [letter.stage for letter in letters.list()] == [Stage.WORKER]


def test_hanging_exhausting_and_exiting_files_are_dead_at_once_and_no_process_ends(
    start_worker: StartWorker, ledger: Ledger, letters: DeadLetters, folder: Path
) -> None:
    kinds = {"hang": "FileTimeout", "memory": "MemoryError", "exit": "SystemExit"}
    neighbours = drops_of(write_articles(folder, 63))
    hang, *others = [write_articles(folder, 1, first=90 + n, prefix=kind)[0] for n, kind in enumerate(kinds)]
    worker = start_worker(faults(hang="hang", memory="memory", exit="exit"), ready=False)
    ledger.enqueue(drops_of([hang]) + neighbours)
    assert len(list(ledger.batches())) == 1
    ledger.enqueue(drops_of(others))
    until(lambda: settled(ledger), what=worker.text)
    assert set(states(ledger, neighbours)) == {State.INDEXED}
    # A machine that gives a file too little of its time can't tell a loop from a wait.
    told = {"FileTimeout" if one.error_type == "StalledError" else one.error_type for one in letters.list()}
    assert told == set(kinds.values())
    assert "exited with" not in worker.text()


def test_a_file_that_only_waits_is_tried_again_before_it_is_dead(
    start_worker: StartWorker, ledger: Ledger, letters: DeadLetters, folder: Path
) -> None:
    neighbours = drops_of(write_articles(folder, 6))
    worker = start_worker(faults(stall="stall") | {"NEWSDROP_QUEUE_MAX_ATTEMPTS": "2"}, ready=False)
    ledger.enqueue(neighbours + drops_of(write_articles(folder, 1, first=90, prefix="stall")))
    until(lambda: settled(ledger), what=worker.text)
    assert set(states(ledger, neighbours)) == {State.INDEXED}
    (letter,) = letters.list()
    assert (letter.error_type, len(letter.attempts), letter.stage) == ("StalledError", 2, Stage.WORKER)
    assert "exited with" not in worker.text()


@pytest.mark.slow
def test_a_machine_that_stands_still_for_longer_than_a_file_may_take_costs_no_file(
    start_worker: StartWorker, ledger: Ledger, letters: DeadLetters, folder: Path
) -> None:
    worker = worker_at_work(start_worker, ledger, folder)
    pids = [worker.pid, *children(worker.pid)]
    for pid in pids:
        freeze(pid)
    # Over the 3 s of a file, below the lease of 8 s.
    time.sleep(4)
    for pid in pids:
        thaw(pid)
    until(lambda: ledger.counts()[State.INDEXED] == 20, what=worker.text)
    assert letters.list() == []


def test_a_file_that_hangs_inside_c_code_is_ended_by_the_kernel_and_blamed(
    start_worker: StartWorker, ledger: Ledger, letters: DeadLetters, folder: Path
) -> None:
    worker = start_worker(faults(spin="spin") | {"NEWSDROP_QUEUE_MAX_DEATHS": "1"})
    ledger.enqueue(drops_of(write_articles(folder, 1, prefix="spin")))
    until(lambda: settled(ledger), timeout_s=60, what=worker.text)
    assert [letter.stage for letter in letters.list()] == [Stage.WORKER]


def test_a_file_that_wants_too_much_memory_gets_a_memory_error_and_not_the_machines_killer(
    start_worker: StartWorker, ledger: Ledger, letters: DeadLetters, folder: Path
) -> None:
    worker = start_worker(faults(memory="memory") | {"NEWSDROP_WORKER_MEMORY_BYTES": "1500000000"})
    ledger.enqueue(drops_of(write_articles(folder, 1, prefix="memory")))
    until(lambda: settled(ledger), what=worker.text)

    def limited() -> list[bool]:
        texts = [Path(f"/proc/{pid}/limits").read_text() for pid in children(worker.pid)]
        return [bool(re.search(r"Max address space\s+1500000000", text)) for text in texts]

    # The child that did the work has its limit; the other may still be on its way to it.
    until(lambda: len(limited()) == 2 and all(limited()), what=f"not every child is limited: {limited()}")


def slow_load(ledger: Ledger, folder: Path, batches: int = 12, drops: int = 10) -> None:
    """Batches of files of which each second one takes 0.2 s."""
    for number in range(batches):
        some = write_articles(folder, drops // 2, first=number * 100)
        some += write_articles(folder, drops // 2, first=number * 100 + 50, prefix="slow")
        ledger.enqueue(drops_of(some))


@pytest.mark.slow
@pytest.mark.parametrize("to_all", [False, True], ids=["to the main process", "to the whole group"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda one: one.name)
def test_a_worker_ended_under_load_gives_back_what_it_has_not_done(
    start_worker: StartWorker, ledger: Ledger, folder: Path, number: int, to_all: bool
) -> None:
    worker = start_worker(faults(slow="slow"))
    slow_load(ledger, folder)
    until(lambda: ledger.counts()[State.INDEXED] >= 10, what=worker.text)
    if to_all:
        os.killpg(worker.pid, number)
    else:
        os.kill(worker.pid, number)
    assert worker.process is not None
    assert worker.process.wait(PATIENCE_S) == 0, worker.text()

    counts = ledger.counts()
    assert counts[State.QUEUED] > 0
    assert counts[State.QUEUED] + counts[State.INDEXED] == 120
    # Nothing is held and nobody is blamed: another worker goes on at once.
    assert [batch.run for batch in ledger.batches() if batch.run] == []
    waiting = [drop for batch in ledger.batches() for drop in batch.drops]
    assert {entry.deaths for entry in ledger.lookup(waiting) if entry} == {0}
    second = start_worker()
    until(lambda: ledger.counts()[State.INDEXED] == 120, what=second.text)


def worker_at_work(start_worker: StartWorker, ledger: Ledger, folder: Path) -> CeleryWorker:
    """A worker of one process with a batch in hand and another one waiting."""
    worker = start_worker(faults(slow="slow") | {"NEWSDROP_WORKER_PROCESSES": "1"})
    slow_load(ledger, folder, batches=2)
    until(lambda: any(batch.run for batch in ledger.batches()), what=worker.text)
    return worker


def test_a_worker_whose_child_stands_still_ends_all_the_same(
    start_worker: StartWorker, ledger: Ledger, folder: Path
) -> None:
    """As one does that waits for a dead network disk: Celery would wait for it as long as it does."""
    worker = worker_at_work(start_worker, ledger, folder)
    (child,) = children(worker.pid)
    freeze(child)
    os.kill(worker.pid, signal.SIGQUIT)
    assert worker.process is not None
    assert worker.process.wait(COLD_S + 15) == 1, worker.text()
    assert "asked to stop and still running" in worker.text()
    until(lambda: not Path(f"/proc/{child}").exists(), what="the child is still there")
    second = start_worker()
    until(lambda: ledger.counts()[State.INDEXED] == 20, what=second.text)


@pytest.mark.slow
@pytest.mark.parametrize("who", ["a child", "the main process", "the group"])
def test_sigkill_under_load_loses_nothing(
    start_worker: StartWorker, ledger: Ledger, letters: DeadLetters, folder: Path, who: str
) -> None:
    worker = start_worker(faults(slow="slow"))
    slow_load(ledger, folder, batches=6)
    until(lambda: ledger.counts()[State.INDEXED] >= 10, what=worker.text)
    if who == "a child":
        os.kill(children(worker.pid)[0], signal.SIGKILL)
    elif who == "the main process":
        os.kill(worker.pid, signal.SIGKILL)
    else:
        worker.kill()
    start_worker()
    until(lambda: ledger.counts()[State.INDEXED] == 60, timeout_s=60, what=worker.text)
    assert letters.list() == []


@pytest.mark.slow
def test_a_worker_that_sleeps_through_its_lease_is_fenced_and_nothing_is_lost(
    start_worker: StartWorker, ledger: Ledger, folder: Path
) -> None:
    sleeper = worker_at_work(start_worker, ledger, folder)
    os.killpg(sleeper.pid, signal.SIGSTOP)
    try:
        start_worker()
        until(lambda: ledger.counts()[State.INDEXED] == 20, timeout_s=60, what=sleeper.text)
    finally:
        os.killpg(sleeper.pid, signal.SIGCONT)
    until(lambda: "batch.abandoned" in sleeper.text(), what=sleeper.text)
    assert ledger.counts()[State.INDEXED] == 20
    assert ledger.depth() == {Lane.FRESH: 0, Lane.BACKLOG: 0}
