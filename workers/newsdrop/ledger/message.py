"""The message of a producer, and what is asked of it wherever it is made or read.

config/schema/inbox-message.json says the same as JSON Schema. Pure. Refuses nothing because of where a path
leads to, or what content holds: that depends on the worker (inbox.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, UnsetType

from newsdrop.errors import InvalidMessageError
from newsdrop.traces import TRACEPARENT

__all__ = ["Message", "check_fields", "decode_message"]

_VERSION: Final = 1

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=512)]


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The schema; what types can't say is checked by the functions below."""

    # To JSON, and to the programs of some languages, 1.0 is the number 1.
    v: int | float
    path: Annotated[str, msgspec.Meta(min_length=1, max_length=16_384)] | UnsetType = UNSET
    name: Text | UnsetType = UNSET
    content: str | UnsetType = UNSET
    encoding: Literal["identity", "gzip"] = "identity"
    key: Text | UnsetType = UNSET
    collection: Text | UnsetType = UNSET
    traceparent: Annotated[str, msgspec.Meta(pattern=TRACEPARENT)] | UnsetType = UNSET


_decode = msgspec.json.Decoder(Message).decode


def decode_message(raw: bytes) -> Message:
    """The message in this JSON.

    Raises:
        InvalidMessageError: it breaks the schema.
    """
    try:
        message = _decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _broken(error) from None
    _check(message)
    return message


def check_fields(fields: Mapping[str, Any]) -> None:
    """Check a message before it is sent.

    Raises:
        InvalidMessageError: it breaks the schema, so that it would be refused.
    """
    try:
        message = msgspec.convert(dict(fields), Message)
    except msgspec.ValidationError as error:
        raise _broken(error) from None
    _check(message)


def _broken(error: Exception) -> InvalidMessageError:
    return InvalidMessageError(f"The message breaks the schema: {error}")


def _check(message: Message) -> None:
    if message.v != _VERSION:
        raise InvalidMessageError(f"The message has the version (`v`) {message.v}, which must be {_VERSION}.")
    for field in ("path", "name", "key", "collection"):
        text = getattr(message, field) or ""
        # JSON allows a lone surrogate, but file systems and indexes don't.
        if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
            raise InvalidMessageError(
                f"The message's {field} contains a character that is not allowed in text."
            )
