from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdrop.identity import url_document_id
from newsdrop.index.dsl import query_body
from newsdrop.index.local_terms import match_expression
from newsdrop.index.query import Clause, QueryError, parse_query


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("香港 law", [Clause("chunk", "香港"), Clause("chunk", "law")]),
        ('"香港 law" x', [Clause("phrase", "香港 law"), Clause("chunk", "x")]),
        ('a"b c"d', [Clause("chunk", "a"), Clause("phrase", "b c"), Clause("chunk", "d")]),
        ('"never closed', [Clause("phrase", "never closed")]),
        ("“香港”", [Clause("phrase", "香港")]),
        ("title:香港", [Clause("chunk", "香港", ("title",))]),
        ("Title: 香港", [Clause("chunk", "香港", ("title",))]),
        ('title:"香港 法"', [Clause("phrase", "香港 法", ("title",))]),
        ("caption:港", [Clause("chunk", "港", ("images.caption",))]),
        ("domain:bbc.com", [Clause("keyword", "bbc.com", ("url.domain",))]),
        ("tags:臺灣A", [Clause("keyword", "台湾a", ("tags",))]),
        ("path:/a/\\b", [Clause("keyword", "/a/\\\\b", ("file.path",))]),
        ("https://www.bbc.com/1#x", [Clause("id", url_document_id("http://bbc.com/1"), ())]),
        ("url:https://bbc.com/1", [Clause("id", url_document_id("http://bbc.com/1"), ())]),
        ("3:15 。", [Clause("chunk", "3:15")]),
        ('， 。 ""', []),
    ],
)
def test_a_query_is_read_as(query: str, expected: list[Clause]) -> None:
    assert parse_query(query) == expected


def test_an_unknown_field_is_named_with_the_known_ones() -> None:
    with pytest.raises(QueryError, match=r"no field 'titel'.*title.*quote it"):
        parse_query("titel:香港")


@given(st.text())
def test_any_text_is_a_query_or_a_query_error(query: str) -> None:
    try:
        clauses = parse_query(query)
    except QueryError:
        return
    # Both stores can ask what came out.
    query_body(clauses)
    match_expression([clause for clause in clauses if clause.kind != "id"])
