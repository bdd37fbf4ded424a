"""A dead letter of which only what a test is about is given."""

from __future__ import annotations

from typing import Any

from newsdrop.documents import DeadLetter, Stage

__all__ = ["make_letter"]


def make_letter(**more: Any) -> DeadLetter:
    """A letter with what every letter has, and these values."""
    values: dict[str, Any] = {
        "id": "ab" * 16, "status": "dead", "stage": Stage.READ, "error_type": "E", "error_message": "m",
        "group": "g", "first_failed_ms": 1, "last_failed_ms": 2,
    }  # fmt: skip
    return DeadLetter(**{**values, **more})
