"""The language of an article, detected from its own text: a BCP 47 tag, with the script for Chinese.

`zh-Hans`, `zh-Hant`, `zh` (Chinese in characters that both scripts share), `en`, `ja`, `ko`; alphabets that
one language nearly owns by that language (`bo`, `th`, `el`, `he`); None where there are no letters. The page
is not asked about these, since a Simplified site carries Traditional pieces, and a Chinese one English ones;
but for a few words in Han alone, which may be a headline in Japanese or Korean where the page says so. Which
of the many languages with one alphabet a text is in, only the page tells (`de`, `ru`, `fa`): without it, or
if it says one that is written otherwise, the text is honestly `und-Latn`, `und-Cyrl`, `und-Arab`, `und-Deva`.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from msgspec.structs import replace

from newsdrop.documents import Article
from newsdrop.enrich.writing_systems import count_scripts
from newsdrop.folding import fold_table

__all__ = ["LanguageStep", "language_of"]

#: Three samples of this many characters are as good as the whole text.
_PIECE_CHARS: Final = 250
#: Chinese that quotes Japanese has a few kana; Japanese prose has a third and more.
_KANA_SHARE: Final = 0.10
#: One Han character says about as much as three letters of an alphabet.
_LETTER_WEIGHT: Final = 0.3
#: In English prose every fourth word is one of these; in related languages hardly any word is.
_ENGLISH: Final = frozenset(
    {"the", "of", "and", "to", "that", "is", "was", "for", "with", "it", "as", "by", "are", "from", "has"}
    | {"have", "were", "which", "this", "not", "be", "been", "at", "after", "will", "would", "said", "their"}
)
_WORD: Final = re.compile(r"[^\W\d_]+")
_ENGLISH_SHARE: Final = 0.08
#: No Japanese or Korean prose is this long without kana or hangul.
_HEADLINE_CHARS: Final = 120
_HAN: Final = re.compile("[\u3400-\u9fff]")
#: Words of Chinese sentences that neither of the others writes in Han.
_ONLY_CHINESE: Final = re.compile("[们們这這吗嗎呢吧说說么麼还還让讓她您你很哪啊个没]")
#: The character sets of the Han that Japanese and Korean use.
_HAN_SETS: Final = {"ja": "euc_jp", "ko": "euc_kr"}
#: The larger languages of an alphabet. English isn't among them: a text in it is told, and too many templates
#: of pages say it is.
_SHARED: Final = {
    "Latn": "af az bs ca cs cy da de es et eu fi fil fr ga gl hr hu id is it lt lv ms mt nb nl nn no pl pt "
    "ro sk sl sq sv sw tl tr uz vi",
    "Cyrl": "be bg kk ky mk mn ru sr tg uk",
    "Arab": "ar fa ku ps ug ur",
    "Deva": "hi mr ne",
}
_OWNERS: Final = {"Tibt": "bo", "Thai": "th", "Grek": "el", "Hebr": "he"}


class LanguageStep:
    """Sets `language` from the body, or from the title where there is no body."""

    name = "language"

    def __call__(self, article: Article) -> Article:
        return replace(article, language=language_of(article.text or article.title, article.said_language))


def language_of(text: str, said: str | None = None) -> str | None:
    """The text's BCP 47 tag, or None if it has no letters. `said`: the one that its page claims."""
    sample = _sample(text)
    counts = count_scripts(sample)
    east_asian = counts.han + counts.kana
    weights = {
        "Hani": float(east_asian),
        "Hang": float(counts.hangul),
        "Latn": counts.latin * _LETTER_WEIGHT,
        **{script: count * _LETTER_WEIGHT for script, count in counts.others.items()},
    }
    strongest = max(weights, key=weights.__getitem__)
    if not weights[strongest]:
        return None
    if strongest == "Hani":
        if counts.kana >= _KANA_SHARE * east_asian:
            return "ja"
        return _headline(text, said) or _chinese(sample)
    if strongest == "Hang":
        return "ko"
    if strongest == "Latn" and _is_english(sample):
        return "en"
    return _OWNERS.get(strongest) or _of_alphabet(strongest, said)


def _sample(text: str) -> str:
    if len(text) <= 3 * _PIECE_CHARS:
        return text
    middle = len(text) // 2
    return "\n".join((text[:_PIECE_CHARS], text[middle : middle + _PIECE_CHARS], text[-_PIECE_CHARS:]))


def _of_alphabet(script: str, said: str | None) -> str:
    """The language that a page claims, if its script fits."""
    language = (said or "").replace("_", "-").partition("-")[0].lower()
    return language if language in _SHARED.get(script, "").split() else f"und-{script}"


def _headline(text: str, said: str | None) -> str | None:
    """The language that a page claims, if a text in Han alone can be in it."""
    language = (said or "").partition("-")[0].lower()
    if language not in _HAN_SETS or len(text) > _HEADLINE_CHARS:
        return None
    letters = "".join(_HAN.findall(text))
    if _ONLY_CHINESE.search(letters):
        return None
    return language if all(_fits(char, _HAN_SETS[language]) for char in letters) else None


def _chinese(sample: str) -> str:
    traditional, simplified = _distinctive()
    hant = len(traditional.findall(sample))
    if not hant:
        # For most texts the first character that only Simplified writing has decides.
        return "zh-Hans" if simplified.search(sample) else "zh"
    hans = len(simplified.findall(sample))
    if hant == hans:
        return "zh"
    return "zh-Hant" if hant > hans else "zh-Hans"


@cache
def _distinctive() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """The characters of the fold table that only Traditional, and only Simplified writing uses.

    Half the common pairs tell nothing, because Traditional text has the "Simplified" one too (后, 里, 了, 台)
    or the other way round (著, 乾). The national character sets of 1980 and 1984 know: Simplified writing
    keeps to GB 2312, Traditional to Big5.
    """
    table = fold_table()
    traditional = {chr(source) for source in table if not _fits(chr(source), "gb2312")}
    simplified = {chr(target) for target in table.values() if not _fits(chr(target), "big5")}
    return re.compile(f"[{''.join(sorted(traditional))}]"), re.compile(f"[{''.join(sorted(simplified))}]")


def _fits(char: str, encoding: str) -> bool:
    return bool(char.encode(encoding, "ignore"))


def _is_english(sample: str) -> bool:
    words = _WORD.findall(sample.lower())
    return sum(map(_ENGLISH.__contains__, words)) >= _ENGLISH_SHARE * len(words)
