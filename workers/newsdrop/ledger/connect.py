"""How this process reaches Redis: one client for us, one URL for Celery, and what is risky about the server.

    redis.url (NEWSDROP_REDIS_URL)   redis://…  rediss://…  unix:///path?db=0  sentinel://… (sentinel.py)
      redis.username, .password      instead of those in the URL
    nothing                          the embedded Valkey's socket in state_dir

Nothing here waits without a bound, and no message carries a URL's password. Redis Cluster is refused: one
script writes keys that a cluster would keep on different servers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import redis
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from newsdrop.errors import ConfigError, OutageError
from newsdrop.events import emit
from newsdrop.ledger.embedded import EmbeddedValkey
from newsdrop.ledger.scripts import redis_errors
from newsdrop.ledger.sentinel import SCHEMES as SENTINEL_SCHEMES
from newsdrop.ledger.sentinel import URL, SentinelPlace, parse_sentinels, primary_of
from newsdrop.settings import Redis, Settings

__all__ = [
    "Risk",
    "check_server",
    "connect",
    "connect_url",
    "connection_options",
    "redis_url",
    "safe_url",
    "sentinels_of",
    "tell",
    "tls_options",
    "url_scheme",
    "warn_of_risks",
]

#: Redis 6.2 is the oldest whose commands the scripts use; Valkey begins at 7.2.
_OLDEST = (6, 2)
_CONNECT_TIMEOUT_S: Final = 5.0
#: Idle connections are tested this often, so that one a firewall forgot isn't found out by a batch.
_HEALTH_CHECK_S: Final = 25
_SCHEMES: Final = ("redis", "rediss", "unix", *SENTINEL_SCHEMES)


def connect(settings: Settings) -> redis.Redis:
    """A client for the configured Redis; it connects when first used.

    Raises:
        ConfigError: the URL can't be one, or the CA file can't be read.
    """
    return connect_url(redis_url(settings), settings.redis)


def connect_url(url: str, options: Redis | None = None, *, retries: int = 2) -> redis.Redis:
    """A client for one URL, answering bytes.

    Args:
        retries: how often a command is sent again when the connection broke. Our scripts bear it; a
            producer's XADD doesn't, so producers give 0.

    Raises:
        ConfigError: the URL can't be one, or the CA file can't be read.
    """
    options = options or Redis()
    arguments: dict[str, Any] = connection_options(options.timeout_s) | {
        "retry": Retry(ExponentialBackoff(cap=1.0, base=0.05) if retries else NoBackoff(), retries),
        "retry_on_error": [RedisConnectionError, RedisTimeoutError] if retries else [],
    }
    scheme = url_scheme(url)
    if scheme == "unix":
        for name in ("socket_connect_timeout", "socket_keepalive"):
            del arguments[name]
    if scheme in SENTINEL_SCHEMES:
        return primary_of(sentinels_of(url), arguments, tls_options(options))
    if scheme == "rediss":
        arguments |= tls_options(options)
    try:
        return redis.Redis.from_url(url, **arguments)
    except (ValueError, TypeError) as error:
        raise _bad_url(str(error), url) from None


def connection_options(timeout_s: float) -> dict[str, Any]:
    """The waits of a TCP connection, for redis-py and for kombu's transport alike."""
    return {
        "socket_timeout": timeout_s,
        "socket_connect_timeout": min(_CONNECT_TIMEOUT_S, timeout_s),
        "socket_keepalive": True,
        "health_check_interval": _HEALTH_CHECK_S,
    }


def redis_url(settings: Settings) -> str:
    """The URL in use. It may hold a password: show `safe_url` of it to people, never this."""
    if settings.redis.url is None:
        return EmbeddedValkey(settings.state_dir).url
    return _with_user(settings.redis.url.get_secret_value().strip(), settings.redis)


def _with_user(url: str, options: Redis) -> str:
    """The URL with the user and password that have settings of their own."""
    if options.password is None:
        return url
    user = quote(options.username or "", safe="")
    password = quote(options.password.get_secret_value(), safe="")
    scheme, _, place = url.partition("://")
    return f"{scheme}://{user}:{password}@{place}"


def safe_url(url: str) -> str:
    """A URL for people: user and password masked."""
    parts = URL.fullmatch(url)
    if parts is None:
        return "***"
    query = [(name, "***" if "pass" in name else value) for name, value in parse_qsl(parts["query"] or "")]
    asked = f"?{urlencode(query, safe='*/')}" if query else ""
    who = "***@" if parts["who"] is not None else ""
    return f"{parts['scheme']}://{who}{parts['places']}{parts['path']}{asked}"


class Risk(NamedTuple):
    """A setting of the server by which work may be lost."""

    setting: str
    value: str
    risk: str


def check_server(client: redis.Redis) -> list[Risk]:
    """Look at the server once, at a start; the caller tells each risk (`tell`).

    Raises:
        OutageError: it can't be reached.
        ConfigError: it refuses us, is older than Redis 6.2, or is a Redis Cluster.
    """
    with redis_errors():
        facts: dict[str, Any] = dict(client.info("everything"))
        saves = _setting(client, "save")
    version = str(facts.get("redis_version", "0"))
    if _version(version) < _OLDEST:
        raise ConfigError(
            f"The server of redis.url (NEWSDROP_REDIS_URL) is Redis {version}; newsdrop needs 6.2 or newer."
        )
    if facts.get("cluster_enabled") == 1:
        raise ConfigError(
            "The server of redis.url (NEWSDROP_REDIS_URL) is a Redis Cluster. The scripts write several keys "
            "at once, which a cluster can't do: name a single server (with replicas, if you like)."
        )
    return list(_risks(facts, saves))


def tell(risks: Sequence[Risk]) -> None:
    """Report risks as `redis.risk`."""
    for one in risks:
        emit("redis.risk", setting=one.setting, value=one.value, risk=one.risk)


def warn_of_risks(client: redis.Redis) -> None:
    """Look at the server and report its risks, at a start that doesn't depend on it being there.

    Raises:
        ConfigError: as `check_server`.
    """
    # Whoever starts next reports an outage itself, and waits.
    with suppress(OutageError):
        tell(check_server(client))


def _risks(facts: dict[str, Any], saves: str | None) -> Iterator[Risk]:
    policy = facts.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        yield Risk("maxmemory-policy", policy, "a full server throws queued work away; set it to noeviction")
    if facts.get("aof_enabled") == 0:
        risk = "what was accepted since the last snapshot is lost when the server restarts; set it to yes"
        if saves == "":
            risk = "a restart empties queue, ledger and dead letters; set appendonly to yes"
        yield Risk("appendonly", "no", risk)


def _setting(client: redis.Redis, name: str) -> str | None:
    """One server setting; None where CONFIG is forbidden, as it is at most hosted servers."""
    try:
        found: Any = client.config_get(name)
    except ResponseError:
        return None
    value = next(iter(found.values()), None)
    return value.decode() if isinstance(value, bytes) else value


def _version(text: str) -> tuple[int, int]:
    major, minor, *_ = [*map(int, re.findall(r"\d+", text)), 0, 0]
    return major, minor


def tls_options(options: Redis) -> dict[str, Any]:
    if options.ca_certs is None:
        return {}
    if not options.ca_certs.is_file():
        raise ConfigError(
            f"redis.ca_certs (NEWSDROP_REDIS_CA_CERTS) names {options.ca_certs}, and there is no such file."
        )
    return {"ssl_ca_certs": str(options.ca_certs)}


def url_scheme(url: str) -> str:
    scheme = url.partition("://")[0].lower() if "://" in url else ""
    if scheme not in _SCHEMES:
        raise _bad_url(f"it begins with none of {', '.join(name + '://' for name in _SCHEMES)}", url)
    try:
        _ = scheme in SENTINEL_SCHEMES or urlsplit(url).port
    except ValueError:
        raise _bad_url(
            "its port is no number from 0 to 65535, or a part of it needs %-escapes", url
        ) from None
    return scheme


def sentinels_of(url: str) -> SentinelPlace:
    try:
        return parse_sentinels(url)
    except ValueError as error:
        raise _bad_url(str(error), url) from None


def _bad_url(reason: str, url: str) -> ConfigError:
    # A library's reason may repeat the URL; a password must not get out that way.
    shown = "it can't be read" if url in reason or "@" in reason else reason
    return ConfigError(f"redis.url (NEWSDROP_REDIS_URL) is no URL of a Redis server: {shown}.")
