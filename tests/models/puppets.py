"""The product's own parts on strings: each stands still before every word to Redis and after every answer.

A puppet is a thread that runs real code (a worker's `run_batch`, a reconciler's tick, the watcher's handover)
over a real connection, and moves only when told: `step` lets it go on to the next place where a process could
be killed or put to sleep, `kill` ends it there. A killed one never reaches the server again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import redis

__all__ = ["Killed", "Puppet"]

_DEADLINE_S = 180.0


class Killed(BaseException):
    """What SIGKILL is to a process. No `Exception`, so that nothing of the product's handles it."""


class Puppet:
    """Runs `work(puppet, client)` in steps.

    Attributes:
        error: what the work raised, if it was neither killed nor crashed.
    """

    def __init__(self, port: int, work: Callable[[Puppet, redis.Redis], None]) -> None:
        self.error: BaseException | None = None
        self._work = work
        self._go = threading.Semaphore(0)
        self._stands = threading.Semaphore(0)
        self._dead = False
        self._free = False
        self._over = False
        self._port = port
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def step(self) -> bool:
        """On to the next place; False when it is over."""
        if self._over:
            return False
        self._go.release()
        if not self._stands.acquire(timeout=_DEADLINE_S):
            raise TimeoutError("a puppet hangs between two words to Redis")
        if self.error is not None:
            raise self.error
        return not self._over

    def exhaust(self) -> None:
        """To the end, without a stand: nothing would happen at one."""
        self._free = True
        self.step()

    def kill(self) -> None:
        """End it where it stands."""
        if not self._over:
            self._dead = True
            self._go.release()
            self._thread.join(_DEADLINE_S)

    @property
    def dead(self) -> bool:
        """Whether it was killed, or crashed."""
        return self._dead

    def pause(self) -> None:
        """For the work: here, too, it may be killed."""
        if self._dead:
            raise Killed
        if self._free:
            return
        self._stands.release()
        self._go.acquire()
        if self._dead:
            raise Killed

    def crash(self) -> None:
        """For the work: a file that kills the process it is read in."""
        self._dead = True
        raise Killed

    def _run(self) -> None:
        self._go.acquire()
        idle = _idle.setdefault(self._port, [])
        line = idle.pop() if idle else _Line(self._port)
        line.pause = self.pause
        try:
            if not self._dead:
                self._work(self, line.client)
            idle.append(line)
        except Killed:
            line.close()
        except BaseException as error:  # noqa: BLE001  raised again by `step`, in the test's own thread
            self.error = error
            line.close()
        finally:
            self._over = True
            self._stands.release()


class _Line:
    """A connection on which every word and every answer is a place to stand at, for one puppet after another.

    To connect and to introduce itself takes a client longer than most puppets' whole lives.
    """

    def __init__(self, port: int) -> None:
        self.pause: Callable[[], None] = _go_on
        self._pool = redis.ConnectionPool(
            connection_class=self._connection(), host="127.0.0.1", port=port, driver_info=None
        )
        self.client = redis.Redis(connection_pool=self._pool)

    def close(self) -> None:
        """The server sees the connection end."""
        self._pool.disconnect()

    def _connection(line) -> type[redis.Connection]:  # noqa: N805  `self` is the connection's
        class OnStrings(redis.Connection):
            #: What a connection says to introduce itself is no word of the product's.
            _greeting = False

            def on_connect_check_health(self, check_health: bool = True) -> None:
                self._greeting = True
                super().on_connect_check_health(check_health)
                self._greeting = False

            def send_packed_command(self, command: Any, check_health: bool = True) -> None:
                if not self._greeting:
                    line.pause()
                send: Any = super().send_packed_command
                send(command, check_health)

            def read_response(self, *args: Any, **options: Any) -> Any:
                answer = super().read_response(*args, **options)
                if not self._greeting:
                    line.pause()
                return answer

        return OnStrings


def _go_on() -> None:
    """Nobody holds the line."""


#: Per port, the lines whose puppets came to their end.
_idle: dict[int, list[_Line]] = {}
