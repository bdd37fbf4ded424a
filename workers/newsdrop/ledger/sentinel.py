"""Redis behind Sentinel: the URL that names the sentinels, and what redis-py and kombu are told of it.

    sentinel://user:password@host1:26379,host2:26379/service/0
    sentinels://…                                              TLS to Redis and sentinels alike

User and password are those of the Redis servers; sentinels that want their own are given them as
`?sentinel_username=…&sentinel_password=…`. Whoever connects asks the sentinels anew who is primary, so a
failover is an ordinary broken connection. Refuses to read from replicas: the ledger has one truth.
"""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import parse_qsl, quote, unquote

import msgspec
import redis
from redis.sentinel import Sentinel

__all__ = ["SCHEMES", "URL", "SentinelPlace", "parse_sentinels", "primary_of"]

SCHEMES: Final = ("sentinel", "sentinels")
_DEFAULT_PORT: Final = 26379
#: The parts of a URL with an authority, whatever stands in them (RFC 3986, appendix B). Not `urlsplit`: some
#: versions of Python refuse several hosts of which one is an IPv6 address.
URL: Final = re.compile(
    r"(?P<scheme>[^:/?#]+)://(?:(?P<who>[^/?#]*)@)?(?P<places>[^/?#]*)(?P<path>[^?#]*)"
    r"(?:\?(?P<query>[^#]*))?(?:#(?P<fragment>.*))?",
    re.DOTALL,
)
_HOST: Final = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\[\]:]+)(?::(?P<port>\d{1,5}))?")
_OPTIONS: Final = {"sentinel_username", "sentinel_password"}


class SentinelPlace(msgspec.Struct, frozen=True, kw_only=True):
    """What a URL says. Its passwords stay out of `repr`."""

    hosts: tuple[tuple[str, int], ...]
    service: str
    database: int
    tls: bool
    username: str | None = None
    password: str | None = None
    sentinel_username: str | None = None
    sentinel_password: str | None = None

    def __repr__(self) -> str:
        return f"SentinelPlace(service={self.service!r})"

    def broker_url(self) -> str:
        """The same in Celery's spelling: one URL for each sentinel. The service is a transport option."""
        user = ""
        if self.password is not None:
            user = f"{quote(self.username or '', safe='')}:{quote(self.password, safe='')}@"
        return ";".join(
            f"sentinel://{user}{_spell(host)}:{port}/{self.database}" for host, port in self.hosts
        )

    def transport_options(self, timeouts: dict[str, Any], tls: dict[str, Any]) -> dict[str, Any]:
        """kombu's options: which service, and how to reach the sentinels themselves."""
        return {"master_name": self.service, "sentinel_kwargs": self.sentinel_arguments(timeouts, tls)}

    def sentinel_arguments(self, timeouts: dict[str, Any], tls: dict[str, Any]) -> dict[str, Any]:
        """What redis-py needs to talk to a sentinel."""
        arguments = {name: value for name, value in timeouts.items() if name.startswith("socket_")}
        if self.tls:
            arguments |= {"ssl": True, **tls}
        if self.sentinel_password is not None:
            arguments |= {"username": self.sentinel_username, "password": self.sentinel_password}
        return arguments


def parse_sentinels(url: str) -> SentinelPlace:
    """Read a URL.

    Raises:
        ValueError: why it is none; the text repeats no part that could be a password.
    """
    parts = URL.fullmatch(url)
    scheme = parts["scheme"].lower() if parts else ""
    if parts is None or scheme not in SCHEMES or parts["fragment"] is not None:
        raise ValueError("it isn't like sentinel://host1:26379,host2:26379/service/0")
    username, _, password = (parts["who"] or "").partition(":")
    service, _, database = unquote(parts["path"]).strip("/").partition("/")
    if not service:
        raise ValueError("it names no service, as in sentinel://host1:26379,host2:26379/service/0")
    if database and not database.isdecimal():
        raise ValueError("its database is no number")
    query = parts["query"] or ""
    options = dict(parse_qsl(query, strict_parsing=bool(query)))
    if options.keys() - _OPTIONS:
        raise ValueError(f"it knows no options but {', '.join(sorted(_OPTIONS))}")
    return SentinelPlace(
        hosts=tuple(_host(place) for place in parts["places"].split(",")),
        service=service,
        database=int(database or 0),
        tls=scheme == "sentinels",
        username=unquote(username) or None,
        password=unquote(password) if password else None,
        sentinel_username=options.get("sentinel_username"),
        sentinel_password=options.get("sentinel_password"),
    )


def primary_of(place: SentinelPlace, arguments: dict[str, Any], tls: dict[str, Any]) -> redis.Redis:
    """A client for the service's primary, whoever that is when a connection is made.

    Args:
        arguments: redis-py's, for the connections to Redis itself.
    """
    own = dict(arguments)
    if place.tls:
        own |= {"ssl": True, **tls}
    # redis-py's types leave these two out.
    sentinels = Sentinel(  # type: ignore[no-untyped-call]
        place.hosts, sentinel_kwargs=place.sentinel_arguments(arguments, tls)
    )
    client: redis.Redis = sentinels.master_for(  # type: ignore[no-untyped-call]
        place.service, db=place.database, username=place.username, password=place.password, **own
    )
    return client


def _host(text: str) -> tuple[str, int]:
    match = _HOST.fullmatch(text)
    port = int(match["port"] or _DEFAULT_PORT) if match else 0
    if match is None or not 0 < port <= 65_535:
        raise ValueError("a sentinel in it is not spelt host:port")
    return match["host"].strip("[]"), port


def _spell(host: str) -> str:
    return f"[{host}]" if ":" in host else host
