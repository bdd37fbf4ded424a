"""Refuses markup that would cost unbounded time before the HTML parser sees it.

The parser is C and can't be interrupted. Four things make it quadratic: elements nested thousands deep (each
start tag looks through all open ones), tens of thousands of attributes on one tag (each is compared with all
before), on all tags <html> or <body> together (the parser makes them one), and of <option> in a <select>. No
page of the archives comes near any. Small or flat pages pay one `str.count`; the others are read by a
tokenizer that keeps its own stack of open elements.
"""

from __future__ import annotations

import re
from collections import defaultdict

from selectolax.lexbor import LexborNode

from newsdrop.errors import TooLargeError

__all__ = ["check_depth", "check_markup"]

_TAGS = 500_000
_ATTRIBUTES = 5_000
_OPTIONS = 10_000
#: Below these no scan is needed: the worst such page takes the parser a fraction of a second.
_HARMLESS_OPENINGS = 1_000
_HARMLESS_CHARS = 60_000
_LONG_TAG_CHARS = 10_000
#: The scan's stack and the parser's differ a little (implied elements); the exact check comes after parsing.
_SLACK = 4

_TOKEN = re.compile(
    r"<(?:!--(?:>|->|[\s\S]*?(?:-->|\Z))|(?P<close>/?)(?P<name>[a-zA-Z][^\s/>]*+)"
    r"(?P<rest>(?:[^>\"']++|\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z))*+)(?:>|\Z))"
)
_VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    ]
)
#: Closed by the next of their kind or by their parent; the elements that may hold them are counted.
#: So are <option>, <html> and <body>, of which `_Totals` keeps account.
_SELF_CLOSING = frozenset(
    [
        "p",
        "li",
        "dt",
        "dd",
        "tr",
        "td",
        "th",
        "thead",
        "tbody",
        "tfoot",
        "optgroup",
        "rp",
        "rt",
        "head",
    ]
)
_TOTALLED = frozenset(["option", "html", "body"])
_UNCOUNTED = _VOID | _SELF_CLOSING | _TOTALLED
_RAW = frozenset(["script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"])
_FORMATTING = frozenset(
    ["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"]
)
_SCOPES = frozenset(["table", "caption", "object", "applet", "marquee", "template", "svg", "math", "select"])


def check_markup(html: str, depth: int, source: str) -> int:
    """Look at the page before it is parsed; how deep its elements may be nested at most.

    Raises:
        TooLargeError: nested too deeply, or too many tags, attributes or options.
    """
    tags = html.count("<")
    if tags > _TAGS:
        raise TooLargeError(f"{source}: the page has {tags:,} tags; at most {_TAGS:,} are parsed.")
    openings = tags - html.count("</") if 2 * tags > depth else tags
    if len(html) > _HARMLESS_CHARS or openings > _HARMLESS_OPENINGS:
        _scan(html, depth, source)
    # A parser adds <tbody> and <tr> between <table> and <td>, and <html> and <body> around everything.
    return 2 * openings + 3


def check_depth(root: LexborNode, depth: int, source: str) -> None:
    """Look at the tree before selectors do, which search through ancestors.

    Raises:
        TooLargeError: nested more than `depth` elements deep.
    """
    pending: list[LexborNode | None] = []
    node: LexborNode | None = root
    while True:
        if node is None:
            if not pending:
                return
            node = pending.pop()
            continue
        child = node.first_child
        if child is None:
            node = node.next
            continue
        pending.append(node.next)
        if len(pending) > depth:
            raise _too_deep(depth, source)
        node = child


def _scan(html: str, depth: int, source: str) -> None:
    opened = _Opened()
    totals = _Totals(source)
    position = 0
    while match := _TOKEN.search(html, position):
        position = match.end()
        if match["name"] is None:
            continue
        name = match["name"].lower()
        if match["close"]:
            opened.close(name)
            continue
        if position - match.start() > _LONG_TAG_CHARS:
            _check_attributes(_attributes(match["rest"]), "a tag has", source)
        if name in _RAW:
            position = _after_raw(html, name, position)
        elif name in _UNCOUNTED:
            if name in _TOTALLED:
                totals.add(name, match["rest"])
        elif not match["rest"].endswith("/") and opened.open(name) > depth * _SLACK:
            raise _too_deep(depth, source)


class _Totals:
    """What is bounded for the page, not for one tag."""

    __slots__ = ("_attributes", "_options", "_source")

    def __init__(self, source: str) -> None:
        self._attributes = 0
        self._options = 0
        self._source = source

    def add(self, name: str, rest: str) -> None:
        """Count a start tag, of which `rest` is what follows its name."""
        if name == "option":
            self._options += 1
            if self._options > _OPTIONS:
                raise TooLargeError(
                    f"{self._source}: the page has more than {_OPTIONS:,} options; this is no page of text."
                )
        elif rest:
            self._attributes += _attributes(rest)
            _check_attributes(self._attributes, f"its tags <{name}> have", self._source)


class _Opened:
    """The scan's stack of open elements.

    An end tag finds its element by name instead of looking through the stack, or a page of end tags that
    close nothing would cost its depth for each of them.
    """

    __slots__ = ("_gaps", "_names", "_places", "_scopes")

    def __init__(self) -> None:
        #: None: a gap, closed while what stands above it isn't.
        self._names: list[str | None] = []
        self._gaps = 0
        self._places: defaultdict[str, list[int]] = defaultdict(list)
        self._scopes: list[int] = []

    def open(self, name: str) -> int:
        """A start tag; gives how many elements are open."""
        names = self._names
        place = len(names)
        names.append(name)
        self._places[name].append(place)
        if name in _SCOPES:
            self._scopes.append(place)
        return place + 1 - self._gaps

    def close(self, name: str) -> None:
        """An end tag. It closes nothing outside the innermost scope."""
        places, names = self._places.get(name), self._names
        if not places or (self._scopes and places[-1] < self._scopes[-1]):
            return
        place = places[-1]
        if place < len(names) - 1 and name in _FORMATTING:
            # Its end leaves the blocks inside it open (the adoption agency).
            names[place] = None
            self._gaps += 1
            places.pop()
            return
        while len(names) > place or (self._gaps and names[-1] is None):
            top = names.pop()
            if top is None:
                self._gaps -= 1
                continue
            self._places[top].pop()
            if top in _SCOPES:
                self._scopes.pop()


def _after_raw(html: str, name: str, position: int) -> int:
    end = re.compile(f"</{name}", re.IGNORECASE).search(html, position)
    return end.start() if end else len(html)


def _attributes(rest: str) -> int:
    """How many attributes a tag has at most, roughly."""
    unquoted = re.sub(r"\"[^\"]*\"|'[^']*'", "", rest)
    return max(len(unquoted.split()), unquoted.count("="), unquoted.count("/"))


def _check_attributes(count: int, what: str, source: str) -> None:
    if count > _ATTRIBUTES:
        raise TooLargeError(
            f"{source}: {what} more than {_ATTRIBUTES:,} attributes; this is no page of text."
        )


def _too_deep(depth: int, source: str) -> TooLargeError:
    return TooLargeError(
        f"{source}: the page's elements are nested more than {depth:,} deep (setting limits.html_depth)."
    )
