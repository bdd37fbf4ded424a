"""Questions that store and migration share: what stands behind an alias, and every document of an index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from newsdrop.errors import ConfigError
from newsdrop.index.client import Client
from newsdrop.index.mapping import mapping_version

__all__ = ["Behind", "behind_alias", "scan"]

_SCROLL = "2m"
_PAGE = 1_000


class Behind(msgspec.Struct, frozen=True):
    """The one index behind an alias."""

    name: str
    mapping_version: int | None


def behind_alias(client: Client, alias: str) -> Behind:
    """The index behind an alias.

    Raises:
        ConfigError: there is none, or more than one, or an index of that very name.
        OutageError: nobody answers.
    """
    with client.translated():
        answer = client.api.indices.get(
            index=alias,
            features="aliases,mappings",
            filter_path="*.aliases,*.mappings._meta",
            ignore_unavailable=True,
        ).body
    if not answer:
        raise ConfigError(
            f"Elasticsearch at {client.where} has no index {alias}: create it with `newsdrop index init`, "
            "or check NEWSDROP_INDEX_ALIAS."
        )
    if alias in answer:
        raise ConfigError(
            f"{alias} is an index at {client.where}, and newsdrop needs that name for an alias: choose "
            "another with NEWSDROP_INDEX_ALIAS, or delete that index if nobody needs it."
        )
    if len(answer) > 1:
        raise ConfigError(f"The alias {alias} names several indexes ({', '.join(sorted(answer))}): keep one.")
    name, facts = next(iter(answer.items()))
    return Behind(name, mapping_version(facts.get("mappings", {})))


def scan(
    client: Client, index: str, query: dict[str, Any], *, fields: Sequence[str] = ()
) -> Iterator[dict[str, Any]]:
    """Every hit of a query, in no order, with its version and sequence number; sees the last refresh."""
    with client.translated():
        page = client.api.search(
            index=index,
            query=query,
            scroll=_SCROLL,
            size=_PAGE,
            sort="_doc",
            version=True,
            seq_no_primary_term=True,
            source_includes=list(fields),
            source=bool(fields),
        ).body
    scroll_id = page["_scroll_id"]
    try:
        while page["hits"]["hits"]:
            yield from page["hits"]["hits"]
            with client.translated():
                page = client.api.scroll(scroll_id=scroll_id, scroll=_SCROLL).body
            scroll_id = page["_scroll_id"]
    finally:
        with client.translated():
            client.api.options(ignore_status=404).clear_scroll(scroll_id=scroll_id)
