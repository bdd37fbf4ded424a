"""A query as a tree: made by the parser from what people type, or built by a program.

    All(Words("香港"), Not(Words("ferry", phrase=True)), Dates("published_at", …))

The stores compile the tree, each into its own language (dsl.py, local_query.py); `matches` defines its
meaning, and the tests compare both with it. Pure. Checks nothing: a tree from the parser is valid.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from re import Pattern
from typing import Literal, TypeAlias

import msgspec

from newsdrop.errors import ConfigError
from newsdrop.index.fields import DEFAULT_FIELDS
from newsdrop.index.otherwise import is_thousands
from newsdrop.index.terms import terms, writings
from newsdrop.index.wording import Wording, joined

__all__ = [
    "EVERYTHING",
    "AddressStart",
    "All",
    "Any",
    "Dates",
    "Edge",
    "Identity",
    "Limits",
    "Node",
    "Not",
    "Path",
    "Prefix",
    "Present",
    "QueryError",
    "Value",
    "Words",
    "all_of",
    "any_of",
    "leaves",
    "not_",
    "wanted",
    "with_units",
]


@lru_cache(16)
def _wording(text: str, *, quoted: bool) -> Wording:
    # Asked for with every hit.
    return Wording(text, quoted=quoted)


class QueryError(ConfigError):
    """The query is invalid; the message says where, and what to type instead."""


class Words(msgspec.Struct, frozen=True, tag=True):
    """A word, or a run of Han characters, in any of `fields`; `phrase`: it was quoted."""

    text: str
    fields: tuple[str, ...] = DEFAULT_FIELDS
    phrase: bool = False

    @property
    def wording(self) -> Wording:
        """The terms to search for."""
        return _wording(self.text, quoted=self.phrase)

    @property
    def patterns(self) -> list[Pattern[str]]:
        """What of a text, as it is written, speaks for them; see `terms.writings`."""
        return [writings(tuple(phrase)) for phrase in self.wording.spellings]


class Prefix(msgspec.Struct, frozen=True, tag=True):
    """Any word that begins with `term`, which has the form of the index's terms."""

    term: str
    fields: tuple[str, ...] = DEFAULT_FIELDS

    @property
    def patterns(self) -> list[Pattern[str]]:
        """What of a text, as it is written, speaks for it; see `terms.writings`."""
        return [writings((self.term,), prefix=True)]


class Value(msgspec.Struct, frozen=True, tag=True):
    """A value of `field` is `value`, or a child of it (a host, a language), in its stored form."""

    field: str
    value: str


class Path(msgspec.Struct, frozen=True, tag=True):
    """The file's path, escaped as documents carry it, matches `pattern`: `*` any characters, `?` any one."""

    pattern: str


class Present(msgspec.Struct, frozen=True, tag=True):
    """The document has the field at all."""

    field: str


class Identity(msgspec.Struct, frozen=True, tag=True):
    """The document's id is `id`."""

    id: str


class AddressStart(msgspec.Struct, frozen=True, tag=True):
    """The document's URL, as given in the file, begins with `text`."""

    text: str


#: The first millisecond, and the first one after the end.
Limits: TypeAlias = tuple[int | None, int | None]


class Edge(msgspec.Struct, frozen=True):
    """One end of a range of time. `at_ms`: the instant. `wall_ms`: the local clock time then, read
    as if it were UTC, for times of which only the day is known and no zone."""

    at_ms: int
    wall_ms: int


class Dates(msgspec.Struct, frozen=True, tag=True):
    """From `start` on and before `end`."""

    field: str
    start: Edge | None = None
    end: Edge | None = None

    @property
    def exact(self) -> Limits:
        """The instants, for times whose clock time is known."""
        start, end = self.start, self.end
        return (None if start is None else start.at_ms, None if end is None else end.at_ms)

    @property
    def wall(self) -> Limits:
        """The limits for times of which only the day is known, or less: these are stored as if in UTC."""
        start, end = self.start, self.end
        return (None if start is None else start.wall_ms, None if end is None else end.wall_ms)

    @property
    def divided(self) -> bool:
        """Whether the precision of a time matters."""
        return self.field in ("@timestamp", "published_at") and self.exact != self.wall


class Not(msgspec.Struct, frozen=True, tag=True):
    """Documents that `node` doesn't match."""

    node: Node


class All(msgspec.Struct, frozen=True, tag=True):
    """All of `nodes` match; without nodes: every document."""

    nodes: tuple[Node, ...] = ()


class Any(msgspec.Struct, frozen=True, tag=True):
    """At least one of `nodes` matches."""

    nodes: tuple[Node, ...]


Node: TypeAlias = Words | Prefix | Value | Path | Present | Identity | AddressStart | Dates | Not | All | Any
Sort = Literal["relevance", "newest", "oldest"]

#: Matches every document.
EVERYTHING = All()


def all_of(nodes: Iterable[Node]) -> Node:
    """One node that requires all of these, as flat as possible."""
    flat: list[Node] = []
    for node in nodes:
        flat.extend(node.nodes if isinstance(node, All) else [node])
    return flat[0] if len(flat) == 1 else All(tuple(flat))


def any_of(nodes: Iterable[Node]) -> Node:
    """One node that requires any of these, as flat as possible."""
    flat: list[Node] = []
    for node in nodes:
        flat.extend(node.nodes if isinstance(node, Any) else [node])
    return flat[0] if len(flat) == 1 else Any(tuple(flat))


def not_(node: Node) -> Node:
    """A node for the documents that `node` doesn't match."""
    return node.node if isinstance(node, Not) else Not(node)


def with_units(nodes: list[Node]) -> list[Node]:
    """The nodes; what may be one word as well asks for that, too: a number and letters in a row (100 km), and
    a number with its thousands (1 000 000)."""
    found: list[Node] = []
    for node in _with_thousands(nodes):
        before = found[-1] if found else None
        if isinstance(node, Words) and isinstance(before, Words) and (word := _one_word(before, node)):
            found[-1] = any_of([all_of([before, node]), word])
        else:
            found.append(node)
    return found


def _with_thousands(nodes: list[Node]) -> Iterator[Node]:
    at = 0
    while at < len(nodes):
        number = [nodes[at]]
        for node in nodes[at + 1 :]:
            if not _is_number([*number, node]):
                break
            number.append(node)
        at += len(number)
        yield number[0] if len(number) == 1 else any_of([all_of(number), _row(number)])


def _is_number(nodes: list[Node]) -> bool:
    words = [node for node in nodes if isinstance(node, Words) and not node.phrase]
    alike = len(words) == len(nodes) and len({word.fields for word in words}) == 1
    return alike and is_thousands([word.text for word in words])


def _row(nodes: list[Node]) -> Words:
    words = [node for node in nodes if isinstance(node, Words)]
    return Words(" ".join(word.text for word in words), words[0].fields)


def _one_word(first: Words, second: Words) -> Words | None:
    if first.phrase or second.phrase or first.fields != second.fields:
        return None
    # Of more than one term (1.5 km/h) those that meet are one word, and the others stay beside it.
    before, after = terms(first.text), terms(second.text)
    word = joined(before[-1], after[0])
    text = first.text + second.text
    whole = word is not None and terms(text) == [*before[:-1], word, *after[1:]]
    return Words(text, first.fields) if whole else None


def leaves(node: Node) -> Iterator[Node]:
    """Everything in the tree that isn't All, Any or Not."""
    if isinstance(node, Not):
        yield from leaves(node.node)
    elif isinstance(node, All | Any):
        for inner in node.nodes:
            yield from leaves(inner)
    else:
        yield node


def wanted(node: Node, field: str | None = None) -> list[Words | Prefix]:
    """The words that aren't excluded, of a field (those to mark in it) or of all."""
    if isinstance(node, All | Any):
        return [leaf for inner in node.nodes for leaf in wanted(inner, field)]
    return [node] if isinstance(node, Words | Prefix) and (field is None or field in node.fields) else []
