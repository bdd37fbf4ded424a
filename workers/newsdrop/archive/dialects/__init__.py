"""The dialects: ways of laying an article out in a file. One module each, told apart by content alone.

A dialect is a module-level object with a name, a sentence on what it looks like, `sniff` and `split`; to add
one, write its module and put it into `DIALECTS`, the more particular ones first. A body may be Markdown in
any of them but the saved page (markdown.py); the name then says so. Refuses to guess: a text that no dialect
knows is an UnknownDialectError that says what was expected and what was found.
"""

from __future__ import annotations

import json
import re
from typing import Protocol

from newsdrop.archive.dialects import chinadigitaltimes, duty_machine, hugo, oped2, saved_page
from newsdrop.archive.dialects.markdown import MARKDOWN, as_html, is_markdown
from newsdrop.archive.header import Layout
from newsdrop.errors import EmptyFileError, UnknownDialectError
from newsdrop.names import BLANK
from newsdrop.options import Limits

__all__ = ["DIALECTS", "Dialect", "split"]


class Dialect(Protocol):
    """`name` goes into the index; `expects` into messages: "a … header"."""

    @property
    def name(self) -> str: ...
    @property
    def expects(self) -> str: ...

    def sniff(self, text: str) -> bool:
        """Whether `text` begins as this dialect does; cheap, and true for damaged files of the dialect."""
        ...

    def split(self, text: str, source: str, limits: Limits) -> Layout:
        """Take the text apart.

        Raises:
            UnknownDialectError: it only began like this dialect.
            TooLargeError: a header over its limit.
        """
        ...


DIALECTS: tuple[Dialect, ...] = (
    saved_page.DIALECT,
    oped2.DIALECT,
    hugo.DIALECT,
    chinadigitaltimes.DIALECT,
    duty_machine.DIALECT,
)

_FOUND = (
    (re.compile(r"<\?xml|<rss\b|<feed\b", re.IGNORECASE), "an XML document or feed"),
    (re.compile(r"WARC/\d"), "a WARC file"),
    (re.compile(r"%!PS"), "a PostScript document"),
    (re.compile(r"MIME-Version:|From: |Return-Path:", re.IGNORECASE), "a mail or MHTML file"),
    (re.compile(r"#!"), "a script"),
    (re.compile(r"<!--(?!\s*(?:-?\d|NaN))"), "HTML that begins with a comment, without a header"),
    (re.compile(r"<[a-zA-Z]"), "a piece of HTML without a header"),
    (re.compile(r"---\s*\n"), "front matter without its closing --- line"),
    (re.compile(r"#+ "), "a Markdown page without a header"),
)
_SHOWN_CHARS = 60


def split(text: str, source: str, limits: Limits) -> Layout:
    """The text taken apart by the first dialect that knows it.

    Raises:
        UnknownDialectError, TooLargeError: as `Dialect.split`; a Markdown body longer than any article.
        EmptyFileError: there is nothing to see in it.
    """
    # White space and format characters before the header: editors and downloads leave them.
    text = text.lstrip(BLANK)
    if not text:
        raise EmptyFileError(f"{source} holds nothing but white space and characters that take no room.")
    for dialect in DIALECTS:
        if dialect.sniff(text):
            return _from_markdown(dialect.split(text, source, limits), source)
    expected = "; ".join(f"{dialect.expects} ({dialect.name})" for dialect in DIALECTS)
    raise UnknownDialectError(f"{source}: expected {expected}; but found {_describe(text)}.")


def _from_markdown(layout: Layout, source: str) -> Layout:
    if layout.whole or not is_markdown(layout.body):
        return layout
    return Layout(layout.dialect + MARKDOWN, layout.header, as_html(layout.body, source))


def _describe(text: str) -> str:
    for pattern, name in _FOUND:
        if pattern.match(text):
            return name
    if text[0] in "{[" and _is_json(text):
        return "a JSON document"
    start = " ".join(text[:_SHOWN_CHARS].split())
    return f"other text, beginning {start!r}"


def _is_json(text: str) -> bool:
    try:
        json.loads(text[:2_000_000])
    except (ValueError, RecursionError):
        return False
    return True
