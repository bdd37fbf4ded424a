from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from newsdrop.worker.app import app
from newsdrop.worker.hangup import EndingWorker
from newsdrop.worker.shutdown import StopFlag, Stopper, deferred_signals

CELERYS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP)


@pytest.fixture
def called() -> Iterator[list[int]]:
    """Stands in for Celery's handlers, and puts back what was there."""
    calls: list[int] = []
    before = {number: signal.signal(number, lambda got, _frame: calls.append(got)) for number in CELERYS}
    yield calls
    for number, handler in before.items():
        signal.signal(number, handler)


def test_the_flag_is_seen_by_processes_forked_before_it_was_set() -> None:
    flag = StopFlag()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.read(read, 1)
        os._exit(int(bool(flag)))
    assert not flag
    flag.set()
    os.write(write, b"x")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1
    os.close(read)
    os.close(write)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_the_first_signal_only_begins_the_drain_and_celery_ends_when_it_is_over(
    called: list[int], number: int
) -> None:
    stopper = Stopper()
    stopper.install()
    os.kill(os.getpid(), number)
    assert stopper.flag
    assert called == []
    stopper.proceed(cold=False)
    assert called == [signal.SIGTERM]


def test_a_worker_that_was_started_with_nohup_outlives_its_terminal(called: list[int]) -> None:
    celerys = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    stopper = Stopper()
    signal.signal(signal.SIGHUP, celerys)
    stopper.install()
    os.kill(os.getpid(), signal.SIGHUP)
    assert not stopper.flag
    assert called == []


@pytest.mark.usefixtures("called")
def test_a_hangup_before_a_worker_is_ready_never_starts_another(monkeypatch: pytest.MonkeyPatch) -> None:
    assert issubclass(app.Worker, EndingWorker)
    monkeypatch.setattr("celery.apps.worker.install_cry_handler", lambda: None)
    worker: Any = object.__new__(app.Worker)
    worker._isatty = False
    worker.install_platform_tweaks(worker)
    assert signal.getsignal(signal.SIGHUP) is signal.getsignal(signal.SIGTERM)

    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    worker.install_platform_tweaks(worker)
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


def test_a_second_hangup_ends_it_and_never_starts_another(called: list[int]) -> None:
    stopper = Stopper()
    stopper.install()
    for _ in range(2):
        os.kill(os.getpid(), signal.SIGHUP)
    # As for SIGTERM.
    assert called == [signal.SIGHUP]
    assert stopper.flag


def test_a_second_signal_is_celerys_at_once(called: list[int]) -> None:
    stopper = Stopper()
    stopper.install()
    for _ in range(2):
        os.kill(os.getpid(), signal.SIGINT)
    assert called == [signal.SIGINT]


def test_tasks_that_outlast_the_drain_are_cut_off(called: list[int]) -> None:
    stopper = Stopper()
    stopper.install()
    stopper.proceed(cold=True)
    assert called == [signal.SIGQUIT]


def test_a_child_that_is_told_to_end_finishes_its_batch_first() -> None:
    done = False

    def batch() -> None:
        nonlocal done
        with deferred_signals() as noted:
            os.kill(os.getpid(), signal.SIGTERM)
            assert noted == [signal.SIGTERM]
            done = True

    handler: Any = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit):
        batch()
    assert done
    assert signal.getsignal(signal.SIGTERM) is handler


def test_a_child_that_is_told_twice_ends_on_the_spot() -> None:
    child = os.fork()
    if child == 0:
        with deferred_signals():
            os.kill(os.getpid(), signal.SIGTERM)
            os.kill(os.getpid(), signal.SIGTERM)
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGTERM
