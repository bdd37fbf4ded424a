"""Front matter: Jekyll's, a safe reader for a small part of YAML, and Hugo's, which is TOML or JSON.

Reads `key: value` lines with plain, 'single' and "double" quoted values, [flow lists], - block lists and
| > block texts; a value is always text or a list of texts, so no date, number or `yes` is ever guessed. If a
value is a mapping, as in lists of authors with their e-mail addresses, its `name` is read. Anchors, tags
and everything else are ignored. Never raises: an odd line is skipped, and a quoted value with stray
quotes inside, or a title that begins with brackets, is read as intended.

In TOML, keys in tables count as if they were at the top level (`[params]`, `[taxonomies]`). Invalid TOML is
read line by line, as far as its lines are `key = value`.
"""

from __future__ import annotations

import json
import re
import tomllib
from datetime import date, time
from textwrap import dedent
from typing import Any

from newsdrop.times import iso_8601

__all__ = ["Value", "find_end", "find_json_end", "read_front_matter", "read_json", "read_toml"]

_FENCE = re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE)
_TOML_FENCE = re.compile(r"^\+\+\+[ \t]*$", re.MULTILINE)
_TOML_KEY = re.compile(r"""([\w-]{1,61}|"[^"\\]{1,61}"|'[^']{1,61}')[ \t]*=[ \t]*(.*)$""")
#: A key, quoted or not, of any letters and with spaces; it begins with none of the signs of YAML. A colon
#: belongs to it if no space follows.
_KEY = re.compile(
    r"""("[^"\\]{1,61}"|'[^']{1,61}'|[^\s"'#&*!|>%`{}\[\],?:-](?:[^:]|:(?=\S)){0,60}?)"""
    r"[ \t]*:(?:[ \t]+(.*))?$"
)
#: Of a mapping in a list, where the texts of a list must not be taken for one.
_INNER_KEY = re.compile(r"([A-Za-z_][\w.-]{0,60})[ \t]*:(?:[ \t]+(.*))?$")
_COMMENT = re.compile(r"(?:^|[ \t])#.*$")
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL)
#: A character beyond U+FFFF as JSON writes it, in two halves; YAML is mostly a superset of JSON.
_PAIR = re.compile(r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
#: JSON may name half of a character.
_SURROGATE = re.compile("[\ud800-\udfff]")
#: The sign of a block text with its indentation and chomping, and a comment.
_BLOCK = re.compile(r"([|>])(?:[+-]?[1-9]?|[1-9][+-])(?:[ \t]+#.*)?")
#: Of lines that a quoted text or a list takes.
_MOST_OPEN = 200
#: A tag or anchor before a value.
_PROPERTY = re.compile(r"(?:(?:!![A-Za-z]{1,20}|&[\w-]{1,60})[ \t]+){1,2}")
#: The name in a mapping on one line: `{name: 王, url: …}`.
_FLOW_NAME = re.compile(
    r"""\{(?:[^{}]*,)?[ \t]*(?:name|"name"|'name')[ \t]*:[ \t]*"""
    r"""("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^,{}]*)[^{}]*\}""",
    re.IGNORECASE,
)
_PLAIN_ESCAPES = {
    "n": "\n", "t": "\t", "r": "\r", "0": "", "a": "", "b": "", "e": "", "f": "\f", "v": "\v", " ": " ",
    '"': '"', "/": "/", "\\": "\\", "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029", "\n": "",
}  # fmt: skip
#: A quoted value and what may follow it.
_QUOTED = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^']|'')*')[ \t]*(?:[ \t]#.*)?""", re.DOTALL)
#: Several quoted words: the outer quotes are no pair.
_QUOTED_WORDS = re.compile(r"""(["'])[^"']*\S\1\s.*\s\1\S[^"']*\1""", re.DOTALL)
#: A title that begins with a word in brackets.
_BRACKETED = re.compile(r"""\[[^\[\]"']*\][ \t]*[^ \t#]""")
_ITEM = re.compile(r"""\s*("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^,]*)\s*(?:,|$)""", re.DOTALL)

Value = str | list[str]


def find_end(text: str) -> tuple[int, int] | None:
    """Where the front matter's lines end and where the rest begins; None if `text` has no front matter."""
    fence = _TOML_FENCE if text.startswith("+++") else _FENCE
    opening = fence.match(text)
    if not opening or not text.startswith(("---", "+++")):
        return None
    closing = fence.search(text, opening.end() + 1)
    return (closing.start(), min(closing.end() + 1, len(text))) if closing else None


def read_front_matter(text: str) -> dict[str, Value]:
    """The entries between the fences, keys in lower case; of equal keys the last one that isn't empty."""
    entries: dict[str, Value] = {}
    lines = (dedent(text) if text.startswith((" ", "\t")) else text).split("\n")
    number = 0
    while number < len(lines):
        match = _KEY.match(lines[number].rstrip())
        number += 1
        if not match:
            continue
        inline, start = (match[2] or "").strip(), number
        # A quoted text or a list may go on at the margin.
        number += _open_lines(inline, lines[number : number + _MOST_OPEN])
        below = lines[start:number]
        while number < len(lines) and (not lines[number].strip() or lines[number][0] in " \t-#"):
            # A comment at the margin interrupts nothing, not even block text.
            if not lines[number].startswith("#"):
                below.append(lines[number])
            number += 1
        if start < number and not any(line.strip() for line in below):
            below = []
        key, value = _key(match[1]), _value(inline, below)
        # A template's empty key under the one that was filled in.
        if value or key not in entries:
            entries[key] = value
    return entries


def _open_lines(inline: str, lines: list[str]) -> int:
    """How many lines more a value takes that begins with a quote or bracket and doesn't close it."""
    opening = inline[:1]
    closing = {'"': '"', "'": "'", "[": "]"}.get(opening)
    if closing is None or closing in inline[1:]:
        return 0
    for number, line in enumerate(lines, start=1):
        if _COMMENT.sub("", line).rstrip().endswith(closing):
            return number
        if closing in line or (opening == "[" and _KEY.match(line)):
            return 0
    return 0


def _key(written: str) -> str:
    return (written[1:-1] if written[0] in "\"'" else written).lower()


def read_toml(text: str) -> dict[str, Value]:
    """The entries of TOML between its fences, keys in lower case; dates as they are written in ISO 8601."""
    entries: dict[str, Value] = {}
    try:
        _add_table(entries, tomllib.loads(text))
    except (ValueError, RecursionError):
        for line in text.split("\n"):
            match = _TOML_KEY.match(line.strip())
            if match:
                value = match[2].strip()
                entries.setdefault(
                    _key(match[1]), _flow_list(value) if value.startswith("[") else _scalar(value)
                )
    return entries


def find_json_end(text: str, most: int) -> int | None:
    """Where an object of JSON with a title ends that text follows; None for any other text and JSON alone."""
    try:
        found, end = json.JSONDecoder().raw_decode(text[:most])
    except (ValueError, RecursionError):
        return None
    titled = isinstance(found, dict) and any(key.lower() == "title" for key in found)
    # Lines of JSON are no article.
    return end if titled and text[end : end + most].lstrip()[:1] not in ("", "{", "[", ",") else None


def read_json(text: str) -> dict[str, Value]:
    """The entries of an object of JSON, keys in lower case; those of objects in it, too."""
    entries: dict[str, Value] = {}
    _add_table(entries, json.loads(text))
    return entries


def _add_table(entries: dict[str, Value], table: dict[str, Any]) -> None:
    for key, value in table.items():
        if not isinstance(value, dict):
            entries.setdefault(_SURROGATE.sub("\ufffd", key.lower()), _plain(value))
    for value in table.values():
        if isinstance(value, dict):
            _add_table(entries, value)


def _plain(value: Any) -> Value:
    if isinstance(value, list):
        return [text for one in value if (text := _toml_text(one))]
    return _toml_text(value)


def _toml_text(value: Any) -> str:
    """A value as text; of a table, as people list authors, its name."""
    if isinstance(value, dict):
        value = value.get("name", "")
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return iso_8601(value) if isinstance(value, (date, time)) else _SURROGATE.sub("\ufffd", str(value))


def _value(inline: str, below: list[str]) -> Value:
    items = [line.strip() for line in below if line.strip()]
    inline = _PROPERTY.sub("", inline, count=1) if inline.startswith(("!!", "&")) else inline
    if _BLOCK.fullmatch(inline):
        return ("\n" if inline[0] == "|" else " ").join(items)
    items = [item for item in items if not item.startswith("#")]
    if inline.startswith("["):
        joined = " ".join([inline, *items])
        return _scalar(joined) if _BRACKETED.match(joined) else _flow_list(joined)
    if not inline and items and items[0].startswith("-"):
        return [text for item in _block_items(items) if (text := _block_item(item))]
    if not inline and items:
        return _block_item(items)
    return _scalar(" ".join([inline, *items]).strip())


def _block_items(lines: list[str]) -> list[list[str]]:
    """The lines of each item of a block list, without its hyphen."""
    items: list[list[str]] = []
    for line in lines:
        if line.startswith("-"):
            items.append([line[1:].strip()])
        else:
            items[-1].append(line)
    return items


def _block_item(lines: list[str]) -> str:
    """The text of an item; of a mapping, its name."""
    for line in lines:
        match = _INNER_KEY.match(line)
        if match is None:
            break
        if match[1].lower() == "name":
            return _scalar((match[2] or "").strip())
    return _scalar(" ".join(lines).strip())


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
    if text[:1] in ('"', "'"):
        return _unquoted(text)
    if text[:1] == "{" and (mapping := _FLOW_NAME.match(text)):
        return _scalar(mapping[1].strip())
    plain = _COMMENT.sub("", text).strip()
    return "" if plain in ("~", "null", "Null", "NULL") else plain


def _unquoted(text: str) -> str:
    quoted = _QUOTED.fullmatch(text)
    if quoted:
        text = quoted[1]
    elif len(text) < 2 or text[0] != text[-1] or _QUOTED_WORDS.fullmatch(text):
        return text
    if text[0] == '"':
        return _ESCAPE.sub(_unescape, _PAIR.sub(_joined, text[1:-1]))
    return text[1:-1].replace("''", "'")


def _joined(match: re.Match[str]) -> str:
    code = 0x10000 + ((int(match[1], 16) & 0x3FF) << 10) + (int(match[2], 16) & 0x3FF)
    return f"\\U{code:08x}"


def _unescape(match: re.Match[str]) -> str:
    number = match[1] or match[2] or match[3]
    if number:
        code = int(number, 16)
        return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
    # YAML would refuse an unknown escape; people who write titles mean the backslash itself.
    return _PLAIN_ESCAPES.get(match[4], match[0])
