"""Redis behind Sentinel: redis-py's arguments for the sentinels, and a client for the current primary.

Every new connection asks the sentinels for the primary, so a failover looks like any broken connection.
addresses.py parses the URL. Never reads from replicas: the ledger must not show outdated states.
"""

from __future__ import annotations

from typing import Any

import redis
from redis.sentinel import Sentinel

from newsdrop.addresses import RedisAddress

__all__ = ["primary_of", "sentinel_arguments"]


def sentinel_arguments(
    address: RedisAddress, timeouts: dict[str, Any], tls: dict[str, Any]
) -> dict[str, Any]:
    """redis-py's arguments for connecting to a sentinel."""
    arguments = {name: value for name, value in timeouts.items() if name.startswith("socket_")}
    if address.tls:
        arguments |= {"ssl": True, **tls}
    if address.sentinel_password is not None:
        arguments |= {"username": address.sentinel_username, "password": address.sentinel_password}
    return arguments


def primary_of(address: RedisAddress, arguments: dict[str, Any], tls: dict[str, Any]) -> redis.Redis:
    """A client for the service's primary at the time when a connection is made.

    Args:
        arguments: redis-py's, for the connections to Redis itself.
    """
    own = dict(arguments)
    if address.tls:
        own |= {"ssl": True, **tls}
    sentinels = Sentinel(address.hosts, sentinel_kwargs=sentinel_arguments(address, arguments, tls))
    client: redis.Redis = sentinels.master_for(
        address.service, db=address.database, username=address.username, password=address.password, **own
    )
    return client
