from __future__ import annotations

import json
import threading
from types import SimpleNamespace
from typing import Any

import pytest
from celery.worker.consumer import Consumer

from newsdrop.errors import OutageError
from newsdrop.worker import rejects
from newsdrop.worker.consumer import GuardedConsumer


class FakeMessage:
    """A message as kombu hands it over; remembers whether it was acknowledged."""

    def __init__(self, headers: Any = None) -> None:
        self._raw = {"body": "x", "headers": headers}
        self.headers = headers
        self.acknowledged = False

    def ack_log_error(self, _logger: Any, _errors: Any) -> None:
        self.acknowledged = True

    def reject_log_error(self, _logger: Any, _errors: Any) -> None:
        raise AssertionError("a rejected message is lost")

    def decode(self) -> Any:
        raise ValueError("undecodable")


class Shelf:
    """Where refused messages go; `down` refuses to take them."""

    def __init__(self) -> None:
        self.kept: list[tuple[bytes, str]] = []
        self.down = False

    def __call__(self, raw: bytes, reason: str) -> None:
        if self.down:
            raise OutageError("Redis is down.")
        self.kept.append((raw, reason))


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Shelf:
    monkeypatch.setattr(rejects, "_REJECTS", rejects._Rejects())
    shelf = Shelf()
    rejects.configure(shelf)
    return shelf


class LostError(ConnectionError):
    """The broker is gone."""


@pytest.fixture
def consumer() -> Any:
    """Celery's consumer as far as its handler of messages needs it, over no broker."""
    made: Any = GuardedConsumer.__new__(GuardedConsumer)
    made.strategies = {}
    made.on_task_message = set()
    made.connection_errors = (LostError, KeyError)
    made.call_soon = lambda *_: None
    made._maximum_prefetch_restored = True
    made.app = SimpleNamespace(conf=SimpleNamespace())
    return made


@pytest.mark.parametrize("headers", [None, {}, {"task": "unknown"}, {"task": ["no", "text"]}])
def test_what_celery_would_drop_is_kept_and_acknowledged(consumer: Any, shelf: Shelf, headers: Any) -> None:
    message = FakeMessage(headers)
    consumer.create_task_handler()(message)
    assert message.acknowledged
    assert [json.loads(raw) for raw, _ in shelf.kept] == [message._raw]


@pytest.mark.parametrize("error", [KeyError("id"), TypeError(), ValueError(), IndexError()])
def test_a_message_that_makes_celery_fail_is_kept(consumer: Any, shelf: Shelf, error: Exception) -> None:
    def strategy(*_: Any) -> None:
        raise error

    consumer.strategies = {"t": strategy}
    consumer.create_task_handler()(FakeMessage({"task": "t"}))
    ((_, reason),) = shelf.kept
    assert type(error).__name__ in reason


def test_a_lost_connection_is_celerys_to_mend(consumer: Any, shelf: Shelf) -> None:
    def strategy(*_: Any) -> None:
        raise LostError

    consumer.strategies = {"t": strategy}
    with pytest.raises(LostError):
        consumer.create_task_handler()(FakeMessage({"task": "t"}))
    assert shelf.kept == []


def test_what_redis_would_not_take_is_kept_until_it_does(shelf: Shelf) -> None:
    shelf.down = True
    rejects.keep(b"1", "r")
    rejects.keep(b"2", "r")
    assert shelf.kept == []
    shelf.down = False
    rejects.keep_again()
    assert [raw for raw, _ in shelf.kept] == [b"1", b"2"]


def test_the_maintenance_thread_may_try_again_at_any_moment(shelf: Shelf) -> None:
    second = threading.Event()

    def store(raw: bytes, reason: str) -> None:
        shelf(raw, reason)
        if not second.is_set():
            second.set()
            other = threading.Thread(target=rejects.keep_again)
            other.start()
            other.join()

    rejects.configure(store)
    rejects.keep(b"1", "r")
    rejects.keep(b"2", "r")
    assert [raw for raw, _ in shelf.kept] == [b"1", b"2"]


def test_a_flood_of_rubbish_while_redis_is_down_does_not_fill_the_memory(shelf: Shelf) -> None:
    shelf.down = True
    for number in range(1_100):
        rejects.keep(str(number).encode(), "r")
    shelf.down = False
    rejects.keep_again()
    assert len(shelf.kept) == 1_000
    assert shelf.kept[-1][0] == b"1099"


class Losing:
    """A consumer whose connections are lost, and a clock that only its pauses move."""

    def __init__(self, consumer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.consumer = consumer
        self.now_s = 0.0
        self.celerys = 0
        self.turns = 0
        consumer._losses, consumer._lost_s, consumer._drain_until_s, consumer._looking = 0, None, None, None
        consumer.connection = SimpleNamespace(collect=lambda: None)
        consumer.task_consumer = None
        consumer.stopper = None
        consumer.watchdog = SimpleNamespace(turned=self._turn)
        clock = SimpleNamespace(monotonic=lambda: self.now_s, sleep=self._sleep)
        monkeypatch.setattr("newsdrop.worker.consumer.time", clock)
        monkeypatch.setattr(Consumer, "on_connection_error_after_connected", self._celery)

    def lose(self) -> float:
        """How long the consumer waits before it connects again, in s."""
        before_s = self.now_s
        self.consumer.on_connection_error_after_connected(LostError("READONLY"))
        return round(self.now_s - before_s)

    def _sleep(self, seconds: float) -> None:
        self.now_s += seconds

    def _turn(self) -> None:
        self.turns += 1

    def _celery(self, _error: Exception) -> None:
        self.celerys += 1


@pytest.fixture
def losing(consumer: Any, monkeypatch: pytest.MonkeyPatch) -> Losing:
    return Losing(consumer, monkeypatch)


def test_connections_that_are_lost_in_a_row_are_made_more_and_more_slowly(losing: Losing) -> None:
    assert [losing.lose() for _ in range(6)] == [0, 1, 1, 2, 4, 5]
    assert losing.celerys == 1
    assert losing.turns > 20, "the event loop counts as turning"
    losing.now_s += 60
    assert [losing.lose() for _ in range(2)] == [0, 1]
    assert losing.celerys == 2


def test_a_stop_waits_for_no_connection(losing: Losing) -> None:
    proceeded: list[bool] = []
    losing.lose()
    for _ in range(4):
        losing.lose()
    losing.consumer.stopper = SimpleNamespace(flag=True, proceed=lambda *, cold: proceeded.append(cold))
    assert losing.lose() == 0
    assert proceeded == [False]


def test_a_stop_ends_the_waiting_for_redis(losing: Losing, monkeypatch: pytest.MonkeyPatch) -> None:
    proceeded: list[bool] = []
    looked: list[str] = []

    def connect(self: Any, conn: Any) -> Any:
        return conn.ensure_connection("errback", None, callback=lambda: looked.append("celery"))

    monkeypatch.setattr(Consumer, "ensure_connected", connect)
    for stopping in (False, True):
        conn = SimpleNamespace(ensure_connection=lambda _errback, _tries, *, callback: callback())
        losing.consumer.stopper = SimpleNamespace(
            flag=stopping, proceed=lambda *, cold: proceeded.append(cold)
        )
        losing.consumer.ensure_connected(conn)
    assert proceeded == [False]
    assert looked == ["celery", "celery"]
