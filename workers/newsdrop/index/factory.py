"""Opens the configured store: the only module of the package that knows the settings.

Without NEWSDROP_ELASTICSEARCH_URL, it is the embedded index; a URL that doesn't answer is an outage, never
a reason to fall back to it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from newsdrop.errors import ConfigError
from newsdrop.index.local import LocalStore
from newsdrop.index.store import ElasticsearchOptions, Store
from newsdrop.settings import Settings

if TYPE_CHECKING:
    # Elasticsearch's client takes longer to import than most commands run: import it only if needed.
    from newsdrop.index.access import Access

__all__ = ["import_store", "open_access", "open_store"]


def open_store(settings: Settings) -> Store:
    """The store; opens no connection yet.

    Raises:
        ConfigError: the URL or the certificates' file is wrong.
    """
    options = _server_options(settings)
    if options is None:
        return LocalStore(settings.state_dir / "index.sqlite3")
    from newsdrop.index.elasticsearch import ElasticsearchStore

    return ElasticsearchStore(
        options, settings.index, settings.config_dir, text_chars=settings.limits.text_chars
    )


def import_store(settings: Settings) -> None:
    """Import what `open_store` will need; before a fork, so that all processes share it."""
    if settings.elasticsearch.url is not None:
        import_module("newsdrop.index.elasticsearch")


def open_access(settings: Settings) -> Access:
    """The access to the indexes; opens no connection yet.

    Raises:
        ConfigError: there is no URL (the embedded index knows no users), or it is wrong.
    """
    options = _server_options(settings)
    if options is None:
        raise ConfigError("Only Elasticsearch has users and keys: set NEWSDROP_ELASTICSEARCH_URL.")
    from newsdrop.index.access import Access

    return Access(options, settings.index)


def _server_options(settings: Settings) -> ElasticsearchOptions | None:
    server = settings.elasticsearch
    if server.url is None:
        return None
    return ElasticsearchOptions(
        url=server.url,
        api_key=server.api_key.get_secret_value() if server.api_key else None,
        username=server.username,
        password=server.password.get_secret_value() if server.password else None,
        ca_certs=str(server.ca_certs) if server.ca_certs else None,
        timeout_s=server.timeout_s,
    )
