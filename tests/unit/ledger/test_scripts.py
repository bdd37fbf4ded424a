"""What Redis refuses becomes an error that says what to do, and never says a password."""

from __future__ import annotations

from pathlib import Path

import pytest
from redis import exceptions

from newsdrop.errors import ConfigError, NewsdropError, OutageError
from newsdrop.ledger import keys
from newsdrop.ledger.scripts import _PARTS, redis_errors, source


@pytest.mark.parametrize(
    ("error", "kind", "says"),
    [
        (
            exceptions.ConnectionError("Error 111 connecting to user:secret@host"),
            OutageError,
            "NEWSDROP_REDIS_URL",
        ),
        (exceptions.TimeoutError("Timeout reading from secret"), OutageError, "NEWSDROP_REDIS_URL"),
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
        (exceptions.NoScriptError("No matching script."), OutageError, "started again"),
        (exceptions.ResponseError("NOREPLICAS Not enough good replicas"), OutageError, "replicas"),
        (exceptions.ResponseError("BUSY Redis is busy running a script."), OutageError, "script"),
        (exceptions.MasterDownError("Link with MASTER is down"), OutageError, "primary"),
        (exceptions.AuthenticationError("invalid secret"), ConfigError, "NEWSDROP_REDIS_URL"),
        (exceptions.AuthenticationWrongNumberOfArgsError("secret"), ConfigError, "NEWSDROP_REDIS_URL"),
        (exceptions.NoPermissionError("this user has no permissions to run 'xadd'"), ConfigError, "rights"),
        (exceptions.ResponseError("WRONGTYPE Operation against a key"), ConfigError, "another program"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_errors_of_the_server_are_translated(error: Exception, kind: type[NewsdropError], says: str) -> None:
    with pytest.raises(kind, match=says) as caught, redis_errors():
        raise error
    assert "secret" not in caught.value.message


def test_a_mistake_in_our_own_scripts_stays_what_it_is() -> None:
    with pytest.raises(exceptions.ResponseError), redis_errors():
        raise exceptions.ResponseError("ERR user_script:1: attempt to index a nil value")


def test_every_key_lies_under_the_prefix_and_is_named_once() -> None:
    named = {
        name: value
        for name, value in vars(keys).items()
        if name.isupper() and name not in ("TASK", "PREFIX", "INBOX_FIELD")
    }
    assert all(value.startswith(keys.PREFIX) for value in named.values())
    assert len(set(named.values())) == len(named)


@pytest.mark.parametrize("name", sorted(_PARTS))
def test_scripts_name_no_key_themselves(name: str) -> None:
    text = source(name).replace(keys.lua_table(), "")
    assert "newsdrop:" not in text


def test_every_key_is_in_the_documentation() -> None:
    text = (Path(__file__).parents[3] / "docs" / "redis.md").read_text("utf-8")
    for name, value in vars(keys).items():
        if name.isupper() and name not in ("TASK", "PREFIX", "QUEUE", "INBOX_FIELD"):
            assert f"`{value}" in text, f"docs/redis.md says nothing of {value}"
