"""The piece of a text that shows why it was found, with what matched between « and »."""

from __future__ import annotations

from collections.abc import Sequence

from newsdrop.index.query import Clause
from newsdrop.index.terms import find_all

__all__ = ["snippet"]

_CHARS = 120


def snippet(text: str, clauses: Sequence[Clause]) -> str:
    """About 120 characters around the first match, else the beginning of the text."""
    sought = [clause for clause in clauses if clause.kind in ("chunk", "phrase")]
    wanted = [words for clause in sought for words in (clause.text, *clause.wording().other_numbers)]
    spans = sorted({span for phrase in wanted for span in find_all(text, phrase)})
    start = max(0, spans[0][0] - _CHARS // 3) if spans else 0
    end = max(start + _CHARS, spans[0][1] if spans else 0)
    out, at = [], start
    for begin, stop in spans:
        if begin >= at and stop <= end:
            out += [text[at:begin], "«", text[begin:stop], "»"]
            at = stop
    piece = " ".join("".join([*out, text[at:end]]).split())
    return ("…" if start else "") + piece + ("…" if end < len(text) else "")
