"""For other programs: hand a file or bytes to newsdrop, and ask what became of them. Needs a Redis URL only.

    from newsdrop import enqueue
    receipt = enqueue("/archive/a.md")                       # a path below a configured folder
    receipt = enqueue(data, name="a.md", key="order-17")     # the bytes; `key` makes doing it twice harmless

One entry is appended to the stream `newsdrop:inbox`; its id is the receipt. Every wait is bounded, and a
receipt is only given for what Redis took: otherwise OutageError. After an OutageError the message may have
been taken all the same; sending it again does no harm for a path, or with a key.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import redis

from newsdrop.documents import encode_path
from newsdrop.errors import InvalidMessageError, OutageError, TooLargeError
from newsdrop.ledger import keys
from newsdrop.ledger.receipts import Sent, SentState, drop_id_of_key, drop_id_of_path
from newsdrop.ledger.receipts import look_up as find
from newsdrop.ledger.redis_errors import redis_errors
from newsdrop.options import Limits
from newsdrop.portions import portions
from newsdrop.traces import current_traceparent

__all__ = ["append", "enqueue", "enqueue_many", "look_up", "message_of", "state"]

#: Smaller contents aren't worth packing.
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
    """Hand over one file by path, or its bytes; returns the receipt.

    Args:
        name: what people call the bytes (for example a file name); bytes need one.
        key: names bytes for good, so that sending them twice makes one drop.
        redis_url: else NEWSDROP_REDIS_URL or the settings file says it.

    Raises:
        InvalidMessageError, TooLargeError: it would be refused.
        OutageError: Redis didn't take it, or didn't say so in time.
        ConfigError: the URL or another setting is wrong, or Redis refuses us.
    """
    message = message_of(drop, name=name, key=key, collection=collection)
    with _inbox(redis_url) as (client, limits):
        return append(client, message, limits)


def enqueue_many(
    drops: Iterable[Content | tuple[str, bytes]],
    *,
    collection: str | None = None,
    redis_url: str | None = None,
) -> list[str]:
    """Hand over many, paths or (name, bytes); the receipts, in order. Far faster than one by one.

    Raises:
        As `enqueue`. They are sent 64 at a time, and those sent before the failing one was met are taken.
    """
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
    """What became of something that was sent: by its receipt (or its drop's id), its path, or its key.

    Receipts of files and of keyed content are kept for seven days; path, key and drop id hold for good.

    Raises:
        ValueError: none of the three is given, or several.
        OutageError, ConfigError: as `enqueue`.
    """
    if sum(one is not None for one in (receipt, path, key)) != 1:
        raise ValueError("look_up() and state() take one of: a receipt, `path`, `key`.")
    if path is not None:
        asked = drop_id_of_path(path)
    else:
        asked = drop_id_of_key(key) if key is not None else str(receipt)
    with _inbox(redis_url) as (client, _):
        return find(client, asked)


def state(
    receipt: str | None = None,
    *,
    path: str | os.PathLike[str] | None = None,
    key: str | None = None,
    redis_url: str | None = None,
) -> SentState:
    """Where something that was sent stands; as `look_up`, in one word (receipts.py has all of them)."""
    return look_up(receipt, path=path, key=key, redis_url=redis_url).state


def append(
    client: redis.Redis, message: Mapping[str, Any], limits: Limits, *, patience_s: float = 0.0
) -> str:
    """Append a message to the inbox; the receipt.

    Args:
        limits: what the inbox would refuse isn't sent.
        patience_s: try again for so long when Redis doesn't answer.

    Raises:
        TooLargeError, OutageError, ConfigError: as `enqueue`.
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


def message_of(drop: Content, *, name: str | None, key: str | None, collection: str | None) -> dict[str, Any]:
    """The message that `append` takes, of a path or of bytes.

    Raises:
        InvalidMessageError: bytes without a name, or a path with one.
    """
    message: dict[str, Any] = {"v": 1}
    if isinstance(drop, bytes | bytearray | memoryview):
        message |= _content(bytes(drop), name)
        if key:
            message["key"] = key
    else:
        if name or key:
            raise InvalidMessageError("`name` and `key` go with bytes; a path is its own name and key.")
        message["path"] = encode_path(str(Path(os.fsdecode(drop)).absolute()))
    if collection:
        message["collection"] = collection
    trace = current_traceparent()
    if trace:
        message["traceparent"] = trace
    return message


def _content(data: bytes, name: str | None) -> dict[str, Any]:
    if not name:
        raise InvalidMessageError("Bytes need a `name`: what people will call them in logs and dead letters.")
    if len(data) < _PACK_BYTES:
        return {"name": name, "content": base64.b64encode(data).decode()}
    packed = gzip.compress(data, compresslevel=1, mtime=0)
    return {"name": name, "content": base64.b64encode(packed).decode(), "encoding": "gzip"}


def _encode(message: Mapping[str, Any], limits: Limits) -> str:
    # ASCII, because a lone surrogate in a name can't be sent otherwise; the inbox refuses it with a reason.
    text = json.dumps(message, ensure_ascii=True, separators=(",", ":"))
    if len(text) > limits.message_bytes:
        raise TooLargeError(
            f"The message has {len(text)} bytes, more than limits.message_bytes ({limits.message_bytes}; "
            "NEWSDROP_LIMITS_MESSAGE_BYTES, to be set for the workers and for this program alike)."
        )
    return text


def _many_text(drop: Content | tuple[str, bytes], collection: str | None, limits: Limits) -> str:
    name, content = drop if isinstance(drop, tuple) else (None, drop)
    return _encode(message_of(content, name=name, key=None, collection=collection), limits)


@contextmanager
def _inbox(url: str | None) -> Iterator[tuple[redis.Redis, Limits]]:
    """Redis, and the limits of what it may be sent: the settings say them even where the URL is given."""
    # Here, because reading the settings costs a quarter of a second that `import newsdrop` shouldn't.
    from newsdrop.ledger.connect import connect, connect_url
    from newsdrop.settings import load_settings

    settings = load_settings()
    # No retries: a message that was sent twice would be two.
    client = connect_url(url, retries=0, named="redis_url") if url else connect(settings, retries=0)
    try:
        yield client, settings.limits
    finally:
        client.close()
