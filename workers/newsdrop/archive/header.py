"""What the lines before a page's body may say, whatever the dialect."""

from __future__ import annotations

import msgspec

from newsdrop.documents import Moment
from newsdrop.names import clean_text

__all__ = ["Header", "Layout", "clean_url"]

_NO_URL = frozenset({"", "null", "undefined", "nan"})


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of a header; as `documents.Page`, which is made of it."""

    title: str = ""
    url: str | None = None
    archived_at_ms: int | None = None
    published: Moment | None = None
    author: list[str] = []
    tags: list[str] = []
    section: str | None = None
    dek: str | None = None
    updated: Moment | None = None
    channel: str | None = None


class Layout(msgspec.Struct, frozen=True):
    """A text taken apart: its dialect, what its header says, its body's HTML, and `documents.Page.whole`."""

    dialect: str
    header: Header
    body: str
    whole: bool = False


def clean_url(text: str) -> str | None:
    """A URL as written but for white space, or None for what JavaScript writes when there is none."""
    url = clean_text("".join(text.split()))
    return None if url.lower() in _NO_URL else url
