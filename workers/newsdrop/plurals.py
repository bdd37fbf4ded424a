"""Numbers with what they count: `1 letter`, `2,000 letters`. Pure."""

from __future__ import annotations

__all__ = ["counted"]


def counted(count: int, one: str, many: str | None = None) -> str:
    """So many of a thing; `many`: the word for several where an s makes none of it."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
