"""All elements of a page in page order, with their names: one look at a page for all searches by name.

Zones (zones.py), dates (dateline.py), authors (shown_authors.py) and titles (shown.py) are recognised by
words in classes, ids and itemprops. A page has thousands of elements but gives most of them the same few
names, so each different name is judged once, and the elements are only numbered.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cached_property, lru_cache
from itertools import compress, count
from typing import NamedTuple, TypeVar

from selectolax.lexbor import LexborHTMLParser, LexborNode

from newsdrop.parse.elements import LINK_ID, META_ID, by_tag_id
from newsdrop.parse.selection import needs, within

__all__ = ["Names", "Survey", "called"]

T = TypeVar("T")

_LONGEST_NAME = 200
#: Classes that say how an element looks with or without another: has-sidebar, withSidebar.
_STATE = re.compile(r"\b(?:has|is|js|no|not|with|without)(?:[-_]|(?=[A-Z]))\S+")
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
#: A tag; or a value of one attribute, which then is alone or a link's or meta's.
_SIMPLE = re.compile(r"([a-z][a-z0-9]*)?(?:\[([a-z]+)=(?:'([^'\\]+)'|([\w-]+))\])?")
_METAS_OWN = frozenset(("name", "property"))

#: The class, the id and the itemprop of an element, each None if it has none.
Names = tuple[str | None, str | None, str | None]
_NAMELESS: Names = (None, None, None)


class Survey:
    """The elements of one page. `nodes`: all of them in page order; an element's place is its index there."""

    def __init__(self, document: LexborHTMLParser) -> None:
        self._document = document
        self.nodes = within(document, "*")
        self._tags = [node.tag_id for node in self.nodes]
        numbers: defaultdict[Names, int] = defaultdict(count().__next__)
        #: The places of the links, each with its address and relation as the page spells them. An <a> without
        #: attributes isn't a link.
        self.links: list[tuple[int, str, str]] = []
        self._metas: list[tuple[int, dict[str, str | None]]] = []
        #: Which of the different names each element has.
        self._numbers: list[int] = []
        append, nameless = self._numbers.append, numbers[_NAMELESS]
        for node, tag in zip(self.nodes, self._tags, strict=True):
            if attributes := node.attributes:
                get = attributes.get
                append(numbers[get("class"), get("id"), get("itemprop")])
                if tag == LINK_ID:
                    self.links.append((len(self._numbers) - 1, get("href") or "", get("rel") or ""))
                elif tag == META_ID:
                    self._metas.append((len(self._numbers) - 1, attributes))
            else:
                append(nameless)
        self._different: Sequence[Names] = list(numbers)
        self._tagged = Counter(self._tags)
        self._spelled = "\n".join([name for names in self._different for name in names if name]).lower()

    def within(self, selectors: Iterable[str]) -> list[LexborNode]:
        """The elements that match one of the selectors, in page order."""
        wanted = [one for one in selectors if self._may_match(one)]
        simple = [one for one in map(_simple, wanted) if one is not None]
        if len(simple) < len(wanted):
            # The engine looks at each element once, whatever the number of selectors.
            return within(self._document, ", ".join(wanted))
        places = {place for one in simple for place in self._places(one)}
        return [self.nodes[place] for place in sorted(places)]

    def _places(self, simple: _Simple) -> Iterable[int]:
        """The places of the elements that a simple selector finds."""
        tag, name, value = simple
        if not name:
            return self.tagged((tag,))
        if tag == LINK_ID:
            # HTML has such relations in any case.
            return (place for place, _, relation in self.links if relation.lower() == value)
        if tag == META_ID:
            return (place for place, attributes in self._metas if attributes.get(name) == value)
        return self._where([names[2] == value for names in self._different])

    def _may_match(self, selector: str) -> bool:
        tags, names = needs(selector)
        for tag, number in tags:
            if self._tagged[tag] < number:
                return False
        return not names or all(name in self._spelled for name in names)

    def words(self, place: int) -> tuple[str, ...]:
        """The words in an element's names (`called`)."""
        return self._words[self._numbers[place]]

    def place_of(self, node: LexborNode) -> int | None:
        """The place of an element."""
        return self._places_of.get(node.mem_id)

    def tagged(self, tags: Collection[int]) -> list[int]:
        """The places of the elements with one of these tags, by the parser's numbers, in page order."""
        if not any(map(self._tagged.__contains__, tags)):
            return []
        return [place for place, tag in enumerate(self._tags) if tag in tags]

    def called_by(self, test: Callable[[tuple[str, ...]], bool]) -> list[int]:
        """The places of the elements whose words pass the test, in page order."""
        return self._where([test(words) for words in self._words])

    def named_by(self, said: Callable[[Names], T | None]) -> list[tuple[LexborNode, T]]:
        """The elements about whose names `said` says something, each with what it says, in page order."""
        told = [said(names) for names in self._different]
        nodes, numbers = self.nodes, self._numbers
        found = ((nodes[place], told[numbers[place]]) for place in self._where(told))
        return [(node, one) for node, one in found if one is not None]

    def _where(self, told: Sequence[object]) -> list[int]:
        """The places of the elements whose names have something in `told`."""
        if not any(told):
            return []
        numbers = self._numbers
        return list(compress(range(len(numbers)), map(told.__getitem__, numbers)))

    @cached_property
    def _places_of(self) -> dict[int, int]:
        return {node.mem_id: place for place, node in enumerate(self.nodes)}

    @cached_property
    def _words(self) -> list[tuple[str, ...]]:
        return [_words_of(names) for names in self._different]


class _Simple(NamedTuple):
    """A selector for which no engine is needed. `tag`: the parser's number for it; 0 for all."""

    tag: int
    name: str
    value: str


@lru_cache(1_024)
def _simple(selector: str) -> _Simple | None:
    """What a selector asks for, if that is a tag or a value that a survey has at hand anyway."""
    match = _SIMPLE.fullmatch(selector)
    if match is None:
        return None
    tag, name, value = match[1] or "", match[2] or "", match[3] or match[4] or ""
    number = by_tag_id({tag: True}) if tag else {0: True}
    at_hand = (
        (tag and not name)
        or (tag == "meta" and name in _METAS_OWN)
        or (tag == "a" and name == "rel" and value == value.lower())
        or (not tag and name == "itemprop")
    )
    return _Simple(next(iter(number)), name, value) if number and at_hand else None


def called(node: LexborNode) -> tuple[str, ...]:
    """The words of an element's class, id and itemprop, in lower case."""
    get = node.attributes.get
    return _words_of((get("class"), get("id"), get("itemprop")))


def _words_of(names: Names) -> tuple[str, ...]:
    words: tuple[str, ...] = ()
    for name in names:
        for one in name[:_LONGEST_NAME].split() if name else ():
            words += _words(one)
    return words


# Sites share their vocabulary; only the combinations are their own.
@lru_cache(32_768)
def _words(name: str) -> tuple[str, ...]:
    return tuple([word.lower() for word in _WORDS.findall(_STATE.sub(" ", name))])
