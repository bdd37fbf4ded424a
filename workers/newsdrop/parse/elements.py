"""What HTML elements are to the walker: blocks of text, wrappers of blocks, or nothing that readers read.

By name, and by the parser's own numbers where every node is checked: a name is a new string each time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from selectolax.lexbor import LexborHTMLParser, create_tag

__all__ = [
    "BLOCKS",
    "BLOCK_TAGS",
    "FORM_ID",
    "HEADINGS",
    "INLINE_IDS",
    "LINK_ID",
    "META_ID",
    "SKIPPED",
    "TEXT_ID",
    "WRAPPERS",
    "WRAPPER_IDS",
    "by_tag_id",
]

T = TypeVar("T")

#: A paragraph ends where one of these begins or ends.
BLOCKS = frozenset([
    "address", "article", "aside", "body", "caption", "center", "dd", "details", "dialog", "div", "dl", "dt",
    "fieldset", "figcaption", "footer", "form", "header", "hgroup", "html", "legend", "main", "menu", "nav",
    "p", "pre", "search", "section", "summary", "table", "tbody", "tfoot", "thead", "tr",
])  # fmt: skip
HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
BLOCK_TAGS = BLOCKS | HEADINGS | {"blockquote", "ul", "ol", "li", "figure", "hr", "td", "th"}

#: Elements that have no meaning of their own if they are all that a block holds.
WRAPPERS = frozenset([
    "div", "p", "section", "article", "center", "span", "b", "strong", "em", "i", "font", "u",
])  # fmt: skip

#: Elements inside a text that mean nothing to the walker.
_INLINE = frozenset([
    "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i",
    "ins", "kbd", "label", "mark", "nobr", "picture", "q", "ruby", "s", "samp", "small", "source",
    "span", "strike", "strong", "sub", "sup", "time", "track", "tt", "u", "var", "wbr",
])  # fmt: skip

#: Neither these nor their contents are text. <noframes> and <noembed> hold markup that was never read; <rt>
#: and <rp> hold the reading of a word, which would end up in the middle of it.
SKIPPED = frozenset([
    "-comment", "!doctype", "_doctype", "_document", "annotation-xml", "applet", "area", "base", "button",
    "canvas", "col", "colgroup", "datalist", "frameset", "head", "input", "link", "map", "meta", "noembed",
    "noframes", "object", "option", "rp", "rt", "rtc", "script", "select", "style", "svg", "template",
    "textarea", "title",
])  # fmt: skip


def by_tag_id(table: Mapping[str, T]) -> dict[int, T]:
    """The table with the parser's numbers as keys, for elements, "-text" and "-comment"."""
    return {number: value for name, value in table.items() if (number := _NUMBERS.get(name)) is not None}


def _numbers() -> dict[str, int]:
    body = LexborHTMLParser("<p>x<!-- x -->").body
    nodes = body.traverse(include_text=True) if body is not None else ()
    found = {node.tag: node.tag_id for node in nodes if node.tag is not None}
    names = [*BLOCK_TAGS, *WRAPPERS, *_INLINE, *SKIPPED, *_OTHERS]
    return found | {name: create_tag(name).tag_id for name in names if name[0] not in "-!_"}


_OTHERS = ("a", "audio", "br", "dir", "embed", "iframe", "img", "math", "noscript", "video", "xmp")
_NUMBERS = _numbers()
TEXT_ID = _NUMBERS["-text"]
FORM_ID = _NUMBERS["form"]
LINK_ID = _NUMBERS["a"]
META_ID = _NUMBERS["meta"]
WRAPPER_IDS = frozenset(by_tag_id(dict.fromkeys(WRAPPERS, True)))
INLINE_IDS = frozenset(by_tag_id(dict.fromkeys(_INLINE, True)))
