"""docs/kibana.md names only fields that exist, ES|QL included, and enough queries to be of use."""

from __future__ import annotations

import re

import pytest
from tests.kibana.kql import KqlError, fields, parse
from tests.kibana.page import queries

from newsdrop.index.mapping import index_body, mapped_fields
from newsdrop.kibana.sources import read_sources
from newsdrop.options import IndexOptions

NAMES = IndexOptions()
FIELDS = {
    NAMES.alias: mapped_fields(index_body("articles", NAMES)).keys(),
    NAMES.letters: mapped_fields(index_body("dead-letters", NAMES)).keys(),
}
#: Commands, words and units of ES|QL as the page uses them; functions are told by their bracket.
WORDS = {
    *("FROM", "STATS", "BY", "SORT", "DESC", "ASC", "WHERE", "EVAL", "LIMIT"),
    *("IN", "IS", "NOT", "NULL", "AND", "OR", "month", "hour", "hours"),
}


def test_there_are_twenty_queries_of_kql_and_some_of_esql() -> None:
    assert len({query for _, query in queries("kql")}) >= 20
    assert len(queries("esql")) >= 8
    assert {view for view, _ in queries("kql")} == {view.id for view in read_sources().views}


@pytest.mark.parametrize(("view", "query"), queries("kql"))
def test_the_fields_of_a_kql_query_are_mapped(view: str, query: str) -> None:
    source = read_sources().view(view)
    known = mapped_fields(index_body(source.schema, NAMES)).keys() | source.runtime.keys()
    assert set(fields(parse(query))) <= known


@pytest.mark.parametrize("query", [query for _, query in queries("esql")])
def test_the_fields_of_an_esql_query_are_mapped(query: str) -> None:
    index = re.match(r"FROM ([a-z-]+)", query)
    assert index
    assert unknown_esql_fields(query, FIELDS[index[1]]) == set()


def test_a_misspelt_field_in_esql_is_noticed() -> None:
    query = 'FROM newsdrop-articles\n| WHERE langage == "en"\n| STATS n = COUNT(*) BY source.name'
    assert unknown_esql_fields(query, FIELDS[NAMES.alias]) == {"langage"}


def unknown_esql_fields(query: str, known: object) -> set[str]:
    """Names in a query that are neither a field, nor made by it (`name = …`), nor ES|QL's own."""
    text = re.sub(r'"[^"]*"', "", query.split("\n", 1)[1])
    made = set(re.findall(r"([a-z_0-9]+) = ", text))
    named = set(re.findall(r"@?[a-zA-Z_][\w.]*(?![\w.]*\()", text))
    return {name for name in named - made - WORDS if name not in known}  # type: ignore[operator]


@pytest.mark.parametrize("wrong", ["title:", "(a and b", "a and", "title: (a", "{", "a b) c"])
def test_what_is_no_kql_is_refused(wrong: str) -> None:
    with pytest.raises(KqlError):
        parse(wrong)


def test_kql_is_read_as_kibana_reads_it() -> None:
    both = parse("a b and c: d")
    assert both == parse("(a b) and (c: d)")
    assert parse("a or b and not c") == parse("a or (b and (not c))")
    assert parse('f: ("x y" or z)') == parse('f: "x y" or f: z')
    assert parse("f >= 3 AND g: *") == parse("f >= 3 and g : *")
    assert parse("") is None
