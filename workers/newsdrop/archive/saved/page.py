"""A page taken out of what a browser saved, with what the browser wrote down beside it."""

from __future__ import annotations

import msgspec

__all__ = ["SavedPage"]


class SavedPage(msgspec.Struct, frozen=True, kw_only=True):
    """`dialect`: which kind of file it was. `charset`: what the file says of the page's encoding."""

    dialect: str
    data: bytes
    url: str | None = None
    archived_at_ms: int | None = None
    charset: str | None = None
