"""The address of the ledger's Redis for Celery's transport: URL, timeouts, TLS and sentinels.

One setting names the server (addresses.py parses it); this module only translates it, and opens no
connection. No options go into the URL, because kombu interprets them differently from redis-py.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from newsdrop.ledger.connect import connection_options, redis_address, tls_options
from newsdrop.ledger.sentinel import sentinel_arguments
from newsdrop.settings import Settings

__all__ = ["broker_options", "broker_tls", "broker_url"]


def broker_url(settings: Settings) -> str:
    """The URL for Celery's transport: a socket is `redis+socket://`, each sentinel a URL.

    Raises:
        ConfigError: the URL is invalid.
    """
    address = redis_address(settings)
    if address.behind_sentinels:
        own = (
            f"sentinel://{address.user_part}{place}/{address.database}" for place in address.places.split(",")
        )
        return ";".join(own)
    if address.path:
        return f"redis+socket://{address.user_part}{quote(address.path)}?virtual_host={address.database}"
    return f"{address.scheme}://{address.user_part}{address.places}/{address.database}"


def broker_tls(settings: Settings) -> dict[str, Any] | None:
    """Celery's `broker_use_ssl`; None without TLS."""
    return tls_options(settings.redis, redis_address(settings)) or None


def broker_options(settings: Settings) -> dict[str, Any]:
    """The transport's options besides the URL: timeouts, and the service that the sentinels monitor."""
    address = redis_address(settings)
    waits = connection_options(address, settings.redis.timeout_s)
    if not address.behind_sentinels:
        return waits
    tls = tls_options(settings.redis, address)
    return waits | {
        "master_name": address.service,
        "sentinel_kwargs": sentinel_arguments(address, waits, tls),
    }
