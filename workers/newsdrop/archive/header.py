"""A text taken apart into its header and its body."""

from __future__ import annotations

import re
from urllib.parse import quote

import msgspec

from newsdrop.documents import Header
from newsdrop.names import clean_text

__all__ = ["Header", "Layout", "clean_url"]

_NO_URL = frozenset({"", "null", "undefined", "nan"})
#: The end of a line within an address that was wrapped, with the next one's indentation. Looked for from the
#: first blank of a run only: from each of them, 60,000 would take half a minute.
_LINE_END = re.compile(r"(?<![ \t])[ \t]*+[\r\n]+\s*")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BLANK = re.compile(r"\s")
#: Not the port of an address without a scheme (example.org:80/a), which is a number.
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):(?!\d)", re.IGNORECASE)


class Layout(msgspec.Struct, frozen=True):
    """A text split into its dialect, its header, the HTML of its body, and `documents.Page.whole`."""

    dialect: str
    header: Header
    body: str
    whole: bool = False


def clean_url(text: str) -> str | None:
    """A URL as written, on one line and with its blanks escaped; None if it isn't one.

    That is what JavaScript writes where there is none, and what leads to no page of the web (`javascript:`,
    `data:`, `file:`). A relative address is kept, to resolve against.
    """
    url = clean_text(_CONTROLS.sub("", _LINE_END.sub("", text)))
    url = _BLANK.sub(lambda blank: quote(blank[0]), url)
    scheme = _SCHEME.match(url)
    if url.lower() in _NO_URL or (scheme is not None and scheme[1].lower() not in ("http", "https")):
        return None
    return url
