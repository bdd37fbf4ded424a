"""A dead letter in the form for Kibana: ECS names, bounded, without the inline bytes, which stay in Redis.

Pure. The external version is the letter's revision, so that mirroring twice or late changes nothing.
"""

from __future__ import annotations

from typing import Any

from newsdrop.documents import Attempt, DeadLetter, Document, encode_path
from newsdrop.index.document import path_fields, without_empty
from newsdrop.times import iso_epoch_ms

__all__ = ["build_letter"]

_ATTEMPTS = 200


def build_letter(letter: DeadLetter) -> Document:
    """The mirrored document of a letter."""
    source: dict[str, Any] = {
        "@timestamp": iso_epoch_ms(letter.last_failed_ms),
        "id": letter.id,
        "status": letter.status,
        "stage": letter.stage.value,
        "group": letter.group,
        "error": {
            "type": letter.error_type,
            "message": letter.error_message,
            "stack_trace": letter.stack_trace,
        },
        "attempts": [_attempt(attempt) for attempt in letter.attempts[-_ATTEMPTS:]],
        "tries": len(letter.attempts),
        "first_failed_at": iso_epoch_ms(letter.first_failed_ms),
        "last_failed_at": iso_epoch_ms(letter.last_failed_ms),
        "changed_at": None if letter.changed_ms is None else iso_epoch_ms(letter.changed_ms),
        "changed_by": letter.changed_by,
        "file": _file(letter),
        "archive": {"member": None if letter.member is None else encode_path(letter.member)},
        "content_bytes": _content_bytes(letter),
        "collection": letter.collection,
        "receipt": letter.receipt,
        "task_id": letter.task_id,
        "revision": letter.revision,
        "host": {"name": letter.attempts[-1].host if letter.attempts else None},
        "newsdrop": {"version": letter.version},
    }
    return Document(id=letter.id, version=letter.revision, source=without_empty(source))


def _file(letter: DeadLetter) -> dict[str, Any]:
    file: dict[str, Any] = {"hash": {"sha256": letter.sha256}}
    if letter.path is not None:
        file |= path_fields(letter.path)
    elif letter.name is not None:
        file["name"] = encode_path(letter.name)
    if letter.stamp is not None:
        file["size"] = letter.stamp.size
        file["mtime"] = iso_epoch_ms(letter.stamp.mtime // 100) if letter.stamp.mtime else None
    return file


def _content_bytes(letter: DeadLetter) -> int | None:
    content = letter.content if letter.content is not None else letter.raw
    return None if content is None else len(content)


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return without_empty(
        {
            "at": iso_epoch_ms(attempt.at_ms),
            "host": attempt.host,
            "stage": attempt.stage.value,
            "type": attempt.type,
            "message": attempt.message,
        }
    )
