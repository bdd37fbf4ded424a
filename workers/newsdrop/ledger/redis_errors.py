"""Translates Redis' refusals into our errors, which say which server it was and what to do.

A message names the server's place and never a URL, because URLs contain passwords; nor does it repeat what
was sent. redis-py is imported where its errors are told apart: who calls has its client already, and who only
imports the ledger's types, such as a command that shows its help, does without.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from newsdrop.errors import ConfigError, OutageError, printable, reason_below
from newsdrop.ledger import keys

if TYPE_CHECKING:
    import redis
    from redis.exceptions import RedisError

__all__ = ["redis_errors", "server_of", "translate"]

#: How refusals of all writes begin, and what they mean.
_REFUSALS: Final = {
    "OOM": "{redis} is full: it has reached its `maxmemory` and accepts no more. Give it more memory, or let "
    "the workers finish what is queued; nothing is lost, files stay where they are.",
    "READONLY": "{redis} is a read-only replica; name the primary in redis.url (NEWSDROP_REDIS_URL), or "
    "wait for the failover to end.",
    "MISCONF": "{redis} can't save to its disk and refuses writes (MISCONF); see its log and disk space.",
    "NOREPLICAS": "{redis} has too few healthy replicas and refuses writes (min-replicas-to-write).",
    "MASTERDOWN": "{redis} is a replica that has lost its primary: check redis.url (NEWSDROP_REDIS_URL).",
    "BUSY": "{redis} is busy with another program's script and doesn't answer.",
    "LOADING": "{redis} is still loading its data from disk.",
}

#: What a server says if a setting is wrong for it, and what to do.
_WRONG_SETTINGS: Final = (
    (
        re.compile("DB index is out of range|invalid DB index"),
        "{redis} has no database with that number: check the one in redis.url (NEWSDROP_REDIS_URL). By "
        "default a server has 16, from 0 to 15.",
    ),
    (
        re.compile(r"^-?(MOVED|ASK|CROSSSLOT|CLUSTERDOWN)\b|Redis Cluster", re.IGNORECASE),
        "{redis} is a Redis Cluster. The scripts write several keys at once, which a cluster can't do: name "
        "a single server in redis.url (NEWSDROP_REDIS_URL).",
    ),
    (
        re.compile("unknown (redis )?command", re.IGNORECASE),
        "{redis} doesn't know a command that newsdrop needs: redis.url (NEWSDROP_REDIS_URL) must name a "
        "Redis 6.2 or newer, or a Valkey, without renamed commands.",
    ),
    (
        re.compile("undeclared key"),
        "{redis} lets scripts use no keys but those that they declare, as Dragonfly does by default: start "
        "it with --default_lua_flags=allow-undeclared-keys, or name a Redis or Valkey in redis.url "
        "(NEWSDROP_REDIS_URL).",
    ),
    (
        re.compile(r"^-?DENIED\b|protected mode", re.IGNORECASE),
        "{redis} only accepts connections from its own machine (protected mode): give it a password, and set "
        "it in redis.password (NEWSDROP_REDIS_PASSWORD).",
    ),
    (
        re.compile(r"^-?WRONGTYPE\b"),
        f"{{redis}}, named by redis.url (NEWSDROP_REDIS_URL), has a key under {keys.PREFIX}* that isn't "
        "newsdrop's: give newsdrop a database of its own. If no other program uses this one, a producer has "
        f"sent with another command than XADD: unless `redis-cli TYPE {keys.INBOX}` says stream, move what "
        f"it sent away with `redis-cli RENAME {keys.INBOX} sent-wrongly`, and send it again with XADD.",
    ),
)

#: What redis-py puts before an error in a pipeline: the command with all arguments of a script.
_IN_PIPELINE: Final = re.compile(r"^Command # \d+ .*? of pipeline caused error: ", re.DOTALL)

#: What Redis 6.2 puts before an error in a script.
_IN_SCRIPT: Final = re.compile(r"^Error running script \(call to \w+\):(?: @user_script: ?\d+:)+ ")

#: How servers report inside a script that the user lacks a right (Redis 7.0, and from 7.2 on).
_DENIED: Final = re.compile(r"^-?NOPERM|ACL failure in script|The user executing the script can't")

#: What OpenSSL says, and what to do; the first that matches. None of these errors passes by itself.
_TLS_FAULTS: Final = {
    "certificate has expired": "The certificate of {redis} has expired: renew it (or is the clock of this "
    "machine ahead?).",
    "certificate is not yet valid": "The certificate of {redis} is not valid yet: is this machine's clock "
    "behind?",
    "CERTIFICATE_VERIFY_FAILED": "The certificate of {redis} is not trusted, or is for another host than "
    "redis.url (NEWSDROP_REDIS_URL) names: set redis.ca_certs (NEWSDROP_REDIS_CA_CERTS) to the file of the "
    "authority that signed it, and use the host name in the certificate.",
    "NO_CERTIFICATE_OR_CRL_FOUND": "The file named by redis.ca_certs (NEWSDROP_REDIS_CA_CERTS) contains no "
    "certificate in PEM form.",
}
#: Errors that no reason of the system lies below.
_KINDS: Final = {
    "TimeoutError": "no answer in time",
    "InvalidResponse": "its answers aren't those of a Redis server",
    "MaxConnectionsError": "too many connections",
}
#: A longer part of a server's message is of no use to a person.
_SAID_CHARS: Final = 300


@contextmanager
def redis_errors(client: redis.Redis) -> Iterator[None]:
    """Translate the errors that redis-py raises for this client.

    Raises:
        OutageError: can't be reached, or refuses all writes.
        ConfigError: password, user, rights or database are wrong, or the keys are another program's.
    """
    from redis.exceptions import RedisError

    try:
        yield
    except RedisError as error:
        translated = translate(error, server_of(client))
        if translated is None:
            error.args = (_said(error),)
            raise
        if isinstance(translated, OutageError):
            _connect_anew(client)
        raise translated from None


def _connect_anew(client: redis.Redis) -> None:
    """Let the next command ask where the address leads to now.

    After a failover, a name or a virtual address leads to the new primary, but an open connection still leads
    to the old one, which may live on as a replica and refuse every write for ever.
    """
    pool: Any = getattr(client, "connection_pool", None)
    if pool is not None:
        pool.disconnect(inuse_connections=False)


def server_of(client: redis.Redis) -> str:
    """The name of the server in messages: `Redis at host:port`. Never with user or password."""
    pool: Any = getattr(client, "connection_pool", None)
    if sentinels := getattr(getattr(pool, "sentinel_manager", None), "sentinels", None):
        places = ", ".join(_place(one) for one in sentinels)
        return f"Redis, the primary of {pool.service_name} behind the sentinels {places}"
    place = _place(client)
    return f"Redis at {place}" if place else "Redis"


def _place(client: Any) -> str:
    options = getattr(getattr(client, "connection_pool", None), "connection_kwargs", {})
    if "path" in options:
        return str(options["path"])
    host = str(options.get("host", ""))
    if not host:
        return ""
    port = options.get("port", 6379)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def translate(error: RedisError, server: str = "Redis") -> OutageError | ConfigError | None:
    """The error of ours for one of redis-py's; None if it is a bug in our own code."""
    from redis.exceptions import (
        AuthenticationError,
        AuthenticationWrongNumberOfArgsError,
        NoPermissionError,
        NoScriptError,
        ResponseError,
    )

    said = _said(error)
    if isinstance(error, AuthenticationError | AuthenticationWrongNumberOfArgsError):
        return ConfigError(
            f"{server} rejects our user or password, or requires one: check redis.url (NEWSDROP_REDIS_URL), "
            "or redis.username and redis.password."
        )
    if isinstance(error, NoPermissionError) or _DENIED.search(said):
        return ConfigError(
            f"Our user of {server} (redis.username, or in redis.url, NEWSDROP_REDIS_URL) lacks rights: "
            f"{said} (docs/redis.md lists the rights it needs.)"
        )
    if isinstance(error, NoScriptError):
        # Only if several are sent at once; for single ones, redis-py sends the script again.
        return OutageError(f"{server} has just been restarted and doesn't have our scripts yet.")
    if refusal := _refusal(error, said):
        return OutageError(refusal.format(redis=server))
    if advice := next((text for sign, text in _TLS_FAULTS.items() if sign in str(error)), None):
        return ConfigError(advice.format(redis=server))
    if isinstance(error, ResponseError):
        wrong = next((text for sign, text in _WRONG_SETTINGS if sign.search(said)), None)
        return None if wrong is None else ConfigError(wrong.format(redis=server))
    return OutageError(
        f"{server} (redis.url, NEWSDROP_REDIS_URL) doesn't answer: {_why(error)}. Is it running, "
        "can it be reached from here, and does it speak TLS (rediss://) or not (redis://)?"
    )


def _why(error: BaseException) -> str:
    """The system's reason below redis-py's error, whose own text may repeat what was sent; else its kind."""
    if (kind := type(error).__name__) in _KINDS:
        return _KINDS[kind]
    if "closed by server" in str(error):
        return "it closed the connection"
    return reason_below(error).lower() or kind


def _said(error: RedisError) -> str:
    """The server's message, without the command that redis-py puts before it."""
    text = _IN_SCRIPT.sub("", _IN_PIPELINE.sub("", str(error)))
    return printable(" ".join(text.split()))[:_SAID_CHARS]


def _refusal(error: RedisError, said: str) -> str | None:
    # redis-py removes the first word of errors that it has a class for; the class has it instead.
    kind = {"OutOfMemoryError": "OOM", "ReadOnlyError": "READONLY", "BusyLoadingError": "LOADING",
            "MasterDownError": "MASTERDOWN"}.get(type(error).__name__)  # fmt: skip
    return _REFUSALS.get(kind or said.partition(" ")[0].lstrip("-"))
