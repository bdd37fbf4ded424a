"""The three lines that several dialects share: an optional comment, `[title](url)`, and `------`.

    <!--1660630383000-->     epoch milliseconds, or NaN where the writer could not read the date
    [title](url)
    ------

Title and URL stand there unescaped: the title may hold brackets, `](` and line feeds, the URL parentheses.
So everything before the rule line is taken, and cut at the last `](` that a URL follows, and at the last `)`.
"""

from __future__ import annotations

import re

import msgspec

from newsdrop.archive.header import clean_url
from newsdrop.errors import TooLargeError, UnknownDialectError
from newsdrop.names import clean_text
from newsdrop.options import Limits

__all__ = ["LinkHeader", "begins_link_header", "read_link_header"]

_COMMENT = re.compile(r"\s*<!--\s*(?P<ms>-?\d{1,17}|NaN)\s*-->\s*")
_RULE = re.compile(r"^-{6}[ \t]*(?:\n|\Z)", re.MULTILINE)
#: Numbers that can only be seconds: from the web's first year, 1991, to 2100.
_SECONDS = range(662_688_000, 4_102_444_800)
_TARGET = re.compile(r"\]\((?=\s*https?://)", re.IGNORECASE)


class LinkHeader(msgspec.Struct, frozen=True):
    """`ms` is the comment's number; None without a comment and for NaN. `end`: where the body begins."""

    title: str
    url: str | None
    ms: int | None
    end: int


def begins_link_header(text: str, start: int = 0) -> bool:
    """Whether a header comment or a link begins at `start`."""
    comment = _COMMENT.match(text, start)
    return bool(comment) or text.startswith("[", start)


def read_link_header(text: str, source: str, limits: Limits, start: int = 0) -> LinkHeader:
    """The header at `start`.

    Raises:
        TooLargeError: no rule line within the limit of a header.
        UnknownDialectError: no rule line at all, or no link before it.
    """
    comment = _COMMENT.match(text, start)
    ms = None if comment is None or comment["ms"] == "NaN" else _as_ms(int(comment["ms"]))
    begin = comment.end() if comment else start
    for rule in _RULE.finditer(text, begin, begin + limits.header_chars):
        line = text[begin : rule.start()].strip()
        # A title may itself hold a line of six hyphens; the header ends where a link does.
        if line.startswith("[") and line.endswith(")") and "](" in line:
            title, url = _cut(line)
            return LinkHeader(title=clean_text(title), url=clean_url(url), ms=ms, end=rule.end())
    if len(text) - begin > limits.header_chars:
        raise TooLargeError(
            f"{source}: no line of six hyphens ends the header within {limits.header_chars:,} characters "
            "(setting limits.header_chars)."
        )
    raise UnknownDialectError(
        f"{source} is text that begins with a comment or a bracket, and no link header; expected "
        "`[title](url)` and then a line of six hyphens at the top."
    )


def _as_ms(number: int) -> int:
    """Milliseconds, also where a writer gave seconds: as milliseconds those would be weeks of early 1970."""
    return number * 1000 if number in _SECONDS else number


def _cut(line: str) -> tuple[str, str]:
    inner = line[1:-1]
    middle = inner.rfind("](")
    for match in _TARGET.finditer(inner):
        if not re.search(r"\s", inner[match.end() :].strip()):
            middle = match.start()
    return inner[:middle], inner[middle + 2 :]
