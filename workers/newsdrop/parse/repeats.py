"""Quotations that only repeat what a paragraph says: magazines set a striking sentence large beside the text.

    “那时这里只有一条土路”      … 镇上的老人还记得，那时这里只有一条土路，渔船回来的时候 …

Refuses short ones, which may be anybody's words, and those that are as long as the paragraph.
"""

from __future__ import annotations

from collections.abc import Sequence

from newsdrop.documents import Block
from newsdrop.parse.evidence import weight_of
from newsdrop.parse.text import letters

__all__ = ["repeated_quotes"]

#: A letter of Chinese, Japanese or Korean weighs three.
_LEAST_WEIGHT = 30
_LONGEST = 300
_MOST = 20


def repeated_quotes(blocks: Sequence[Block]) -> dict[int, str]:
    """The quotations that repeat a part of a paragraph, and who is quoted: number → what they are."""
    quotes = [
        number
        for number, block in enumerate(blocks)
        if block.kind == "quote" and len(block.text) <= _LONGEST and any(map(str.isalnum, block.text))
    ]
    if not quotes or len(quotes) > _MOST:
        return {}
    text = [letters(block.text) for block in blocks if block.kind == "p"]
    found: dict[int, str] = {}
    for number in quotes:
        said = letters(blocks[number].text)
        alone = weight_of(blocks[number].text) >= _LEAST_WEIGHT
        if (alone or number - 1 in found) and any(said in one and len(said) < len(one) for one in text):
            found[number] = "a sentence of the text, set large"
    return found
