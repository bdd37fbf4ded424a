"""Titles and names of people, tags and sites, as headers and pages write them, cleaned one way.

Refuses to guess who is a person: it splits, trims and drops what stands for nothing (`null`, `undefined`).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from html.entities import html5

__all__ = ["clean_names", "clean_text", "decode_references"]

#: Only references that end in a semicolon: titles and URLs are full of bare ampersands (R&D, &copy=1).
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_NOTHING = frozenset({"", "null", "undefined", "none", "nan"})
_SEPARATORS = re.compile(r"\s*[,，、;；]\s*")
_LEADING_NULL = re.compile(r"^null\s+(?=\S)")


def decode_references(text: str) -> str:
    """The text with its complete character references (`&amp;`, `&#38;`) decoded, once."""
    return _REFERENCE.sub(_decoded, text) if "&" in text else text


def clean_text(text: str) -> str:
    """A title or name with references decoded and its ends trimmed; white space inside stays as it is."""
    text = decode_references(text)
    while (trimmed := text.strip().strip("\u200b\ufeff")) != text:
        text = trimmed
    return text


def clean_names(names: Iterable[str]) -> list[str]:
    """Names, split where several stand in one, `null` taken off, each once, in order."""
    found: dict[str, None] = {}
    for joined in names:
        for name in _SEPARATORS.split(clean_text(joined)):
            name = _LEADING_NULL.sub("", name)
            if name.lower() not in _NOTHING:
                found.setdefault(name)
    return list(found)


def _decoded(match: re.Match[str]) -> str:
    # html.unescape would also take the longest known beginning: &notit; is no "¬it;".
    name = match[0][1:]
    return html.unescape(match[0]) if name[0] == "#" or name in html5 else match[0]
