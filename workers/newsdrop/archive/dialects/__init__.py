"""The dialects: ways of laying an article out in a file. One module each, told apart by content alone.

A dialect is a module-level object with a name, a sentence on what it looks like, `sniff` and `split`. To add
one, write its module and add it to `DIALECTS`, more specific ones first. A body may be Markdown in any of
them except the saved page (markdown.py); the name then says so. Nothing is guessed: a text that no dialect
recognizes is an UnknownDialectError that says what was expected and what was found.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Protocol

from newsdrop.archive.dialects import chinadigitaltimes, duty_machine, hugo, oped2, saved_page
from newsdrop.archive.dialects.headerless import headerless_article
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
    (re.compile(r"<\?xml|<rss\b|<feed\b|<svg\b|<urlset\b|<opml\b", re.IGNORECASE), "an XML document or feed"),
    (re.compile(r"WARC/\d"), "a WARC file"),
    (re.compile(r"%!PS"), "a PostScript document"),
    (re.compile(r"(?:MIME-Version|From|Return-Path|Received|Subject|Message-ID): ", re.IGNORECASE), "a mail"),
    (re.compile(r"#!"), "a script"),
    (re.compile(r"BEGIN:V[A-Z]"), "a calendar or address card"),
)
#: Prose without a title: an article only if its folder says so.
_PROSE = (
    (re.compile(r"<!--(?!\s*(?:-?\d|NaN))"), "HTML that begins with a comment, without a header"),
    (re.compile(r"<[a-zA-Z]"), "a piece of HTML without a header"),
    (re.compile(r"#+ "), "a Markdown page without a header"),
)
_SHOWN_CHARS = 60


def split(
    text: str,
    source: str,
    limits: Limits,
    *,
    name: str | None = None,
    dialects: Sequence[Dialect] = DIALECTS,
) -> Layout:
    """The text split by the first dialect that recognises it.

    Args:
        dialects: those to try, the more specific ones first.
        name: the file's, where text without a header is an article of that name; None: it is refused.

    Raises:
        UnknownDialectError, TooLargeError: as `Dialect.split`; a Markdown body longer than any article.
        EmptyFileError: it contains nothing visible.
    """
    # White space and format characters before the header: editors and downloads leave them.
    text = text.lstrip(BLANK)
    if not text:
        raise EmptyFileError(f"{source} contains only white space and zero-width characters.")
    for dialect in dialects:
        if dialect.sniff(text):
            try:
                return _from_markdown(dialect.split(text, source, limits), source)
            except UnknownDialectError:
                # Prose may begin with a bracket, JSON does; whatever else begins like a header is damaged.
                if text.startswith("[") and (name is not None or _is_json(text)):
                    break
                raise
    what = _describe(text, _FOUND) or ("a JSON document" if _is_json(text) else None)
    if what is None and name is not None:
        return headerless_article(text, source, name)
    what = what or _describe(text, _PROSE) or f"text without a header, beginning {_beginning(text)!r}"
    # Ours are a page of the documentation; what an extension expects stands nowhere else.
    others = [f" or {dialect.expects}" for dialect in dialects if dialect not in DIALECTS]
    expected = f"one of the layouts in docs/dialects.md{''.join(others)}"
    raise UnknownDialectError(f"{source} is {what}; expected {expected}.")


def _from_markdown(layout: Layout, source: str) -> Layout:
    if layout.whole or not is_markdown(layout.body):
        return layout
    return Layout(layout.dialect + MARKDOWN, layout.header, as_html(layout.body, source))


def _describe(text: str, kinds: tuple[tuple[re.Pattern[str], str], ...]) -> str | None:
    return next((name for pattern, name in kinds if pattern.match(text)), None)


def _beginning(text: str) -> str:
    return " ".join(text[:_SHOWN_CHARS].split())


def _is_json(text: str) -> bool:
    if text[0] not in "{[":
        return False
    try:
        json.loads(text[:2_000_000])
    except (ValueError, RecursionError):
        return False
    return True
