"""How a page was read, for people who write rules: what matched, where each field is from, what was left out.

Computes nothing itself. Whatever decides a field returns its value together with its place (`Sourced`), and
whatever leaves something out of the body records it in a `Record` at that moment. Without a request to
explain there is no record.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

import msgspec
from selectolax.lexbor import LexborHTMLParser, LexborNode

from newsdrop.parse.selection import ancestors
from newsdrop.parse.text import normal

__all__ = ["Dropped", "Explanation", "Match", "Origin", "Record", "Sourced", "merged"]

T = TypeVar("T")

#: The roles whose elements are neither text of the body nor part of a picture.
_LEAVING = frozenset((
    "drop", "cut_after", "related", "byline", "published", "updated", "dek", "section", "tag", "embed",
))  # fmt: skip
#: Elements that have no text for readers, though they have some for the parser.
_NO_TEXT = frozenset(["script", "style", "template", "-comment"])
_SHOWN_CHARS = 80
_MOST_PIECES = 1_000


class Match(msgspec.Struct, frozen=True):
    """How often one selector of a rule matched a page."""

    role: str
    selector: str
    count: int


class Origin(msgspec.Struct, frozen=True):
    """Where a field is from: "header", "rule: byline .author", "head: og:title", "page: <h1>"."""

    field: str
    place: str


class Dropped(msgspec.Struct, frozen=True):
    """The start of a text that isn't in the body, the role that took it out, and the selector or reason."""

    role: str
    selector: str
    text: str


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """How a page was read."""

    dialect: str
    encoding: str
    rule: str
    era: int
    matches: list[Match]
    origins: list[Origin]
    dropped: list[Dropped]


class Sourced(msgspec.Struct, Generic[T], frozen=True, gc=False):
    """The value of a field, and the place it is from."""

    value: T
    place: str


def merged(parts: Iterable[Sourced[list[str]]]) -> Sourced[list[str]]:
    """The texts of several places, each once, with the places that added at least one."""
    saying = [part for part in parts if part.value]
    if not saying:
        return Sourced([], "")
    found: dict[str, None] = {}
    places: list[str] = []
    for part in saying:
        before = len(found)
        found.update(dict.fromkeys(part.value))
        if len(found) > before:
            places.append(part.place)
    return Sourced(list(found), " and ".join(places))


class Record:
    """What one parse left out of the body and why, in the order in which that was decided.

    Attributes:
        patterns: the patterns of the rule by kind; the parser sets them once the rule is known.
        fits: for each pattern and its kind, how many of the blocks left out for that kind fit it.
    """

    def __init__(self) -> None:
        self.dropped: list[Dropped] = []
        self.patterns: Mapping[str, Sequence[str]] = {}
        self.fits: Counter[tuple[str, str]] = Counter()
        self._reasons: dict[tuple[int, str], str] = {}
        self._last = "", ""

    def role(self, place: int, role: str, reason: str) -> None:
        """Note why an element, by `mem_id`, has a role. The first reason for each role is kept."""
        self._reasons.setdefault((place, role), reason)

    def element(self, node: LexborNode, role: str) -> None:
        """Note that an element is left out because of its role."""
        self.words(node.mem_id, role, _shown(node))

    def words(self, place: int, role: str, text: str) -> None:
        """Note that the words of an element, by `mem_id`, are left out because of its role."""
        self._note(role, self._reasons[place, role], text)

    def tag(self, node: LexborNode) -> None:
        """Note that an element is left out because of what it is in HTML."""
        if node.tag not in _NO_TEXT:
            self._note("tag", f"<{node.tag}>", _shown(node))

    def links(self, node: LexborNode) -> None:
        """Note that a list is left out as links to other stories."""
        self._note("related", "a list of links to the site", _shown(node))

    def block(self, cause: str, text: str) -> None:
        """Note that a block is left out. `cause`: a kind of the rule's patterns, or what its form is."""
        fitting = [one for one in self.patterns.get(cause, ()) if re.search(one, text)]
        self.fits.update((cause, pattern) for pattern in fitting)
        self._note(*((cause, fitting[0]) if fitting else ("form", cause)), text)

    def rest(self, following: Iterable[LexborNode | None], noted: str) -> None:
        """The article ended at what was left out last: note what follows. `noted`: the text of that end."""
        role, reason = self._last
        for first in following:
            for node in _siblings(first):
                text = "" if node.tag in _NO_TEXT else _shown(node)
                if text != noted:
                    self._note(role, f"after {reason}", text)
        self._last = role, reason

    def outside(
        self, document: LexborHTMLParser, roots: Sequence[LexborNode], roles: Mapping[int, str]
    ) -> None:
        """Note that what is beside the roots, and beside what holds them, is left out."""
        body = document.body
        inside = {root.mem_id for root in roots}
        if body is None or body.mem_id in inside:
            return
        above = {node.mem_id for root in roots for node in ancestors(root)}
        for node in _beside(body, inside, above):
            role = roles.get(node.mem_id, "")
            if role in _LEAVING:
                self.element(node, role)
            else:
                self._note("root", "outside of it", _shown(node))

    def _note(self, role: str, reason: str, text: str) -> None:
        self._last = role, reason
        text = normal(text)[:_SHOWN_CHARS]
        if text and len(self.dropped) < _MOST_PIECES:
            self.dropped.append(Dropped(role, reason, text))


def _beside(body: LexborNode, inside: set[int], above: set[int]) -> Iterator[LexborNode]:
    pending = [body.first_child]
    while pending:
        node = pending.pop()
        while node is not None:
            if node.mem_id in above and node.mem_id not in inside:
                pending.append(node.next)
                node = node.first_child
                continue
            if node.mem_id not in inside and node.tag not in _NO_TEXT:
                yield node
            node = node.next


def _siblings(node: LexborNode | None) -> Iterator[LexborNode]:
    while node is not None:
        yield node
        node = node.next


def _shown(node: LexborNode) -> str:
    text = normal(node.text(separator=" ") if node.tag != "-text" else node.text_content or "")
    source = node.attributes.get("src") if node.tag in ("img", "iframe", "video", "audio") else None
    return text or (f"<{node.tag} src={source}>" if source else "")
