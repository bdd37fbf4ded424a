"""Reads errors from the bodies of Elasticsearch's answers. Pure: it needs no client."""

from __future__ import annotations

from typing import Any

__all__ = ["bulk_items", "error_type", "plain_reason"]


def error_type(body: Any) -> str:
    """The server's name for the error, from the body of an answer or the error of an item."""
    error = body.get("error", body) if isinstance(body, dict) else {}
    return str(error.get("type", "")) if isinstance(error, dict) else ""


def bulk_items(body: Any) -> list[dict[str, Any]] | None:
    """What the answer to a bulk says of each operation; None if it is no such answer."""
    listed = body.get("items") if isinstance(body, dict) else None
    if not isinstance(listed, list):
        return None
    return [next(iter(item.values())) for item in listed]


def plain_reason(body: Any) -> str:
    """The server's error message with its deepest cause, in one line."""
    error = body.get("error", body) if isinstance(body, dict) else body
    said: list[str] = []
    while isinstance(error, dict):
        reason = str(error.get("reason") or error.get("type") or "")
        if reason and reason not in said:
            said.append(reason)
        error = error.get("caused_by")
    if isinstance(error, str) and error:
        said.append(error)
    return " ".join(": ".join(said).split())[:1_000] or "no reason given"
