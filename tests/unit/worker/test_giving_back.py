"""What a pool child gives back once Redis answers again."""

from __future__ import annotations

import threading

from tests.waiting import PATIENCE_S, until

from newsdrop.errors import ConfigError, OutageError
from newsdrop.worker.giving_back import GivingBack


class Redis:
    """Away at first, and then wrongly set up."""

    def __init__(self) -> None:
        self.troubles: list[Exception] = [OutageError("away"), OutageError("away"), ConfigError("no rights")]
        self.given: list[tuple[str, str]] = []
        self.pauses: list[float] = []

    def give_back(self, batch: str, run: str) -> None:
        if self.troubles:
            raise self.troubles.pop(0)
        self.given.append((batch, run))


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "giving back"]


def test_a_batch_is_given_back_as_soon_as_redis_answers_and_the_thread_ends() -> None:
    redis = Redis()
    giving = GivingBack(redis.give_back, redis.pauses.append)
    giving.add("one", "run")
    until(lambda: redis.given == [("one", "run")], "given back")
    assert redis.pauses[:4] == [0.5, 1.0, 2.0, 4.0]
    until(lambda: not threads(), "the thread is over")
    giving.add("two", "run")
    until(lambda: redis.given[1:] == [("two", "run")], "a thread of its own")
    until(lambda: not threads(), "the thread is over")


def test_several_are_given_back_in_their_order_while_others_come() -> None:
    begun, go_on = threading.Event(), threading.Event()
    given: list[str] = []

    def give_back(batch: str, _run: str) -> None:
        begun.set()
        assert go_on.wait(PATIENCE_S)
        given.append(batch)

    giving = GivingBack(give_back, lambda _s: None)
    giving.add("one", "run")
    assert begun.wait(PATIENCE_S)
    giving.add("two", "run")
    assert given == []
    go_on.set()
    until(lambda: given == ["one", "two"], "both given back")
