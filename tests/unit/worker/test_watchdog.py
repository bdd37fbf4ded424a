from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from newsdrop.heartbeat import Heartbeat, Role, read_beats
from newsdrop.worker.watchdog import STUCK_S, Watchdog


class Worker:
    """A worker's facts, and a clock that only moves by `pass_s`."""

    def __init__(self, folder: Path) -> None:
        self.now_s = 0.0
        self.stopping = False
        self.threads = True
        self.heartbeat = Heartbeat(folder, Role.WORKER, clock_s=lambda: self.now_s)
        self.watchdog = Watchdog(self.heartbeat, lambda: self.stopping, clock_s=lambda: self.now_s)

    def pass_s(self, seconds: float, *, turns: bool = True, answers: bool = True, **facts: int | bool) -> str:
        """Time passes, a sign of life every 5 s; what the watchdog makes of it."""
        for _ in range(int(seconds // 5)):
            self.now_s += 5
            if turns:
                self.watchdog.turned()
            if answers:
                self.watchdog.answered(
                    waiting=facts.get("waiting", 0), taken=facts.get("taken", 0), busy=bool(facts.get("busy"))
                )
            else:
                self.watchdog.unanswered()
        return self.watchdog.trouble()


@pytest.fixture
def worker(tmp_path: Path) -> Worker:
    worker = Worker(tmp_path)
    worker.watchdog.began(lambda: worker.threads)
    return worker


def test_a_worker_with_nothing_to_do_is_well(worker: Worker) -> None:
    assert worker.pass_s(10 * STUCK_S) == ""


def test_waiting_for_redis_is_life_however_long(worker: Worker) -> None:
    assert worker.pass_s(100 * STUCK_S, turns=False, answers=False) == ""


def test_an_event_loop_that_stands_still_while_redis_answers_is_trouble(worker: Worker) -> None:
    worker.pass_s(10 * STUCK_S, turns=False, answers=False)
    assert worker.pass_s(STUCK_S - 10, turns=False) == ""
    assert "event loop" in worker.pass_s(20, turns=False)
    assert worker.pass_s(5) == ""


def test_messages_that_an_idle_worker_never_takes_are_trouble(worker: Worker) -> None:
    assert worker.pass_s(STUCK_S, waiting=5) == ""
    assert "takes none" in worker.pass_s(10, waiting=5)


def test_standing_at_the_gate_or_working_is_well_while_messages_wait(worker: Worker) -> None:
    assert worker.pass_s(10 * STUCK_S, waiting=5, busy=True) == ""
    for taken in range(10):
        assert worker.pass_s(STUCK_S / 2, waiting=5, taken=taken) == ""


def test_a_thread_of_its_own_that_ended_is_trouble(worker: Worker) -> None:
    worker.threads = False
    assert "threads" in worker.watchdog.trouble()


def test_a_worker_that_is_ending_is_in_no_trouble(worker: Worker) -> None:
    worker.stopping = True
    assert worker.pass_s(10 * STUCK_S, turns=False, waiting=3) == ""


def test_a_worker_says_when_it_is_not_ready(tmp_path: Path) -> None:
    worker = Worker(tmp_path)
    said = []
    steps: list[Callable[[], object]] = [
        lambda: None,
        lambda: worker.watchdog.began(lambda: True),
        lambda: setattr(worker, "stopping", True),
    ]
    for step in steps:
        step()
        worker.watchdog.beat()
        said.append(read_beats(tmp_path, Role.WORKER)[0].not_ready)
    assert said == ["it is still starting", "", "it is stopping"]
