"""The required form of a message in our Celery lists. Pure: bytes in, a reason or None out.

A malformed message is parsed by Celery's main process, where it ends, restarts or freezes the whole worker
(body not base64, no delivery tag, no `headers.id` …). So every message is checked here first, once, before
Celery sees it, and strictly: our scripts write exactly one form, and `newsdrop.enqueue` is called by name
with plain arguments. Any other message in our lists is refused with a reason and kept as a dead letter.

Options that would make Celery delay, drop or answer a message (eta, expires, time limits, callbacks, chords)
are refused too, rather than silently ignored.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any, Final

from newsdrop.ledger.keys import REQUESTS, TASK
from newsdrop.ports import Lane

__all__ = ["REQUESTS", "REQUEST_TASK", "TASKS", "fault"]

REQUEST_TASK: Final = "newsdrop.enqueue"

#: Which task each of our lists carries.
TASKS: Final[Mapping[str, str]] = {Lane.FRESH: TASK, Lane.BACKLOG: TASK, REQUESTS: REQUEST_TASK}

_BATCH = re.compile(r"[0-9A-Za-z_-]{1,64}")
#: Headers that ask Celery for something that we don't support.
_WISHES: Final = ("eta", "expires", "group", "chord", "replaced_task_nesting", "stamps", "compression")
_EMBED_WISHES: Final = ("callbacks", "errbacks", "chain", "chord")
_PARTS: Final = 3


def fault(raw: bytes, queue: str, *, max_bytes: int) -> str | None:
    """Why Celery must not see this message from the list `queue`; None when it may."""
    if len(raw) > max_bytes:
        return f"the message has {len(raw)} bytes, more than limits.message_bytes ({max_bytes})"
    try:
        message = json.loads(raw)
    except (ValueError, RecursionError):
        return "it is not JSON"
    if not isinstance(message, dict):
        return "it is not a JSON object"
    return (
        _properties_fault(message.get("properties"))
        or _content_fault(message)
        or _headers_fault(message.get("headers"), TASKS[queue])
        or _body_fault(message, queue)
    )


def _properties_fault(properties: Any) -> str | None:
    if not isinstance(properties, dict):
        return "`properties` is missing or not an object"
    if not _is_name(properties.get("delivery_tag")):
        return "`properties.delivery_tag` is missing or not a string"
    delivery = properties.get("delivery_info")
    if not isinstance(delivery, dict):
        return "`properties.delivery_info` is missing or not an object"
    if not all(isinstance(delivery.get(name), str) for name in ("exchange", "routing_key")):
        return "`properties.delivery_info` lacks `exchange` or `routing_key`"
    if properties.get("body_encoding") not in (None, "utf-8", "base64"):
        return "`properties.body_encoding` is neither absent nor base64"
    return None


def _content_fault(message: dict[str, Any]) -> str | None:
    if message.get("content-type") != "application/json":
        return "`content-type` isn't application/json, the only one accepted"
    if message.get("content-encoding", "utf-8") not in ("utf-8", "utf8", "UTF-8"):
        return "`content-encoding` isn't utf-8"
    return None


def _headers_fault(headers: Any, task: str) -> str | None:
    if not isinstance(headers, dict):
        return "`headers` is missing or not an object"
    if headers.get("task") != task:
        return f"`headers.task` isn't {task}, the only task of this list"
    if not _is_name(headers.get("id")):
        return "`headers.id` is missing or not a string"
    for name in _WISHES:
        if headers.get(name):
            return f"`headers.{name}` asks for something that newsdrop doesn't support"
    limits = headers.get("timelimit")
    if limits is not None and limits != [None, None]:
        return "`headers.timelimit` asks for something that newsdrop doesn't support"
    retries = headers.get("retries")
    if retries is not None and type(retries) is not int:
        return "`headers.retries` is not a number"
    return None


def _body_fault(message: dict[str, Any], queue: str) -> str | None:
    body = message.get("body")
    if not isinstance(body, str):
        return "`body` is missing or not a string"
    try:
        if message["properties"].get("body_encoding") == "base64":
            body = base64.b64decode(body, validate=True)
        parts = json.loads(body)
    except (ValueError, RecursionError, binascii.Error):
        return "`body` is not JSON (or not base64, as `properties.body_encoding` says it is)"
    if not isinstance(parts, list) or len(parts) != _PARTS:
        return "`body` isn't the three parts [args, kwargs, embed]"
    args, kwargs, embed = parts
    if not isinstance(args, list) or not isinstance(kwargs, dict) or not isinstance(embed, dict | None):
        return "`body` isn't [a list, an object, an object]"
    for name in _EMBED_WISHES:
        if (embed or {}).get(name):
            return f"`{name}` in the body asks for something that newsdrop doesn't support"
    return _arguments_fault(args, kwargs, queue)


def _arguments_fault(args: list[Any], kwargs: dict[str, Any], queue: str) -> str | None:
    if queue == REQUESTS:
        return _request_fault(args, kwargs)
    ours = len(args) == 2 and isinstance(args[0], str) and _BATCH.fullmatch(args[0]) and type(args[1]) is int
    return None if ours and not kwargs else "the arguments aren't a batch id and a sequence number"


def _request_fault(args: list[Any], kwargs: dict[str, Any]) -> str | None:
    if args or not kwargs:
        return "newsdrop.enqueue takes keyword arguments only"
    if "self" in kwargs:
        # Celery can't pass it on: its own call has an argument of this name.
        return "newsdrop.enqueue has no argument `self`"
    nested = [name for name, value in kwargs.items() if isinstance(value, list | dict)]
    return f"the argument `{nested[0]}` is a list or an object" if nested else None


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and value != ""
