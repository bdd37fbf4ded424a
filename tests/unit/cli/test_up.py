from __future__ import annotations

import signal

import pytest

from newsdrop.cli.up import _Signals


@pytest.mark.parametrize(
    ("number", "until_idle", "code"),
    [
        (signal.SIGINT, False, 130),
        (signal.SIGINT, True, 130),
        (signal.SIGTERM, False, 0),
        (signal.SIGHUP, False, 0),
        # It would have ended by itself: a script must not take this for its end, nor for failed files.
        (signal.SIGTERM, True, 143),
        (signal.SIGHUP, True, 129),
    ],
)
def test_who_is_ended_before_the_end_says_by_which_signal(number: int, until_idle: bool, code: int) -> None:
    with _Signals() as ended:
        signal.raise_signal(number)
        assert ended.wait(0)
    assert ended.exit_code(until_idle=until_idle) == code
