"""The calls we make, against the next major version of the server.

Its minimal distribution has no analysis beyond `standard`, no reindex and no painless: what is checked is
that every request of the store is understood, with a mapping that leaves the Chinese analysis out.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from tests.inputs.index_samples import elasticsearch_store, make_document
from tests.searching import hits, marked
from tests.servers.elasticsearch_server import (
    MINIMAL_9,
    URL_VARIABLE,
    ElasticsearchServer,
    ServerMissingError,
    find_java,
    unpacked,
)
from tests.waiting import until

from newsdrop.errors import ConfigError
from newsdrop.index.alias import behind_alias, scan
from newsdrop.index.comparison import Comparison, Marks
from newsdrop.index.elasticsearch import ElasticsearchStore
from newsdrop.index.migration import Indexes
from newsdrop.ports import WriteContext

pytestmark = [pytest.mark.elasticsearch, pytest.mark.slow]


@pytest.fixture(scope="module")
def server() -> Iterator[ElasticsearchServer]:
    if os.environ.get(URL_VARIABLE):
        pytest.skip(f"{URL_VARIABLE} is set: no server is started beside that one")
    try:
        find_java(MINIMAL_9.java)
    except ServerMissingError as error:
        # A convenience check of a future server: nobody needs a second JDK for it, not even CI.
        pytest.skip(str(error))
    try:
        unpacked(MINIMAL_9)
    except ServerMissingError as error:
        pytest.skip(str(error))
    one = ElasticsearchServer(MINIMAL_9).start()
    yield one
    one.remove()


@pytest.fixture
def store(server: ElasticsearchServer, plain_config: Path) -> Iterator[ElasticsearchStore]:
    with elasticsearch_store(server.url, plain_config, refresh_interval="50ms") as one:
        one.init()
        yield one


def test_writes_reads_and_removals_are_understood(store: ElasticsearchStore) -> None:
    store.check()
    assert store.status().ok
    newer = make_document(1, text="national security", version=5)
    older = make_document(1, version=4, path="/drops/older.md")
    odd = make_document(2)
    odd = msgspec.structs.replace(odd, source={**odd.source, "surprise": 1})
    results = store.put([newer, older, odd, make_document(3)])
    assert [result.status for result in results] == ["indexed", "superseded", "rejected", "indexed"]
    assert store.stored([newer.id])[newer.id].path == "/drops/1.md"
    assert {file.path for file in store.files_under("/drops")} == {"/drops/1.md", "/drops/3.md"}
    hit = until(lambda: hits(store, "security"), "the document is found")[0]
    assert marked(hit.snippet, hit.marks) == ["security"]
    assert store.count() == 2
    assert store.remove(newer.id, "/drops/1.md")
    assert store.put([older])[0].status == "busy"
    assert store.put([newer])[0].status == "indexed"


def test_a_write_never_makes_an_index(server: ElasticsearchServer, plain_config: Path) -> None:
    with elasticsearch_store(server.url, plain_config) as store:
        with pytest.raises(ConfigError, match="newsdrop index init"):
            store.put([make_document(1)])
        store._checked_s = time.monotonic()  # as if the index had vanished between check and write
        with pytest.raises(ConfigError, match="newsdrop index init"):
            store.put([make_document(1)])


def test_the_steps_of_a_migration_that_need_no_reindex_are_understood(store: ElasticsearchStore) -> None:
    store.put([make_document(1, version=7), make_document(2)])
    articles: Indexes = store._both()[0]
    client = store._client
    source = behind_alias(client, articles._alias).name
    assert articles._sequence(source) >= 1
    target = articles._target()
    both = WriteContext(also_to=articles.next_alias)
    results = store.put([make_document(1, version=8), make_document(2)], both)
    assert [result.status for result in results] == ["indexed", "indexed"]
    assert store.remove(make_document(2).id, "/drops/2.md", both)
    articles._refresh(target)
    above = {"range": {"_seq_no": {"gt": -1}}}
    assert [hit["_version"] for hit in scan(client, target, above)] == [8]
    comparison = Comparison(client, source, target, lambda *_: None)
    store.put([make_document("gone")], both)
    assert store.remove(make_document("gone").id, "/drops/gone.md")
    articles._refresh(f"{source},{target}")
    assert comparison.differing(None) == ([], 1)
    articles._block(source)
    articles._make_equal(comparison, Marks(source=-1, copy=-1), lambda *_: None)
    assert articles._both_counts(source, target) == (1, 1)
    articles._swap(source, target, articles._claim(target)[0])
    assert behind_alias(client, articles._alias).name == target
    # A worker that hasn't heard of the end still writes to `next`: the alias alone decides.
    assert store.put([make_document(3)], both)[0].status == "indexed"
    assert store.status().articles.leftovers == [source]
    articles._delete_old()
    assert store.status().articles.leftovers == []
