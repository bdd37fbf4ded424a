"""The store that the settings ask for: the only module of the room that knows them.

Without NEWSDROP_ELASTICSEARCH_URL it is the embedded index; a URL that doesn't answer is an outage and never
a reason to fall back to it.
"""

from __future__ import annotations

from newsdrop.index.elasticsearch import ElasticsearchStore
from newsdrop.index.local import LocalStore
from newsdrop.index.store import ElasticsearchOptions, IndexOptions, Store
from newsdrop.settings import Settings

__all__ = ["index_options", "open_store"]


def open_store(settings: Settings) -> Store:
    """The store; opens no connection yet.

    Raises:
        ConfigError: the URL or the certificates' file is wrong.
    """
    server = settings.elasticsearch
    if server.url is None:
        return LocalStore(settings.state_dir / "index.sqlite3")
    options = ElasticsearchOptions(
        url=server.url,
        api_key=server.api_key.get_secret_value() if server.api_key else None,
        username=server.username,
        password=server.password.get_secret_value() if server.password else None,
        ca_certs=str(server.ca_certs) if server.ca_certs else None,
        timeout_s=server.timeout_s,
    )
    return ElasticsearchStore(options, index_options(settings), settings.config_dir)


def index_options(settings: Settings) -> IndexOptions:
    """The settings of the group `index`, as the room takes them."""
    return IndexOptions(**settings.index.model_dump())
