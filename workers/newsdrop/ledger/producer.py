"""For other programs: send a file or bytes to newsdrop, and look up the result. Needs only a Redis URL.

    from newsdrop import enqueue
    receipt = enqueue("/archive/a.md")                       # a path below a configured folder
    receipt = enqueue(data, name="a.md", key="order-17")     # the bytes; `key`: sending twice is harmless

One entry is appended to the stream `newsdrop:inbox`; its id is the receipt. Every wait is bounded, and a
receipt is only returned for messages that Redis accepted; otherwise OutageError is raised. After an
OutageError the message may still have been accepted; sending it again is harmless for a path, or with a key.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from newsdrop.documents import encode_path
from newsdrop.errors import InvalidMessageError, OutageError, TooLargeError
from newsdrop.ledger import keys
from newsdrop.ledger.message import check_fields
from newsdrop.ledger.receipts import Sent, SentState, asked_ids
from newsdrop.ledger.receipts import look_up as find
from newsdrop.ledger.redis_errors import redis_errors
from newsdrop.options import Limits
from newsdrop.portions import portions
from newsdrop.traces import current_traceparent

if TYPE_CHECKING:
    import redis

__all__ = ["append", "enqueue", "enqueue_many", "look_up", "message_of", "state", "with_key"]

#: Smaller contents aren't worth compressing.
_PACK_BYTES: Final = 1_024
_CHUNK: Final = 64
_PAUSE_S: Final = 1.0

Content = str | os.PathLike[str] | bytes


def enqueue(
    drop: Content,
    *,
    name: str | None = None,
    key: str | None = None,
    collection: str | None = None,
    redis_url: str | None = None,
) -> str:
    """Send one file by path, or as bytes; returns the receipt.

    Args:
        name: a name for the bytes (for example a file name); required with bytes.
        key: identifies the bytes permanently, so that sending them twice makes one drop.
        redis_url: default: NEWSDROP_REDIS_URL or the settings file.

    Raises:
        InvalidMessageError, TooLargeError: the message would be refused.
        OutageError: Redis didn't accept it, or didn't answer in time.
        ConfigError: the URL or another setting is wrong, or Redis rejects our credentials.
    """
    message = message_of(drop, name=name, key=key, collection=collection)
    with _inbox(redis_url) as (client, limits):
        _check_size(drop, limits)
        return append(client, message, limits)


def enqueue_many(
    drops: Iterable[Content | tuple[str, bytes]],
    *,
    collection: str | None = None,
    redis_url: str | None = None,
) -> list[str]:
    """Send many, as paths or (name, bytes); returns the receipts in order. Far faster than one by one.

    Raises:
        Like `enqueue`. They are sent 64 at a time; those sent before an error occurred are accepted.
        TypeError: one path or bytes, which are a list of letters or numbers to Python.
    """
    if isinstance(drops, str | bytes | bytearray | memoryview):
        raise TypeError(
            "enqueue_many() takes a list of paths or of (name, bytes); enqueue() takes a single one."
        )
    receipts: list[str] = []
    with _inbox(redis_url) as (client, limits):
        texts = (_many_text(drop, collection, limits) for drop in drops)
        for chunk in portions(texts, len, most_bytes=limits.message_bytes, most=_CHUNK):
            with redis_errors(client), client.pipeline(transaction=False) as pipeline:
                for text in chunk:
                    pipeline.xadd(keys.INBOX, {keys.INBOX_FIELD: text})
                receipts.extend(receipt.decode() for receipt in pipeline.execute())
    return receipts


def look_up(
    receipt: str | None = None,
    *,
    path: str | os.PathLike[str] | None = None,
    key: str | None = None,
    redis_url: str | None = None,
) -> Sent:
    """Look up something that was sent: by its receipt (or its drop's id), its path, or its key.

    Receipts of files and of keyed content are kept for seven days; path, key and drop id work forever.

    Raises:
        ValueError: none of the three is given, or more than one.
        OutageError, ConfigError: like `enqueue`.
    """
    if sum(one is not None for one in (receipt, path, key)) != 1:
        raise ValueError("look_up() and state() take one of: a receipt, `path`, `key`.")
    asked = asked_ids(receipt, path, key)
    with _inbox(redis_url) as (client, _):
        return find(client, *asked)


def state(
    receipt: str | None = None,
    *,
    path: str | os.PathLike[str] | None = None,
    key: str | None = None,
    redis_url: str | None = None,
) -> SentState:
    """The state of something that was sent; like `look_up`, but one word (receipts.py lists them)."""
    return look_up(receipt, path=path, key=key, redis_url=redis_url).state


def append(
    client: redis.Redis, message: Mapping[str, Any], limits: Limits, *, patience_s: float = 0.0
) -> str:
    """Append a message to the inbox; returns the receipt.

    Args:
        limits: messages that the inbox would refuse aren't sent.
        patience_s: how long to retry if Redis doesn't answer; only for a path, or content with a key.

    Raises:
        TooLargeError, OutageError, ConfigError: like `enqueue`.
    """
    text = _encode(message, limits)
    deadline_s = time.monotonic() + patience_s
    while True:
        try:
            with redis_errors(client):
                receipt: Any = client.xadd(keys.INBOX, {keys.INBOX_FIELD: text})
            return str(receipt.decode())
        except OutageError:
            if time.monotonic() + _PAUSE_S >= deadline_s:
                raise
            time.sleep(_PAUSE_S)


def with_key(message: Mapping[str, Any], *, sent_as: str) -> dict[str, Any]:
    """The same message, but it may be sent again: content without a key gets one that stands for the message.

    Args:
        sent_as: the sender's id of the message. What it contains counts, too, in case that two have one id.
    """
    if "content" not in message or "key" in message:
        return dict(message)
    text = json.dumps([sent_as, message], sort_keys=True, default=str)
    return {**message, "key": blake2b(text.encode(), digest_size=16).hexdigest()}


def message_of(drop: Content, *, name: str | None, key: str | None, collection: str | None) -> dict[str, Any]:
    """The message for `append`, from a path or from bytes.

    Raises:
        InvalidMessageError: bytes without a name, a path with one, something that is empty, or what breaks
            the schema.
    """
    # A variable that isn't set, most likely: without its key, each sending would be a drop of its own.
    if key == "" or collection == "":
        raise InvalidMessageError("`key` or `collection` is empty; leave out what there is none of.")
    message: dict[str, Any] = {"v": 1}
    if isinstance(drop, bytes | bytearray | memoryview):
        message |= _content(bytes(drop), name)
        if key is not None:
            message["key"] = key
    else:
        if name or key:
            raise InvalidMessageError("`name` and `key` belong to bytes; a path is its own name and key.")
        if not (path := os.fsdecode(drop)):
            raise InvalidMessageError("The path is empty.")
        message["path"] = encode_path(str(Path(path).absolute()))
    if collection is not None:
        message["collection"] = collection
    trace = current_traceparent()
    if trace:
        message["traceparent"] = trace
    check_fields(message)
    return message


def _check_size(drop: Content, limits: Limits) -> None:
    if not isinstance(drop, bytes | bytearray | memoryview):
        return
    if (size := memoryview(drop).nbytes) > limits.file_bytes:
        raise TooLargeError(
            f"The content has {size} bytes, more than limits.file_bytes ({limits.file_bytes}; "
            "NEWSDROP_LIMITS_FILE_BYTES, set it for the workers and for this program)."
        )


def _content(data: bytes, name: str | None) -> dict[str, Any]:
    if not name:
        raise InvalidMessageError("Bytes need a `name`: it identifies them in logs and dead letters.")
    if len(data) < _PACK_BYTES:
        return {"name": name, "content": base64.b64encode(data).decode()}
    packed = gzip.compress(data, compresslevel=1, mtime=0)
    return {"name": name, "content": base64.b64encode(packed).decode(), "encoding": "gzip"}


def _encode(message: Mapping[str, Any], limits: Limits) -> str:
    # ASCII, because a lone surrogate can't be sent otherwise; the inbox then refuses it with a reason.
    text = json.dumps(message, ensure_ascii=True, separators=(",", ":"))
    if len(text) > limits.message_bytes:
        raise TooLargeError(
            f"The message has {len(text)} bytes, more than limits.message_bytes ({limits.message_bytes}; "
            "NEWSDROP_LIMITS_MESSAGE_BYTES, set it for the workers and for this program)."
        )
    return text


def _many_text(drop: Content | tuple[str, bytes], collection: str | None, limits: Limits) -> str:
    name, content = drop if isinstance(drop, tuple) else (None, drop)
    _check_size(content, limits)
    return _encode(message_of(content, name=name, key=None, collection=collection), limits)


@contextmanager
def _inbox(url: str | None) -> Iterator[tuple[redis.Redis, Limits]]:
    """Redis, and the limits for messages, which come from the settings even if the URL is given."""
    # Imported here, because loading the settings takes a quarter of a second.
    from newsdrop.ledger.connect import connect, connect_url
    from newsdrop.settings import load_settings

    settings = load_settings()
    # No retries: sending a message twice would make two messages.
    client = connect_url(url, retries=0, named="redis_url") if url else connect(settings, retries=0)
    try:
        yield client, settings.limits
    finally:
        client.close()
