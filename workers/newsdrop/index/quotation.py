"""Quotation marks in a query: where the phrase ends that one of them begins. Pure.

Keyboards, word processors and languages have many. Refuses to say what a phrase means: that is the parser's.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Final

__all__ = ["CLOSE", "HEBREW_MARK", "QUOTES", "closing_quote", "paired_end"]

#: Marks that always quote.
QUOTES: Final = '"“”„＂'
#: Closing parentheses.
CLOSE: Final = ")）"
#: A pattern: within a word of Hebrew initials the mark is part of it (צה"ל).
HEBREW_MARK: Final = '(?<=[א-ת])"(?=[א-ת])'
#: Of the marks that always quote, those that don't tell beginning from end, and those that begin.
_STRAIGHT, _OPENING = '"＂', "“„"
#: Marks that quote only where they stand around whole words, and are signs like any other elsewhere.
_PAIRED: Final = {"«": "»", "»": "«", "‹": "›", "「": "」", "『": "』", "《": "》", "〝": "〞"}
_SPACES: Final = " \t\n\u3000"
_MOST_MARKS: Final = 200


def paired_end(query: str, opened: int) -> int | None:
    """Where a phrase ends between marks such as «…» or 「…」; None if none begins here.

    Behind it must be a space or the end of a group: `「港獨」分子` is one word.
    """
    mark = _PAIRED.get(query[opened : opened + 1])
    closing = -1 if mark is None else query.find(mark, opened + 1)
    if closing < 0 or query[closing + 1 : closing + 2].strip(CLOSE + _SPACES):
        return None
    return closing


def closing_quote(query: str, opened: int) -> int | None:
    """Where the phrase ends that begins at a quotation mark; None if nowhere.

    A straight mark closes what a straight one opened, whatever curly ones lie between (`"为“国家安全”之名"`),
    and curly marks may hold pairs of their own. As keyboards mix them (`"香港”`), a curly one without its
    other half closes at the end of a word, and the next mark of any kind where nothing else does.
    """
    first, within, straight = None, 0, query[opened] in _STRAIGHT
    for match in islice(re.compile(f"(?!{HEBREW_MARK})[{QUOTES}]").finditer(query, opened + 1), _MOST_MARKS):
        at, mark = match.start(), match[0]
        first = at if first is None else first
        ends = not straight or query[at + 1 : at + 2].strip(CLOSE + _SPACES) == ""
        if mark in _STRAIGHT:
            if straight or not within:
                return at
        elif mark in _OPENING:
            if straight and ends:
                return at
            within += 1
        elif within:
            within -= 1
        elif ends:
            return at
    return first
