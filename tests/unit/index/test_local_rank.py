"""What comes first among the articles that the embedded index finds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.inputs.index_samples import make_document

from newsdrop.index.local import LocalStore
from newsdrop.index.local_rank import CANDIDATES
from newsdrop.index.query_parser import parse_query
from newsdrop.index.search import SearchRequest

#: More than a head, and without any word that is looked for.
_LONG = "城市天空。" * 60
_FIRST_MS, _DAY_MS = 1_500_000_000_000, 86_400_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    store = LocalStore(tmp_path / "index.sqlite3")
    yield store
    store.close()


def _put(store: LocalStore, *articles: dict[str, Any]) -> list[str]:
    """Each of a later day than the one before."""
    documents = [
        make_document(
            number, version=_FIRST_MS + number * _DAY_MS, **{"title": "天空", "text": "天空", **fields}
        )
        for number, fields in enumerate(articles)
    ]
    assert {result.status for result in store.put(documents)} == {"indexed"}
    return [document.id for document in documents]


def _found(store: LocalStore, query: str, **options: Any) -> list[str]:
    return [hit.id for hit in store.search(SearchRequest(query=parse_query(query), **options)).hits]


def test_a_title_counts_more_than_a_text_and_often_more_than_once(store: LocalStore) -> None:
    title, often, once = _put(
        store, {"title": "渡輪"}, {"text": "渡輪。渡轮。天空天空"}, {"text": "渡輪。天空天空天空"}
    )
    assert _found(store, "渡轮") == [title, often, once]


def test_a_title_counts_more_than_several_mentions(store: LocalStore) -> None:
    title, often = _put(store, {"title": "渡輪", "text": _LONG}, {"text": "渡輪。渡轮。渡輪。渡轮。" + _LONG})
    assert _found(store, "渡轮") == [title, often]


def test_a_rare_word_counts_more_than_a_frequent_one(store: LocalStore) -> None:
    rare, *_ = _put(store, {"text": "bridge"}, *[{"text": "ferry"}] * 9)
    assert _found(store, "bridge OR ferry")[0] == rare


def test_a_short_article_counts_more_than_a_long_one_that_says_it_as_often(store: LocalStore) -> None:
    short, long = _put(store, {"text": f"渡輪。{_LONG}"}, {"text": f"渡輪。{_LONG}{_LONG}"})
    assert _found(store, "渡轮") == [short, long]


def test_both_numbers_of_a_word_and_beginnings_of_words_are_counted(store: LocalStore) -> None:
    often, once = _put(store, {"text": "bridge and bridges, and"}, {"text": "a bridge, and the sky"})
    assert _found(store, "bridge") == _found(store, "brid* OR bridge") == [often, once]


def test_an_old_article_about_it_comes_before_many_new_ones_that_mention_it(store: LocalStore) -> None:
    about, *_ = _put(store, {"title": "渡輪"}, *[{"text": f"{_LONG}渡輪"} for _ in range(CANDIDATES + 10)])
    assert _found(store, "渡轮")[0] == about
    assert _found(store, "渡轮 -title:桥")[0] == about


def test_what_is_excluded_by_a_filter_is_no_candidate(store: LocalStore) -> None:
    wanted, *_ = _put(
        store,
        {"title": "渡輪", "section": "A"},
        *[{"title": "渡輪", "section": "B"} for _ in range(CANDIDATES + 10)],
    )
    assert _found(store, "渡轮 section:A") == [wanted]


def test_pages_of_more_than_are_scored_follow_each_other_and_end_with_the_newest_first(
    store: LocalStore,
) -> None:
    ids = _put(store, *[{"text": f"{_LONG}渡輪"} for _ in range(CANDIDATES + 30)])
    pages = [name for page in range(1, 10) for name in _found(store, "渡轮", page=page, size=CANDIDATES // 3)]
    assert sorted(pages) == sorted(ids)
    assert [hit.id for hit in store.all_hits(SearchRequest(query=parse_query("渡轮")))] == pages
    assert pages[CANDIDATES:] == ids[:30][::-1]


def test_a_word_far_back_in_a_long_text_is_found_all_the_same(store: LocalStore) -> None:
    [far] = _put(store, {"text": f"{_LONG * 40}渡輪"})
    assert _found(store, "渡轮") == [far]
