"""Which of the articles found come first, in the embedded index, when they are sorted by relevance.

The CANDIDATES best placed articles are scored by how often they contain the words (BM25; Robertson and
Zaragoza, The Probabilistic Relevance Framework, 2009): those with the words in their head (title, summary and
the beginning of the text, where news tells what it is about), then the newest. All others follow, the newest
first. So a word that most articles contain costs hardly more than a rare one; FTS5's own `bm25` goes through
the index a second time, and looks up the length of every article found.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any as Anything
from typing import Final, NamedTuple

import msgspec
from msgspec.structs import replace

from newsdrop.index.fields import DEFAULT_FIELDS
from newsdrop.index.local_query import match_expression
from newsdrop.index.matching import values_of
from newsdrop.index.query import All, Any, Node, Prefix, Words, wanted

__all__ = ["CANDIDATES", "rank"]

#: So many are scored; each costs reading its document and taking its words apart.
CANDIDATES: Final = 50
#: How much of an article is looked at, in characters; what comes later adds little to its score.
_SCORED_CHARS: Final = 4_000
#: What an article is called tells more than several mentions in it.
_TITLE_WORTH: Final = 6
#: The usual parameters of BM25: how soon more occurrences stop to count, and how much the length does.
_K1: Final = 1.2
_B: Final = 0.75
#: Looked through first, the last to be indexed: of a word that stands in many heads, they have enough.
_HEADS: Final = 2_000
_IN_HEAD: Final = (
    "SELECT document FROM (SELECT rowid AS head FROM heads WHERE heads MATCH ? ORDER BY rowid DESC LIMIT ?) "
    "CROSS JOIN temp.found ON found.document = head ORDER BY at_ms DESC, document DESC LIMIT ?"
)
_NEWEST: Final = "SELECT document FROM temp.found ORDER BY at_ms DESC, document DESC LIMIT ?"


def rank(db: sqlite3.Connection, query: Node) -> list[tuple[int, float]]:
    """The rows of the best in the table `found`, with their scores, in their order."""
    sought = wanted(query)
    rows = _candidates(db, query)
    marks = ",".join("?" * len(rows))
    asked = f"SELECT rowid, source, at_ms FROM documents JOIN temp.found ON document = rowid WHERE rowid IN ({marks})"  # noqa: S608, E501  only marks
    found = db.execute(asked, rows).fetchall()
    articles = [_article(msgspec.json.decode(source), sought) for _, source, _ in found]
    scored = zip(_scores(articles, len(sought)), found, strict=True)
    ordered = sorted(((score, at_ms, row) for score, (row, _, at_ms) in scored), reverse=True)
    return [(row, score) for score, _, row in ordered]


def _candidates(db: sqlite3.Connection, query: Node) -> list[int]:
    rows = _with_words_in_head(db, query)
    if len(rows) < CANDIDATES:
        rows += [row for (row,) in db.execute(_NEWEST, (CANDIDATES,))]
    return list(dict.fromkeys(rows))[:CANDIDATES]


def _with_words_in_head(db: sqlite3.Connection, query: Node) -> list[int]:
    about = _about(query)
    expression = None if about is None else match_expression(about)
    if expression is None:
        return []
    for most in (_HEADS, -1):
        rows = [row for (row,) in db.execute(_IN_HEAD, (expression, most, CANDIDATES))]
        if len(rows) == CANDIDATES:
            break
    return rows


def _about(node: Node) -> Node | None:
    """What the query looks for in text, to be looked for in a head; None if that is nothing."""
    if isinstance(node, All | Any):
        inner = tuple(one for one in map(_about, node.nodes) if one is not None)
        return replace(node, nodes=inner) if inner else None
    if isinstance(node, Words | Prefix) and set(node.fields) & set(DEFAULT_FIELDS):
        return replace(node, fields=DEFAULT_FIELDS)
    return None


class _Article(NamedTuple):
    """How long an article is, in characters, and how often each of the words occurs in it."""

    length: int
    counts: list[int]


def _article(source: dict[str, Anything], sought: Sequence[Words | Prefix]) -> _Article:
    length = min(len(source.get("text", "")), _SCORED_CHARS)
    return _Article(length, [_count(leaf, source) for leaf in sought])


def _count(leaf: Words | Prefix, source: dict[str, Anything]) -> int:
    """How often the words occur in a document; in the title each counts as often as the title is worth."""
    patterns = leaf.patterns
    return sum(
        (_TITLE_WORTH if field == "title" else 1) * len(pattern.findall(text, 0, _SCORED_CHARS))
        for field in leaf.fields
        for text in values_of(source, field)
        for pattern in patterns
    )


def _scores(articles: Sequence[_Article], words: int) -> Iterator[float]:
    """BM25 of each; how rare a word is, and how long articles are, is seen from these articles."""
    average = sum(one.length for one in articles) / max(1, len(articles)) or 1.0
    having = [sum(one.counts[at] > 0 for one in articles) for at in range(words)]
    rarity = [math.log(1 + (len(articles) - count + 0.5) / (count + 0.5)) for count in having]
    for one in articles:
        damping = _K1 * (1 - _B + _B * one.length / average)
        yield sum(
            worth * count * (_K1 + 1) / (count + damping)
            for worth, count in zip(rarity, one.counts, strict=True)
        )
