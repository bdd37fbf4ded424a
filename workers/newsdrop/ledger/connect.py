"""How this process connects to Redis: one client for us, one URL for Celery, and the server's risky settings.

    redis.url (NEWSDROP_REDIS_URL)   redis://…  rediss://…  unix:///path?db=0  sentinel://… (addresses.py)
      redis.username, .password      instead of those in the URL
    nothing                          the embedded Valkey's socket in state_dir

Nothing here waits without a bound, and no message carries a URL's password. Redis Cluster is refused: one
script writes keys that a cluster would keep on different servers.
"""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote

import redis
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from newsdrop.addresses import RedisAddress, parse_redis
from newsdrop.configfiles import check_readable
from newsdrop.errors import ConfigError, OutageError
from newsdrop.events import emit
from newsdrop.ledger.embedded import DRIVER, EmbeddedValkey
from newsdrop.ledger.gauges import evicting
from newsdrop.ledger.redis_errors import redis_errors
from newsdrop.ledger.sentinel import primary_of
from newsdrop.settings import Redis, Settings

__all__ = [
    "Risk",
    "RiskWatch",
    "check_server",
    "connect",
    "connect_url",
    "connection_options",
    "redis_address",
    "report_risks",
    "tls_options",
    "warn_of_risks",
]

#: The scripts need the commands of Redis 6.2; Valkey begins at 7.2.
_OLDEST = (6, 2)
_CONNECT_TIMEOUT_S: Final = 5.0
#: Idle connections are tested this often, so that a batch isn't the first to find a dropped connection.
_HEALTH_CHECK_S: Final = 25
_RISKS_EVERY_S: Final = 60.0
_SETTING: Final = "redis.url (NEWSDROP_REDIS_URL)"
_CERTIFICATE_CHECKS: Final = {
    "none": ssl.CERT_NONE,
    "optional": ssl.CERT_OPTIONAL,
    "required": ssl.CERT_REQUIRED,
}


def connect(settings: Settings, *, retries: int = 2) -> redis.Redis:
    """A client for the configured Redis that returns bytes; it connects on first use.

    Args:
        retries: how often a command is sent again if the connection broke. Our scripts tolerate that; a
            producer's XADD doesn't, so producers pass 0.

    Raises:
        ConfigError: the URL is invalid, or a TLS file can't be read.
    """
    return _client(redis_address(settings), settings.redis, retries)


def connect_url(
    url: str, options: Redis | None = None, *, retries: int = 2, named: str = _SETTING
) -> redis.Redis:
    """The same for one URL; `named`: its name in the error message."""
    return _client(_read(url, named), options or Redis(), retries)


def redis_address(settings: Settings) -> RedisAddress:
    """The server in use, with user and password, which may come from their own settings."""
    options = settings.redis
    if options.url is None:
        return RedisAddress(scheme="unix", path=str(EmbeddedValkey(settings.state_dir).socket))
    address = _read(options.url.get_secret_value(), _SETTING)
    if options.password is None:
        return address
    return address.with_user(options.username, options.password.get_secret_value())


def connection_options(address: RedisAddress, timeout_s: float) -> dict[str, Any]:
    """The timeouts of a connection, for redis-py and kombu's transport; the URL's own take precedence."""
    waits: dict[str, Any] = {"socket_timeout": timeout_s, "health_check_interval": _HEALTH_CHECK_S}
    if address.scheme != "unix":
        waits |= {"socket_connect_timeout": min(_CONNECT_TIMEOUT_S, timeout_s), "socket_keepalive": True}
    asked = {name: value for name, value in address.options.items() if not name.startswith("ssl_")}
    if address.scheme == "unix":
        for name in ("socket_connect_timeout", "socket_keepalive"):
            asked.pop(name, None)
    return waits | asked


def tls_options(options: Redis, address: RedisAddress) -> dict[str, Any]:
    """The TLS options for redis-py and kombu; the certificate is verified unless the URL says otherwise."""
    if not address.tls:
        return {}
    found = {name: value for name, value in address.options.items() if name.startswith("ssl_")}
    for name in ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile"):
        if name in found:
            check_readable(f"The option {name} of {_SETTING}", Path(found[name]))
    if options.ca_certs is not None:
        check_readable("redis.ca_certs (NEWSDROP_REDIS_CA_CERTS)", options.ca_certs)
        found["ssl_ca_certs"] = str(options.ca_certs)
    found["ssl_cert_reqs"] = _CERTIFICATE_CHECKS[found.get("ssl_cert_reqs", "required")]
    if found["ssl_cert_reqs"] == ssl.CERT_NONE:
        found["ssl_check_hostname"] = False
    return found


def _client(address: RedisAddress, options: Redis, retries: int) -> redis.Redis:
    arguments: dict[str, Any] = connection_options(address, options.timeout_s) | {
        "retry": Retry(ExponentialBackoff(cap=1.0, base=0.05) if retries else NoBackoff(), retries),
        "retry_on_error": [RedisConnectionError, RedisTimeoutError] if retries else [],
        "driver_info": DRIVER,
    }
    tls = tls_options(options, address)
    if address.behind_sentinels:
        return primary_of(address, arguments, tls)
    place = f"{address.user_part}{address.places}"
    where = f"{quote(address.path)}?db={address.database}" if address.path else f"/{address.database}"
    return redis.Redis.from_url(f"{address.scheme}://{place}{where}", **arguments, **tls)


def _read(url: str, named: str) -> RedisAddress:
    try:
        return parse_redis(url)
    except ValueError as error:
        raise ConfigError(f"{named} is not the URL of a Redis server: {error}.") from None


class Risk(NamedTuple):
    """A setting of the server with which work may be lost."""

    setting: str
    value: str
    risk: str


def check_server(client: redis.Redis) -> list[Risk]:
    """Check the server once, at the start; the caller reports each risk (`report_risks`).

    Raises:
        OutageError: it can't be reached.
        ConfigError: it rejects our credentials, is older than Redis 6.2, or is a Redis Cluster.
    """
    with redis_errors(client):
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
            "at once, which a cluster can't do: name a single server (replicas are fine)."
        )
    return list(_risks(facts, saves))


def report_risks(risks: Sequence[Risk]) -> None:
    """Report risks as `redis.risk`."""
    for one in risks:
        emit("redis.risk", setting=one.setting, value=one.value, risk=one.risk)


def warn_of_risks(client: redis.Redis) -> None:
    """Check the server and report its risks, at a start that doesn't require the server.

    Raises:
        ConfigError: like `check_server`.
    """
    # The process that starts next reports an outage itself, and waits.
    with suppress(OutageError):
        report_risks(check_server(client))


class RiskWatch:
    """Reports risks that the server's settings bring while this process runs; asks for them once a minute.

    Args:
        known: what was reported at the start.
    """

    def __init__(
        self, client: redis.Redis, known: Sequence[Risk], clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._known = set(known)
        self._clock_s = clock_s
        self._next_s = clock_s() + _RISKS_EVERY_S

    def look(self) -> None:
        """Report what is new.

        Raises:
            OutageError, ConfigError: like `check_server`.
        """
        if self._clock_s() < self._next_s:
            return
        self._next_s = self._clock_s() + _RISKS_EVERY_S
        found = check_server(self._client)
        report_risks([one for one in found if one not in self._known])
        self._known = set(found)


def _risks(facts: dict[str, Any], saves: str | None) -> Iterator[Risk]:
    if policy := evicting(facts):
        yield Risk("maxmemory-policy", policy, "a full server deletes queued work; set it to noeviction")
    if facts.get("aof_enabled") == 0:
        risk = "what was accepted since the last snapshot is lost if the server restarts; set it to yes"
        if saves == "":
            risk = "a restart empties queue, ledger and dead letters; set appendonly to yes"
        yield Risk("appendonly", "no", risk)


def _setting(client: redis.Redis, name: str) -> str | None:
    """One server setting; None if CONFIG is forbidden, as it is on most hosted servers."""
    try:
        found: Any = client.config_get(name)
    except ResponseError:
        return None
    value = next(iter(found.values()), None)
    return value.decode() if isinstance(value, bytes) else value


def _version(text: str) -> tuple[int, int]:
    major, minor, *_ = [*map(int, re.findall(r"\d+", text)), 0, 0]
    return major, minor
