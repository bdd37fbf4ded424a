from __future__ import annotations

from benchmarks.search import draw_queries, quality, truth

TEXTS = {"a": "香港国安法通过后的第一个星期里很多人上街", "b": "今天的天气很好适合出门散步和看书"}


def test_a_query_in_either_script_is_in_the_documents_that_say_it() -> None:
    assert truth("國安法", TEXTS) == {"a"}
    assert truth("国安法", TEXTS) == {"a"}
    assert truth("下雨", TEXTS) == set()


def test_precision_and_recall_count_what_was_found_against_what_is_right() -> None:
    assert quality({"a", "b"}, {"a"}) == (0.5, 1.0)
    assert quality({"a"}, {"a", "b"}) == (1.0, 0.5)
    assert quality(set(), set()) == (1.0, 1.0)
    assert quality(set(), {"a"}) == (0.0, 0.0)


def test_queries_are_pieces_of_the_documents_and_the_same_each_time() -> None:
    queries = draw_queries(TEXTS, 20, (2, 6))
    assert queries == draw_queries(TEXTS, 20, (2, 6))
    assert all(truth(query, TEXTS) for query in queries)
    assert {len(query) for query in queries} <= set(range(2, 7))
