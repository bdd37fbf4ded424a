"""Titles and names of people, tags and sites, as headers and pages write them, cleaned one way.

Refuses to guess who is a person: it splits, trims and drops what stands for nothing (`null`, `undefined`).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from html.entities import html5
from typing import Final

__all__ = ["BLANK", "clean_names", "clean_text", "decode_references"]

#: Only references that end in a semicolon: titles and URLs are full of bare ampersands (R&D, &copy=1).
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_NOTHING = frozenset({"", "null", "undefined", "none", "nan"})
#: Without the white space beside them: a pattern would try every run of it from each of its characters on.
_SEPARATORS = re.compile(r"[,，、;；]")
#: White space, and what takes no room: both are trimmed, in whatever turn they stand.
BLANK: Final = "".join(char for char in map(chr, range(0x3001)) if char.isspace()) + (
    "\u00ad\u180e\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufeff"
)
#: Controls (C0 but what stands in lines of text, DEL, C1), which no title means; and half surrogate pairs,
#: which no UTF-8 has.
_CONTROLS = re.compile("[\0-\x08\x0e-\x1f\x7f-\x9f]+")
#: White space among them, which parts words as blanks do.
_LINE_CONTROLS = re.compile("[\x0b\x0c\x1c-\x1f\x85]")
_SURROGATES = re.compile("[\ud800-\udfff]")
#: What a list of names ends with that doesn't name all. Behind a name, so that it is short.
_MORE = re.compile(r"(?:\s?&|\sand)\s(?:\d{1,3}\s)?(?:more|others)$|\set al\.?$", re.IGNORECASE)
_LEADING_NULL = re.compile(r"^null\s+(?=\S)")


def decode_references(text: str) -> str:
    """The text with its complete character references (`&amp;`, `&#38;`) decoded, once."""
    return _REFERENCE.sub(_decoded, text) if "&" in text else text


def clean_text(text: str) -> str:
    """A title or name with references decoded and its ends trimmed; white space inside stays as it is.

    Control characters are taken out; half a surrogate pair becomes U+FFFD.
    """
    text = decode_references(text)
    if not text.isprintable():
        text = _CONTROLS.sub("", _LINE_CONTROLS.sub(" ", text))
        text = _SURROGATES.sub("\ufffd", text)
    return text.strip(BLANK)


def clean_names(names: Iterable[str]) -> list[str]:
    """Names, split where several stand in one, `null` and "& more" taken off, each once, in order."""
    found: dict[str, None] = {}
    for joined in names:
        for part in _SEPARATORS.split(clean_text(joined)):
            name = _MORE.sub("", _LEADING_NULL.sub("", part.strip(BLANK)))
            if name.lower() not in _NOTHING:
                found.setdefault(name)
    return list(found)


def _decoded(match: re.Match[str]) -> str:
    # html.unescape would also take the longest known beginning: &notit; is no "¬it;".
    name = match[0][1:]
    return html.unescape(match[0]) if name[0] == "#" or name in html5 else match[0]
