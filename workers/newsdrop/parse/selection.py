"""Selects elements: those inside one by CSS, with one selector engine for each thread; and those around it.

A document's own `css` makes an engine for every document, which costs a fifth of parsing it. The engine keeps
nothing from a search except its memory, and isn't safe to share between threads.

For `a ~ b` the engine searches all elements before each b until one is an a: that takes minutes on a page of
a hundred thousand paragraphs. Such selectors are taken apart and put together here, in one pass over both
sides. This can't be done inside parentheses (`:has(a ~ b)`) or before another combinator, and rules.py
refuses it there.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import count, islice
from typing import NamedTuple

from selectolax.lexbor import LexborCSSSelector, LexborHTMLParser, LexborNode

from newsdrop.parse.elements import by_tag_id
from newsdrop.parse.simple import NAMING, Asked

__all__ = ["Needs", "ancestors", "anywhere", "is_bounded", "needs", "stands_in", "within"]

#: Strings and attributes: nothing in them is a combinator.
_ASIDE = re.compile(r"\[[^\]]*\]|\"[^\"]*\"|'[^']*'")
#: An attribute selector, with the attribute's name, how it is compared and with what; what a selector
#: requires of an element besides names, or of others around it; the names that it requires.
_ATTRIBUTE = re.compile(r"\[\s*([\w-]+)\s*(?:([~|^$*]?=)\s*(?:\"([^\"]*)\"|'([^']*)'|([^\]\s]*)))?[^\]]*\]")
_FUNCTION = re.compile(r"::?[\w-]+\([^()]*\)")
_STATE = re.compile(r"::?[\w-]+")
_NAME = re.compile(r"[.#]([\w-]+)")
_TAG = re.compile(r"(?<![\w.#-])[a-zA-Z][\w-]*")


def ancestors(node: LexborNode) -> Iterator[LexborNode]:
    """The elements that hold this one, innermost first."""
    holder = node.parent
    while holder is not None:
        yield holder
        holder = holder.parent


def stands_in(node: LexborNode, inside: dict[int, bool], depth: int | None = None) -> bool:
    """Whether an element is in one that is `inside`, at most `depth` deep.

    Args:
        inside: whether an element is what is asked for or, if no depth is given, in such a one; by `mem_id`.
            What is found out is added, so that no element is looked at twice.
    """
    passed = []
    found = False
    for holder in islice(ancestors(node), depth):
        if (known := inside.get(holder.mem_id)) is not None:
            found = known
            break
        passed.append(holder.mem_id)
    if depth is None:
        inside.update(dict.fromkeys(passed, found))
    return found


class _Engine(threading.local):
    def __init__(self) -> None:
        selector = LexborCSSSelector()  # type: ignore[no-untyped-call]  # selectolax' stubs lack `-> None`
        self.find = selector.find
        self.any_matches = selector.any_matches


_ENGINE = _Engine()


class _Search(NamedTuple):
    """A selector list: what the engine finds by itself, and the two sides of each `a ~ b`."""

    plain: str
    siblings: tuple[tuple[str, str], ...]


def within(node: LexborNode | LexborHTMLParser, selector: str) -> list[LexborNode]:
    """The elements that match, in page order: in the node (itself included) or in the whole document.

    Raises:
        SelectolaxError: the selector can't be read.
    """
    start = node.root if isinstance(node, LexborHTMLParser) else node
    if start is None:
        return []
    search = _search(selector) if "~" in selector else None
    if search is None or not search.siblings:
        return _ENGINE.find(selector, start)
    return _find(search, start)


def anywhere(document: LexborHTMLParser, selector: str) -> bool:
    """Whether any element of the document matches.

    Raises:
        SelectolaxError: the selector can't be read.
    """
    root = document.root
    if root is None:
        return False
    if "~" in selector:
        return bool(within(root, selector))
    return bool(_ENGINE.any_matches(selector, root))


def is_bounded(selector: str) -> bool:
    """Whether each `a ~ b` of a selector can be taken apart: b is one element, and outside parentheses."""
    search = _search(selector)
    rest = [search.plain, *(after for _, after in search.siblings)]
    return not any("~" in _ASIDE.sub("", one) for one in rest) and all(
        is_bounded(before) for before, _ in search.siblings
    )


class Needs(NamedTuple):
    """What a page must have for anything on it to match a selector; all in lower case.

    Attributes:
        tags: of elements, by the parser's numbers, each with how many there must be.
        names: classes, ids and itemprops.
        parts: of classes, ids and itemprops.
        attributes: what is asked of others.
        groups: of each, the needs of at least one.
    """

    tags: tuple[tuple[int, int], ...] = ()
    names: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    attributes: tuple[Asked, ...] = ()
    groups: tuple[tuple[Needs, ...], ...] = ()


@lru_cache(1_024)
def needs(selector: str) -> Needs:
    """What a page must have for a selector to match, as far as that is easy to tell."""
    if "\\" in selector:
        return Needs()
    counted = count()
    asked = _ATTRIBUTE.sub(lambda _: f"[{next(counted)}]", selector)
    while (rest := _FUNCTION.sub("", asked)) != asked:
        asked = rest
    asked = _STATE.sub("", asked)
    tests = list(_ATTRIBUTE.finditer(selector))
    names: list[str] = _NAME.findall(asked)
    parts: list[str] = []
    attributes: list[Asked] = []
    for number in re.findall(r"\[(\d+)\]", asked):
        attribute, how, *values = tests[int(number)].groups(default="")
        attribute, value = attribute.lower(), "".join(values)
        if attribute not in NAMING:
            attributes.append(Asked.of(attribute, how, value))
        elif value:
            (names if how in ("=", "~=") and len(value.split()) == 1 else parts).append(value)
    # Each compound is another element; what one of them has in it or after it may be another of them.
    numbers = Counter(by_tag_id(Counter(_TAG.findall(asked))))
    groups = [tuple(map(needs, some)) for some in _arguments(selector, ":is")]
    for some in _arguments(selector, ":has"):
        if len(some) > 1:
            groups.append(tuple(needs(one.strip(" >+~")) for one in some))
            continue
        inner = needs(some[0].strip(" >+~"))
        numbers |= Counter(dict(inner.tags))
        names += inner.names
        parts += inner.parts
        attributes += inner.attributes
        groups += inner.groups
    return Needs(
        tags=tuple(numbers.items()),
        names=tuple(name.lower() for name in names),
        parts=tuple(part.lower() for part in parts),
        attributes=tuple(attributes),
        groups=tuple(groups),
    )


def _arguments(selector: str, function: str) -> Iterator[list[str]]:
    """The alternatives in each call of a function that stands in no other."""
    blank = _ASIDE.sub(lambda found: "_" * len(found[0]), selector)
    opened: list[int] = []
    for at, char in enumerate(blank):
        if char == "(":
            opened.append(at)
        elif char == ")" and opened:
            begun = opened.pop()
            if not opened and blank.endswith(function, 0, begun):
                yield _split(selector[begun + 1 : at], ",")


def _find(search: _Search, start: LexborNode) -> list[LexborNode]:
    wanted = {node.mem_id for node in _ENGINE.find(search.plain, start)} if search.plain else set()
    for before, after in search.siblings:
        wanted |= _after(before, after, start)
    if not wanted:
        return []
    everything = ", ".join(filter(None, [search.plain, *(after for _, after in search.siblings)]))
    return [node for node in _ENGINE.find(everything, start) if node.mem_id in wanted]


def _after(before: str, after: str, start: LexborNode) -> set[int]:
    """The elements that match `after` and have a sibling before them that matches `before`."""
    candidates = {node.mem_id for node in _ENGINE.find(after, start)}
    first = within(start, before) if candidates else []
    known = {node.mem_id for node in first}
    parents = {parent.mem_id: parent for node in first if (parent := node.parent) is not None}
    found: set[int] = set()
    for parent in parents.values():
        child, seen = parent.first_child, False
        while child is not None:
            place = child.mem_id
            if seen and place in candidates:
                found.add(place)
            seen = seen or place in known
            child = child.next
    return found


@lru_cache(1_024)
def _search(selector: str) -> _Search:
    plain: list[str] = []
    siblings: list[tuple[str, str]] = []
    for one in _split(selector, ","):
        *before, last = _split(one, "~")
        if before and all(len(_split(last, mark)) == 1 for mark in " >+"):
            siblings.append(("~".join(before), last))
        else:
            plain.append(one)
    return _Search(", ".join(plain), tuple(siblings))


def _split(selector: str, mark: str) -> list[str]:
    """The parts of a selector between marks, ignoring marks in strings, brackets and parentheses."""
    blank = _ASIDE.sub(lambda found: "_" * len(found[0]), selector)
    parts, begun, depth = [], 0, 0
    for at, char in enumerate(blank):
        depth += (char == "(") - (char == ")")
        if char == mark and not depth:
            parts.append(selector[begun:at].strip())
            begun = at + 1
    return [*parts, selector[begun:].strip()]
