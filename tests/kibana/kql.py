"""Kibana's query language as Kibana reads it: text → tree → query DSL, and the tree over a document.

The grammar and the DSL follow Kibana's package kbn-es-query (`grammar.peggy`, `functions/*.ts`): an
unquoted value runs on over spaces up to `and`, `or` or a bracket; `match` for it, `match_phrase` for a
quoted one, `exists` for `*`, `range` for dates and comparisons, `wildcard` on keyword fields. What our
pages don't use (nested fields, wildcards in field names) is refused. `matches` says from the document's
source alone whether the query holds, knowing nothing of the DSL.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from newsdrop.index.terms import GAP_TERM, folded, terms
from newsdrop.index.wording import other_numbers

_TOKEN = re.compile(
    r'\s*(?:(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<mark>[():]|<=|>=|<|>)|(?P<word>(?:[^\s"():<>\\{}]|\\.)+))'
)
_DEFAULT_FIELDS = ("title", "text", "summary")
_NUMBERS = ("long", "integer", "double", "short", "float")
_FOLDED = ("tags", "keywords")
_BY_BEGINNING = "language"


class KqlError(ValueError):
    """Not KQL, or a part of it that our pages don't use."""


@dataclass(frozen=True)
class Value:
    text: str
    quoted: bool = False


@dataclass(frozen=True)
class Test:
    """`field` None means the default fields; `operator` is `:` or a comparison."""

    field: str | None
    operator: str
    value: Value


@dataclass(frozen=True)
class Group:
    """`kind` is `and`, `or` or `not`."""

    kind: str
    parts: tuple[Group | Test, ...]


Node = Group | Test


def parse(text: str) -> Node | None:
    """The tree of a query; None for an empty one."""
    if not text.strip():
        return None
    reader = _Reader(text)
    tree = reader.alternatives()
    if reader.at < len(reader.tokens):
        raise KqlError(f"{text!r}: what is {reader.tokens[reader.at]} doing there?")
    return tree


def fields(node: Node | None) -> Iterator[str]:
    """Every field that a query names."""
    if isinstance(node, Group):
        for part in node.parts:
            yield from fields(part)
    elif node is not None and node.field is not None:
        yield node.field


class _Reader:
    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        self.at = 0
        position = 0
        while text[position:].strip():
            match = _TOKEN.match(text, position)
            if match is None:
                raise KqlError(f"{text!r} is no KQL from {text[position:]!r} on")
            self.tokens.append((str(match.lastgroup), str(match[str(match.lastgroup)])))
            position = match.end()

    def alternatives(self) -> Node:
        return self._joined("or", lambda: self._joined("and", self._negation))

    def _joined(self, word: str, part: Any) -> Node:
        parts = [part()]
        while self._take("word", word):
            parts.append(part())
        return parts[0] if len(parts) == 1 else Group(word, tuple(parts))

    def _negation(self) -> Node:
        if self._take("word", "not"):
            return Group("not", (self._operand(),))
        return self._operand()

    def _operand(self) -> Node:
        if self._take("mark", "("):
            inner = self.alternatives()
            self._expect(")")
            return inner
        name = self._value()
        for operator in (":", "<=", ">=", "<", ">"):
            if self._take("mark", operator):
                if operator == ":" and self._take("mark", "("):
                    inner = self._values(name.text)
                    self._expect(")")
                    return inner
                return Test(name.text, operator, self._value())
        return Test(None, ":", name)

    def _values(self, field: str) -> Node:
        def one() -> Node:
            if self._take("word", "not"):
                return Group("not", (Test(field, ":", self._value()),))
            return Test(field, ":", self._value())

        return self._joined("or", lambda: self._joined("and", one))

    def _value(self) -> Value:
        kind, text = self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")
        if kind == "quoted":
            self.at += 1
            return Value(re.sub(r"\\(.)", r"\1", text[1:-1]), quoted=True)
        words = []
        while (
            self.at < len(self.tokens)
            and self.tokens[self.at][0] == "word"
            and self.tokens[self.at][1].lower() not in ("and", "or", "not")
        ):
            words.append(self.tokens[self.at][1])
            self.at += 1
        if not words:
            raise KqlError(f"a value is missing before {text!r}")
        return Value(re.sub(r"\\(.)", r"\1", " ".join(words)))

    def _take(self, kind: str, text: str) -> bool:
        found = self.at < len(self.tokens) and self.tokens[self.at]
        if found and found[0] == kind and found[1].lower() == text:
            self.at += 1
            return True
        return False

    def _expect(self, mark: str) -> None:
        if not self._take("mark", mark):
            raise KqlError(f"a {mark} is missing")


def to_dsl(node: Node | None, types: dict[str, str]) -> dict[str, Any]:
    """The query that Kibana sends. `types`: field → its type, runtime fields included."""
    if node is None:
        return {"match_all": {}}
    if isinstance(node, Test):
        return {"bool": {"should": [_leaf(node, types)], "minimum_should_match": 1}}
    parts = [to_dsl(part, types) for part in node.parts]
    if node.kind == "not":
        return {"bool": {"must_not": parts}}
    if node.kind == "and":
        return {"bool": {"filter": parts}}
    return {"bool": {"should": parts, "minimum_should_match": 1}}


def _leaf(test: Test, types: dict[str, str]) -> dict[str, Any]:
    field, text, quoted = test.field, test.value.text, test.value.quoted
    if test.operator != ":":
        words = {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}
        return {"range": {field: {words[test.operator]: text}}}
    if field is None:
        return {
            "multi_match": {"type": "phrase" if quoted else "best_fields", "query": text, "lenient": True}
        }
    if not quoted and text == "*":
        return {"exists": {"field": field}}
    if not quoted and "*" in text:
        if types.get(field) == "keyword":
            return {"wildcard": {field: {"value": text}}}
        return {"query_string": {"fields": [field], "query": text}}
    if types.get(field) == "date":
        return {"range": {field: {"gte": text, "lte": text}}}
    return {"match_phrase" if quoted else "match": {field: text}}


def matches(node: Node | None, source: dict[str, Any], types: dict[str, str], now: datetime) -> bool:
    """Whether the query holds for a document, by its source alone (runtime fields are given in it)."""
    if node is None:
        return True
    if isinstance(node, Test):
        return _holds(node, source, types, now)
    held = (matches(part, source, types, now) for part in node.parts)
    if node.kind == "not":
        return not any(held)
    return all(held) if node.kind == "and" else any(held)


def values(source: dict[str, Any], field: str) -> list[Any]:
    """All values that a document has of a field, a subfield (`title.keyword`) being its outer field's."""
    found: list[Any] = [source]
    for name in field.removesuffix(".keyword").split("."):
        found = [inner for one in found if isinstance(one, dict) for inner in _list(one.get(name))]
    return found


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _holds(test: Test, source: dict[str, Any], types: dict[str, str], now: datetime) -> bool:
    if test.field is None:
        return any(
            _contains(str(one), test.value) for name in _DEFAULT_FIELDS for one in values(source, name)
        )
    kind = types[test.field]
    found = values(source, test.field)
    if test.operator != ":" or (kind == "date" and test.value.text != "*"):
        return any(_compares(one, test.operator, test.value.text, kind, now) for one in found)
    if test.value.text == "*" and not test.value.quoted:
        return bool(found)
    if test.field == _BY_BEGINNING:
        return any(_begins(str(one).lower(), test.value.text.lower()) for one in found)
    if kind in ("text",):
        return any(_contains(str(one), test.value) for one in found)
    if kind in _NUMBERS:
        return any(float(one) == float(test.value.text) for one in found)
    fold = folded if test.field in _FOLDED else str
    wanted = fold(test.value.text)
    if "*" in wanted and not test.value.quoted:
        return any(fnmatch.fnmatchcase(fold(one), wanted) for one in found)
    return any(fold(one) == wanted for one in found)


def _contains(text: str, value: Value) -> bool:
    here = terms(text)
    if value.quoted:
        return _runs(here, terms(value.text))
    if value.text.endswith("*"):
        return any(term.startswith(folded(value.text[:-1])) for term in here)
    # A space means "or", and a chunk's own terms must stand side by side; a word alone has another number.
    return any(_runs(here, wanted) for chunk in value.text.split() for wanted in _alternatives(terms(chunk)))


def _alternatives(wanted: list[str]) -> Iterator[list[str]]:
    yield [term for term in wanted if term != GAP_TERM]
    if len(wanted) == 1:
        yield from ([word] for word in other_numbers(wanted[0]))


def _begins(text: str, wanted: str) -> bool:
    if wanted.endswith("*"):
        return text.startswith(wanted[:-1])
    return text == wanted or text.startswith(wanted + "-")


def _runs(here: Sequence[str], wanted: Sequence[str]) -> bool:
    last = len(here) - len(wanted) + 1
    return any(here[at : at + len(wanted)] == wanted for at in range(last)) if wanted else False


def _compares(one: Any, operator: str, text: str, kind: str, now: datetime) -> bool:
    low: Any
    high: Any
    value: Any
    if kind == "date":
        low, high = _moments(text, now)
        value = datetime.fromisoformat(one)
    else:
        low = high = float(text)
        value = float(one)
    comparisons: dict[str, bool] = {
        ":": low <= value <= high,
        "<": value < low,
        "<=": value <= high,
        ">": value > high,
        ">=": value >= low,
    }
    return comparisons[operator]


def _moments(text: str, now: datetime) -> tuple[datetime, datetime]:
    """The first and the last moment that a date text stands for.

    As Elasticsearch does it in ranges: a missing month or day is the first, a missing hour the whole day; so
    `2021` is the first of January only.
    """
    if found := re.fullmatch(r"now(?:-(\d+)([smhd]))?", text):
        names = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
        back = timedelta(**{names[found[2]]: int(found[1])}) if found[1] else timedelta()
        return now - back, now - back
    year, month, day = (*(int(part) for part in text.split("-")), 1, 1)[:3]
    start = datetime(year, month, day, tzinfo=UTC)
    return start, start + timedelta(days=1) - timedelta(milliseconds=1)
