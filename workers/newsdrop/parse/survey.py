"""All elements of a page in page order, with their names: one look at a page for all searches by name.

Zones (zones.py), dates (dateline.py), authors (shown_authors.py) and titles (shown.py) are recognised by
words in classes, ids and itemprops. A page has thousands of elements but gives most of them the same few
names, so each different name is judged once, and the elements are only numbered.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import compress, count
from typing import TypeVar

from selectolax.lexbor import LexborHTMLParser, LexborNode

from newsdrop.parse.elements import LINK_ID, META_ID
from newsdrop.parse.selection import Needs, anywhere, needs, stands_in, within
from newsdrop.parse.simple import METAS_OWN, NAMING, NOTED, VALUED, Asked, Simple, simple

__all__ = ["Names", "Survey", "called"]

T = TypeVar("T")

_LONGEST_NAME = 200
#: Classes that say how an element looks with or without another: has-sidebar, withSidebar.
_STATE = re.compile(r"\b(?:has|is|js|no|not|with|without)(?:[-_]|(?=[A-Z]))\S+")
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
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
        #: For each attribute of `NOTED` that is on the page, the places where it is, each with its value.
        self._noted: defaultdict[str, list[tuple[int, str | None]]] = defaultdict(list)
        #: Which of the different names each element has.
        self._numbers: list[int] = []
        append, nameless, unnoted = self._numbers.append, numbers[_NAMELESS], NOTED.isdisjoint
        for place, (node, tag) in enumerate(zip(self.nodes, self._tags, strict=True)):
            if attributes := node.attributes:
                get = attributes.get
                append(numbers[get("class"), get("id"), get("itemprop")])
                if not unnoted(attributes):
                    for name in NOTED.intersection(attributes):
                        self._noted[name].append((place, attributes[name]))
                if tag == LINK_ID:
                    self.links.append((place, get("href") or "", get("rel") or ""))
                elif tag == META_ID:
                    self._metas.append((place, attributes))
            else:
                append(nameless)
        self._different: Sequence[Names] = list(numbers)
        self._spelled = "\n".join([name for names in self._different for name in names if name]).lower()
        self._single = frozenset(self._spelled.split())
        self._tagged: defaultdict[int, list[int]] = defaultdict(list)
        for place, tag in enumerate(self._tags):
            self._tagged[tag].append(place)
        #: What has been asked of the attributes in `NOTED`, and whether any element has it.
        self._had: dict[Asked, bool] = {}

    @property
    def metas(self) -> list[dict[str, str | None]]:
        """The attributes of the metas, in page order."""
        return [attributes for _, attributes in self._metas]

    def within(self, selectors: Iterable[str]) -> list[LexborNode]:
        """The elements that match one of the selectors, in page order."""
        return self.within_each({"": selectors}).get("", [])

    def within_each(self, selectors: Mapping[str, Iterable[str]]) -> dict[str, list[LexborNode]]:
        """For each key with a selector that matches an element, all such elements, in page order."""
        wanted = {key: [one for one in some if self._may_match(one)] for key, some in selectors.items()}
        others = {key: [one for one in some if simple(one) is None] for key, some in wanted.items()}
        # The engine looks at each element once, whatever the number of selectors; and mostly finds nothing.
        asked = [one for some in others.values() for one in some]
        if not (asked and anywhere(self._document, ", ".join(asked))):
            others = {}
        found = {key: self._matches(some, others.get(key, ())) for key, some in wanted.items() if some}
        return {key: nodes for key, nodes in found.items() if nodes}

    def _matches(self, selectors: Iterable[str], others: Collection[str]) -> list[LexborNode]:
        """The elements that match one of the selectors; `others`: those of them that need the engine."""
        places = {place for one in map(simple, selectors) if one is not None for place in self._places(one)}
        if others:
            places.update(self._places_of[node.mem_id] for node in within(self._document, ", ".join(others)))
        return [self.nodes[place] for place in sorted(places)]

    def _places(self, selector: Simple) -> Sequence[int]:
        """The places of the elements that a simple selector finds."""
        tag, asked, unless, holder, direct = selector
        places = self.tagged((tag,)) if asked is None else self._having(tag, asked)
        if unless is not None:
            name, attributes = unless.attribute, {place: self.nodes[place].attributes for place in places}
            places = [p for p, own in attributes.items() if not (name in own and unless.fits(own[name]))]
        if holder is not None and places:
            inside = dict.fromkeys((self.nodes[place].mem_id for place in self._places(holder)), True)
            depth = 1 if direct else None
            places = [place for place in places if stands_in(self.nodes[place], inside, depth)]
        return places

    def _having(self, tag: int, asked: Asked) -> list[int]:
        """The places of the elements with a tag (0: any) and an attribute."""
        name = asked.attribute
        if (tag, name) in VALUED:
            return self._valued.get((tag, name, asked.value), [])
        if name in NAMING:
            index = NAMING.index(name)
            places = self._where([asked.fits(names[index]) for names in self._different])
        else:
            places = [place for place, value in self._noted.get(name, ()) if asked.fits(value)]
        return [place for place in places if self._tags[place] == tag] if tag else places

    def _may_match(self, selector: str) -> bool:
        return self._meets(needs(selector))

    def _meets(self, needed: Needs) -> bool:
        """Whether the page has what a selector needs."""
        for tag, number in needed.tags:
            if len(self._tagged.get(tag, ())) < number:
                return False
        return (
            self._single.issuperset(needed.names)
            and (not needed.parts or all(part in self._spelled for part in needed.parts))
            and (not needed.attributes or all(map(self._may_have, needed.attributes)))
            and (not needed.groups or all(any(map(self._meets, group)) for group in needed.groups))
        )

    def _may_have(self, asked: Asked) -> bool:
        """Whether an element has an attribute with such a value, as far as the survey can tell."""
        if asked.attribute not in NOTED:
            return True
        if asked not in self._had:
            self._had[asked] = any(asked.fits(value) for _, value in self._noted.get(asked.attribute, ()))
        return self._had[asked]

    def words(self, place: int) -> tuple[str, ...]:
        """The words in an element's names (`called`)."""
        return self._words[self._numbers[place]]

    def place_of(self, node: LexborNode) -> int | None:
        """The place of an element."""
        return self._places_of.get(node.mem_id)

    def tagged(self, tags: Collection[int]) -> Sequence[int]:
        """The places of the elements with one of these tags, by the parser's numbers, in page order."""
        found = [self._tagged[tag] for tag in tags if tag in self._tagged]
        return found[0] if len(found) == 1 else sorted(place for some in found for place in some)

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
    def _valued(self) -> dict[tuple[int, str, str], list[int]]:
        """The places of the elements whose tag and attribute are in `VALUED`, by its value."""
        found: defaultdict[tuple[int, str, str], list[int]] = defaultdict(list)
        for place, _, relation in self.links:
            # HTML has such relations in any case.
            found[LINK_ID, "rel", relation.lower()].append(place)
        for place, attributes in self._metas:
            for name in METAS_OWN:
                if name in attributes:
                    found[META_ID, name, attributes[name] or ""].append(place)
        return found

    @cached_property
    def _places_of(self) -> dict[int, int]:
        return {node.mem_id: place for place, node in enumerate(self.nodes)}

    @cached_property
    def _words(self) -> list[tuple[str, ...]]:
        return [_words_of(names) for names in self._different]


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
