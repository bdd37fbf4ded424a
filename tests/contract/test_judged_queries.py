"""The judged queries, on both stores and the ways that Kibana asks: the golden file says what each must find.

What a store finds otherwise is listed here with its reason; anything that isn't listed fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from elasticsearch import Elasticsearch
from tests.inputs.index_samples import elasticsearch_store
from tests.inputs.judged_queries import DOCUMENTS, FOLDER, Query, documents, queries, rows
from tests.searching import hits

from newsdrop.index.elasticsearch import ElasticsearchStore
from newsdrop.index.local import LocalStore
from newsdrop.index.store import Store

#: Query → documents found beyond the judged ones, and judged ones not found.
Differences = dict[str, tuple[set[int], set[int]]]
PRECISION, RECALL = 0.995, 0.999

#: On Elasticsearch sentence punctuation in a phrase leaves a hole, which any one word fills: 北京副市长.
ELASTICSEARCH: Differences = {
    '"北京。市长"': ({148}, set()),
    '"国务院。任命"': ({148}, set()),
    '"香港，国家安全"': ({149, 207}, set()),
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
    assert len(golden) >= 1_200
    assert len({query.kind for query in queries()}) >= 110
    assert sum(map(bool, golden.values())) >= 0.9 * len(golden)


def test_the_embedded_index_finds_what_is_judged(local: LocalStore, golden: dict[str, set[int]]) -> None:
    judge(golden, lambda query: found_by(local, query), LOCAL)


@pytest.mark.elasticsearch
def test_elasticsearch_finds_what_is_judged(server: ElasticsearchStore, golden: dict[str, set[int]]) -> None:
    judge(golden, lambda query: found_by(server, query), ELASTICSEARCH)


@pytest.mark.elasticsearch
@pytest.mark.parametrize("quoted", [True, False], ids=["quoted", "unquoted"])
def test_kibana_finds_what_is_judged(
    server: ElasticsearchStore, golden: dict[str, set[int]], elasticsearch_url: str, quoted: bool
) -> None:
    alias = server.status().articles.alias
    with Elasticsearch(elasticsearch_url) as client:

        def ask(query: Query) -> set[int]:
            # As KQL sends it: no field, no analyzer.
            kind = "phrase" if quoted else "best_fields"
            wanted = {"multi_match": {"query": query.text.strip('"'), "type": kind, "lenient": True}}
            answer = client.search(index=alias, query=wanted, size=DOCUMENTS, source=False)
            return {numbers()[hit["_id"]] for hit in answer["hits"]["hits"]}

        asked = [
            query for query in queries() if (query.is_quoted or not query.others) if suits(query, quoted)
        ]
        judge({query.text: golden[query.text] for query in asked}, ask, ELASTICSEARCH)


def suits(query: Query, quoted: bool) -> bool:
    """Whether KQL means the same by it: unquoted, a space is "or", and a word is any number of it."""
    if quoted:
        return query.is_quoted or " " not in query.text
    return not query.is_quoted and " " not in query.text


def judge(golden: dict[str, set[int]], ask: Callable[[Query], set[int]], listed: Differences) -> None:
    right = said = wanted = 0
    differing: Differences = {}
    for query in queries():
        if query.text not in golden:
            continue
        found, judged = ask(query), golden[query.text]
        right, said, wanted = right + len(found & judged), said + len(found), wanted + len(judged)
        if found != judged:
            differing[query.text] = (found - judged, judged - found)
    assert {query: one for query, one in differing.items() if listed.get(query) != one} == {}
    assert right / said >= PRECISION
    assert right / wanted >= RECALL


def found_by(store: Store, query: Query) -> set[int]:
    return {numbers()[hit.id] for hit in hits(store, query.text, size=DOCUMENTS)}


def numbers() -> dict[str, int]:
    return {document.id: number for number, document in enumerate(documents())}
