"""The ledger's Lua scripts, put together from `lua/*.lua`, and the one way to run them.

Every state change of the queue is one script, so Redis runs it whole or not at all. Scripts are called by
their digest and loaded again when the server forgot them. What Redis refuses is translated here into errors
that say what to do; a message never carries a URL, since URLs carry passwords.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from typing import Any, Final

import msgspec
import redis
from redis.exceptions import (
    AuthenticationError,
    AuthenticationWrongNumberOfArgsError,
    NoPermissionError,
    NoScriptError,
    RedisError,
    ResponseError,
)

from newsdrop.errors import ConfigError, OutageError
from newsdrop.ledger import keys, records

__all__ = ["Scripts", "redis_errors"]

#: Each script: the parts it is made of, in order.
_PARTS: Final = {
    "enqueue": ("clock", "entries", "batches", "letters", "intake", "enqueue"),
    "take": ("clock", "entries", "batches", "letters", "intake", "take"),
    "quarantine": ("clock", "entries", "letters", "quarantine"),
    "start": ("clock", "entries", "batches", "crash_loop", "start"),
    "touch": ("clock", "touch"),
    "expire": ("clock", "expire"),
    "record": ("clock", "entries", "batches", "letters", "record"),
    "finish": ("clock", "entries", "batches", "letters", "crash_loop", "meters", "finish"),
    "reap": ("clock", "entries", "batches", "letters", "crash_loop", "reap"),
    "due": ("clock", "entries", "batches", "due"),
    "tick": ("clock", "tick"),
    "replay": ("clock", "entries", "batches", "letters", "replay"),
    "discard": ("clock", "entries", "letters", "discard"),
    "trim": ("clock", "entries", "letters", "trim"),
    "move": ("clock", "entries", "letters", "move"),
    "mirrored": ("clock", "entries", "letters", "mirrored"),
    "report": ("clock", "report"),
    "gate": ("clock", "gate"),
}

_pack = msgspec.msgpack.Encoder().encode


@cache
def source(name: str) -> str:
    """The whole text of one script."""
    folder = files("newsdrop.ledger") / "lua"
    parts = "\n".join((folder / f"{part}.lua").read_text("utf-8") for part in _PARTS[name])
    return keys.lua_table() + records.lua_states() + parts


class Scripts:
    """Runs the scripts over one client.

    Args:
        now_ms: a clock for tests; the shipped program gives none, and the scripts ask the server's.
    """

    def __init__(self, client: redis.Redis, now_ms: Callable[[], int] | None = None) -> None:
        self._client = client
        self._now_ms = now_ms
        self._registered: dict[str, Any] = {}

    def run(self, name: str, arguments: dict[str, Any]) -> Any:
        """One script, now.

        Raises:
            OutageError, ConfigError: Redis can't or won't.
        """
        with redis_errors():
            return self._script(name)(args=self._arguments(arguments))

    def queue(self, pipeline: Any, name: str, arguments: dict[str, Any]) -> None:
        """One script, when `pipeline` is executed."""
        self._script(name)(args=self._arguments(arguments), client=pipeline)

    def command(self, name: str, arguments: dict[str, Any]) -> list[Any]:
        """One script as a raw command, for those who send it themselves; it may answer NOSCRIPT."""
        return ["EVALSHA", self._script(name).sha, 0, *self._arguments(arguments)]

    def now_ms(self) -> int:
        """The time the scripts go by."""
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


#: How the refusals of a server begin that concern all writes, and what they mean.
_REFUSALS: Final = {
    "OOM": "Redis is full: it has reached its `maxmemory` and takes no more. Give it more memory, or let the "
    "workers catch up; nothing is lost, files stay where they are.",
    "READONLY": "The Redis that redis.url (NEWSDROP_REDIS_URL) names is a read-only replica; name the "
    "primary, or wait for the failover to end.",
    "MISCONF": "Redis can't save to its disk and refuses writes (MISCONF); see its log and disk space.",
    "NOREPLICAS": "Redis has too few good replicas and refuses writes (min-replicas-to-write).",
    "MASTERDOWN": "The Redis replica that redis.url (NEWSDROP_REDIS_URL) names has lost its primary.",
    "BUSY": "Redis is busy with another program's script and answers nobody.",
    "LOADING": "Redis is still loading its data from disk.",
}


#: What redis-py puts before an error that came in a pipeline.
_IN_PIPELINE: Final = re.compile(r"^Command # \d+ .*? of pipeline caused error: ", re.DOTALL)

#: What Redis 6.2 puts before an error that came in a script.
_IN_SCRIPT: Final = re.compile(r"^Error running script \(call to \w+\):(?: @user_script: ?\d+:)+ ")

#: How servers say inside a script that the user lacks a right (Redis 7.0, and from 7.2 on).
_DENIED: Final = re.compile(r"^-?NOPERM|ACL failure in script|The user executing the script can't")

#: What OpenSSL says, and which setting it means. None of it passes by itself.
_TLS_FAULTS: Final = {
    "CERTIFICATE_VERIFY_FAILED": "The certificate of the Redis that redis.url (NEWSDROP_REDIS_URL) names "
    "is not trusted, or is for another host: set redis.ca_certs (NEWSDROP_REDIS_CA_CERTS) to the file of the "
    "authority that signed it, and use the host name that stands in it.",
    "NO_CERTIFICATE_OR_CRL_FOUND": "The file that redis.ca_certs (NEWSDROP_REDIS_CA_CERTS) names holds no "
    "certificate in PEM form.",
}


@contextmanager
def redis_errors() -> Iterator[None]:
    """Translate what redis-py raises.

    Raises:
        OutageError: can't be reached, or refuses all writes.
        ConfigError: password, user or rights are wrong, or the keys are another program's.
    """
    try:
        yield
    except RedisError as error:
        translated = translate(error)
        if translated is None:
            raise
        raise translated from None


def translate(error: RedisError) -> OutageError | ConfigError | None:
    """The error of ours for one of redis-py's; None where it is a mistake in our own code."""
    if isinstance(error, AuthenticationError | AuthenticationWrongNumberOfArgsError):
        return ConfigError(
            "Redis refuses our user or password, or it wants one: check redis.url (NEWSDROP_REDIS_URL), or "
            "redis.username and redis.password."
        )
    if isinstance(error, NoPermissionError) or _DENIED.search(str(error)):
        return ConfigError(
            f"Our Redis user (redis.username, or in redis.url, NEWSDROP_REDIS_URL) lacks rights: {error} "
            "(docs/redis.md has the rights it needs.)"
        )
    if isinstance(error, NoScriptError):
        # Only where several are sent at once: asked one by one, redis-py gives it the script again.
        return OutageError("Redis was started again in this moment and has no script of ours yet.")
    refusal = _refusal(error)
    if refusal:
        return OutageError(refusal)
    if advice := next((text for sign, text in _TLS_FAULTS.items() if sign in str(error)), None):
        return ConfigError(advice)
    if isinstance(error, ResponseError):
        if "WRONGTYPE" in str(error):
            return ConfigError(
                f"The Redis that redis.url (NEWSDROP_REDIS_URL) names holds keys of another program under "
                f"{keys.PREFIX}* ; give newsdrop a database of its own."
            )
        return None
    return OutageError(
        f"Redis (redis.url, NEWSDROP_REDIS_URL) doesn't answer: {type(error).__name__}. Is it running, can "
        "it be reached from here, and does it speak TLS (rediss://) or not (redis://)?"
    )


def _refusal(error: RedisError) -> str | None:
    # redis-py takes the first word off the errors it has a class for; the class then says it.
    kind = {"OutOfMemoryError": "OOM", "ReadOnlyError": "READONLY", "BusyLoadingError": "LOADING",
            "MasterDownError": "MASTERDOWN"}.get(type(error).__name__)  # fmt: skip
    text = _IN_SCRIPT.sub("", _IN_PIPELINE.sub("", str(error)))
    word = text.partition(" ")[0].lstrip("-")
    return _REFUSALS.get(kind or word)
