"""The query language of `newsdrop search`, read once for both stores (docs/search.md is its page).

    香港 law            documents that have both: a word, and these characters in a row in either script
    "香港 law"          the phrase
    -law   NOT law     … that don't have it
    a OR b   (a OR b) c
    brid*              words that begin so
    title:香港          in one field; title:(a OR b) too
    published:2023-05   in that month; after: before: since: until: @timestamp:[2023 TO 2024-06}
    https://…          the article of this address, however it is spelt

    any   = all { "OR" all }
    all   = one { ["AND"] one }
    one   = ( "-" | "NOT" ) one | "(" any ")" | field ":" ( "(" any ")" | value ) | phrase | word

Pure. Refuses operators of other search engines that this one doesn't have, by name and with the position: a
sign with a meaning elsewhere must not become a word that finds nothing. Signs without a meaning are ignored.
"""

from __future__ import annotations

import re
from datetime import UTC, tzinfo
from typing import Final, NoReturn

import msgspec

from newsdrop.errors import did_you_mean
from newsdrop.identity import url_document_id
from newsdrop.index import query_dates
from newsdrop.index.fields import DEFAULT_FIELDS, FIELDS, LABELS, Field, field_called, held_value
from newsdrop.index.query import (
    EVERYTHING,
    AddressStart,
    Dates,
    Edge,
    Identity,
    Node,
    Path,
    Prefix,
    Present,
    QueryError,
    Value,
    Words,
    all_of,
    any_of,
    not_,
    with_units,
)
from newsdrop.index.quotation import CLOSE, HEBREW_MARK, QUOTES, closing_quote, paired_end
from newsdrop.index.terms import GAP_TERM, is_asked, is_single, terms

__all__ = ["MAX_DEPTH", "MAX_LEAVES", "MAX_PATTERN", "MAX_TERMS", "parse_query", "site_host"]

#: More than people type, and below the limits of either store.
MAX_DEPTH: Final = 15
MAX_LEAVES: Final = 200
MAX_TERMS: Final = 1_000
#: Elasticsearch's own limit (index.max_regex_length), in UTF-16's units.
MAX_PATTERN: Final = 1_000
_LEAST_PREFIX: Final = 2

_SPACE = re.compile(r"\s*")
#: Opening and closing parentheses, and colons, as Chinese keyboards make them, too.
_OPEN, _CLOSE, _MINUS = "(（", CLOSE, "-－−"
#: A word of Hebrew initials has a quotation mark, and a number may have spaces between its thousands, those
#: at which no line breaks.
_WORD = re.compile(
    rf"(?:[^\s{re.escape(_OPEN + _CLOSE + QUOTES)}]|{HEBREW_MARK}"
    r"|(?<=\d)[\u00a0\u2007\u2009\u202f](?=\d{3}(?!\d)))+"
)
_RAW = re.compile(rf"[^\s{QUOTES}]+")
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
#: A label's key may be nearly anything (fields.label_key).
_FIELD = re.compile(
    rf"((?i:labels)\.[^\s:：{re.escape(_OPEN + _CLOSE + QUOTES)}]+|@?[A-Za-z_][\w.]*)\s*[:：]\s*"
)
_OPERATOR = re.compile(rf"(AND|OR|NOT)(?=[\s{re.escape(_OPEN + _CLOSE + QUOTES)}]|$)")
_RANGE = re.compile(r"([\[{])\s*(\S+)\s+TO\s+([^\s\]}]+)\s*([\]}])")
_COMPARED = re.compile(r"(>=|<=|>|<)\s*(.+)")
_LETTER_LAST = re.compile(r"[^\W_]$")
#: A German word for people of both sexes, no field and no beginning of a word: Bürger:innen, Bürger*innen.
_OF_BOTH_SEXES = re.compile(r"[^\W\d_]{2,60}[:*]in(?:nen)?(?![^\W_])")
#: What means something in other query languages → what to type here instead.
_FOREIGN = (
    (re.compile(r"&&|\|\|"), "`&&` and `||` aren't operators here: write AND, OR"),
    (re.compile(r"^!\w"), "`!` isn't an operator here: write -word"),
    (re.compile(r"\w~[\d.]*$"), "`~` (similar words) isn't supported here: type the beginning and *"),
    (re.compile(r"\w\^[\d.]+$"), "weights (`^`) aren't supported: leave the weight out"),
    (re.compile(r"^/.+/[a-z]?$"), "regular expressions (`/…/`) aren't supported: type words"),
    (re.compile(r"^(?:NEAR|W|N|ADJ)/\d+$"), "distances aren't supported: quote words that are neighbours"),
    (re.compile(r"\w\?\w"), "`?` doesn't stand for a letter here: type the word, or its beginning and *"),
    (re.compile(r"^--\w"), "two minus signs aren't an operator: write -word to exclude it"),
)  # fmt: skip
_LITERALLY = 'To search for the characters themselves, quote them: "…".'
#: Dates that are only one end of a range → whether it is the beginning, and whether the date counts.
_ENDS = {"after": (True, True), "since": (True, True), "before": (False, False), "until": (False, True)}


def parse_query(query: str, zone: tzinfo = UTC) -> Node:
    """The tree of a query.

    Args:
        zone: the searcher's, in which dates are meant.

    Raises:
        QueryError: it can't be understood, asks for nothing, or for too much.
    """
    parser = _Parser(query, zone)
    node = parser.whole()
    if node is None:
        raise QueryError(
            "The query contains no letter and no digit, so there is nothing to search for. Type a word, or "
            "* for every article."
        )
    return node


class _Place(msgspec.Struct):
    """Where the parser stands, and what it has spent."""

    at: int = 0
    depth: int = 0
    leaves: int = 0
    terms: int = 0


class _Parser:
    """Reads one query once, from left to right. None stands for signs that ask for nothing."""

    def __init__(self, query: str, zone: tzinfo) -> None:
        self._query = query
        self._zone = zone
        self._place = _Place()

    def whole(self) -> Node | None:
        node = self._any(None)
        if not self._ended():
            self._refuse("This closing parenthesis was never opened")
        return node

    # ── operators ──────────────────────────────────────────────────────────────────────────────────────

    def _any(self, field: Field | None) -> Node | None:
        self._place.depth += 1
        if self._place.depth > MAX_DEPTH:
            self._refuse(f"Parentheses and exclusions may be nested {MAX_DEPTH} deep, and these are deeper")
        branches = [self._all(field)]
        while (operator := self._operator("OR")) is not None:
            if self._at_end_of_group():
                self._refuse("OR needs something on both sides", operator)
            branches.append(self._all(field))
        self._place.depth -= 1
        found = [branch for branch in branches if branch is not None]
        return any_of(found) if found else None

    def _all(self, field: Field | None) -> Node | None:
        for name in ("OR", "AND"):
            if (operator := self._operator(name)) is not None:
                self._refuse(f"{name} needs something on both sides", operator)
        nodes = []
        while not self._at_end_of_group() and not self._sees("OR"):
            if (node := self._one(field)) is not None:
                nodes.append(node)
            operator = self._operator("AND")
            if operator is not None and (self._at_end_of_group() or self._sees("OR") or self._sees("AND")):
                self._refuse("AND needs something on both sides", operator)
        return all_of(with_units(nodes)) if nodes else None

    def _one(self, field: Field | None) -> Node | None:
        begun = self._place.at
        if self._excludes():
            self._place.depth += 1
            if self._at_end_of_group() or self._sees("OR") or self._sees("AND"):
                self._refuse("NOT needs something after it", begun)
            if self._place.depth > MAX_DEPTH:
                self._refuse(
                    f"Parentheses and exclusions may be nested {MAX_DEPTH} deep, and these are deeper"
                )
            node = self._one(field)
            self._place.depth -= 1
            return None if node is None else not_(node)
        if self._next() in _OPEN:
            return self._group(field)
        match = _FIELD.match(self._query, self._place.at)
        if match is not None and not any(
            pattern.match(self._query, self._place.at) for pattern in (_ADDRESS, _OF_BOTH_SEXES)
        ):
            if field is None:
                return self._named(match)
            self._refuse(f"Within {field.called}:(…) no other field can be named. {_LITERALLY}")
        return self._value(field)

    def _group(self, field: Field | None) -> Node | None:
        opened = self._place.at
        self._place.at += 1
        if not self._ended() and self._next() in _CLOSE:
            self._refuse("There is nothing between these parentheses", opened)
        node = self._any(field)
        if self._ended():
            self._refuse("This parenthesis is never closed", opened)
        self._place.at += 1
        return node

    def _excludes(self) -> bool:
        """Whether what follows is excluded; goes past the sign or the word that says so."""
        at = self._place.at
        if self._operator("NOT") is not None:
            return True
        after = self._query[at + 1 : at + 2]
        # A minus sign alone, or two, are a dash between words.
        if self._next() in _MINUS and after and not after.isspace() and after not in _MINUS + _CLOSE:
            self._place.at = at + 1
            return True
        return False

    # ── fields and values ──────────────────────────────────────────────────────────────────────────────

    def _named(self, match: re.Match[str]) -> Node | None:
        begun, name = self._place.at, match[1]
        field = field_called(name)
        end = _ENDS.get(name.lower())
        if field is None and end is None:
            names = sorted({word for one in FIELDS for word in one.typed} | set(_ENDS))
            meant = did_you_mean(name.lower(), names, "{}:")
            self._refuse(
                f"There is no field {name!r}.{meant} Fields: {', '.join(names)}, and {LABELS}KEY for other "
                f'front matter. To look for the text itself, quote it: "{name}:…"',
                begun,
            )
        self._place.at = match.end()
        if self._at_end_of_group() or any(self._sees(word) for word in ("AND", "OR", "NOT")):
            self._refuse(f"There is nothing to search for after {name}:", begun)
        if end is not None:
            return self._one_end(end)
        assert field is not None  # noqa: S101  told apart above
        if self._next() in _OPEN:
            if field.kind == "date":
                self._refuse(
                    f"{name}: takes a date or a range as [2023-01 TO 2023-06], no parentheses", begun
                )
            return self._group(field)
        return self._value(field)

    def _value(self, field: Field | None) -> Node | None:
        self._place.leaves += 1
        if self._place.leaves > MAX_LEAVES:
            self._refuse(f"A query may have {MAX_LEAVES} terms, and this one has more")
        if field is not None and field.kind == "date":
            return self._date(field)
        self._refuse_range()
        if field is None or field.kind == "text":
            return self._text(field)
        begun = self._place.at
        value, quoted = self._raw()
        if value == "*" and not quoted:
            return Present(field.name)
        if field.kind == "url":
            return self._url(value, begun, quoted=quoted)
        if field.kind == "path":
            path = _path(value, quoted=quoted)
            if isinstance(path, Path):
                self._bound(path.pattern, begun)
            return path
        if "*" in value and not quoted:
            self._refuse(
                f"{field.name} has whole values, so {value!r} can't contain a *: type the value, or "
                f"{field.called}:* for every article that has one",
                begun,
            )
        if field.kind == "site":
            value = site_host(value)
        return Value(field.name, held_value(field.name, value, typed=True))

    def _bound(self, pattern: str, begun: int) -> None:
        if len(pattern.encode("utf-16-le", "surrogatepass")) > 2 * MAX_PATTERN:
            self._refuse(
                f"A term with a star may have {MAX_PATTERN:,} characters, and this one has more", begun
            )

    def _url(self, value: str, begun: int, *, quoted: bool) -> Node:
        if quoted or "*" not in value:
            return Identity(url_document_id(value))
        self._bound(value, begun)
        start = value.removesuffix("*")
        if "*" in start or not _ADDRESS.match(start):
            self._refuse(
                f"url: takes an address, or its start as https://bbc.com/news*, not {value!r}", begun
            )
        return AddressStart(start)

    def _text(self, field: Field | None) -> Node | None:
        begun, fields = self._place.at, DEFAULT_FIELDS if field is None else field.searched
        if self._next() in QUOTES:
            text = self._quoted()
            self._spend(text, begun)
            return Words(text, fields, phrase=True) if is_asked(text) else None
        if (closing := paired_end(self._query, begun)) is not None:
            text = self._query[begun + 1 : closing]
            self._place.at = closing + 1
            self._spend(text, begun)
            return Words(text, fields, phrase=True) if is_asked(text) else None
        if field is None and _ADDRESS.match(self._query, self._place.at):
            return Identity(url_document_id(self._raw()[0]))
        word = self._take(_WORD)
        if word == "*":
            return EVERYTHING if field is None else _present(field)
        for pattern, reason in _FOREIGN:
            if pattern.search(word):
                self._refuse(f"In {word!r} {reason}. {_LITERALLY}", begun)
        if "*" in word and not _OF_BOTH_SEXES.match(word):
            return self._prefix(word, fields, begun)
        self._spend(word, begun)
        return Words(word, fields) if is_asked(word) else None

    def _prefix(self, word: str, fields: tuple[str, ...], begun: int) -> Node | None:
        self._bound(word, begun)
        start = word[:-1]
        if "*" in start or not word.endswith("*"):
            self._refuse(
                f"In {word!r} the star isn't at the end: only the beginning of a word can be "
                f"looked for, as brid*. {_LITERALLY}",
                begun,
            )
        found = [term for term in terms(start) if term != GAP_TERM]
        self._spend(start, begun)
        if not found or not _LETTER_LAST.search(start):
            self._refuse(f"In {word!r} there is no word before the star. {_LITERALLY}", begun)
        if is_single(start[-1:]):
            # Found wherever it stands, whatever follows: the star asks for nothing more.
            return Words(start, fields)
        if len(found) > 1:
            self._refuse(
                f"{word!r} is {len(found)} words to the index, and a star goes after one alone: put spaces "
                "between them",
                begun,
            )
        if len(found[0]) < _LEAST_PREFIX:
            self._refuse(
                f"{word!r} would be nearly every word: type at least two letters before the star", begun
            )
        return Prefix(found[0], fields)

    # ── dates ──────────────────────────────────────────────────────────────────────────────────────────

    def _date(self, field: Field) -> Node:
        begun = self._place.at
        match = _RANGE.match(self._query, begun)
        if match is not None:
            self._place.at = match.end()
            start = None if match[2] == "*" else self._span(match[2], begun)[0 if match[1] == "[" else 1]
            end = None if match[3] == "*" else self._span(match[3], begun)[1 if match[4] == "]" else 0]
            return self._range(field.name, start, end, begun)
        value, quoted = self._raw()
        if value == "*" and not quoted:
            return Present(field.name)
        compared = _COMPARED.fullmatch(value)
        if compared is None:
            return Dates(field.name, *self._span(value, begun))
        first, last = self._span(compared[2], begun)
        return {
            ">=": Dates(field.name, first, None),
            ">": Dates(field.name, last, None),
            "<": Dates(field.name, None, first),
            "<=": Dates(field.name, None, last),
        }[compared[1]]

    def _one_end(self, end: tuple[bool, bool]) -> Node:
        begun, (beginning, whole) = self._place.at, end
        first, last = self._span(self._raw()[0], begun)
        if beginning:
            return Dates("@timestamp", first, None)
        return Dates("@timestamp", None, last if whole else first)

    def _span(self, text: str, begun: int) -> tuple[Edge, Edge]:
        found = query_dates.span(text, self._zone)
        if found is None:
            self._refuse(
                f"{text!r} is not a date: write 2023, 2023-05, 2023-05-01 or 2023-05-01T10:30, or a range as "
                "[2023-01 TO 2023-06]",
                begun,
            )
        return found

    def _range(self, field: str, start: Edge | None, end: Edge | None, begun: int) -> Node:
        if start is not None and end is not None and start.wall_ms >= end.wall_ms:
            self._refuse("This range ends before it begins", begun)
        return Dates(field, start, end)

    def _refuse_range(self) -> None:
        match = _RANGE.match(self._query, self._place.at)
        if match is not None:
            self._refuse(f"A range needs the name of a date before it, as published:{match[0]}. {_LITERALLY}")

    # ── letters ────────────────────────────────────────────────────────────────────────────────────────

    def _quoted(self) -> str:
        opened = self._place.at
        closing = closing_quote(self._query, opened)
        if closing is None:
            self._refuse("This quotation mark is never closed", opened)
        self._place.at = closing + 1
        after = re.compile(r"[~^*]\S*").match(self._query, self._place.at)
        if after is not None:
            self._refuse(f"{after[0]!r} can't follow a phrase: a phrase is matched exactly", self._place.at)
        return self._query[opened + 1 : closing]

    def _raw(self) -> tuple[str, bool]:
        """A value as it is typed, and whether in quotes; parentheses belong to it if it has both."""
        if self._next() in QUOTES:
            return self._quoted(), True
        begun = self._place.at
        value = self._take(_RAW)
        value = _without_unopened(value)
        self._place.at = begun + len(value)
        return value, False

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._query, self._place.at)
        if match is None:
            self._refuse("There is nothing to search for here")
        self._place.at = match.end()
        return match[0]

    def _spend(self, text: str, begun: int) -> None:
        self._place.terms += len(terms(text))
        if self._place.terms > MAX_TERMS:
            self._refuse(
                f"A query may have {MAX_TERMS:,} words and Han characters, and this one has more", begun
            )

    def _operator(self, name: str) -> int | None:
        """Where the operator stands if it is next, having gone past it."""
        if not self._sees(name):
            return None
        begun = self._place.at
        self._place.at += len(name)
        return begun

    def _sees(self, name: str) -> bool:
        self._skip()
        match = _OPERATOR.match(self._query, self._place.at)
        return match is not None and match[1] == name

    def _at_end_of_group(self) -> bool:
        return self._ended() or self._next() in _CLOSE

    def _ended(self) -> bool:
        self._skip()
        return self._place.at >= len(self._query)

    def _next(self) -> str:
        # A line feed, which is in none of the sets of signs, for the end.
        return self._query[self._place.at : self._place.at + 1] or "\n"

    def _skip(self) -> None:
        match = _SPACE.match(self._query, self._place.at)
        self._place.at = match.end() if match else self._place.at

    def _refuse(self, reason: str, at: int | None = None) -> NoReturn:
        at = min(self._place.at if at is None else at, len(self._query))
        raise QueryError(f"{reason.rstrip('.')} (at character {at + 1} of the query).")


def _present(field: Field) -> Node:
    return any_of(Present(name) for name in field.searched)


def _path(value: str, *, quoted: bool) -> Node:
    held = held_value("file.path", value, typed=True)
    if quoted or not ("*" in held or "?" in held or held.endswith("/")):
        return Value("file.path", held)
    return Path(held + "*" if held.endswith("/") else held)


def site_host(value: str) -> str:
    """The host of whatever people copy: `https://www.bbc.com/zhongwen` is bbc.com."""
    return (
        re.sub(r"^(?:https?://)?(?:www\.)?", "", value.strip(), flags=re.IGNORECASE).split("/")[0].rstrip(".")
    )


def _without_unopened(value: str) -> str:
    """The value without the closing parentheses at its end that none opens in it: they close a group."""
    unopened = sum(map(value.count, _CLOSE)) - sum(map(value.count, _OPEN))
    at_end = len(value) - len(value.rstrip(_CLOSE))
    return value[: len(value) - max(0, min(unopened, at_end))]
