"""What must not be interrupted isn't, and ends by itself."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from newsdrop.stopsignals import undisturbed


def test_ctrl_c_waits_until_a_clean_up_is_over() -> None:
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt):  # noqa: PT012
        with undisturbed():
            for _ in range(2):
                os.kill(os.getpid(), signal.SIGINT)
            done.append("cleaned up")
        done.append("went on")
    assert done == ["cleaned up"]
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)


def test_a_thread_has_no_signals_to_wait_with() -> None:
    done: list[str] = []

    def clean_up() -> None:
        with undisturbed():
            done.append("cleaned up")

    thread = threading.Thread(target=clean_up)
    thread.start()
    thread.join()
    assert done == ["cleaned up"]
