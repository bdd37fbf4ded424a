"""Keywords: the words that an article uses much more often than other texts do. At most twelve, best first.

They come from a sample: what an article is about is said at its beginning, and again later. So the
work per article is bounded, however long it is. Chinese is segmented into words by rjieba, folded, so that
both scripts count as one, and weighted by the table `config/background/han.tsv` (inverse document
frequencies; 0 for words that are never keywords). English has no table: words outside the stop list and
capitalized phrases count. A word of the title counts three times. Words are shown as the article writes them;
the index folds them for searching.

Doesn't extract people, places or organizations (docs/decisions/0016-no-named-entities.md).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Final, NamedTuple

import rjieba
from msgspec.structs import replace

from newsdrop.configfiles import find_config_file
from newsdrop.documents import Article
from newsdrop.folding import fold

__all__ = ["MOST_CHARS", "KeywordsStep", "keywords_of"]


class _Sample(NamedTuple):
    """How many characters of a long text are read, from its beginning and from its middle."""

    head_chars: int
    middle_chars: int


_HAN_SAMPLE: Final = _Sample(500, 200)
#: English words are four times as long.
_LATIN_SAMPLE: Final = _Sample(1_500, 500)
_TITLE_CHARS: Final = 200
#: The most that is ever read of an article: title, a line break, the larger sample, another line break.
MOST_CHARS: Final = _TITLE_CHARS + sum(_LATIN_SAMPLE) + 2

_MOST: Final = 12
#: A word of the title counts so many times more.
_TITLE_TIMES: Final = 2
#: In a text longer than this, one mention isn't enough for a keyword.
_SHORT_CHARS: Final = 400
#: Keywords with less than this share of the best one's weight are left out.
_LEAST_SHARE: Final = 0.12
#: Lower-case words that may stand inside a capitalised phrase.
_JOINING: Final = frozenset({"of", "for", "and", "the"})
_MOST_JOINING: Final = 2
_MOST_PHRASE_WORDS: Final = 7

_HAN: Final = re.compile("[\u4e00-\u9fff]")
_LATIN: Final = re.compile("[A-Za-z]{2}")
_HAN_WORD: Final = re.compile("[\u4e00-\u9fff]{2,8}")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
#: What separates two words so that they form no phrase; hyphens and apostrophes belong to words.
_PARTING: Final = re.compile("[^A-Za-z0-9’' -]+")
_MARK: Final = "|"
_HYPHENS: Final = "’'-"


def _worth(weight: float) -> float:
    # By eye over seven saved articles: plain weights favour 问题 and 文章.
    return float(weight**1.5)


#: Words that the table lacks: rare ones, and names that rjieba guesses.
_GUESSED_WORTH: Final = _worth(9.0)
_PHRASE_WORTH: Final = _worth(10.0)
_NAME_WORTH: Final = _worth(8.0)
_ENGLISH_WORTH: Final = _worth(5.0)


class KeywordsStep:
    """Sets `keywords`."""

    name = "keywords"

    def __call__(self, article: Article) -> Article:
        return replace(article, keywords=keywords_of(article.title, article.text))


def keywords_of(title: str, text: str) -> list[str]:
    """The keywords of an article, best first; none if the text is too short."""
    least = 1 if len(title) + len(text) < _SHORT_CHARS else 2
    title = title[:_TITLE_CHARS]
    read = f"{title}\n{_sample(text)}"
    folded = fold(read)
    scores = _chinese(folded, len(title), least) | _english(read, title)
    ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:_MOST]
    if not ranked:
        return []
    bar = ranked[0][1] * _LEAST_SHARE
    return [_as_written(read, folded, word) for word, score in ranked if score >= bar]


def _sample(text: str) -> str:
    size = _HAN_SAMPLE if _is_dense(text[: _HAN_SAMPLE.head_chars]) else _LATIN_SAMPLE
    if len(text) <= sum(size):
        return text
    middle = max(size.head_chars, (len(text) - size.middle_chars) // 2)
    return f"{text[: size.head_chars]}\n{text[middle : middle + size.middle_chars]}"


def _is_dense(head: str) -> bool:
    """Whether it is mostly Han or kana: they alone take three bytes."""
    return len(head.encode("utf-8", "replace")) > 2 * len(head)


def _chinese(folded: str, title_chars: int, least: int) -> dict[str, float]:
    """Folded words → score."""
    if not _HAN.search(folded):
        return {}
    words = _cut(folded)
    counts = Counter(words)
    at = 0
    for word in words:
        if at >= title_chars:
            break
        counts[word] += _TITLE_TIMES
        at += len(word)
    worths = _worths()
    scores = {}
    for word, count in counts.items():
        if count < least or len(word) == 1:
            continue
        worth = worths.get(word)
        if worth:
            scores[word] = count * worth
        elif worth is None and count > 2 and _HAN_WORD.fullmatch(word):
            # A guess of rjieba's that the article doesn't repeat is more often a mistake than a name.
            scores[word] = count * _GUESSED_WORTH
    return scores


def _cut(folded: str) -> list[str]:
    try:
        return rjieba.cut(folded)
    except UnicodeEncodeError:
        return rjieba.cut(_SURROGATE.sub(" ", folded))


def _as_written(read: str, folded: str, word: str) -> str:
    # Folding keeps the length, so that places in both are the same.
    at = folded.index(word)
    return read[at : at + len(word)]


@cache
def _worths() -> dict[str, float]:
    lines = find_config_file("background/han.tsv").read_text("utf-8").splitlines()
    rows = (line.split("\t") for line in lines if not line.startswith("#"))
    worths = ((_worth(float(weight)), words.split(" ")) for weight, words in rows)
    return {word: worth for worth, words in worths for word in words}


def _english(read: str, title: str) -> dict[str, float]:
    """Words and phrases in their most frequent spelling → score. One mention is never enough."""
    if not _LATIN.search(read):
        return {}
    words = _latin_words(read) + _TITLE_TIMES * [_MARK, *_latin_words(title)]
    written = Counter(words)
    scores: dict[str, float] = {}
    for phrase, count in Counter(_phrases(words)).items():
        if count > 1:
            scores[phrase] = count * _PHRASE_WORTH
            for part in phrase.split(" "):
                written[part] -= count
    stops = _stops()
    totals: Counter[str] = Counter()
    usual: dict[str, str] = {}
    for word, count in written.most_common():
        small = word.lower()
        if len(small) > 2 and small not in stops and not small[0].isdigit():
            totals[small] += count
            usual.setdefault(small, word)
    for small, count in totals.items():
        if count > 1:
            word = usual[small]
            scores[word] = count * (_ENGLISH_WORTH if word.islower() else _NAME_WORTH)
    return scores


def _latin_words(read: str) -> list[str]:
    """The words in order, with a mark wherever anything but a single space separates them."""
    words: list[str] = []
    for word in _PARTING.sub(f" {_MARK} ", read).split(" "):
        bare = word.strip(_HYPHENS)
        words += [bare] if bare and bare == word else [_MARK, bare or _MARK, _MARK]
    return words


@cache
def _stops() -> frozenset[str]:
    lines = find_config_file("background/english-stop.txt").read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def _phrases(words: list[str]) -> Iterator[str]:
    """Two or more capitalised words in a row, found in one pass."""
    phrase: list[str] = []
    joining: list[str] = []
    for word in [*words, _MARK]:
        if len(word) > 1 and "A" <= word[0] <= "Z":
            phrase += [*joining, word]
            joining = []
        elif phrase and word in _JOINING and len(joining) < _MOST_JOINING:
            joining.append(word)
        elif phrase:
            yield from _without_stops(phrase)
            phrase, joining = [], []


def _without_stops(phrase: list[str]) -> Iterator[str]:
    # The first word of a sentence is capitalised for no reason of its own.
    stops = _stops()
    start, end = 0, len(phrase)
    while start < end and phrase[start].lower() in stops:
        start += 1
    while end > start and phrase[end - 1].lower() in stops:
        end -= 1
    if 1 < end - start <= _MOST_PHRASE_WORDS:
        yield " ".join(phrase[start:end])
