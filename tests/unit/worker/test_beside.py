from __future__ import annotations

import threading

import pytest
from tests.waiting import PATIENCE_S

from newsdrop.worker.beside import Beside


def nothing() -> None:
    return None


def test_all_work_is_done_in_one_thread_which_is_not_the_callers() -> None:
    beside = Beside[int]("test")
    idents = []
    for _ in range(2):
        beside.begin(threading.get_ident)
        idents.append(beside.result(PATIENCE_S, nothing))
    beside.close()
    assert idents[0] == idents[1] != threading.get_ident()


def test_what_the_work_raises_is_raised_where_it_is_waited_for_and_the_next_is_done() -> None:
    beside = Beside[str]("test")

    def fail() -> str:
        raise ValueError("broken")

    beside.begin(fail)
    for _ in range(2):
        with pytest.raises(ValueError, match="broken"):
            beside.result(PATIENCE_S, nothing)
    beside.begin(lambda: "done")
    assert beside.result(PATIENCE_S, nothing) == "done"
    beside.close()


def test_whoever_waits_does_something_at_intervals() -> None:
    beside, go_on = Beside[bool]("test"), threading.Event()
    beside.begin(lambda: go_on.wait(PATIENCE_S))
    # It ends only because something was done meanwhile.
    assert beside.result(0.001, go_on.set)
    beside.close()


def test_its_thread_ends_after_the_work_in_hand() -> None:
    beside, go_on = Beside[bool]("a thread of its own"), threading.Event()
    (thread,) = [one for one in threading.enumerate() if one.name == "a thread of its own"]
    beside.begin(lambda: go_on.wait(PATIENCE_S))
    beside.close()
    go_on.set()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
    assert beside.result(PATIENCE_S, nothing)
