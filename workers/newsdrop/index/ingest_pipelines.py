"""Whether an index's own ingest pipelines let documents through: one that takes none is no document's fault.

Asked with documents that the index has already, or, of an empty one, with those that were just refused. They
are sent in a way that never writes them, and a pipeline is in the way only if it stops every one. Refuses to
judge a pipeline by one document that was refused: what for may be its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from newsdrop.index.answers import bulk_items, plain_reason
from newsdrop.index.client import Client
from newsdrop.index.encoding import encode_json

__all__ = ["ENOUGH", "pipeline_faults"]

#: So many documents that are refused say something of a pipeline where the index is empty.
ENOUGH: Final = 8
#: No document has this number, wherever a pipeline sends it: a write is refused, but behind the pipeline.
_NEVER: Final = {"if_seq_no": 2**62, "if_primary_term": 1}
_TRIAL_WAIT: Final = "1s"
#: Documents beyond this are left out, or the server could refuse the trial for its size.
_TRIAL_BYTES: Final = 2_000_000


def pipeline_faults(
    client: Client,
    alias: str,
    index: str,
    settings: Mapping[str, Any],
    refused: Sequence[Mapping[str, Any]] = (),
) -> list[str]:
    """Why the index's pipelines take no documents at all: one sentence per reason, with the remedy.

    Args:
        settings: the index's.
        refused: the documents of a bulk of which all were refused.

    Raises:
        OutageError, ConfigError: the server can't be asked.
    """
    named = {
        name: pipeline
        for name in ("default_pipeline", "final_pipeline")
        if (pipeline := settings.get(name)) and pipeline != "_none"
    }
    missing = [
        f"The index {index} names the ingest pipeline {pipeline} (index.{name}), which doesn't "
        "exist: create it, or remove it from the index's settings."
        for name, pipeline in named.items()
        if not _exists(client, pipeline)
    ]
    if missing or not named:
        return missing
    stopped = _what_stops_all(client, alias, index, refused)
    if not stopped:
        return []
    which = " or ".join(f"{pipeline} (index.{name})" for name, pipeline in named.items())
    return [
        f"The ingest pipeline {which} of the index {index} takes no documents: it {stopped}. Mend it, or "
        "remove it from the index's settings."
    ]


def _exists(client: Client, name: str) -> bool:
    with client.translated():
        answer = client.api.options(ignore_status=(403, 404)).ingest.get_pipeline(id=name, summary=True)
    # Without permission to ask we don't know; the answer to a write will say it.
    return answer.meta.status != 404


def _what_stops_all(client: Client, alias: str, index: str, refused: Sequence[Mapping[str, Any]]) -> str:
    """What the pipelines do with each of some documents; "" if one is let through, or there are none."""
    samples = [hit["_source"] for hit in _some_of(client, alias)] or refused[:ENOUGH]
    if not samples:
        return ""
    operations: list[Any] = []
    for number, source in enumerate(samples):
        action = {"index": {"_id": f"newsdrop-trial-{number}", **_NEVER}}
        operations.append(encode_json(action) + b"\n" + encode_json(source) + b"\n")
        if sum(map(len, operations)) > _TRIAL_BYTES:
            break
    with client.translated():
        answer = client.api.bulk(index=alias, operations=operations, require_alias=True, timeout=_TRIAL_WAIT)
    said = [
        _what_stops(item, index, f"newsdrop-trial-{number}")
        for number, item in enumerate(bulk_items(answer.body) or [{}])
    ]
    return said[0] if all(said) else ""


def _some_of(client: Client, alias: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.search(index=alias, size=ENOUGH, sort="_doc")["hits"]["hits"]
    return found


def _what_stops(item: Mapping[str, Any], index: str, name: str) -> str:
    status, error = item.get("status", 0), item.get("error")
    if item.get("result") == "noop":
        return "drops them"
    if status == 404 or item.get("_index", index) != index:
        return f"sends them elsewhere ({item.get('_index', 'nowhere')})"
    if item.get("_id", name) != name:
        return "gives them other ids"
    return f"fails ({plain_reason(error)})" if status == 400 else ""
