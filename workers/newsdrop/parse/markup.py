"""Refuses markup that would cost unbounded time or memory, before the HTML parser sees it.

The parser is written in C and can't be interrupted. Four things make it quadratic: elements nested thousands
deep (each start tag searches all open ones), thousands of attributes on some tags (each is compared with all
before it), tens of thousands on all <html> or <body> tags together (the parser makes them one), and as many
<option> in a <select>. A fifth multiplies: formatting that is never closed (<font>, <b>) is reopened in each
block that follows, so that a page of 55 kB became 2 GB. No page of the archives comes near any of these.

Pages that are too small to do harm only cost some counting: 6,000 nested elements take 50 ms. The others are
read by a tokenizer that keeps its own stack of open elements.
"""

from __future__ import annotations

import re
from collections import defaultdict

from selectolax.lexbor import LexborNode

from newsdrop.errors import TooLargeError

__all__ = ["check_depth", "check_markup"]

_TAGS = 500_000
#: Of all <html> or <body> tags together.
_ATTRIBUTES = 5_000
#: How often an attribute may be compared with another of its tag: some 3 ns each.
_COMPARISONS = 100_000_000
_OPTIONS = 10_000
#: How many elements formatting that is never closed may make, at about 150 bytes each.
_REOPENED = 500_000
#: Below these limits no scan is needed: the worst such page takes the parser a fraction of a second.
_HARMLESS_OPENINGS = 6_000
_HARMLESS_CHARS = 50_000
_HARMLESS_TAG_CHARS = 200
_HARMLESS_DOCUMENTS = 8
#: The parser reopens formatting of one kind at most three times; and 13 names need no attribute.
_REOPENED_ALIKE = 3
_REOPENED_BARE = 13 * _REOPENED_ALIKE
#: The scan's stack and the parser's differ a little (implied elements); the exact check comes after parsing.
_SLACK = 4

_TOKEN = re.compile(
    r"<(?:!--(?:>|->|[\s\S]*?(?:-->|\Z))|(?P<close>/?)(?P<name>[a-zA-Z][^\s/>]*+)"
    r"(?P<rest>(?:[^>\"']++|\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z))*+)(?:>|\Z))"
)
_TAG = re.compile(r"<[a-zA-Z][^>\"']*+(?:(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z))[^>\"']*+)*+")
#: Every <html> or <body>, and some tags that are neither.
_DOCUMENT = re.compile("<[hHbB][tToO][mMdD]")
#: Ignoring case from the first letter on, or with alternatives there, a pattern takes twice as long.
_FORMATTED = re.compile(r"<[bBcCeEfFiInNsStTuU](?i:(?<=[bius])|ig|ode|m|ont|obr|mall|trike|trong|t)[\s/]")
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
#: So are <option>, <html> and <body>, which `_Totals` counts.
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
    """Check the page before it is parsed; returns the greatest depth that its elements may have.

    Raises:
        TooLargeError: nested too deeply, or too many tags, attributes, options or unclosed formatting.
    """
    tags = html.count("<")
    if tags > _TAGS:
        raise TooLargeError(f"{source}: the page has {tags:,} tags; at most {_TAGS:,} are parsed.")
    # What opens takes as long to count as all the rest, so it is counted where it may decide.
    openings = tags - html.count("</") if depth < 2 * tags <= 2 * depth or tags > _HARMLESS_OPENINGS else tags
    if openings > _HARMLESS_OPENINGS or _may_multiply(html, tags) or _may_compare(html):
        _scan(html, depth, source)
    # A parser adds <tbody> and <tr> between <table> and <td>, and <html> and <body> around everything.
    return 2 * openings + 3


def _may_multiply(html: str, tags: int) -> bool:
    """Whether formatting may be reopened too often, as far as counting can tell."""
    if tags * tags < 4 * _REOPENED:
        return False
    formatting = len(_FORMATTED.findall(html)) + _REOPENED_BARE
    if formatting * tags <= _REOPENED:
        return False
    openings = tags - html.count("</")
    return openings * openings >= 4 * _REOPENED and formatting * openings > _REOPENED


def _may_compare(html: str) -> bool:
    """Whether a tag, or the tags of the document together, may have too many attributes."""
    if len(html) <= _HARMLESS_CHARS:
        return False
    if len(_DOCUMENT.findall(html)) > _HARMLESS_DOCUMENTS:
        return True
    tags = _TAG.findall(html)
    # n attributes take 2 n characters or more, and n² / 2 comparisons. Hardly any page has tags so long that
    # all of the page could take half of what is allowed.
    long = max(4 * _COMPARISONS // len(html), _HARMLESS_TAG_CHARS)
    if max(map(len, tags), default=0) <= long:
        return False
    longer = [tag for tag in tags if len(tag) > long]
    if sum(len(tag) ** 2 for tag in longer) <= 4 * _COMPARISONS:
        return False
    # Scripts contain what looks like a tag but isn't; the scan recognises scripts.
    return sum(map(_comparisons, longer)) > _COMPARISONS // 2


def check_depth(root: LexborNode, depth: int, source: str) -> None:
    """Check the tree before selectors run, since they search through ancestors.

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
            totals.close(name)
            continue
        if position - match.start() > _HARMLESS_TAG_CHARS:
            totals.compare(match["rest"])
        totals.open(name, match["rest"])
        if name in _RAW:
            position = _after_raw(html, name, position)
        elif name in _UNCOUNTED:
            if name in _TOTALLED:
                totals.add(name, match["rest"])
        elif not match["rest"].endswith("/") and opened.open(name) > depth * _SLACK:
            raise _too_deep(depth, source)


class _Totals:
    """What is limited for the page, not for one tag."""

    __slots__ = (
        "_alike", "_attributes", "_compared", "_formatting", "_options", "_reopened", "_source", "_unclosed",
    )  # fmt: skip

    def __init__(self, source: str) -> None:
        self._attributes = 0
        self._compared = 0
        self._options = 0
        self._source = source
        #: By name, the kinds of formatting that aren't closed; how often each is there; how many count.
        self._unclosed: defaultdict[str, list[str]] = defaultdict(list)
        self._alike: defaultdict[tuple[str, str], int] = defaultdict(int)
        self._formatting = 0
        self._reopened = 0

    def open(self, name: str, rest: str) -> None:
        """Note a start tag: formatting, or what may reopen the formatting before it."""
        if name not in _FORMATTING:
            self._reopened += self._formatting
            if self._reopened > _REOPENED:
                raise TooLargeError(
                    f"{self._source}: the page's unclosed formatting would make more than {_REOPENED:,} "
                    "elements; this is not a page of text."
                )
        elif name != "a":
            # A link that is still open is closed by the next one.
            self._unclosed[name].append(rest)
            self._alike[name, rest] += 1
            self._formatting += self._alike[name, rest] <= _REOPENED_ALIKE

    def close(self, name: str) -> None:
        """Note an end tag."""
        if self._unclosed.get(name):
            rest = self._unclosed[name].pop()
            self._formatting -= self._alike[name, rest] <= _REOPENED_ALIKE
            self._alike[name, rest] -= 1

    def compare(self, rest: str) -> None:
        """Note a long tag; `rest` is what follows its name."""
        self._compared += _comparisons(rest)
        if self._compared > _COMPARISONS:
            raise TooLargeError(
                f"{self._source}: the page's tags have thousands of attributes; this is not a page of text."
            )

    def add(self, name: str, rest: str) -> None:
        """Count a start tag; `rest` is what follows its name."""
        if name == "option":
            self._options += 1
            if self._options > _OPTIONS:
                raise TooLargeError(
                    f"{self._source}: the page has more than {_OPTIONS:,} options; it is not a page of text."
                )
        elif rest:
            self._attributes += _attributes(rest)
            if self._attributes > _ATTRIBUTES:
                raise TooLargeError(
                    f"{self._source}: its tags <{name}> have more than {_ATTRIBUTES:,} attributes; "
                    "this is not a page of text."
                )


class _Opened:
    """The scan's stack of open elements.

    An end tag finds its element by name instead of searching the stack; otherwise, each tag on a page of end
    tags that close nothing would cost the depth of the stack.
    """

    __slots__ = ("_gaps", "_names", "_places", "_scopes")

    def __init__(self) -> None:
        #: None is a gap: closed, while what is above it isn't.
        self._names: list[str | None] = []
        self._gaps = 0
        self._places: defaultdict[str, list[int]] = defaultdict(list)
        self._scopes: list[int] = []

    def open(self, name: str) -> int:
        """Note a start tag; returns how many elements are open."""
        names = self._names
        place = len(names)
        names.append(name)
        self._places[name].append(place)
        if name in _SCOPES:
            self._scopes.append(place)
        return place + 1 - self._gaps

    def close(self, name: str) -> None:
        """Note an end tag. It closes nothing outside the innermost scope."""
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


def _comparisons(rest: str) -> int:
    """How often two attributes of a tag are compared at most, roughly."""
    return _attributes(rest) ** 2 // 2


def _too_deep(depth: int, source: str) -> TooLargeError:
    return TooLargeError(
        f"{source}: the page's elements are nested more than {depth:,} deep (setting limits.html_depth)."
    )
