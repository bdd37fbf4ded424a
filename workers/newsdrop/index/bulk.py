"""Bulk requests: their bytes, and what each item of the answer means for its document.

Pure. Only `index` (and `delete`) operations with external versions: a single `create` or `update` among them
makes Elasticsearch refuse the whole bulk.
"""

from __future__ import annotations

from typing import Any

import msgspec

from newsdrop.documents import Document, ItemResult
from newsdrop.index.client import error_type, plain_reason
from newsdrop.index.encoding import encode_json

__all__ = ["Line", "delete_line", "index_line", "item_result"]


class Line(msgspec.Struct, frozen=True):
    """One operation of a bulk, ready to be sent."""

    document_id: str
    body: bytes


def index_line(document: Document) -> Line:
    """Writes the document unless something newer is there."""
    return Line(
        document.id, _action("index", document.id, document.version) + encode_json(document.source) + b"\n"
    )


def delete_line(document_id: str, version: int) -> Line:
    """Deletes the document unless something newer than `version` is there."""
    return Line(document_id, _action("delete", document_id, version))


def item_result(line: Line, item: dict[str, Any]) -> ItemResult:
    """What became of one operation. 429 and 5xx may pass; whatever else fails is refused for good."""
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


def _action(name: str, document_id: str, version: int) -> bytes:
    # Ids are ours: hex digits, or a dead letter's; encoded all the same.
    fields = {"_id": document_id, "version": version, "version_type": "external_gte"}
    return encode_json({name: fields}) + b"\n"
