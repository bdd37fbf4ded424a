"""What shows why an article was found: a piece of its text, and where the words are in it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from newsdrop.index.query import Prefix, Words
from newsdrop.index.terms import GAP_TERM, find_all, find_beginnings

__all__ = ["Span", "snippet", "spans"]

Span = tuple[int, int]
_CHARS = 120
#: So much is folded around a match: folding the whole of a long text costs more than the search.
_WINDOW_CHARS = 2_000


def snippet(text: str, wanted: Sequence[Words | Prefix]) -> tuple[str, list[Span]]:
    """About 120 characters around the first match, else the text's beginning; and where the matches are."""
    found = _spans_in_window(text, wanted) or spans(text, wanted)
    start = max(0, found[0][0] - _CHARS // 3) if found else 0
    end = max(start + _CHARS, found[0][1] if found else 0)
    before, after = "…" if start else "", "…" if end < len(text) else ""
    shift = len(before) - start
    marks = [(begin + shift, stop + shift) for begin, stop in found if begin >= start and stop <= end]
    # White space keeps its length, or the marks would move.
    piece = re.sub(r"\s", " ", text[start:end])
    return f"{before}{piece}{after}", marks


def _spans_in_window(text: str, wanted: Sequence[Words | Prefix]) -> list[Span]:
    """Where the words stand around their first match; nothing if it isn't seen without folding the text."""
    seen = [match.start() for one in wanted for pattern in one.patterns if (match := pattern.search(text))]
    if not seen:
        return []
    start = max(0, min(seen) - _CHARS)
    end = start + _WINDOW_CHARS
    found = [(start + begin, start + stop) for begin, stop in spans(text[start:end], wanted)]
    # The ends of the window may cut a word in two.
    whole = [(begin, stop) for begin, stop in found if begin > start or start == 0]
    return whole if whole and (whole[0][1] + _CHARS < end or end >= len(text)) else []


def spans(text: str, wanted: Sequence[Words | Prefix]) -> list[Span]:
    """Where the words stand, in their order; none overlaps another."""
    each = sorted(
        {span for one in wanted for span in _found(text, one)}, key=lambda span: (span[0], -span[1])
    )
    kept: list[Span] = []
    for begin, stop in each:
        if begin < stop and (not kept or begin >= kept[-1][1]):
            kept.append((begin, stop))
    return kept


def _found(text: str, one: Words | Prefix) -> list[Span]:
    if isinstance(one, Prefix):
        return list(find_beginnings(text, one.term))
    # A gap in the terms is any sign of sentence punctuation in a text.
    spellings = [one.text, *(" ".join(other).replace(GAP_TERM, "。") for other in one.wording.others)]
    return [span for spelling in spellings for span in find_all(text, spelling)]
