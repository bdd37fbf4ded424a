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
from typing import Final

import msgspec

from newsdrop.index.fields import DEFAULT_FIELDS
from newsdrop.index.matching import values_of
from newsdrop.index.query import All, Any, Node, Prefix, Words
from newsdrop.index.wording import fts_expression, fts_phrase

__all__ = ["CANDIDATES", "rank"]

#: So many are scored; each costs reading its document and taking its words apart.
CANDIDATES: Final = 50
#: How much of an article is looked at, in characters; what comes later adds little to its score.
_SCORED_CHARS: Final = 4_000
_TITLE_WORTH: Final = 2
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
    sought = [_Sought(leaf) for leaf in _leaves(query)]
    rows = _candidates(db, query)
    marks = ",".join("?" * len(rows))
    asked = f"SELECT rowid, source, at_ms FROM documents JOIN temp.found ON document = rowid WHERE rowid IN ({marks})"  # noqa: S608, E501  only marks
    found = db.execute(asked, rows).fetchall()
    articles = [_Article(msgspec.json.decode(source), sought) for _, source, _ in found]
    scored = zip(_scores(articles, len(sought)), found, strict=True)
    ordered = sorted(((score, at_ms, row) for score, (row, _, at_ms) in scored), reverse=True)
    return [(row, score) for score, _, row in ordered]


def _candidates(db: sqlite3.Connection, query: Node) -> list[int]:
    rows = _with_words_in_head(db, query)
    if len(rows) < CANDIDATES:
        rows += [row for (row,) in db.execute(_NEWEST, (CANDIDATES,))]
    return list(dict.fromkeys(rows))[:CANDIDATES]


def _with_words_in_head(db: sqlite3.Connection, query: Node) -> list[int]:
    expression = _head_expression(query)
    if expression is None:
        return []
    for most in (_HEADS, -1):
        rows = [row for (row,) in db.execute(_IN_HEAD, (expression, most, CANDIDATES))]
        if len(rows) == CANDIDATES:
            break
    return rows


def _head_expression(node: Node) -> str | None:
    """The FTS5 expression for heads that contain what the query looks for in text; None if it does not."""
    match node:
        case Words(_, fields) if set(fields) & set(DEFAULT_FIELDS):
            return fts_expression(node.wording, DEFAULT_FIELDS)
        case Prefix(term, fields) if set(fields) & set(DEFAULT_FIELDS):
            return fts_phrase([term], DEFAULT_FIELDS, prefix=True)
        case All(nodes) | Any(nodes):
            joint = " AND " if isinstance(node, All) else " OR "
            inner = [one for one in map(_head_expression, nodes) if one is not None]
            return f"({joint.join(inner)})" if inner else None
        case _:
            return None


def _leaves(node: Node) -> Iterator[Words | Prefix]:
    match node:
        case All(nodes) | Any(nodes):
            for inner in nodes:
                yield from _leaves(inner)
        case Words() | Prefix():
            yield node


class _Sought:
    """Words of the query: in which fields, and what is counted there."""

    def __init__(self, leaf: Words | Prefix) -> None:
        self._fields = leaf.fields
        self._patterns = leaf.patterns

    def count(self, source: dict[str, Anything]) -> int:
        """How often they occur in a document; in the title each counts twice."""
        return sum(
            (_TITLE_WORTH if field == "title" else 1) * len(pattern.findall(text, 0, _SCORED_CHARS))
            for field in self._fields
            for text in values_of(source, field)
            for pattern in self._patterns
        )


class _Article:
    """How long an article is, in characters, and how often each of the words occurs in it."""

    def __init__(self, source: dict[str, Anything], sought: Sequence[_Sought]) -> None:
        self.length = min(len(source.get("text", "")), _SCORED_CHARS)
        self.counts = [one.count(source) for one in sought]


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
