"""The ledger's Redis as Celery's transport wants it told: URL, TLS and sentinels.

One setting names the server (ledger/connect.py); this only translates it, and opens no connection.
"""

from __future__ import annotations

import ssl
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from newsdrop.ledger.connect import connection_options, redis_url, sentinels_of, tls_options, url_scheme
from newsdrop.ledger.sentinel import SCHEMES as SENTINEL_SCHEMES
from newsdrop.settings import Settings

__all__ = ["broker_tls", "broker_url", "sentinel_options"]


def broker_url(settings: Settings) -> str:
    """The same server as Celery's transport spells it (unix sockets are `redis+socket://`).

    Raises:
        ConfigError: the URL can't be one.
    """
    url = redis_url(settings)
    scheme = url_scheme(url)
    if scheme in SENTINEL_SCHEMES:
        return sentinels_of(url).broker_url()
    if scheme != "unix":
        return url
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    database = query.get("db", "0")
    user = f"{parts.username or ''}:{parts.password}@" if parts.password else ""
    return f"redis+socket://{user}{parts.path}?{urlencode({'virtual_host': database})}"


def broker_tls(settings: Settings) -> dict[str, Any] | None:
    """Celery's `broker_use_ssl`; None without TLS."""
    if url_scheme(redis_url(settings)) not in ("rediss", "sentinels"):
        return None
    return {**tls_options(settings.redis), "ssl_cert_reqs": ssl.CERT_REQUIRED}


def sentinel_options(settings: Settings) -> dict[str, Any]:
    """What Celery's transport must know besides the URL, when that names sentinels."""
    url = redis_url(settings)
    if url_scheme(url) not in SENTINEL_SCHEMES:
        return {}
    timeouts = connection_options(settings.redis.timeout_s)
    return sentinels_of(url).transport_options(timeouts, tls_options(settings.redis))
