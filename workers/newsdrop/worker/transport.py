"""Celery's transport over Redis, with two changes: it sees no malformed messages, and fresh drops go first.

`GuardedChannel` checks each message as it comes out of BRPOP, before kombu parses it. What `envelope.fault`
refuses goes to `rejects.keep` with its raw bytes, and kombu is told that the list was empty, which it
tolerates. `FreshFirst` orders the lists: with kombu's round robin, a backlog at the start would get as many
turns as newly arriving drops. The classes are passed to Celery through `Celery(amqp=GuardedAMQP)`, its
extension point for that.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from typing import Any, Final

import kombu
from celery.app.amqp import AMQP
from kombu.transport import redis as kombu_redis
from kombu.transport import virtual
from redis.exceptions import OutOfMemoryError

from newsdrop.ledger.keys import celery_lists
from newsdrop.options import Limits
from newsdrop.ports import Lane
from newsdrop.worker import rejects
from newsdrop.worker.envelope import REQUESTS, TASKS, fault

__all__ = [
    "FreshFirst",
    "GuardedAMQP",
    "GuardedChannel",
    "GuardedConnection",
    "GuardedSentinelTransport",
    "GuardedTransport",
]


class FreshFirst:
    """The order of the lists for BRPOP; kombu asks for it before each call and reports the result.

    Fresh drops first, then requests, then the backlog; one turn in eight begins with the requests and one
    with the backlog, so that a flood of fresh drops doesn't block the others forever. What other programs
    send with a priority is on lists of its own, read after the main one of their queue: batches have none.
    """

    TURNS: Final = 8
    _RANK: Final = {Lane.FRESH: 0, REQUESTS: 1, Lane.BACKLOG: 2}
    _EXCEPTIONS: Final = {3: REQUESTS, 7: Lane.BACKLOG}

    def __init__(self, queues: Iterable[str] = ()) -> None:
        self._turn = 0
        self._queues: list[str] = []
        self.update(queues)

    def update(self, queues: Iterable[str]) -> None:
        # kombu passes a set, which has no defined order.
        self._queues = sorted(queues, key=lambda queue: (self._RANK.get(queue, len(self._RANK)), queue))

    def consume(self, count: int) -> list[str]:
        first = self._EXCEPTIONS.get(self._turn % self.TURNS)
        # Stable: the others keep their order.
        queues = sorted(self._queues, key=lambda queue: queue != first)[:count]
        return [name for queue in queues for name in celery_lists(queue)]

    def rotate(self, last_used: str) -> str:
        self._turn += 1
        return last_used


class GuardedRedis(kombu_redis.PrefixedStrictRedis):
    """kombu's client; its BRPOP never returns a harmful message."""

    def __init__(self, *args: Any, max_bytes: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._max_bytes = max_bytes

    def parse_response(self, connection: Any, command_name: str, **options: Any) -> Any:
        reply = super().parse_response(connection, command_name, **options)
        if command_name != "BRPOP" or not reply:
            return reply
        name, item = reply
        # Behind the queue's name, the lists of priorities have a number.
        queue = (name.decode() if isinstance(name, bytes) else name).partition("\x06")[0]
        if queue not in TASKS:
            return reply
        reason = fault(item, queue, max_bytes=self._max_bytes)
        if reason is None:
            return reply
        rejects.keep(item, f"A message on the list {queue} was refused: {reason}.")
        return None


class FullOrNot(kombu_redis.QoS):
    """kombu's list of deliveries, which a full Redis doesn't accept: then it is kept in this process alone.

    A batch whose message is lost with the process is published again by the ledger.
    """

    def append(self, message: Any, delivery_tag: str) -> None:
        try:
            super().append(message, delivery_tag)
        except OutOfMemoryError:
            virtual.QoS.append(self, message, delivery_tag)

    def restore_visible(self, *args: Any, **kwargs: Any) -> None:
        # Nothing is delivered again before there is room.
        with suppress(OutOfMemoryError):
            super().restore_visible(*args, **kwargs)


class _Guard:
    """Makes one of kombu's channels guarded; `max_message_bytes` is a transport option of ours.

    It also lets a worker go on, and start, while Redis is full: only then does it become less full.
    """

    max_message_bytes = Limits().message_bytes
    global_keyprefix: str

    def _queue_bind(self, *args: Any) -> None:
        # Known from before, or only needed by senders over kombu, whom a full Redis refuses anyway.
        channel: Any = super()
        with suppress(OutOfMemoryError):
            channel._queue_bind(*args)

    def _get_client(self) -> Any:
        return partial(GuardedRedis, global_keyprefix=self.global_keyprefix, max_bytes=self.max_message_bytes)


class GuardedChannel(_Guard, kombu_redis.Channel):
    """A channel whose client is guarded."""

    QoS = FullOrNot
    from_transport_options = (*kombu_redis.Channel.from_transport_options, "max_message_bytes")


class GuardedTransport(kombu_redis.Transport):
    """kombu's Redis transport over guarded channels."""

    Channel = GuardedChannel


class GuardedSentinelChannel(_Guard, kombu_redis.SentinelChannel):
    """The same for a Redis behind Sentinel."""

    QoS = FullOrNot
    from_transport_options = (*kombu_redis.SentinelChannel.from_transport_options, "max_message_bytes")


class GuardedSentinelTransport(kombu_redis.SentinelTransport):
    """kombu's Sentinel transport over guarded channels."""

    Channel = GuardedSentinelChannel


class GuardedConnection(kombu.Connection):
    """Guarded for any form of URL (`redis+socket://` names another transport)."""

    def get_transport_cls(self) -> type[kombu_redis.Transport]:
        return GuardedSentinelTransport if self.transport_cls == "sentinel" else GuardedTransport


class GuardedAMQP(AMQP):
    """The class with which Celery makes its connections."""

    Connection = GuardedConnection
