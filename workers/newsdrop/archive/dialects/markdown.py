"""Bodies in Markdown instead of HTML: recognized by their content, and converted to HTML.

    header of any dialect, then paragraphs between empty lines, `# headings`, `- items`, `[text](url)` …

Prose without any tags counts, too: its empty lines separate paragraphs, which HTML would lose. A body with
half as many structural tags as pieces of prose is HTML that happens to contain such characters. CommonMark
with tables and ~~strike~~ (markdown-it-py, which takes linear time), with three exceptions: lines indented by
spaces aren't code, because Chinese paragraphs are indented; * and ~~ beside Chinese punctuation are marks
where they are meant; and notes are text (notes.py).
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from newsdrop.errors import TooLargeError

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

__all__ = ["MARKDOWN", "as_html", "is_markdown"]

#: Appended to a dialect's name if the body was Markdown.
MARKDOWN = "+markdown"

_LONGEST_CHARS = 500_000
#: The converter takes up to 80 µs for a line and 20 for a mark; no article has a tenth of so many.
_MOST_MARKS = 60_000
_LINE_MARKS = 4
_MARKS = "*_~`<&|\\"
#: Each bracket that opens a link which never comes takes up to 60 µs; with more of them, brackets are text.
_MOST_BRACKETS = 10_000
_SNIFF_CHARS = 200_000

_STRUCTURE = re.compile(
    r"<(?:p|div|br|span|article|section|main|header|footer|aside|nav|address|h[1-6]|ul|ol|li|dl|table|tr|td|pre|"
    r"blockquote|figure|picture|noscript|center|font|html|body)\b[^>]{0,200}>",
    re.IGNORECASE,
)
_CODE = re.compile(r"^(```|~~~).*?^\1|(?<!`)`[^`\n]+`", re.MULTILINE | re.DOTALL)
# An address ends at a bracket here: else each of a line's `](/` would be followed to the end of the line.
_SIGN = re.compile(
    r"^ {0,3}(?:#{1,6} +\S|[-*+] +\S|\d{1,3}[.)] +\S|> ?\S|```|~~~|\|.+\|[ \t]*$|!\[[^\]\n]{0,300}\]\()"
    r"|\]\((?:https?:/)?/[^\s)\]]+\)|(\*\*|__)(?=\S)[^\n]{1,300}?\1|^\S.*\n(?:={3,}|-{3,})[ \t]*$",
    re.MULTILINE,
)
_EMPTY_LINE = re.compile(r"\n[ \t]*\n")
#: The generators' own marks: Jekyll's tags (also as scrapers escape them) and Hugo's shortcodes where a line
#: begins or ends, and attributes put to a block.
_TAG = (
    r"(?:(?:\{|&#123;)%(?:(?!%\})[^\n]){0,500}%\}"
    r"|\{\{[<%](?:(?![>%]\}\})[^\n]){0,500}[>%]\}\})"
)
_LIQUID = re.compile(rf"^(?:[ \t]*{_TAG})+|{_TAG}[ \t]*$|\{{:[ .#][^}}\n]{{0,200}}\}}", re.MULTILINE)
_PUNCTUATION = "‘’“”…—·\u3000-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
# CommonMark lets ** and ~~ beside punctuation open or close only where a space or punctuation is on their
# other side, and Chinese has no spaces. A word joiner there is a letter to it, and deleted with the page's
# other invisible characters.
_HAN = "\u3400-\u9fff"
_ASCII = r"!-)+-/:-@\[-`{-~"
_MARK = r"(?<!\\)(?:\*{1,3}|(?<!~)~~(?!~))"
_BEFORE = re.compile(rf"(?<=[{_PUNCTUATION}])({_MARK})(?![{_ASCII}*])|(?<=[{_ASCII}])({_MARK})(?=[{_HAN}])")
_AFTER = re.compile(rf"(?<![{_ASCII}*])({_MARK})(?=[{_PUNCTUATION}])|(?<=[{_HAN}])({_MARK})(?=[{_ASCII}])")


def is_markdown(body: str) -> bool:
    """Whether the body is Markdown or bare prose in paragraphs, rather than HTML."""
    text = body[:_SNIFF_CHARS].strip()
    # Pages are often one line, and looking for one character is much faster than a pattern.
    pieces = "\n" in text and _EMPTY_LINE.search(text) is not None
    if not pieces and text.startswith("<"):
        return False
    if "<" in text and _mostly_tags(text):
        return False
    return pieces or bool(_SIGN.search(text))


def as_html(body: str, source: str) -> str:
    """The Markdown as HTML; HTML inside it stays.

    Raises:
        TooLargeError: more characters, lines or marks than any article has.
    """
    if len(body) > _LONGEST_CHARS:
        raise TooLargeError(
            f"{source}: its Markdown body has {len(body):,} characters; at most {_LONGEST_CHARS:,} are read."
        )
    lines, marks = body.count("\n"), sum(map(body.count, _MARKS))
    if _LINE_MARKS * lines + marks > _MOST_MARKS:
        raise TooLargeError(
            f"{source}: its Markdown body has {lines:,} lines and {marks:,} marks; no article has so many."
        )
    if body.count("[") > _MOST_BRACKETS:
        body = body.replace("[", "&#91;")
    body = _LIQUID.sub("", body) if "{" in body or "%}" in body else body
    if "*" in body or "~~" in body:
        body = _AFTER.sub("\\g<0>\u2060", _BEFORE.sub("\u2060\\g<0>", body))
    return str(_converter().render(body))


def _mostly_tags(text: str) -> bool:
    plain = _CODE.sub("", text)
    structure = sum(1 for _ in _STRUCTURE.finditer(plain))
    prose = sum(1 for piece in _EMPTY_LINE.split(plain) if not piece.lstrip().startswith("<"))
    return structure > 0 and structure * 2 >= prose


@cache
def _converter() -> MarkdownIt:
    # Imported here, because few files are Markdown and every process would pay for it at its start.
    from markdown_it import MarkdownIt

    from newsdrop.archive.dialects.notes import add_notes

    options = {"html": True, "maxNesting": 40}
    return add_notes(MarkdownIt("commonmark", options).enable(["table", "strikethrough"]).disable("code"))
