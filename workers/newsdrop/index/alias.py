"""Requests that store and migration share: the index behind an alias, and all documents of an index."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from newsdrop.errors import ConfigError, OutageError
from newsdrop.index.answers import bulk_items, error_type
from newsdrop.index.client import Client
from newsdrop.index.encoding import encode_json
from newsdrop.index.ingest_pipelines import pipeline_faults
from newsdrop.index.mapping import mapping_version, strange_metadata, write_blocks

__all__ = [
    "Behind",
    "behind_alias",
    "frozen_pages",
    "index_behind",
    "index_id",
    "refusals",
    "scan",
    "send_trial",
    "try_write",
]

_SCROLL = "2m"
_PAGE = 1_000
#: Results with their texts: fewer at a time, because the reader may be a person with a pager.
_HITS = 200
_FROZEN = "10m"
#: A write that can't succeed: it claims to replace a document that doesn't exist, and no id of ours looks so.
_TRIAL = encode_json({"index": {"_id": "newsdrop-trial", "if_seq_no": 0, "if_primary_term": 1}}) + b"\n{}\n"
_TRIAL_WAIT = "1s"


class Behind(msgspec.Struct, frozen=True):
    """The one index behind an alias."""

    name: str
    mapping_version: int | None
    uuid: str


def behind_alias(client: Client, alias: str) -> Behind:
    """The index behind an alias.

    Raises:
        ConfigError: there is none, or more than one, or an index with that name.
        OutageError: the server doesn't answer.
    """
    found = _look_behind(client, alias)
    if found is None:
        raise ConfigError(
            f"Elasticsearch at {client.where} has no index {alias}: create it with `newsdrop index init`, "
            "or check NEWSDROP_INDEX_ALIAS."
        )
    return found


def index_id(client: Client, alias: str) -> str | None:
    """The UUID of the index behind an alias; None if there is no index.

    Raises:
        ConfigError: the alias names an index that isn't ours, or several.
        OutageError: the server doesn't answer.
    """
    found = _look_behind(client, alias)
    return found.uuid if found is not None else None


def _look_behind(client: Client, alias: str) -> Behind | None:
    with client.translated():
        answer = client.api.indices.get(
            index=alias,
            features="aliases,mappings,settings",
            filter_path="*.aliases,*.mappings._meta,*.settings.index.uuid",
            ignore_unavailable=True,
        ).body
    if not answer:
        return None
    if alias in answer:
        raise ConfigError(
            f"{alias} is an index at {client.where}, but newsdrop needs that name for an alias: choose "
            "another with NEWSDROP_INDEX_ALIAS, or delete that index if it isn't needed."
        )
    _require_one(alias, answer)
    name, facts = next(iter(answer.items()))
    return Behind(name, mapping_version(facts.get("mappings", {})), facts["settings"]["index"]["uuid"])


def _require_one(alias: str, names: Collection[str]) -> None:
    if len(names) > 1:
        raise ConfigError(
            f"The alias {alias} names several indexes ({', '.join(sorted(names))}): keep one, that with the "
            "articles (POST /_aliases takes it from the others). An index of newsdrop can't be rolled over, "
            "because an article could then be in several: if a lifecycle policy (ILM) did so, let its index "
            "template leave out newsdrop's indexes."
        )


def refusals(
    client: Client, alias: str, index: str, refused: Sequence[Mapping[str, Any]] | None = ()
) -> list[str]:
    """Why an index would accept no documents at all: one sentence per reason, with the remedy.

    Args:
        refused: the documents of a bulk of which all were refused. None: nothing is to be written, so only
            what keeps an index from being searched is a reason.

    Raises:
        OutageError, ConfigError: the server can't be asked.
    """
    with client.translated():
        answer = client.api.indices.get(
            index=index,
            features="aliases,mappings,settings",
            filter_path="*.aliases,*.settings,*.mappings._routing,*.mappings._source",
            expand_wildcards="all",
        )
    facts = answer[index]
    settings = facts["settings"]["index"]
    if str(settings.get("verified_before_close", "")).lower() == "true":
        # Nothing more can be asked of it.
        return [f"The index {index} is closed: open it (POST /{index}/_open)."]
    if refused is None:
        return []
    said = strange_metadata(facts.get("mappings", {}))
    if facts["aliases"].get(alias, {}).get("is_write_index") is False:
        said.append(f"The alias {alias} has no index to write to: set is_write_index for {index}.")
    return said + pipeline_faults(client, alias, index, settings, refused)


def try_write(client: Client, alias: str, index: str) -> None:
    """Return if the index behind the alias would take documents now; writes nothing.

    Its blocks are looked at first, because their names say what to do; then whether all of its shards are
    there, since the trial write goes to one of them. The trial meets the other causes: a block on the whole
    cluster, a missing privilege.

    Raises:
        OutageError, ConfigError: it takes none, or can't be asked.
    """
    with client.translated():
        settings = client.api.indices.get_settings(index=index, name="index.blocks.*")
    blocked = write_blocks(settings.body.get(index, {}).get("settings", {}).get("index", {}))
    if blocked:
        raise OutageError(f"Elasticsearch at {client.where} blocks the index {index}. {' '.join(blocked)}")
    client.count(index=alias)
    send_trial(client, alias)


def send_trial(client: Client, alias: str) -> None:
    """The trial write alone: what it meets is met by all documents.

    Raises:
        OutageError, ConfigError: as `try_write`.
    """
    operations: list[Any] = [_TRIAL]
    with client.translated():
        answer = client.api.bulk(index=alias, operations=operations, require_alias=True, timeout=_TRIAL_WAIT)
    items = bulk_items(answer.body)
    if not items:
        raise OutageError(f"What answers at {client.where} is no bulk of Elasticsearch: a proxy?")
    status, error = items[0]["status"], items[0].get("error")
    about_us = status in (401, 403, 404, 429) or status >= 500
    if error is not None and (about_us or error_type(error) == "cluster_block_exception"):
        raise client.from_answer(status, error)


def index_behind(client: Client, alias: str) -> frozenset[str]:
    """The name of the index behind an alias; none if there is no such alias.

    Raises:
        ConfigError: there are several, as after a rollover: an article could be in each of them.
        OutageError, ConfigError: the server can't be asked.
    """
    with client.translated():
        answer = client.api.options(ignore_status=404).indices.get_alias(name=alias)
    found = frozenset(answer.body) if answer.meta.status == 200 else frozenset()
    _require_one(alias, found)
    return found


def scan(
    client: Client, index: str, query: dict[str, Any], *, fields: Sequence[str] = ()
) -> Iterator[dict[str, Any]]:
    """Every hit of a query, unordered, with version and sequence number, as of the last refresh."""
    page = client.search(
        index=index,
        query=query,
        scroll=_SCROLL,
        size=_PAGE,
        sort="_doc",
        version=True,
        seq_no_primary_term=True,
        source_includes=list(fields),
        source=bool(fields),
    )
    scroll_id = page["_scroll_id"]
    try:
        while page["hits"]["hits"]:
            yield from page["hits"]["hits"]
            with client.translated():
                page = client.api.scroll(scroll_id=scroll_id, scroll=_SCROLL).body
            # A node that was lost meanwhile takes its part of the hits along.
            client.check_shards(page)
            scroll_id = page["_scroll_id"]
    finally:
        with client.translated():
            client.api.options(ignore_status=404).clear_scroll(scroll_id=scroll_id)


def frozen_pages(
    client: Client,
    index: str,
    *,
    query: dict[str, Any],
    sort: list[dict[str, Any]],
    source_includes: list[str],
) -> Iterator[dict[str, Any]]:
    """Every hit of a query in the order of `sort`, of the index as it is at the first request."""
    with client.translated():
        point = client.api.open_point_in_time(index=index, keep_alive=_FROZEN).body["id"]
    after: list[Any] | None = None
    try:
        while True:
            page = client.search(
                pit={"id": point, "keep_alive": _FROZEN},
                query=query,
                # Keeps the order of equal hits the same on every page.
                sort=[*sort, {"_shard_doc": {"order": "asc"}}],
                search_after=after,
                source_includes=source_includes,
                size=_HITS,
                track_total_hits=False,
                track_scores=True,
            )
            point, hits = page["pit_id"], page["hits"]["hits"]
            if not hits:
                return
            yield from hits
            after = hits[-1]["sort"]
    finally:
        with client.translated():
            client.api.options(ignore_status=404).close_point_in_time(id=point)
