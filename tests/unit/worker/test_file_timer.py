from __future__ import annotations

import mmap
import os
import resource
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NoReturn

import pytest
from tests.waiting import PATIENCE_S

from newsdrop.worker.file_timer import FileTimeout, FileTimer, memory_limit


def spin() -> NoReturn:
    while True:
        pass


def test_python_code_is_cut_when_its_time_is_up() -> None:
    with pytest.raises(FileTimeout), FileTimer(0.05):
        spin()


def test_the_cut_tells_work_from_waiting() -> None:
    used_s = time.process_time()
    with pytest.raises(FileTimeout) as slow, FileTimer(0.4):
        spin()
    used_s = time.process_time() - used_s
    with pytest.raises(FileTimeout) as stalled, FileTimer(0.4):
        time.sleep(60)
    # The kernel counts in ticks of some ms, and a busy machine gives a process less than all of the time.
    assert abs(slow.value.worked_s - used_s) < 0.05
    assert stalled.value.worked_s < max(0.05, slow.value.worked_s)


def test_where_another_thread_computes_a_file_that_waits_has_not_worked() -> None:
    over = threading.Event()

    def compute() -> None:
        while not over.is_set():
            pass

    other = threading.Thread(target=compute)
    other.start()
    try:
        # Alone, what the process computes ends it: here that is the other thread.
        with pytest.raises(FileTimeout) as waited, FileTimer(0.4, shared=True):
            time.sleep(60)
        used_s = time.process_time()
        with FileTimer(0.4, shared=True):
            given_s = signal.getitimer(signal.ITIMER_VIRTUAL)[0]
        with pytest.raises(FileTimeout) as worked, FileTimer(0.4, shared=True):
            spin()
        used_s = time.process_time() - used_s
    finally:
        over.set()
        other.join()
    # How much that was depends on what else the machine has to do; that it was far more doesn't.
    assert 3 * waited.value.worked_s < worked.value.worked_s <= used_s
    # Both may use a core for as long as the file may take.
    assert given_s > 2 * 0.4


def work_for(cpu_s: float) -> None:
    until_s = time.process_time() + cpu_s
    while time.process_time() < until_s:
        pass


@pytest.mark.parametrize("work", [work_for, time.sleep], ids=["at work", "waiting"])
def test_a_standstill_of_the_process_costs_a_file_no_more_than_a_tick(work: Callable[[float], None]) -> None:
    limit_s = 2.0
    ready, done = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            with FileTimer(limit_s):
                os.write(done, b"!")
                work(0.05)
                code = 0
        finally:
            os._exit(code)
    os.read(ready, 1)
    os.kill(child, signal.SIGSTOP)
    os.waitpid(child, os.WUNTRACED)
    # Longer than a file may take, in the middle of its work.
    time.sleep(limit_s + 0.5)
    os.kill(child, signal.SIGCONT)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_call_into_c_code_that_takes_all_the_time_is_cut_when_it_is_back() -> None:
    def call_once() -> None:
        sum(range(20_000_000))
        work_for(0.01)

    with pytest.raises(FileTimeout) as cut, FileTimer(0.05):
        call_once()
    assert cut.value.worked_s >= 0.05


def swallow_errors() -> None:
    try:
        spin()
    except Exception:  # noqa: BLE001  the kind of handler that must not catch the cut
        pytest.fail("the cut was swallowed")


def swallow_everything_once() -> None:
    try:
        spin()
    except BaseException:  # noqa: BLE001  a file's code may do so
        spin()


def test_no_handler_of_ordinary_exceptions_catches_the_cut() -> None:
    with pytest.raises(FileTimeout), FileTimer(0.05):
        swallow_errors()


def test_code_that_swallows_everything_is_cut_again() -> None:
    with pytest.raises(FileTimeout), FileTimer(0.05):
        swallow_everything_once()


def test_the_first_timer_of_a_process_claims_the_signals(monkeypatch: pytest.MonkeyPatch) -> None:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    monkeypatch.setattr(FileTimer, "_claimed", False)
    with pytest.raises(FileTimeout), FileTimer(0.05):
        spin()


@pytest.mark.parametrize("ticks", [1, 2])
def test_a_tick_is_the_timers_own_in_each_test_of_a_process(ticks: int) -> None:
    # pytest-timeout took the signal before this began, and would end the test at the first tick.
    with FileTimer(1):
        time.sleep(0.2 * ticks + 0.1)
    assert signal.getsignal(signal.SIGALRM).__module__ == FileTimer.__module__


def test_nothing_is_left_armed_afterwards() -> None:
    with FileTimer(500):
        left_s, tick_s = signal.getitimer(signal.ITIMER_REAL)
        assert 0 < left_s <= tick_s == 1
        assert signal.getitimer(signal.ITIMER_VIRTUAL)[0] > 500
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0, 0)


def test_a_quick_file_is_left_alone() -> None:
    with FileTimer(0.3):
        pass
    deadline = time.monotonic() + 0.6
    while time.monotonic() < deadline:
        pass


def test_a_process_that_has_much_already_still_starts_threads_under_a_limit_for_a_while() -> None:
    # Reserved, not used: a limit on the whole of it would leave no room for a thread's stack.
    with mmap.mmap(-1, 1 << 32), memory_limit(500_000_000), ThreadPoolExecutor(1) as pool:
        assert pool.submit(len, "ab").result(timeout=PATIENCE_S) == 2


def test_a_memory_limit_for_a_while_ends() -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    with memory_limit(3_000_000_000):
        assert resource.getrlimit(resource.RLIMIT_AS)[0] > 3_000_000_000
    assert resource.getrlimit(resource.RLIMIT_AS) == before
