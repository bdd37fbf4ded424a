"""Sizes of an article: characters, words, paragraphs, images, links, and the reading time.

Reading speeds, both for adults reading silently. Words: 238 a minute (M. Brysbaert, "How many words do we
read per minute?", Journal of Memory and Language 109, 2019: 190 studies). Han characters and kana: 332 a
minute, that is 255 a minute read aloud (S. Trauzettel-Klosinski, K. Dietz, "Standardized Assessment of
Reading Performance: The New International Reading Speed Texts IReST", Investigative Ophthalmology & Visual
Science 53, 2012) times Brysbaert's ratio of silent to aloud, 238 : 183.
"""

from __future__ import annotations

from math import ceil
from typing import Final

from msgspec.structs import replace

from newsdrop.documents import Article, Counts
from newsdrop.enrich.writing_systems import count_words

__all__ = ["CountsStep", "count"]

_WORDS_PER_MINUTE: Final = 238
_CHARACTERS_PER_MINUTE: Final = 332


class CountsStep:
    """Sets `counts`."""

    name = "counts"

    def __call__(self, article: Article) -> Article:
        return replace(article, counts=count(article))


def count(article: Article) -> Counts:
    """Count the body: `chars` without white space, `paragraphs` without headings, links including repeats."""
    text = article.text
    characters, words = count_words(text)
    minutes = characters / _CHARACTERS_PER_MINUTE + words / _WORDS_PER_MINUTE
    return Counts(
        # Blocks contain no other white space; looking for it would cost a third of this step.
        chars=len(text) - text.count(" ") - text.count("\n"),
        words=characters + words,
        paragraphs=sum(block.kind != "h" for block in article.blocks),
        images=len(article.images),
        links=len(article.links),
        reading_time_s=ceil(minutes * 60),
    )
