"""How long a server that doesn't answer is left alone."""

from __future__ import annotations

from newsdrop.errors import OutageError
from newsdrop.watch.outage import Outage


def test_an_outage_is_waited_out_longer_each_time_up_to_a_bound() -> None:
    outage, now_ms, waits = Outage("redis"), 0, []
    for _ in range(8):
        assert outage.may_try(now_ms)
        outage.failed(OutageError("It doesn't answer."), now_ms)
        assert not outage.may_try(now_ms)
        waits.append(outage.in_ms(now_ms))
        now_ms += waits[-1]
    assert waits == [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]
    assert outage.reason
    outage.failed(OutageError("It doesn't answer."), now_ms)
    outage.answered()
    assert not outage.reason
    assert outage.may_try(now_ms)


def test_a_server_that_answers_and_refuses_in_turn_is_left_alone_longer_and_longer() -> None:
    outage, now_ms, waits = Outage("redis"), 0, []
    for pause_ms in (0, 5_000, 5_000, 40_000):
        now_ms += pause_ms
        outage.failed(OutageError("Its disk is full."), now_ms)
        waits.append(outage.in_ms(now_ms))
        now_ms += waits[-1]
        outage.answered()
    assert waits == [500, 1_000, 2_000, 500]
