"""A text taken apart into its header and its body."""

from __future__ import annotations

import msgspec

from newsdrop.documents import Header
from newsdrop.names import clean_text

__all__ = ["Header", "Layout", "clean_url"]

_NO_URL = frozenset({"", "null", "undefined", "nan"})


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
