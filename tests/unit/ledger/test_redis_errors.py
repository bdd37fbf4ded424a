"""What Redis refuses becomes an error that says which server and what to do, and never says a password."""

from __future__ import annotations

from typing import Any

import pytest
import redis
from redis import exceptions

from newsdrop.errors import ConfigError, NewsdropError, OutageError
from newsdrop.ledger.connect import connect_url
from newsdrop.ledger.redis_errors import redis_errors, server_of

CLIENT = redis.Redis.from_url("redis://u:secret@h.example:7/0")


def test_the_systems_reason_is_told_and_nothing_that_was_sent() -> None:
    nobody = redis.Redis(port=1)
    with (
        pytest.raises(OutageError, match=r"doesn't answer: connection refused\. ") as caught,
        redis_errors(nobody),
    ):
        nobody.ping()
    assert "ConnectionError" not in caught.value.message


@pytest.mark.parametrize(
    ("error", "kind", "says"),
    [
        (
            exceptions.ConnectionError("Error 111 connecting to user:secret@host"),
            OutageError,
            "NEWSDROP_REDIS_URL",
        ),
        (exceptions.TimeoutError("Timeout reading from secret"), OutageError, "NEWSDROP_REDIS_URL"),
        (exceptions.TimeoutError("secret"), OutageError, "no answer in time"),
        (exceptions.ConnectionError("Connection closed by server."), OutageError, "it closed the connection"),
        (exceptions.InvalidResponse("secret"), OutageError, "aren't those of a Redis server"),
        (exceptions.MaxConnectionsError("secret"), OutageError, "NEWSDROP_REDIS_URL"),
        (
            exceptions.ConnectionError("Error 1: [SSL: CERTIFICATE_VERIFY_FAILED] self-signed"),
            ConfigError,
            "NEWSDROP_REDIS_CA_CERTS",
        ),
        (exceptions.BusyLoadingError("Redis is loading"), OutageError, "loading"),
        (exceptions.OutOfMemoryError("command not allowed"), OutageError, "maxmemory"),
        (exceptions.ResponseError("OOM command not allowed when used memory"), OutageError, "maxmemory"),
        (exceptions.ReadOnlyError("You can't write against a read only replica."), OutageError, "replica"),
        (exceptions.ResponseError("READONLY You can't write"), OutageError, "replica"),
        (exceptions.ResponseError("MISCONF Errors writing to the AOF file"), OutageError, "disk"),
        (
            exceptions.ResponseError(
                "Command # 1 (EVALSHA fe2f 0 \n secret ...) of pipeline caused error: MISCONF Errors writing"
            ),
            OutageError,
            "disk",
        ),
        # As Dragonfly says it.
        (
            exceptions.ResponseError(
                "Error running script (call to 5c4d62f4e30c54fb15935b5892148e5ce7374077): @user_script:2: "
                "script tried accessing undeclared key, key: newsdrop:ledger"
            ),
            ConfigError,
            "--default_lua_flags=allow-undeclared-keys",
        ),
        # As Redis 6.2 says it.
        (
            exceptions.ResponseError(
                "Error running script (call to f_0a1b): @user_script:7: @user_script: 7: -OOM not allowed "
            ),
            OutageError,
            "maxmemory",
        ),
        (
            exceptions.ResponseError(
                "Command # 1 (EVALSHA fe2f 0 secret) of pipeline caused error: Error running script (call to "
                "f_0a1b): @user_script:7: @user_script: 7: -READONLY You can't write. "
            ),
            OutageError,
            "replica",
        ),
        (exceptions.NoScriptError("No matching script."), OutageError, "restarted"),
        (exceptions.ResponseError("NOREPLICAS Not enough good replicas"), OutageError, "replicas"),
        (exceptions.ResponseError("BUSY Redis is busy running a script."), OutageError, "script"),
        (exceptions.MasterDownError("Link with MASTER is down"), OutageError, "primary"),
        (exceptions.AuthenticationError("invalid secret"), ConfigError, "NEWSDROP_REDIS_URL"),
        (exceptions.AuthenticationWrongNumberOfArgsError("secret"), ConfigError, "NEWSDROP_REDIS_URL"),
        (exceptions.NoPermissionError("this user has no permissions to run 'xadd'"), ConfigError, "rights"),
        (exceptions.ResponseError("WRONGTYPE Operation"), ConfigError, "a database of its own"),
        (exceptions.ResponseError("WRONGTYPE Operation"), ConfigError, "RENAME newsdrop:inbox"),
        (exceptions.ResponseError("DB index is out of range"), ConfigError, "no database with that number"),
        (exceptions.ResponseError("invalid DB index"), ConfigError, "no database with that number"),
        (exceptions.ResponseError("CROSSSLOT Keys in request don't hash"), ConfigError, "is a Redis Cluster"),
        (exceptions.ResponseError("unknown command 'EVALSHA'"), ConfigError, "NEWSDROP_REDIS_URL"),
        (exceptions.ResponseError("DENIED Redis is running in protected mode"), ConfigError, "password"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_errors_of_the_server_are_translated(error: Exception, kind: type[NewsdropError], says: str) -> None:
    with pytest.raises(kind, match=says) as caught, redis_errors(CLIENT):
        raise error
    assert "secret" not in caught.value.message
    assert "h.example:7" in caught.value.message or "PEM" in caught.value.message


def test_a_mistake_in_our_own_scripts_stays_what_it_is() -> None:
    with pytest.raises(exceptions.ResponseError), redis_errors(CLIENT):
        raise exceptions.ResponseError("ERR user_script:1: attempt to index a nil value")


@pytest.mark.parametrize("said", ["ERR user_script:1: nil value", "NOPERM no permissions", "ERR Bad \udcff"])
def test_the_bytes_of_a_script_never_reach_a_person(said: str) -> None:
    arguments = "EVALSHA 0f3c 0 \n \x83\xa5drops of pipeline \x00"
    with pytest.raises((exceptions.ResponseError, NewsdropError)) as caught, redis_errors(CLIENT):
        raise exceptions.ResponseError(f"Command # 1 ({arguments}) of pipeline caused error: {said}")
    assert "EVALSHA" not in str(caught.value)
    assert "drops of" not in str(caught.value)
    assert said.replace("\udcff", "\\udcff") in str(caught.value)


@pytest.mark.parametrize(
    ("client", "server"),
    [
        (redis.Redis.from_url("redis://u:secret@[::1]:7/1"), "Redis at [::1]:7"),
        (redis.Redis(unix_socket_path="/run/r.sock", password="secret"), "Redis at /run/r.sock"),
        (
            connect_url("sentinel://u:secret@s1,s2:5/main?sentinel_password=secret"),
            "Redis, the primary of main behind the sentinels s1:26379, s2:5",
        ),
        (object(), "Redis"),
    ],
    ids=["host", "socket", "sentinels", "unknown"],
)
def test_messages_call_a_server_by_its_place_alone(client: Any, server: str) -> None:
    assert server_of(client) == server
