from __future__ import annotations

import pytest
from tests.inputs.index_samples import make_document

from newsdrop.index.fields import DEFAULT_FIELDS
from newsdrop.index.local_query import match_expression
from newsdrop.index.local_terms import COLUMN_NAMES, columns
from newsdrop.index.query_parser import parse_query
from newsdrop.index.wording import COLUMNS, OTHER_MARK


def test_terms_tell_the_usual_columns_from_all_others() -> None:
    document = make_document(
        1, title="香港", text="渡輪。Bridge", author=["張潔平", "Ann Bridge"], section="时政"
    )
    held = dict(zip(COLUMN_NAMES, columns(document.source), strict=True))
    usual = {COLUMNS[field] for field in DEFAULT_FIELDS}
    assert held["authors"].split()[:3] == ["_张", "_洁", "_平"]
    for name, words in held.items():
        assert {term.startswith(OTHER_MARK) for term in words.split()} <= {name not in usual}, name


@pytest.mark.parametrize("query", ["香港", "2019年", "bridge", "brid*", '"北京。市长"', "香港 OR 渡輪"])
def test_a_search_of_the_usual_columns_names_none(query: str) -> None:
    expression = match_expression(parse_query(query))
    assert expression is not None
    assert ":" not in expression


@pytest.mark.parametrize(
    ("query", "expression"),
    [
        ("title:香港", '{title} : "香 港"'),
        ("author:張潔平", '{authors} : "_张 _洁 _平"'),
        ("author:brid*", '{authors} : "_brid" *'),
        ("caption:bridge", '({captions lone_captions} : "_bridge" OR {captions lone_captions} : "_bridges")'),
    ],
)
def test_a_column_is_named_where_a_field_is(query: str, expression: str) -> None:
    assert match_expression(parse_query(query)) == expression
