"""The judged queries, on both stores and the ways that Kibana asks: the golden file says what each must find.

What a store finds otherwise is listed here with its reason; anything that isn't listed fails.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from tests.inputs.index_samples import elasticsearch_store
from tests.inputs.judged_queries import DOCUMENTS, FOLDER, Query, documents, queries, rows
from tests.searching import ask
from tests.waiting import PATIENCE_S

from newsdrop.index.elasticsearch import ElasticsearchStore
from newsdrop.index.local import LocalStore
from newsdrop.index.store import Store

#: Query → documents found beyond the judged ones, and judged ones not found.
Differences = dict[str, tuple[set[int], set[int]]]
PRECISION, RECALL = 0.995, 0.999
#: Kinds of which Kibana, too, finds what a word finds as well.
OTHERWISE_IN_KIBANA = {"units of alphabets", "names with numbers", "forms within phrases"}
#: So many searches are one request of Kibana's kind.
AT_ONCE = 200

#: On Elasticsearch sentence punctuation in a phrase leaves a hole, which any one word fills: 北京副市长.
ELASTICSEARCH: Differences = {
    '"北京。市长"': ({148}, set()),
    '"国务院。任命"': ({148}, set()),
    '"香港，国家安全"': ({149, 211}, set()),
}
#: FTS5 knows no holes: there, punctuation alone stands for punctuation, as it was judged.
LOCAL: Differences = {}


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStore]:
    store = LocalStore(tmp_path_factory.mktemp("judged") / "index.sqlite3")
    store.put(documents())
    yield store
    store.close()


@pytest.fixture(scope="module", params=["unigram", "pairs"])
def server(request: pytest.FixtureRequest, elasticsearch_url: str) -> Iterator[ElasticsearchStore]:
    with elasticsearch_store(elasticsearch_url, analysis=request.param) as store:
        store.init()
        store.put(documents())
        with Elasticsearch(elasticsearch_url) as client:
            client.indices.refresh(index=store.status().articles.alias)
        yield store


@pytest.fixture(scope="module")
def golden() -> dict[str, set[int]]:
    lines = (FOLDER / "answers.tsv").read_text("utf-8").splitlines()
    cells = (line.split("\t") for line in lines)
    return {query: set(map(int, found.split())) for _, query, _, found in cells}


def test_the_golden_file_is_what_brute_force_finds() -> None:
    committed = (FOLDER / "answers.tsv").read_text("utf-8").splitlines()
    assert committed == rows(), "python -m tests.inputs.judged_queries writes it anew"


def test_there_are_queries_of_every_class_and_most_have_answers(golden: dict[str, set[int]]) -> None:
    assert len(golden) >= 1_250
    assert len({query.kind for query in queries()}) >= 110
    assert sum(map(bool, golden.values())) >= 0.9 * len(golden)


def test_the_embedded_index_finds_what_is_judged(local: LocalStore, golden: dict[str, set[int]]) -> None:
    judge(golden, {query: found_by(local, query, snippets=True) for query in golden}, LOCAL)


@pytest.mark.elasticsearch
def test_elasticsearch_finds_what_is_judged(server: ElasticsearchStore, golden: dict[str, set[int]]) -> None:
    # The pieces of texts that are shown are made by the same code as above.
    judge(golden, {query: found_by(server, query, snippets=False) for query in golden}, ELASTICSEARCH)


@pytest.mark.elasticsearch
@pytest.mark.parametrize("quoted", [True, False], ids=["quoted", "unquoted"])
def test_kibana_finds_what_is_judged(
    server: ElasticsearchStore, golden: dict[str, set[int]], elasticsearch_url: str, quoted: bool
) -> None:
    asked = [
        query.text
        for query in queries()
        if suits(query, quoted)
        and (query.is_quoted or not query.others or (query.kind in OTHERWISE_IN_KIBANA and not quoted))
    ]
    judge(
        {query: golden[query] for query in asked},
        sent(server, elasticsearch_url, asked, quoted),
        ELASTICSEARCH,
    )


def sent(server: ElasticsearchStore, url: str, asked: Sequence[str], quoted: bool) -> dict[str, set[int]]:
    """What KQL finds, which names no field and no analyzer: each query, and the documents."""
    index = {"index": server.status().articles.alias}
    kind = "phrase" if quoted else "best_fields"
    found: list[set[int]] = []
    with Elasticsearch(url, request_timeout=PATIENCE_S) as client:
        for start in range(0, len(asked), AT_ONCE):
            searches: list[dict[str, Any]] = []
            for query in asked[start : start + AT_ONCE]:
                wanted = {"multi_match": {"query": query.strip('"'), "type": kind, "lenient": True}}
                searches += [index, {"query": wanted, "size": DOCUMENTS, "_source": False}]
            answers = client.msearch(searches=searches)["responses"]
            found += [{numbers()[hit["_id"]] for hit in answer["hits"]["hits"]} for answer in answers]
    return dict(zip(asked, found, strict=True))


def suits(query: Query, quoted: bool) -> bool:
    """Whether KQL means the same by it: unquoted, a space is "or", and a word is any number of it."""
    if quoted:
        return query.is_quoted or " " not in query.text
    return not query.is_quoted and " " not in query.text


def judge(golden: dict[str, set[int]], answers: dict[str, set[int]], listed: Differences) -> None:
    right = sum(len(found & golden[query]) for query, found in answers.items())
    differing = {
        query: (found - golden[query], golden[query] - found)
        for query, found in answers.items()
        if found != golden[query]
    }
    assert {query: one for query, one in differing.items() if listed.get(query) != one} == {}
    assert right / sum(map(len, answers.values())) >= PRECISION
    assert right / sum(map(len, golden.values())) >= RECALL


def found_by(store: Store, query: str, *, snippets: bool) -> set[int]:
    answer = ask(store, query, size=DOCUMENTS, sort="newest", snippets=snippets)
    return {numbers()[hit.id] for hit in answer.hits}


@cache
def numbers() -> dict[str, int]:
    return {document.id: number for number, document in enumerate(documents())}
