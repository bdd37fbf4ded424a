"""Celery's consumer and pool, changed so that nothing Celery drops is lost, with an orderly shutdown.

`transport.py` keeps malformed messages from Celery; this is the second line of defence. Whatever Celery
itself would log and forget (undecodable, unknown or invalid messages), and whatever makes its own code fail,
becomes a dead letter of stage `message` with the raw message, and the worker keeps running. Gossip and mingle
are switched off: workers would talk to each other about things that we don't use.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from celery.concurrency.prefork import TaskPool
from celery.utils.log import get_logger
from celery.worker import state
from celery.worker.consumer import Consumer
from kombu.common import ignore_errors

from newsdrop.worker import rejects
from newsdrop.worker.shutdown import DRAIN_S, Stopper
from newsdrop.worker.watchdog import Watchdog

__all__ = ["GuardedConsumer", "SteadyPool"]

_LOGGER = get_logger(__name__)
_LOOK_EVERY_S = 0.2
#: For so long a worker waits for its first children's set-up, and looks at them so often.
_SET_UP_S = 10.0
_LOOK_AT_CHILDREN_S = 0.02
#: A connection that lasts so long ends a row of lost ones; in a row, pauses grow from the first to the most.
_STEADY_S = 10.0
_FIRST_PAUSE_S, _MOST_PAUSE_S = 0.5, 5.0


class GuardedConsumer(Consumer):
    """Named in `worker_consumer`; the worker's lifecycle sets `stopper` and `watchdog`."""

    stopper: Stopper | None = None
    watchdog: Watchdog | None = None
    # Celery's, which its stubs leave out.
    connection_errors: tuple[type[Exception], ...]
    connection: Any
    task_consumer: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs |= {"without_gossip": True, "without_mingle": True}
        self._drain_until_s: float | None = None
        self._looking: Any = None
        self._losses = 0
        self._lost_s: float | None = None
        super().__init__(*args, **kwargs)

    def on_decode_error(self, message: Any, exc: Exception) -> None:
        self._reject(message, f"can't be decoded ({exc})")

    def on_unknown_message(self, body: Any, message: Any) -> None:
        self._reject(message, "is not a task")

    def on_unknown_task(self, body: Any, message: Any, exc: Exception) -> None:
        self._reject(message, f"names a task that doesn't exist here ({exc})")

    def on_invalid_task(self, body: Any, message: Any, exc: Exception) -> None:
        self._reject(message, f"is not a valid call of its task ({exc})")

    def create_task_handler(self, *args: Any, **kwargs: Any) -> Callable[[Any], Any]:
        handle = super().create_task_handler(*args, **kwargs)

        def guarded(message: Any) -> Any:
            try:
                return handle(message)
            except Exception as error:
                # kombu counts KeyError among its connection errors, and would reconnect forever.
                if isinstance(error, self.connection_errors) and not isinstance(error, LookupError):
                    raise
                return self._reject(message, f"made Celery fail ({type(error).__name__}: {error})")

        return guarded

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        """As Celery does; but of a row of lost connections, only the first has a traceback and no pause.

        A Redis that takes connections and refuses writes (a read-only replica, too few replicas) would be
        connected to, and told of at length, several times a second for as long as that lasts.
        """
        if self._lost_s is None or time.monotonic() - self._lost_s > _STEADY_S:
            self._losses = 0
            super().on_connection_error_after_connected(exc)
        else:
            pause_s = min(_MOST_PAUSE_S, _FIRST_PAUSE_S * 2**self._losses)
            self._losses += 1
            _LOGGER.warning("the connection to Redis is lost again (%s); next try in %.1f s", exc, pause_s)
            with suppress(Exception):
                self.connection.collect()
            self._rest(pause_s)
        self._lost_s = time.monotonic()

    def ensure_connected(self, conn: Any) -> Any:
        """As Celery does, which tries for as long as it takes; a stop ends that, too."""
        ensure = conn.ensure_connection

        def watched(*args: Any, callback: Callable[[], object] | None = None, **kwargs: Any) -> Any:
            def look() -> None:
                if self.stopper is not None and self.stopper.flag:
                    self.look_for_stop()
                if callback is not None:
                    callback()

            return ensure(*args, callback=look, **kwargs)

        conn.ensure_connection = watched
        return super().ensure_connected(conn)

    def _rest(self, pause_s: float) -> None:
        """Wait, as alive as in the event loop, which doesn't turn meanwhile; a stop ends it."""
        until_s = time.monotonic() + pause_s
        while time.monotonic() < until_s:
            time.sleep(_LOOK_EVERY_S)
            self.look_for_stop()
            if self.stopper is not None and self.stopper.flag:
                return

    def register_with_event_loop(self, hub: Any) -> None:
        super().register_with_event_loop(hub)
        if self._looking is not None:
            self._looking.cancel()
        self._hold_back_when_stopping()
        self._looking = hub.call_repeatedly(_LOOK_EVERY_S, self.look_for_stop)

    def _hold_back_when_stopping(self) -> None:
        # From the signal on, not from our next check: what a child gives back would come straight back.
        stopper = self.stopper
        if stopper is None or not self.task_consumer:
            return
        qos = self.task_consumer.channel.qos
        may_consume = qos.can_consume
        qos.can_consume = lambda: not stopper.flag and may_consume()

    def look_for_stop(self) -> None:
        """Drain if the worker should stop; called by the event loop, which shows that it is running."""
        if self.watchdog is not None:
            self.watchdog.turned()
        stopper = self.stopper
        if stopper is None or not stopper.flag:
            return
        now_s = time.monotonic()
        if self._drain_until_s is None:
            self._drain_until_s = now_s + DRAIN_S
            _LOGGER.info("stopping: taking nothing new, %d tasks in hand", len(state.reserved_requests))
            if self.task_consumer and self.connection:
                ignore_errors(self.connection, self.task_consumer.cancel)
        busy = len(state.reserved_requests)
        if busy and now_s < self._drain_until_s:
            return
        if self._looking is not None:
            self._looking.cancel()
        stopper.proceed(cold=bool(busy))

    def _reject(self, message: Any, reason: str) -> None:
        rejects.keep(_raw(message), f"A message on Celery's list {reason}.")
        message.ack_log_error(_LOGGER, self.connection_errors)


class SteadyPool(TaskPool):
    """A prefork pool that survives if a child is killed while starting; named in `worker_pool`.

    Celery checks its children once, just before its loop begins, and ends the whole worker if one is gone, in
    order to detect children that can't start at all. Children that end a moment after that would be replaced
    for ever, so each is given the time to get through its set-up. A child that was ended by a signal (from
    the kernel, short of memory, or from a person) says nothing about the next one, so it is replaced as it
    would be a second later.
    """

    # Celery's attribute, set when the pool starts.
    _pool: Any

    def did_start_ok(self) -> bool:
        """Whether no child has ended by itself with a failure; the loop takes care of killed ones.

        Waits, for ten seconds at most, until each has ended or is ready for work.
        """
        until_s = time.monotonic() + _SET_UP_S
        while time.monotonic() < until_s and not all(map(_is_settled, self._pool._pool)):
            time.sleep(_LOOK_AT_CHILDREN_S)
        # Not Celery's own check, which forgets children that have ended, so that nobody replaces them.
        return not any((child.exitcode or 0) > 0 for child in self._pool._pool)


def _is_settled(child: Any) -> bool:
    """Whether a child has ended, or has said that it is ready: nobody has read its first message yet."""
    return child.exitcode is not None or child.outq._reader.poll()


def _raw(message: Any) -> bytes:
    """The message as it was in the list, as closely as kombu preserves it."""
    payload = getattr(message, "_raw", None)
    if payload is None:
        payload = {"body": repr(message.body), "headers": message.headers, "properties": message.properties}
    return json.dumps(payload, ensure_ascii=False, default=repr).encode("utf-8", "surrogatepass")
