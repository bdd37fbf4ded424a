"""Files for measurements: the corpus's pages, with text as varied as that of real articles.

What an index costs depends on how many different pairs of characters a text holds. In real articles 70 to
87 % of the pairs within 800 Han characters are different ones; in the corpus 60 %, and its long texts repeat
themselves (30 % at 3,800 characters). So here the paragraphs' Han characters are replaced, one for one, by
words of an invented vocabulary over the common characters of GB 2312, drawn by Zipf's law so that about 80 %
of the pairs in 800 characters are different ones.
"""

from __future__ import annotations

import re
from bisect import bisect
from functools import cache
from itertools import accumulate
from random import Random

from tests.corpus import seed_like

__all__ = ["article_file", "variety"]

_WORDS = 8_000
_HAN = re.compile(r"[\u4e00-\u9fff]+")
_PARAGRAPH = re.compile(r"(?<=<p>)[^<]+(?=</p>)")


def article_file(number: int, html_bytes: int) -> bytes:
    """One file of dialect A with varied text; the same for the same number on every machine."""
    head, rule, body = seed_like(number, html_bytes=html_bytes).decode().partition("\n------\n")
    stream = _stream(number)

    def varied(match: re.Match[str]) -> str:
        return _HAN.sub(lambda han: _take(stream, len(han[0])), match[0])

    return (head + rule + _PARAGRAPH.sub(varied, body)).encode()


def variety(text: str) -> float:
    """Different pairs of neighbouring Han characters, as a share of all pairs."""
    han = "".join(_HAN.findall(text))
    return len({han[i : i + 2] for i in range(len(han) - 1)}) / max(1, len(han) - 1)


class _Stream:
    """Endless text of one article."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.rest = ""


def _stream(number: int) -> _Stream:
    return _Stream(Random(number))


def _take(stream: _Stream, count: int) -> str:
    words, weights = _vocabulary()
    while len(stream.rest) < count:
        drawn = stream.random.choices(words, cum_weights=weights, k=64)
        stream.rest += "".join(drawn)
    taken, stream.rest = stream.rest[:count], stream.rest[count:]
    return taken


@cache
def _vocabulary() -> tuple[list[str], list[float]]:
    random = Random(0)
    common = [bytes((high, low)).decode("gb2312") for high in range(0xB0, 0xD7) for low in range(0xA1, 0xFF)]
    random.shuffle(common)
    # Characters, too, follow Zipf's law: a few hundred make most of any text.
    weights = list(accumulate(1 / (rank + 10) for rank in range(len(common))))
    lengths = (1, 2, 2, 2, 2, 3, 4)
    words = [
        "".join(_draw(random, common, weights) for _ in range(random.choice(lengths))) for _ in range(_WORDS)
    ]
    return words, list(accumulate(1 / (rank + 1) for rank in range(_WORDS)))


def _draw(random: Random, items: list[str], weights: list[float]) -> str:
    return items[bisect(weights, random.random() * weights[-1])]
