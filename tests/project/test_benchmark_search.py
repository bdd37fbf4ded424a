from __future__ import annotations

import json

from benchmarks.search import bigram, discover_request, draw_queries, plain_cjk, quality, spread, truth

from newsdrop.index.mapping import index_body
from newsdrop.options import IndexOptions

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


def test_the_plain_analyzer_is_all_that_the_comparison_changes() -> None:
    ours = index_body("articles", IndexOptions())
    settings, mappings = plain_cjk()
    assert settings == ours.settings
    changed = json.dumps(mappings)
    assert changed.count('"analyzer": "cjk"') == json.dumps(ours.mappings).count('"analyzer": "nd_text"') > 3
    assert "nd_text" not in changed


def test_the_bigrams_are_those_of_the_first_version_beside_all_that_is_new() -> None:
    settings, mappings = bigram()
    analyzers = settings["analysis"]["analyzer"]
    assert "cjk_bigram" in analyzers["nd1_text"]["filter"]
    assert (
        analyzers["nd_text"]
        == index_body("articles", IndexOptions()).settings["analysis"]["analyzer"]["nd_text"]
    )
    fields = mappings["properties"]
    assert fields["title"]["analyzer"] == fields["author"]["analyzer"] == "nd1_text"
    assert fields["language"]["analyzer"] == "nd_prefixes"


def test_what_is_measured_as_discover_counts_and_highlights_and_takes_500() -> None:
    request = discover_request("香港")
    assert request["size"] == 500
    assert request["track_total_hits"] is True
    assert {"highlight", "fields", "aggs", "sort"} <= request.keys()


def test_a_spread_is_the_middle_the_slowest_twentieth_and_the_worst() -> None:
    assert spread([float(number) for number in range(1, 101)]) == "50 / 96 / 100"
