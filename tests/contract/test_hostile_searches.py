"""Whatever is typed into a search: each store answers or says no, at once, and is there for the next one.

Java's regular expressions recurse for each repetition of a group, and a graph of tokens for each token: one
search for some thousand signs could end the server's process.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from elasticsearch import ApiError, Elasticsearch
from tests.inputs.index_samples import elasticsearch_store, make_document
from tests.searching import hits
from tests.waiting import PATIENCE_S, until

from newsdrop.errors import NewsdropError, OutageError
from newsdrop.index.local import LocalStore
from newsdrop.index.store import Store

KNOWN = make_document("known", title="香港国安法", text="北京市长，2019年。 protests")
#: A name for each kind, and its text: what the analyzers' patterns look for, over and over.
HOSTILE = {
    "signs": "香港" + "=" * 6_000 + "北京",
    "signs and spaces": "= " * 10_000,
    "apostrophes": "香" + "'’" * 30_000 + "港",
    "apostrophes in letters": "a'" * 50_000,
    "sentence signs": "港" + "。“" * 50_000 + "香",
    "line breaks": "\n" * 100_000,
    "Han": "香港国安法" * 2_000,
    "frequent Han": "一人中国大不会年日民" * 1_000,
    "Han and digits": "5G年" * 4_000,
    "kana": "スーパー・" * 2_000,
    "half-width kana": "ｶﾞ" * 6_000,
    "Hangul": "대한민국" * 2_500,
    "thousands": "1" + ",000" * 25_000,
    "thousands of Chinese": "1" + "，000" * 25_000,
    "thousands and spaces": "1\u202f000" * 25_000,
    "digits": "1" * 100_000,
    "elisions": "l'a" * 30_000,
    "elisions apart": "qu'il " * 15_000,
    "endings of Turkish": "Ankara'da'nın" * 8_000,
    "repetition": "人々" * 3_000,
    "repetition of nothing": "々" * 6_000,
    "Hangul in letters": "\u1112\u1161\u11ab" * 3_000,
    "letters and digits": "a1" * 50_000,
    "capitals": "A" * 100_000,
    "colons and digits": "1:" * 50_000,
    "a word": "a" * 100_000,
    "words with hyphens": "protests-cities-" * 6_000,
    "possessives": "x's" * 10_000,
    "combining marks": "e" + "\u0301" * 100_000,
    "variation selectors": "葛\U000e0100" * 6_000,
    "gaps themselves": "ᥐ▁˟" * 30_000,
    "Thai and gaps": "ก。" * 6_000,
    "Hangul and letters": "가a나1" * 10_000,
    "marks of Thai": "ก" + "่" * 50_000 + "ก。",
    "turned apostrophes": "a‘b" * 30_000,
    "full stops": "A. b. Mr. C. 5. " * 5_000,
    "words of two spellings": "身份部份计画" * 1_000,
    "keys": "1\ufe0f\u20e3" * 20_000,
    "quotation marks of other languages": "«「" * 25_000 + "」»" * 25_000,
    "quotation marks of Hebrew": 'א"' * 30_000,
    "quotation marks": '"' * 100_000,
    "brackets": "(" * 50_000 + "港" + ")" * 50_000,
    "brackets and stars": "[*" * 20_000,
    "backslashes": "\\" * 100_000,
    "emoji": "😀" * 6_000,
    "nothing that can be seen": "\u200b\u2060" * 50_000,
}
_LONGEST_CPU_S = 20.0


@contextmanager
def opened(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[Store]:
    if kind == "local":
        local = LocalStore(folder / "index.sqlite3")
        local.put([KNOWN])
        yield local
        local.close()
        return
    url = request.getfixturevalue("elasticsearch_url")
    with elasticsearch_store(url, analysis=kind, refresh_interval="50ms") as server:
        server.init()
        server.put([KNOWN])
        until(lambda: hits(server, "国安法"), "what is known is found")
        yield server


@pytest.fixture(scope="module", params=["local", "unigram", "pairs"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with opened(request.param, request, tmp_path_factory.mktemp("hostile")) as one:
        yield one


@pytest.fixture(scope="module", params=["unigram", "pairs"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with opened(request.param, request, tmp_path_factory.mktemp("unused")) as one:
        yield one


@pytest.mark.parametrize("kind", list(HOSTILE))
def test_a_store_outlives_any_search(store: Store, kind: str) -> None:
    begun_s = time.process_time()
    for query in (HOSTILE[kind], f'"{HOSTILE[kind]}"', f"title:{HOSTILE[kind]}"):
        try:
            hits(store, query)
        except OutageError:
            # A server that answers nothing at all, or not in time.
            raise
        except NewsdropError:
            # Saying no is an answer.
            continue
    assert time.process_time() - begun_s < 3 * _LONGEST_CPU_S
    assert [hit.id for hit in hits(store, "国安法")] == [KNOWN.id]


@pytest.mark.elasticsearch
@pytest.mark.parametrize("kind", list(HOSTILE))
def test_the_server_outlives_any_search_of_kibana(server: Store, elasticsearch_url: str, kind: str) -> None:
    alias = server.status().articles.alias
    with Elasticsearch(elasticsearch_url, request_timeout=PATIENCE_S, max_retries=0) as client:
        for analyzer in ("nd_text", "nd_text_quote", "nd_text_search", "nd_prefixes", "nd_whole"):
            with suppress(ApiError):
                client.indices.analyze(index=alias, analyzer=analyzer, text=HOSTILE[kind])
        for kind_of_match in ("best_fields", "phrase"):
            wanted = {"multi_match": {"query": HOSTILE[kind], "type": kind_of_match, "lenient": True}}
            with suppress(ApiError):
                client.search(index=alias, query=wanted)
        assert client.cluster.health()["timed_out"] is False


def test_a_text_of_any_kind_can_be_indexed_and_found(store: Store) -> None:
    documents = [
        make_document(kind, title="鯨", text=f"{text}\n鯨", version=5) for kind, text in HOSTILE.items()
    ]
    assert {result.status for result in store.put(documents)} == {"indexed"}
    ids = {document.id for document in documents}
    until(lambda: {hit.id for hit in hits(store, "鲸", size=100)} == ids, "all are found")
