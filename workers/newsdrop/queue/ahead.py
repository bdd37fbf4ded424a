"""A touch that isn't waited for: named first, answered while the file is being worked on.

The ledger must know which file a worker has in hand before that file can kill it, but the worker need not
hear the answer first: what a process has handed to its socket reaches the server even when the process dies.
At most one answer is outstanding, and it is read before anything else is said about the batch, so the server
sees all touches in order. Waiting for each answer cost a fifth of a worker's time (docs/performance.md).
"""

from __future__ import annotations

from typing import Any

import redis
from redis.exceptions import NoScriptError, RedisError

from newsdrop.queue.scripts import Scripts, redis_errors

__all__ = ["TouchAhead"]


class TouchAhead:
    """Sends the touch script on a connection of its own.

    All methods raise OutageError or ConfigError when Redis can't or won't; the touch is then forgotten.
    """

    def __init__(self, client: redis.Redis, scripts: Scripts) -> None:
        self._pool = client.connection_pool
        self._scripts = scripts
        self._connection: Any = None
        self._sent: dict[str, Any] | None = None

    def send(self, arguments: dict[str, Any]) -> None:
        """Hand one touch to the server. The answer of the one before must have been collected."""
        try:
            with redis_errors():
                if self._connection is None:
                    self._connection = self._pool.get_connection()
                self._connection.send_command(*self._scripts.command("touch", arguments))
        except BaseException:
            self._give_up()
            raise
        self._sent = arguments

    def collect(self) -> bool:
        """The answer of the touch that was sent last: whether the batch is ours; True when none is open."""
        sent, self._sent = self._sent, None
        if sent is None:
            return True
        try:
            with redis_errors():
                return bool(self._answer(sent))
        except BaseException:
            self._give_up()
            raise

    def _answer(self, sent: dict[str, Any]) -> Any:
        try:
            return self._connection.read_response()
        except NoScriptError:
            return self._scripts.run("touch", sent)

    def _give_up(self) -> None:
        # Nobody may read the answer of a touch that was broken off as the answer of the next one.
        connection, self._connection, self._sent = self._connection, None, None
        if connection is None:
            return
        try:
            connection.disconnect()
        except RedisError:
            return
        finally:
            self._pool.release(connection)
