"""Bulk requests: their bytes, and what each item of the answer means for its document.

Pure. Only `index` (and `delete`) operations with external versions: a single `create` or `update` among them
makes Elasticsearch refuse the whole bulk.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from newsdrop.documents import Document, ItemResult
from newsdrop.errors import ConfigError
from newsdrop.index.answers import error_type, plain_reason
from newsdrop.index.document import told_version
from newsdrop.index.encoding import encode_json

__all__ = [
    "Line",
    "Verdict",
    "delete_line",
    "forgotten_soon",
    "index_line",
    "item_result",
    "judge_refused",
    "led_astray",
    "raise_for_index",
]

#: Messages about an index that look like messages about a document, and what a person can do.
_INDEX_WIDE = (
    (
        re.compile(r"pipeline with id \[([^\]]*)\] does not exist"),
        "the index names the ingest pipeline {0}, which doesn't exist: create it, or remove it from the "
        "index's settings (index.default_pipeline, index.final_pipeline)",
    ),
    (
        re.compile(r"no write index is defined for alias \[([^\]]*)\]"),
        "the alias {0} has no index to write to: set is_write_index for one of its indexes",
    ),
    (
        re.compile(r"^index_closed_exception"),
        "the index is closed: open it (POST /<index>/_open)",
    ),
)


class Line(msgspec.Struct, frozen=True):
    """One operation of a bulk, ready to be sent."""

    document_id: str
    body: bytes


def index_line(document: Document) -> Line:
    """The line that writes the document unless a newer one exists."""
    return Line(
        document.id, _action("index", document.id, document.version) + encode_json(document.source) + b"\n"
    )


def delete_line(document_id: str, version: int) -> Line:
    """The line that deletes the document unless one newer than `version` exists."""
    return Line(document_id, _action("delete", document_id, version))


def item_result(line: Line, item: dict[str, Any]) -> ItemResult:
    """The result of one operation. 429 and 5xx may pass; any other failure is final."""
    status, error = item["status"], item.get("error")
    if status < 300:
        return ItemResult(document_id=line.document_id, status="indexed")
    reason = plain_reason(error)
    if status == 409:
        return ItemResult(document_id=line.document_id, status="superseded", reason=reason)
    if status == 429 or status >= 500:
        return ItemResult(document_id=line.document_id, status="busy", reason=reason)
    return ItemResult(
        document_id=line.document_id, status="rejected", reason=f"{error_type(error)}: {reason}"
    )


def led_astray(document_id: str, item: dict[str, Any], indexes: Collection[str]) -> str:
    """What an ingest pipeline did with a document that is not where it should be now; "" if nothing.

    Args:
        indexes: those that may be written to.
    """
    if item["status"] >= 300:
        return ""
    if item.get("result") == "noop":
        return "drops it"
    if item.get("_index", "") not in ("", *indexes):
        return f"sends it to the index {item['_index']}"
    if item.get("_id", document_id) != document_id:
        return "gives it another id"
    return ""


def raise_for_index(results: Sequence[ItemResult], where: str) -> None:
    """Return if refused documents were refused because of their own content.

    Raises:
        ConfigError: the index as a whole accepts nothing; says what to do.
    """
    for result in results:
        if result.status != "rejected":
            continue
        for pattern, remedy in _INDEX_WIDE:
            found = pattern.search(result.reason)
            if found:
                said = remedy.format(*found.groups())
                raise ConfigError(f"Elasticsearch at {where} accepts no documents: {said}.")


def forgotten_soon(document_id: str) -> ItemResult:
    """The result for a write that was refused only by the tombstone of a removal."""
    return ItemResult(
        document_id=document_id, status="busy", reason="the index still remembers the recent removal"
    )


class Verdict(msgspec.Struct, frozen=True):
    """Whether a document that the number of the stored one refuses is written nevertheless, at that number.

    `lowered`: it is the stored one's own file, which now tells an earlier time: other captures may be newer.
    """

    written: bool
    lowered: bool = False


def judge_refused(document: Document, number: int, stored: Mapping[str, Any]) -> Verdict:
    """What becomes of a document when `number` is there, newer than its own, and `stored` the source there.

    The only file of an article is right about it, even if it was corrected to an earlier time. It is stored
    under the number that was there, so against another file counts the time that the stored document tells.
    """
    told = min(number, told_version(stored))
    place = _place_of(stored)
    if place is not None and place == _place_of(document.source):
        return Verdict(written=True, lowered=told > document.version)
    return Verdict(written=told <= document.version)


def _place_of(source: Mapping[str, Any]) -> tuple[str, str | None] | None:
    """The file and member that a document was made from, as the index holds them; None: it had no file."""
    path: str | None = source.get("file", {}).get("path")
    return None if path is None else (path, source.get("archive", {}).get("member"))


def _action(name: str, document_id: str, version: int) -> bytes:
    # Ids are ours: hex digits, or a dead letter's; encoded all the same.
    fields = {"_id": document_id, "version": version, "version_type": "external_gte"}
    return encode_json({name: fields}) + b"\n"
