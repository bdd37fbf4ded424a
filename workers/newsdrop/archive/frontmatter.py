"""Jekyll's front matter, as far as archives use it: a safe reader for a small part of YAML.

Read are `key: value` lines with plain, 'single' and "double" quoted values, [flow lists], - block lists and
| > block texts; a value is always text or a list of texts, so no date, number or `yes` is ever guessed.
Nested mappings, anchors, tags and everything else are passed over. Never raises: an odd line is skipped, and
a quoted value with stray quotes inside is taken as meant.
"""

from __future__ import annotations

import re

__all__ = ["find_end", "read_front_matter"]

_FENCE = re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE)
_KEY = re.compile(r"([A-Za-z_][\w.-]{0,60})[ \t]*:(?:[ \t]+(.*))?$")
_COMMENT = re.compile(r"(?:^|[ \t])#.*$")
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL)
_PLAIN_ESCAPES = {
    "n": "\n", "t": "\t", "r": "\r", "0": "", "a": "", "b": "", "e": "", "f": "\f", "v": "\v", " ": " ",
    '"': '"', "/": "/", "\\": "\\", "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029", "\n": "",
}  # fmt: skip
_ITEM = re.compile(r"""\s*("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^,]*)\s*(?:,|$)""", re.DOTALL)

Value = str | list[str]


def find_end(text: str) -> tuple[int, int] | None:
    """Where the front matter's lines end and where the rest begins; None when `text` has none."""
    opening = _FENCE.match(text)
    if not opening or not text.startswith("---"):
        return None
    closing = _FENCE.search(text, opening.end() + 1)
    return (closing.start(), min(closing.end() + 1, len(text))) if closing else None


def read_front_matter(text: str) -> dict[str, Value]:
    """The entries between the fences, keys in lower case; the last of two equal keys wins, as in YAML 1.1."""
    entries: dict[str, Value] = {}
    lines = text.split("\n")
    number = 0
    while number < len(lines):
        match = _KEY.match(lines[number].rstrip())
        number += 1
        if not match:
            continue
        below, start = [], number
        while number < len(lines) and (not lines[number].strip() or lines[number][0] in " \t-"):
            below.append(lines[number])
            number += 1
        if start < number and not any(line.strip() for line in below):
            below = []
        entries[match[1].lower()] = _value((match[2] or "").strip(), below)
    return entries


def _value(inline: str, below: list[str]) -> Value:
    if inline.startswith("["):
        joined = " ".join([inline, *(line.strip() for line in below)])
        return _flow_list(joined)
    items = [line.strip() for line in below if line.strip()]
    if not inline and items and all(item.startswith("-") for item in items):
        return [scalar for item in items if (scalar := _scalar(item[1:].strip()))]
    if inline[:1] in ("|", ">") and len(inline) <= 3:
        return ("\n" if inline[0] == "|" else " ").join(items)
    return _scalar(" ".join([inline, *items]).strip())


def _flow_list(text: str) -> list[str]:
    end = text.rfind("]")
    inner = text[1 : end if end > 0 else len(text)].strip()
    items, position = [], 0
    while position < len(inner):
        match = _ITEM.match(inner, position)
        if match is None or match.end() == position:
            break
        items.append(_scalar(match[1].strip()))
        position = match.end()
    return [item for item in items if item]


def _scalar(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] == '"':
        return _ESCAPE.sub(_unescape, text[1:-1])
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    if text[:1] in ('"', "'"):
        closing = text.find(text[0], 1)
        if closing > 0 and _COMMENT.fullmatch(text[closing + 1 :]):
            return _scalar(text[: closing + 1])
        return text
    plain = _COMMENT.sub("", text).strip()
    return "" if plain in ("~", "null", "Null", "NULL") else plain


def _unescape(match: re.Match[str]) -> str:
    number = match[1] or match[2] or match[3]
    if number:
        code = int(number, 16)
        return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
    # YAML would refuse an unknown escape; people who write titles mean the backslash itself.
    return _PLAIN_ESCAPES.get(match[4], match[0])
