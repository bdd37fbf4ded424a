"""Keywords: the words that an article uses much more often than other texts do. At most twelve, best first.

The beginning and middle of a Chinese text are cut into words by rjieba, folded, so that both scripts count as
one; the best candidates are counted in the whole text and weighed by the shipped table
`config/background/han.tsv` (inverse document frequencies; 0 for what is never a keyword). English has no
table: words off the stop list and capitalised phrases count. A word of the title counts three times. Words
are shown as the article writes them; the index folds them for searching.

Refuses to name people, places and organisations: see ARCHITECTURE.md, Decisions.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Final

import rjieba
from msgspec.structs import replace

from newsdrop.configfiles import find_config_file
from newsdrop.documents import Article
from newsdrop.folding import fold

__all__ = ["KeywordsStep", "keywords_of"]

_MOST: Final = 12
#: What comes later changes no keyword, and the time of a step must have an end.
_MAX_CHARS: Final = 20_000
#: Chinese is cut into words here only; what an article is about is said at its beginning.
_HEAD_CHARS: Final = 1_000
_MIDDLE_CHARS: Final = 500
#: So many of the words that were cut are counted in the whole text.
_CANDIDATES: Final = 30
_TITLE_TIMES: Final = 2
#: In a longer text one mention makes no keyword.
_SHORT_CHARS: Final = 400
#: A keyword of weight less than this share of the best one's says little beside it.
_LEAST_SHARE: Final = 0.12
#: Words that the table lacks: rare ones, and names that rjieba guesses.
_UNKNOWN_WEIGHT: Final = 9.0
_PHRASE_WEIGHT: Final = 10.0
_NAME_WEIGHT: Final = 8.0
_ENGLISH_WEIGHT: Final = 5.0

_HAN: Final = re.compile("[\u4e00-\u9fff]")
_HAN_WORD: Final = re.compile("[\u4e00-\u9fff]{2,8}")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_LATIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9 ’'-]+")
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9’'-]*[A-Za-z0-9]")
_PHRASE: Final = re.compile(
    r"[A-Z][A-Za-z’'-]+(?:(?: of| for| and the| of the)? [A-Z][A-Za-z0-9’'-]*[A-Za-z0-9]){1,4}"
)


class KeywordsStep:
    """Sets `keywords`."""

    name = "keywords"

    def __call__(self, article: Article) -> Article:
        return replace(article, keywords=keywords_of(article.title, article.text))


def keywords_of(title: str, text: str) -> list[str]:
    """The keywords of an article, best first; none where it says too little."""
    whole = f"{title}\n{text[:_MAX_CHARS]}"
    folded = fold(whole)
    scores = _chinese(folded, len(title)) | _english(whole, len(title))
    ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:_MOST]
    if not ranked:
        return []
    bar = ranked[0][1] * _LEAST_SHARE
    return [_as_written(whole, folded, word) for word, score in ranked if score >= bar]


def _chinese(folded: str, title_chars: int) -> dict[str, float]:
    """Folded words → score."""
    if not _HAN.search(folded):
        return {}
    counts = Counter(_cut(_sample(folded)))
    title = Counter(_cut(folded[:title_chars]))
    counts.update(title)
    worths = _worths()
    # A guess of rjieba's that the article doesn't repeat is more often a mistake than a name.
    guessed = _worth(_UNKNOWN_WEIGHT)
    weighed = [
        (count * worth, word)
        for word, count in counts.items()
        if len(word) > 1 and (worth := worths.get(word, guessed if count > 1 else 0.0))
    ]
    least = 1 if len(folded) < _SHORT_CHARS else 2
    scores = {}
    for _, word in sorted(weighed, reverse=True)[:_CANDIDATES]:
        worth = worths.get(word, 0.0)
        count = folded.count(word) + _TITLE_TIMES * title[word]
        if count >= least and (worth or (count > 2 and _HAN_WORD.fullmatch(word))):
            scores[word] = count * (worth or guessed)
    return scores


def _sample(folded: str) -> str:
    """The beginning and a piece of the middle: cutting is the dear part, counting in the whole is cheap."""
    if len(folded) <= _HEAD_CHARS + _MIDDLE_CHARS:
        return folded
    middle = max(_HEAD_CHARS, len(folded) // 2)
    return f"{folded[:_HEAD_CHARS]}\n{folded[middle : middle + _MIDDLE_CHARS]}"


def _cut(folded: str) -> list[str]:
    try:
        return rjieba.cut(folded)
    except UnicodeEncodeError:
        return rjieba.cut(_SURROGATE.sub(" ", folded))


def _as_written(whole: str, folded: str, word: str) -> str:
    # Folding keeps the length, so that places in both are the same.
    at = folded.index(word)
    return whole[at : at + len(word)]


def _worth(weight: float) -> float:
    # By eye over seven saved articles: plain weights favour 问题 and 文章.
    return float(weight**1.5)


@cache
def _worths() -> dict[str, float]:
    lines = find_config_file("background/han.tsv").read_text("utf-8").splitlines()
    rows = (line.split("\t") for line in lines if not line.startswith("#"))
    worths = ((_worth(float(weight)), words.split(" ")) for weight, words in rows)
    return {word: worth for worth, words in worths for word in words}


def _english(whole: str, title_chars: int) -> dict[str, float]:
    """Words and phrases as most often written → score. Once is never enough: there is no table to ask."""
    title = whole[:title_chars]
    if _HAN.search(whole):
        # Little is left of a Chinese text, and going through it twice costs little.
        whole = "\n".join(_LATIN.findall(whole))
    written = Counter(_WORD.findall(whole))
    for word in _WORD.findall(title):
        written[word] += _TITLE_TIMES
    stops = _stops()
    scores: dict[str, float] = {}
    for phrase, count in Counter(_phrases(whole)).items():
        if count > 1:
            scores[phrase] = count * _worth(_PHRASE_WEIGHT)
            for part in phrase.split(" "):
                written[part] -= count
    totals: Counter[str] = Counter()
    usual: dict[str, str] = {}
    for word, count in written.most_common():
        small = word.lower()
        if small not in stops:
            totals[small] += count
            usual.setdefault(small, word)
    for small, count in totals.items():
        if count > 1 and len(small) > 2:
            word = usual[small]
            scores[word] = count * _worth(_ENGLISH_WEIGHT if word.islower() else _NAME_WEIGHT)
    return scores


@cache
def _stops() -> frozenset[str]:
    lines = find_config_file("background/english-stop.txt").read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def _phrases(whole: str) -> Iterator[str]:
    stops = _stops()
    for match in _PHRASE.finditer(whole):
        # The first word of a sentence is capitalised for no reason of its own.
        words = match[0].split(" ")
        while words and words[0].lower() in stops:
            words.pop(0)
        while words and words[-1].lower() in stops:
            words.pop()
        if len(words) > 1:
            yield " ".join(words)
