from __future__ import annotations

import signal
import time

import pytest

from newsdrop.worker.file_timer import FileTimeout, FileTimer


@pytest.fixture(autouse=True)
def _alarm() -> None:
    # pytest-timeout takes it for each test.
    FileTimer.claim_signals()


def spin() -> None:
    while True:
        pass


def test_python_code_is_cut_when_its_time_is_up() -> None:
    with pytest.raises(FileTimeout), FileTimer(0.05):
        spin()


def test_the_cut_tells_work_from_waiting() -> None:
    with pytest.raises(FileTimeout) as slow, FileTimer(0.4):
        spin()
    with pytest.raises(FileTimeout) as stalled, FileTimer(0.4):
        time.sleep(60)
    assert 0.05 < slow.value.worked_s < 0.6
    assert stalled.value.worked_s < 0.05


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


def test_nothing_is_left_armed_afterwards() -> None:
    with FileTimer(5):
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 4
        assert signal.getitimer(signal.ITIMER_VIRTUAL)[0] > 9
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0, 0)


def test_a_quick_file_is_left_alone() -> None:
    with FileTimer(0.05):
        pass
    deadline = time.monotonic() + 0.1
    while time.monotonic() < deadline:
        pass
