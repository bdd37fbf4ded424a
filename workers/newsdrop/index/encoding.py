"""Encodes documents as JSON bytes, once and fast, for both stores."""

from __future__ import annotations

from typing import Any

import msgspec

__all__ = ["encode_json"]

_ENCODER = msgspec.json.Encoder()


def encode_json(source: dict[str, Any]) -> bytes:
    """The JSON of a document. A lone surrogate, which JSON can't encode, becomes U+FFFD."""
    try:
        return _ENCODER.encode(source)
    except UnicodeEncodeError:
        return _ENCODER.encode(_without_surrogates(source))


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {name: _without_surrogates(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_without_surrogates(inner) for inner in value]
    return value
