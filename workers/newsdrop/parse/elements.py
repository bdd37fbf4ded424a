"""What the HTML elements are to the walker: blocks of text, wrappers of blocks, or nothing a reader reads."""

from __future__ import annotations

__all__ = ["BLOCKS", "BLOCK_TAGS", "HEADINGS", "SKIPPED", "WRAPPERS"]

#: A paragraph ends where one of these begins or ends.
BLOCKS = frozenset([
    "address", "article", "aside", "body", "caption", "center", "dd", "details", "dialog", "div", "dl", "dt",
    "fieldset", "figcaption", "footer", "form", "header", "hgroup", "html", "legend", "main", "menu", "nav",
    "noframes", "p", "pre", "search", "section", "summary", "table", "tbody", "tfoot", "thead", "tr",
])  # fmt: skip
HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
BLOCK_TAGS = BLOCKS | HEADINGS | {"blockquote", "ul", "ol", "li", "figure", "hr", "td", "th"}

#: Blocks without a meaning of their own.
WRAPPERS = frozenset(["div", "p", "section", "article", "center"])

#: Neither these nor what is in them is text.
SKIPPED = frozenset([
    "-comment", "!doctype", "_doctype", "_document", "applet", "area", "base", "button", "canvas", "col",
    "colgroup", "datalist", "frameset", "head", "input", "link", "map", "meta", "object", "option", "script",
    "select", "style", "svg", "template", "textarea", "title",
])  # fmt: skip
