"""What a person types finds the documents that contain it: all of them and no others, in either script.

Truth is computed from the texts: a document is relevant if its folded text contains the folded query. Queries
are random pieces of 2 to 6 characters of the texts themselves, half of them turned into the other script. On
Elasticsearch they go the ways that Kibana sends them, unquoted, with no analyzer named.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from tests.inputs.index_samples import elasticsearch_store, generated_corpus, make_document, traditional
from tests.searching import hits
from tests.waiting import PATIENCE_S

from newsdrop.documents import Document
from newsdrop.folding import fold
from newsdrop.index.elasticsearch import ElasticsearchStore
from newsdrop.index.local import LocalStore

DOCUMENTS, QUERIES = 300, 400
Answer = Callable[[str], set[str]]


@pytest.fixture(scope="module")
def corpus() -> list[Document]:
    return [make_document(n, title, text) for n, (title, text) in enumerate(generated_corpus(DOCUMENTS))]


@pytest.fixture(scope="module")
def queries(corpus: list[Document]) -> list[str]:
    draw = random.Random(3)
    chosen: list[str] = []
    while len(chosen) < QUERIES:
        source = draw.choice(corpus).source
        length = draw.randint(2, 6)
        runs = re.findall(rf"[一-鿿]{{{length},}}", source[draw.choice(["title", "text", "text"])])
        if not runs:
            continue
        run = draw.choice(runs)
        start = draw.randint(0, len(run) - length)
        query = run[start : start + length]
        chosen.append(draw.choice([query, query, fold(query), fold(query).translate(traditional())]))
    return chosen


@pytest.fixture(scope="module")
def truth(corpus: list[Document], queries: list[str]) -> dict[str, set[str]]:
    texts = {
        document.id: fold(f"{document.source['title']}\n{document.source['text']}") for document in corpus
    }
    return {query: {name for name, text in texts.items() if fold(query) in text} for query in queries}


@pytest.fixture(scope="module")
def local(corpus: list[Document], tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStore]:
    folder: Path = tmp_path_factory.mktemp("local")
    store = LocalStore(folder / "index.sqlite3")
    assert {result.status for result in store.put(corpus)} == {"indexed"}
    yield store
    store.close()


@pytest.fixture(scope="module", params=["unigram", "pairs"])
def real(
    request: pytest.FixtureRequest, corpus: list[Document], elasticsearch_url: str
) -> Iterator[tuple[ElasticsearchStore, Elasticsearch, str]]:
    with elasticsearch_store(elasticsearch_url, analysis=request.param) as store:
        alias = store.init().articles.alias
        assert {result.status for result in store.put(corpus)} == {"indexed"}
        client = Elasticsearch(elasticsearch_url, request_timeout=PATIENCE_S)
        client.indices.refresh(index=alias)
        yield store, client, alias
        client.close()


def measure(truth: dict[str, set[str]], answer: Answer) -> tuple[float, float]:
    """Precision and recall over all queries together."""
    right = said = wanted = 0
    for query, relevant in truth.items():
        found = answer(query)
        right += len(found & relevant)
        said += len(found)
        wanted += len(relevant)
    return right / said, right / wanted


def ids(answer: Any) -> set[str]:
    return {hit["_id"] for hit in answer["hits"]["hits"]}


FORMS: dict[str, Callable[[str], dict[str, Any]]] = {
    "match": lambda query: {
        "bool": {"should": [{"match": {field: query}} for field in ("title", "text")]},
    },
    "multi_match": lambda query: {"multi_match": {"query": query, "type": "best_fields", "lenient": True}},
    "query_string": lambda query: {"query_string": {"query": query, "analyze_wildcard": True}},
    "match_phrase": lambda query: {
        "bool": {"should": [{"match_phrase": {field: query}} for field in ("title", "text")]},
    },
}


@pytest.mark.elasticsearch
@pytest.mark.parametrize("form", list(FORMS))
def test_what_kibana_sends_finds_exactly_the_documents_that_contain_it(
    real: tuple[ElasticsearchStore, Elasticsearch, str], truth: dict[str, set[str]], form: str
) -> None:
    _, client, alias = real

    def answer(query: str) -> set[str]:
        return ids(client.search(index=alias, query=FORMS[form](query), size=DOCUMENTS, source=False))

    precision, recall = measure(truth, answer)
    assert (precision, recall) == (1.0, 1.0)


@pytest.mark.elasticsearch
def test_our_search_on_elasticsearch_finds_exactly_the_documents_that_contain_it(
    real: tuple[ElasticsearchStore, Elasticsearch, str], truth: dict[str, set[str]]
) -> None:
    store = real[0]
    precision, recall = measure(truth, lambda query: {hit.id for hit in hits(store, query, DOCUMENTS)})
    assert (precision, recall) == (1.0, 1.0)


def test_our_search_on_the_embedded_index_finds_exactly_the_documents_that_contain_it(
    local: LocalStore, truth: dict[str, set[str]]
) -> None:
    precision, recall = measure(truth, lambda query: {hit.id for hit in hits(local, query, DOCUMENTS)})
    assert (precision, recall) == (1.0, 1.0)


@pytest.mark.elasticsearch
def test_both_stores_answer_mixed_queries_alike(
    real: tuple[ElasticsearchStore, Elasticsearch, str], local: LocalStore, queries: list[str]
) -> None:
    draw = random.Random(5)
    latin = ["covid-19", "BBC News", '"BBC News"', "U.S.", "5g", "don't", "2020年", "iphone12", "beijing"]
    pairs = zip(queries[:100], queries[100:200], strict=True)
    mixed = [f"{first[:2]} {draw.choice([second[:2], *latin])}" for first, second in pairs]
    quoted = [f'"{query}"' for query in queries[:50]]
    store = real[0]
    for query in latin + mixed + quoted:
        here = {hit.id for hit in hits(local, query, DOCUMENTS)}
        assert {hit.id for hit in hits(store, query, DOCUMENTS)} == here, query
