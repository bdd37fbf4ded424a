"""The analysis of articles.json in Python, for the local index: what the analyzers make of a text.

A run of Han or kana becomes its overlapping pairs (a single character stands for itself), any other run of
letters and digits one word; Traditional is folded to Simplified, full width to half, capitals to small
letters. Normalising keeps the length, so that positions in the result are positions in the text. Contract
tests hold it against the real server.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from hashlib import blake2b
from itertools import pairwise

from newsdrop.folding import fold_table

__all__ = ["analysis_key", "find_all", "joined", "normalise", "terms"]

_HAN = "⺀-⿕々〇〡-〩〸-〻㐀-䶿一-鿿豈-龎\U00020000-\U0003ffff"
_KANA = "ぁ-ゖゝ-ゟァ-ヺヽ-ヿㇰ-ㇿｦ-ﾝ"
_HANGUL = "가-힣"
_CJK = f"[{_HAN}{_KANA}{_HANGUL}ー]"
_LETTER = f"(?:(?!{_CJK})[^\\W_])"
_WORD = rf"(?:{_LETTER}|_)[{{marks}}]*(?:(?:{_LETTER}|_|[.'’](?={_LETTER}))[{{marks}}]*)*"
#: Combining marks that `\w` leaves out; they belong to the letter before them.
_MARKS = "\u0300-\u036f\u1ab0-\u1aff\u20d0-\u20ff"
_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_SPACE_BETWEEN_HAN = re.compile(rf"(?<={_CJK})\s+(?={_CJK})")


@cache
def _token() -> re.Pattern[str]:
    # Made when first needed: it takes 8 ms, and most commands split no text.
    return re.compile(f"({_CJK}+)|({_WORD.format(marks=_MARKS)})")


@cache
def _table() -> dict[int, int]:
    return fold_table() | _WIDTH


def normalise(text: str) -> str:
    """The text with script, width and case made one; as long as it was."""
    text = text.translate(_table())
    small = text.lower()
    if len(small) != len(text):
        # A few capitals (İ) become two characters; they stay as they are.
        small = "".join(low if len(low := char.lower()) == 1 else char for char in text)
    return small


def terms(text: str) -> Iterator[str]:
    """The terms of a text in their order, as they stand in the index and in a query alike."""
    for match in _token().finditer(normalise(text)):
        run = match[1]
        if run is None:
            yield match[2]
        elif len(run) == 1:
            yield run
        else:
            yield from map("".join, pairwise(run))


def joined(text: str) -> str:
    """A quoted phrase with the spaces between its Han characters taken out, as nd_join does."""
    return _SPACE_BETWEEN_HAN.sub("", text)


def find_all(text: str, phrase: str) -> Iterator[tuple[int, int]]:
    """Where a phrase stands in a text, whatever lies between its words: (start, end), for marking hits."""
    words = [match[0] for match in _token().finditer(normalise(phrase))]
    if not words:
        return
    pattern = r"[\W_]*?".join(re.escape(word) for word in words)
    for match in re.finditer(pattern, normalise(text)):
        yield match.start(), match.end()


def analysis_key() -> str:
    """Tells the terms of this version of the module and of the folding table from another's."""
    table = "".join(f"{source}>{target};" for source, target in sorted(fold_table().items()))
    return f"terms-1 {blake2b(table.encode(), digest_size=8).hexdigest()}"
