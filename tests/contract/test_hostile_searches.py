"""Whatever is typed into a search: each store answers or says no, at once, and is there for the next one.

Java's regular expressions recurse for each repetition of a group, and a graph of tokens for each token: one
search for some thousand signs could end the server's process.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import pytest
from elasticsearch import ApiError, Elasticsearch
from tests.inputs.index_samples import elasticsearch_store, make_document
from tests.searching import hits
from tests.servers.elasticsearch_server import URL_VARIABLE
from tests.waiting import PATIENCE_S, until

from newsdrop.errors import NewsdropError, OutageError
from newsdrop.index.local import LocalStore
from newsdrop.index.store import Store

KNOWN = make_document("known", title="香港国安法", text="北京市长，2019年。 protests")


class Repeated(NamedTuple):
    """A text of one kind: `unit` many times over, between what stands before and after."""

    unit: str
    times: int
    before: str = ""
    after: str = ""

    def text(self, most: int | None = None) -> str:
        times = self.times if most is None else min(self.times, most)
        return f"{self.before}{self.unit * times}{self.after}"


#: A name for each kind: what the analyzers' patterns look for, over and over.
HOSTILE = {
    "signs": Repeated("=", 6_000, "香港", "北京"),
    "signs and spaces": Repeated("= ", 10_000),
    "apostrophes": Repeated("'’", 30_000, "香", "港"),
    "apostrophes in letters": Repeated("a'", 50_000),
    "sentence signs": Repeated("。“", 50_000, "港", "香"),
    "line breaks": Repeated("\n", 100_000),
    "Han": Repeated("香港国安法", 2_000),
    "frequent Han": Repeated("一人中国大不会年日民", 1_000),
    "Han and digits": Repeated("5G年", 4_000),
    "kana": Repeated("スーパー・", 2_000),
    "half-width kana": Repeated("ｶﾞ", 6_000),
    "Hangul": Repeated("대한민국", 2_500),
    "thousands": Repeated(",000", 25_000, "1"),
    "thousands of Chinese": Repeated("，000", 25_000, "1"),
    "thousands and spaces": Repeated("1\u202f000", 25_000),
    "digits": Repeated("1", 100_000),
    "elisions": Repeated("l'a", 30_000),
    "elisions apart": Repeated("qu'il ", 15_000),
    "endings of Turkish": Repeated("Ankara'da'nın", 8_000),
    "repetition": Repeated("人々", 3_000),
    "repetition of nothing": Repeated("々", 6_000),
    "Hangul in letters": Repeated("\u1112\u1161\u11ab", 3_000),
    "letters and digits": Repeated("a1", 50_000),
    "capitals": Repeated("A", 100_000),
    "colons and digits": Repeated("1:", 50_000),
    "a word": Repeated("a", 100_000),
    "words with hyphens": Repeated("protests-cities-", 6_000),
    "possessives": Repeated("x's", 10_000),
    "combining marks": Repeated("\u0301", 100_000, "e"),
    "variation selectors": Repeated("葛\U000e0100", 6_000),
    "gaps themselves": Repeated("ᥐ▁˟", 30_000),
    "Thai and gaps": Repeated("ก。", 6_000),
    "Hangul and letters": Repeated("가a나1", 10_000),
    "marks of Thai": Repeated("่", 50_000, "ก", "ก。"),
    "turned apostrophes": Repeated("a‘b", 30_000),
    "full stops": Repeated("A. b. Mr. C. 5. ", 5_000),
    "thousands and full stops": Repeated(".000", 25_000, "1"),
    "thousands and plain spaces": Repeated(" 000", 100, "1"),
    "times of machines": Repeated("1T", 50_000, after="1"),
    "hours": Repeated("10h30", 20_000),
    "named days": Repeated("9·11事件", 3_000),
    "Han, letters and digits": Repeated("港a1-b", 3_000),
    "Han and capitals": Repeated("港US", 5_000, "驻", "大使"),
    "numbers and units": Repeated("1.5km/h", 6_000),
    "signs of the analyzers": Repeated("▃▄a1", 10_000, "a"),
    "products": Repeated("4×", 20_000, after="4"),
    "abbreviations": Repeated("z.B.", 10_000),
    "umlauts": Repeated("ü", 30_000, "M"),
    "ordinal signs": Repeated("5ºC", 10_000),
    "umlauts in two letters": Repeated("Mueller", 15_000),
    "initials": Repeated("Ё.", 30_000),
    "vowels of Thai": Repeated("เ", 10_000),
    "kana in names": Repeated("霞ヶ関", 3_000),
    "words of two spellings": Repeated("身份部份计画", 1_000),
    "keys": Repeated("1\ufe0f\u20e3", 20_000),
    "quotation marks of other languages": Repeated("«「", 25_000, after="」»" * 25_000),
    "quotation marks of Hebrew": Repeated('א"', 30_000),
    "quotation marks": Repeated('"', 100_000),
    "brackets": Repeated("(", 50_000, after="港" + ")" * 50_000),
    "brackets and stars": Repeated("[*", 20_000),
    "backslashes": Repeated("\\", 100_000),
    "emoji": Repeated("😀", 6_000),
    "nothing that can be seen": Repeated("\u200b\u2060", 50_000),
}
#: How often Elasticsearch is asked for a unit. A thread's stack of 1 MB ends after 1,400 to 1,900 repetitions
#: of a group in the tests' server, whose code is compiled quickly, and after 7,000 at most in others.
_OVERFLOWING = 7_500 if os.environ.get(URL_VARIABLE) else 2_500
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
    text = HOSTILE[kind].text() if isinstance(store, LocalStore) else HOSTILE[kind].text(_OVERFLOWING)
    begun_s = time.process_time()
    for query in (text, f'"{text}"', f"title:{text}"):
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
    alias, text = server.status().articles.alias, HOSTILE[kind].text(_OVERFLOWING)
    with Elasticsearch(elasticsearch_url, request_timeout=PATIENCE_S, max_retries=0) as client:
        for analyzer in ("nd_text", "nd_text_quote", "nd_text_search", "nd_prefixes", "nd_whole"):
            with suppress(ApiError):
                client.indices.analyze(index=alias, analyzer=analyzer, text=text)
        for kind_of_match in ("best_fields", "phrase"):
            wanted = {"multi_match": {"query": text, "type": kind_of_match, "lenient": True}}
            with suppress(ApiError):
                client.search(index=alias, query=wanted)
        assert client.cluster.health()["timed_out"] is False


def test_a_text_of_any_kind_can_be_indexed_and_found(store: Store) -> None:
    documents = [
        make_document(name, title="鯨", text=f"{kind.text()}\n鯨", version=5)
        for name, kind in HOSTILE.items()
    ]
    assert {result.status for result in store.put(documents)} == {"indexed"}
    ids = {document.id for document in documents}
    until(lambda: {hit.id for hit in hits(store, "鲸", size=100)} == ids, "all are found")
