"""The ledger's Lua scripts, assembled from `lua/*.lua`, and the one way to run them.

Every state change of the queue is one script, so Redis runs it completely or not at all; rights that are
missing are noticed before the first change (rights.lua). Scripts are called by their digest and loaded again
if the server has forgotten them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import msgspec

from newsdrop.ledger import keys, records
from newsdrop.ledger.redis_errors import redis_errors

if TYPE_CHECKING:
    import redis

__all__ = ["Scripts", "read_scripts"]

#: Each script: the parts it is made of, in order.
_PARTS: Final = {
    "enqueue": ("clock", "entries", "batches", "letters", "take_over", "forgotten", "intake", "enqueue"),
    "take": ("clock", "entries", "batches", "letters", "take_over", "forgotten", "intake", "take"),
    "quarantine": ("clock", "entries", "letters", "quarantine"),
    "start": ("clock", "drain", "entries", "batches", "crash_loop", "start"),
    "touch": ("clock", "drain", "touch"),
    "expire": ("clock", "drain", "expire"),
    "finish": (
        *("clock", "drain", "entries", "batches", "letters", "take_over"),
        *("forgotten", "crash_loop", "meters", "finish"),
    ),
    "reap": ("clock", "drain", "entries", "batches", "letters", "crash_loop", "reap"),
    "due": ("clock", "drain", "entries", "batches", "due"),
    "put_away": ("clock", "entries", "put_away"),
    "tick": ("clock", "drain", "tick"),
    "replay": ("clock", "entries", "batches", "letters", "replay"),
    "discard": ("clock", "drain", "entries", "letters", "discard"),
    "forget": ("clock", "entries", "forgotten", "forget"),
    "leave_behind": ("clock", "drain", "entries", "leave_behind"),
    "same_content": ("clock", "entries", "letters", "same_content"),
    "letters_behind": ("clock", "drain", "entries", "letters", "letters_behind"),
    "prune": ("clock", "entries", "prune"),
    "recall": ("clock", "entries", "forgotten", "recall"),
    "recount": ("clock", "entries", "batches", "recount"),
    "trim": ("clock", "drain", "entries", "letters", "trim"),
    "move": ("clock", "entries", "letters", "move"),
    "mirrored": ("clock", "drain", "entries", "letters", "mirrored"),
    "page": ("clock", "page"),
    "report": ("clock", "drain", "report"),
    "claim": ("clock", "claim"),
    "folders": ("clock", "folders"),
    "gate": ("clock", "drain", "gate"),
    "count": ("clock", "drain", "meters", "count"),
}

#: How the scripts send a command.
_COMMAND: Final = re.compile(r"\bcall\('([A-Z]+)'")

_pack = msgspec.msgpack.Encoder().encode


@cache
def source(name: str) -> str:
    """The whole text of one script."""
    folder = files("newsdrop.ledger") / "lua"
    parts = "\n".join((folder / f"{part}.lua").read_text("utf-8") for part in _PARTS[name])
    commands = ", ".join(f"'{command}'" for command in sorted(set(_COMMAND.findall(parts))))
    rights = f"local COMMANDS = {{{commands}}}\n" + (folder / "rights.lua").read_text("utf-8")
    return keys.lua_table() + records.lua_states() + rights + parts


def read_scripts() -> None:
    """Read all of them now, for a process that lasts: an upgrade under it must not mix versions."""
    for name in _PARTS:
        source(name)


class Scripts:
    """Runs the scripts over one client.

    Args:
        now_ms: a clock for tests; in production there is none, and the scripts use the server's.
    """

    def __init__(self, client: redis.Redis, now_ms: Callable[[], int] | None = None) -> None:
        self._client = client
        self._now_ms = now_ms
        self._registered: dict[str, Any] = {}

    def run(self, name: str, arguments: dict[str, Any]) -> Any:
        """Run one script now.

        Raises:
            OutageError, ConfigError: Redis is away or refuses.
        """
        with redis_errors(self._client):
            return self._script(name)(args=self._arguments(arguments))

    def queue(self, pipeline: Any, name: str, arguments: dict[str, Any]) -> None:
        """Add one script to `pipeline`."""
        self._script(name)(args=self._arguments(arguments), client=pipeline)

    def command(self, name: str, arguments: dict[str, Any]) -> list[Any]:
        """One script as a raw command, for callers that send it themselves; the answer may be NOSCRIPT."""
        return ["EVALSHA", self._script(name).sha, 0, *self._arguments(arguments)]

    def now_ms(self) -> int:
        """The time by the scripts' clock."""
        if self._now_ms is not None:
            return self._now_ms()
        clock: Any = self._client.time()
        return int(clock[0]) * 1000 + int(clock[1]) // 1000

    def _script(self, name: str) -> Any:
        if name not in self._registered:
            self._registered[name] = self._client.register_script(source(name))
        return self._registered[name]

    def _arguments(self, arguments: dict[str, Any]) -> list[Any]:
        now = "" if self._now_ms is None else self._now_ms()
        return [now, _pack(arguments)]
