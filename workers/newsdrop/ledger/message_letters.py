"""Letters for messages that were refused: what they say, and how much of the message they keep.

A message that isn't over limits.message_bytes is kept whole, so that it can be replayed; of a larger one only
the beginning is, because nothing bounds it. Their number is bounded by queue.message_letters. Writes
nothing: scripts do, with what comes from here.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import msgspec

from newsdrop.documents import Stage
from newsdrop.errors import PermanentError, kept_message
from newsdrop.identity import message_letter_id
from newsdrop.ledger.grouping import group_key
from newsdrop.ledger.ledger import Ledger
from newsdrop.ledger.records import raw

__all__ = ["fields_kept", "message_item"]


def message_item(
    ledger: Ledger, message: bytes, error: PermanentError, *, receipt: str | None = None, task_id: str = ""
) -> dict[str, Any]:
    """A letter of stage `message` for the scripts; identified by its receipt, or else by its bytes."""
    limits = ledger.limits
    whole = len(message) <= limits.message_bytes
    kept = message if whole else message[: limits.message_raw_bytes]
    said = error.message if whole else f"{error.message} Only the first {len(kept)} bytes are kept."
    text, kind = kept_message(said), type(error).__name__
    failure = {
        "stage": Stage.MESSAGE,
        "error_type": kind,
        "error_message": text,
        "group": group_key(Stage.MESSAGE, kind, text),
        "task_id": task_id,
        "host": ledger.host,
        "version": ledger.version,
    }
    item = {
        "id": message_letter_id(message, receipt), "failure": failure, "raw": raw(kept), "whole": whole
    }  # fmt: skip
    return item | ({"receipt": receipt} if receipt else {})


def fields_kept(fields: Sequence[tuple[bytes, bytes]]) -> bytes:
    """What is kept of an inbox entry without our field: its only value, or all its fields as JSON.

    A single value is most likely a message under a wrong name, which a replay then puts right. Several
    fields become a list of pairs; what isn't UTF-8 becomes `{"base64": …}`.
    """
    if len(fields) == 1:
        return fields[0][1]
    return msgspec.json.encode([[_text(name), _text(value)] for name, value in fields])


def _text(data: bytes) -> str | dict[str, str]:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}
