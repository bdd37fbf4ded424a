"""White space as readers see it: by the segment-break rule of CSS Text 3, which undoes prettified HTML.

    zero-width space, word joiner, BOM, soft hyphen    deleted, and so are control characters
    a run with a line break between two wide letters   deleted (Chinese has no spaces between words)
    any other run, and every <br>                      one space; ends are trimmed

Ideographic spaces at the beginning of a line mark a paragraph, as in print (`INDENTED`, `begins_indented`).

Letters of East Asian Width W, F or H are wide; “ ” ‘ ’ — … · are wide beside a wide letter. Hangul isn't, as
in CSS: Korean puts spaces between words. Nothing else is changed: no normalisation, no folding.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from unicodedata import east_asian_width

from selectolax.lexbor import LexborNode

from newsdrop.parse.elements import TEXT_ID

__all__ = ["BREAK", "INDENTED", "begins_indented", "ends_broken", "letters", "normal", "squeezed"]

#: Represents <br> in the pieces of a block; white space to every regex, and hardly ever written by a page.
BREAK = "\x1e"

#: A line break in the page's own text, followed by the indentation of a paragraph.
INDENTED = "\n\u3000\u3000"
#: The width of two wide letters: ideographic or em spaces, or no-break ones, perhaps mixed with plain ones.
_INDENT = re.compile(r"[ \t\r\n]*+(?:[\u3000\u2003]{2}|(?:\u00a0[\u00a0 ]){2})")

#: Zero-width spaces, word joiners, BOMs, soft hyphens; and controls: C0 except white space (which includes
#: U+001C to U+001F in Python), DEL, and C1 except NEL, a line break.
_INVISIBLE = re.compile(r"[\u200b\u2060\ufeff\u00ad\0-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]+")
_RUN = re.compile(r"\s{2,}|[^\S ]")
_OTHER_LINE_BREAK = re.compile("[\r\u2028\u2029\x85]")
_WIDE_BESIDE_WIDE = frozenset("“”‘’—…·")


def normal(text: str) -> str:
    """The text of one block with its white space as readers see it."""
    # All white space except the plain space is unprintable, and so is what gets deleted: the fast path.
    if text.isprintable() and "  " not in text:
        return text.strip(" ")
    return _RUN.sub(_one_run, _INVISIBLE.sub("", text).strip())


def begins_indented(node: LexborNode | None) -> bool:
    """Whether the text that begins with this node is indented by at least two wide letters."""
    while node is not None:
        if node.tag_id != TEXT_ID:
            node = node.first_child
            continue
        text = node.text_content or ""
        if not text[:1].isspace():
            return False
        if _INDENT.match(text):
            return True
        node = node.next if text.isspace() else None
    return False


def ends_broken(pieces: Sequence[str]) -> bool:
    """Whether the pieces end with a <br>, with nothing visible after it."""
    for piece in reversed(pieces):
        if piece == BREAK:
            return True
        if not piece.isspace():
            return False
    return False


def letters(text: str) -> str:
    """Only the letters and digits of a text, in lower case, to compare texts that are spelled differently."""
    return "".join(filter(str.isalnum, text.casefold()))


def squeezed(text: str) -> str:
    """The text without any white space, for comparison."""
    return "".join(text.split())


def _one_run(match: re.Match[str]) -> str:
    run = match[0]
    if BREAK in run or not ("\n" in run or _OTHER_LINE_BREAK.search(run)):
        return " "
    text, start, end = match.string, match.start(), match.end()
    return "" if _joins(text[start - 1], text[end]) else " "


@lru_cache(65_536)
def _joins(before: str, after: str) -> bool:
    wide_before, wide_after = _is_wide(before), _is_wide(after)
    if wide_before and wide_after:
        return True
    return (wide_before and after in _WIDE_BESIDE_WIDE) or (wide_after and before in _WIDE_BESIDE_WIDE)


def _is_wide(char: str) -> bool:
    return east_asian_width(char) in "WFH" and not _is_hangul(char)


def _is_hangul(char: str) -> bool:
    return "\uac00" <= char <= "\ud7a3" or "\u1100" <= char <= "\u11ff" or "\u3131" <= char <= "\u318e"
