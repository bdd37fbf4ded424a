"""A real server that is stopped, paused, blocked, empty or not what it should be."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest
from elasticsearch import Elasticsearch
from tests.faults.elasticsearch_proxy import FaultProxy
from tests.inputs.index_samples import elasticsearch_store, make_document
from tests.searching import hits
from tests.servers.elasticsearch_server import ElasticsearchServer
from tests.servers.http_server import Answer, Request
from tests.servers.ports import free_port
from tests.waiting import PATIENCE_S, until

from newsdrop.documents import Document
from newsdrop.errors import ConfigError, OutageError
from newsdrop.index import client as index_client
from newsdrop.index.alias import scan
from newsdrop.index.client import Client
from newsdrop.index.elasticsearch import ElasticsearchStore
from newsdrop.index.search import SearchRequest
from newsdrop.index.store import ElasticsearchOptions
from newsdrop.options import IndexOptions

pytestmark = pytest.mark.elasticsearch


@pytest.fixture
def store(elasticsearch_url: str, plain_config: Path) -> Iterator[ElasticsearchStore]:
    with elasticsearch_store(elasticsearch_url, plain_config) as one:
        one.init()
        yield one


def alias_of(store: ElasticsearchStore) -> str:
    return store.status().articles.alias


def with_field(document: Document, **fields: Any) -> Document:
    return msgspec.structs.replace(document, source={**document.source, **fields})


def test_a_stopped_server_is_an_outage_and_the_same_store_works_after_it(
    breakable_elasticsearch: ElasticsearchServer,
) -> None:
    server = breakable_elasticsearch
    with elasticsearch_store(server.url) as store:
        store.init()
        assert store.put([make_document(1)])[0].status == "indexed"
        server.kill()
        for refused in (
            lambda: store.put([make_document(2)]),
            lambda: store.stored(["x"]),
            lambda: hits(store, "香港"),
            lambda: store.remove(make_document(1).id, "/drops/1.md"),
            lambda: list(store.files_under("/drops")),
            store.check,
            store.count,
            store.status,
        ):
            with pytest.raises(OutageError, match="can't be reached"):
                refused()
        server.start()
        # What was acknowledged before the kill is there, and work goes on.
        assert set(store.stored([make_document(1).id])) == {make_document(1).id}
        assert store.put([make_document(2)])[0].status == "indexed"


def test_a_paused_server_is_an_outage_within_its_timeouts(
    breakable_elasticsearch: ElasticsearchServer,
) -> None:
    server = breakable_elasticsearch
    with elasticsearch_store(server.url) as creator:
        alias = creator.init().articles.alias
        options = IndexOptions(alias=alias, letters=f"{alias}-letters")
        store = ElasticsearchStore(ElasticsearchOptions(url=server.url, timeout_s=1), options)
        store.put([make_document(1)])
        server.pause()
        started = time.monotonic()
        with pytest.raises(OutageError):
            store.put([make_document(2)])
        assert time.monotonic() - started < 10
        server.resume()
        server.ensure_running()
        assert store.put([make_document(2)])[0].status == "indexed"
        store.close()


def test_a_port_where_nobody_listens_is_an_outage() -> None:
    store = ElasticsearchStore(ElasticsearchOptions(url="http://127.0.0.1:9"), IndexOptions())
    with pytest.raises(OutageError, match=r"http://127\.0\.0\.1:9 can't be reached"):
        store.put([make_document(1)])


def test_a_missing_index_is_the_operators_task_and_is_never_made_by_a_write(
    elasticsearch_url: str, admin: Elasticsearch
) -> None:
    with elasticsearch_store(elasticsearch_url) as store:
        for refused in (
            lambda: store.put([make_document(1)]),
            lambda: store.stored(["x"]),
            lambda: hits(store, "香港"),
            store.check,
            store.count,
            store.migrate,
        ):
            with pytest.raises(ConfigError, match="newsdrop index init"):
                refused()
        state = store.status().articles
        assert state.index is None
        assert "newsdrop index init" in state.drift[0]
        assert not admin.indices.exists(index=state.alias)


def test_an_index_that_vanishes_while_we_write_is_not_made_again(
    store: ElasticsearchStore, admin: Elasticsearch
) -> None:
    store.put([make_document(1)])
    status = store.status().articles
    admin.indices.delete(index=str(status.index))
    with pytest.raises(ConfigError, match="newsdrop index init"):
        store.put([make_document(2)])
    assert not admin.indices.exists(index=status.alias)


def test_an_index_of_the_aliass_name_is_explained(store: ElasticsearchStore, admin: Elasticsearch) -> None:
    status = store.status().articles
    admin.indices.delete(index=str(status.index))
    admin.indices.create(index=status.alias)
    with pytest.raises(ConfigError, match="NEWSDROP_INDEX_ALIAS"):
        store.check()
    with pytest.raises(ConfigError, match="NEWSDROP_INDEX_ALIAS"):
        store.init()


@pytest.mark.parametrize(
    ("version", "advice"),
    [(0, "newsdrop index migrate"), (99, "upgrade newsdrop"), (None, "not created by newsdrop")],
)
def test_another_mapping_version_stops_the_writes_and_says_what_to_do(
    store: ElasticsearchStore, admin: Elasticsearch, version: int | None, advice: str
) -> None:
    meta = {} if version is None else {"newsdrop": {"schema": "articles", "mapping_version": version}}
    admin.indices.put_mapping(index=alias_of(store), meta=meta)
    with pytest.raises(ConfigError, match=advice):
        store.put([make_document(1)])


def test_a_mapping_changed_under_us_is_found_before_letters_are_made_of_it(
    store: ElasticsearchStore, admin: Elasticsearch
) -> None:
    store.put([make_document(1)])
    meta = {"newsdrop": {"schema": "articles", "mapping_version": 0}}
    admin.indices.put_mapping(index=alias_of(store), meta=meta)
    with pytest.raises(ConfigError, match="newsdrop index migrate"):
        store.put([with_field(make_document(2), brand_new="field")])


def test_no_document_is_acknowledged_in_an_index_that_a_rollover_made(
    store: ElasticsearchStore, admin: Elasticsearch
) -> None:
    store.put([make_document(1)])
    facts = store.status().articles
    index = str(facts.index)
    found = admin.indices.get(index=index)[index]
    admin.indices.rollover(alias=facts.alias, mappings=found["mappings"])
    with pytest.raises(ConfigError, match="names several indexes"):
        store.put([make_document(2)])


def test_of_an_alias_that_was_taken_away_the_index_with_the_documents_is_told(
    store: ElasticsearchStore, admin: Elasticsearch
) -> None:
    facts = store.status().articles
    admin.indices.delete_alias(index=str(facts.index), name=facts.alias)
    [said] = store.status().articles.drift
    assert f"If {facts.index} has the documents, give it the alias back" in said


def test_a_document_the_mapping_refuses_leaves_its_siblings_alone(store: ElasticsearchStore) -> None:
    good = [make_document(number) for number in range(3)]
    unknown = with_field(make_document("u"), surprise="field")
    bad_date = with_field(make_document("d"), published_at="2020-13-45")
    results = store.put([good[0], unknown, good[1], bad_date, good[2]])
    assert [result.status for result in results] == ["indexed", "rejected", "indexed", "rejected", "indexed"]
    assert "surprise" in results[1].reason
    assert "2020-13-45" in results[3].reason
    assert set(store.stored([document.id for document in good])) == {document.id for document in good}


@pytest.mark.parametrize("dead_first", [True, False])
def test_of_several_servers_a_dead_one_fails_no_request(store: ElasticsearchStore, dead_first: bool) -> None:
    alias = alias_of(store)
    urls = [f"http://127.0.0.1:{free_port()}", f"http://127.0.0.1:{free_port()}", store.where]
    options = ElasticsearchOptions(url=",".join(urls if dead_first else urls[::-1]), timeout_s=PATIENCE_S)
    # The library shuffles the servers: each new store begins with another.
    for number in range(8):
        with closing(
            ElasticsearchStore(options, IndexOptions(alias=alias, letters=f"{alias}-letters"))
        ) as one:
            one.check()
            assert one.put([make_document(number)])[0].status == "indexed"
            assert one.stored([make_document(number).id])
            assert one._client.answers()


def test_of_several_servers_one_that_takes_no_connection_fails_no_request(
    store: ElasticsearchStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_client, "_CONNECT_S", 0.3)
    with closing(socket.create_server(("127.0.0.1", 0), backlog=0)) as silent, ExitStack() as waiting:
        # Once its queue is full, the kernel drops the packets of all who want to connect.
        address = silent.getsockname()
        for _ in range(4):
            one = waiting.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(address)
        urls = [f"http://127.0.0.1:{address[1]}", store.where]
        options = ElasticsearchOptions(url=",".join(urls), timeout_s=PATIENCE_S)
        # The library shuffles the servers: each new client begins with another.
        for _ in range(8):
            with closing(Client(options)) as client, client.translated():
                assert client.api.info().body["cluster_uuid"]


def test_when_all_servers_are_dead_each_is_tried_once() -> None:
    urls = [f"http://127.0.0.1:{free_port()}" for _ in range(3)]
    with closing(Client(ElasticsearchOptions(url=",".join(urls)))) as client:
        with pytest.raises(OutageError, match="can't be reached"), client.translated():
            client.api.info()
        failures = client.api.transport.node_pool._dead_consecutive_failures
        assert sorted(failures.values()) == [1, 1, 1]


def test_an_index_blocked_for_writes_is_an_outage_and_no_documents_fault(
    store: ElasticsearchStore, admin: Elasticsearch
) -> None:
    store.put([make_document(1)])
    index = str(store.status().articles.index)
    admin.indices.add_block(index=index, block="write")
    with pytest.raises(OutageError, match="newsdrop index migrate"):
        store.put([make_document(2)])
    with pytest.raises(OutageError, match="newsdrop index migrate"):
        store.remove(make_document(1).id, "/drops/1.md")
    assert any("accepts no writes" in line for line in store.status().articles.drift)
    store.migrate()
    assert store.put([make_document(2)])[0].status == "indexed"


@pytest.mark.parametrize(
    ("block", "remedy"),
    [
        ("read_only_allow_delete", "Free some space"),
        ("read_only", "to null"),
        ("write", "newsdrop index migrate"),
    ],
)
def test_an_index_that_a_block_keeps_from_writing_is_readable_and_not_ready_for_documents(
    store: ElasticsearchStore, admin: Elasticsearch, block: str, remedy: str
) -> None:
    store.put([make_document(1)])
    index = str(store.status().articles.index)
    admin.indices.refresh(index=index)
    admin.indices.put_settings(index=index, settings={f"index.blocks.{block}": True})
    try:
        with pytest.raises(OutageError, match="blocks the index"):
            store.put([make_document(2)])
        # Or the gate, which asks this, would open at once and close again.
        with pytest.raises(OutageError, match=f"index.blocks.{block}.*{remedy}"):
            store.check()
        store.check(reading=True)
        assert store.find(make_document(1).id)
        status = store.status()
        assert not status.ok
        assert any(remedy in line for line in status.articles.drift), status.articles.drift
    finally:
        admin.indices.put_settings(index=index, settings={f"index.blocks.{block}": None})
    store.check()
    assert store.put([make_document(2)])[0].status == "indexed"


def test_an_index_without_its_primary_shard_is_not_ready_for_documents(
    store: ElasticsearchStore, admin: Elasticsearch
) -> None:
    state, body = store.status().articles, store._body()
    index = str(state.index)
    admin.indices.delete(index=index)
    admin.indices.create(
        index=index,
        aliases={state.alias: {"is_write_index": True}},
        mappings=body.mappings,
        settings={**body.settings, "routing.allocation.require._name": "no-such-node"},
        wait_for_active_shards=0,
    )
    with pytest.raises(OutageError, match="shard"):
        store.check()


def test_a_block_on_the_whole_cluster_is_an_outage_until_it_is_lifted(
    breakable_elasticsearch: ElasticsearchServer,
) -> None:
    with elasticsearch_store(breakable_elasticsearch.url) as store:
        store.init()
        block = "cluster.blocks.read_only_allow_delete"
        store._client.api.cluster.put_settings(persistent={block: True})
        try:
            with pytest.raises(OutageError, match="blocks the index"):
                store.check()
        finally:
            store._client.api.cluster.put_settings(persistent={block: None})
        store.check()
        # The trial is no document.
        store._client.api.indices.refresh(index=alias_of(store))
        assert store.count() == 0


@contextmanager
def missing_a_shard(
    server: ElasticsearchServer, documents: Sequence[Document]
) -> Iterator[ElasticsearchStore]:
    """A store with these documents in two shards, of which one is damaged."""
    with elasticsearch_store(server.url, shards=2) as store:
        index = str(store.init().articles.index)
        store.put(documents)
        api = store._client.api
        uuid = api.indices.get_settings(index=index)[index]["settings"]["index"]["uuid"]
        api.indices.close(index=index)
        (commit,) = server.folder.glob(f"**/indices/{uuid}/0/index/segments_*")
        commit.write_bytes(b"damaged")
        api.indices.open(index=index, wait_for_active_shards=0)
        until(lambda: api.cluster.health(index=index)["active_shards"] == 1, "the other shard is there")
        yield store


def test_documents_of_a_shard_that_is_missing_wait_and_spend_no_attempt(
    breakable_elasticsearch: ElasticsearchServer,
) -> None:
    documents = [make_document(number) for number in range(20)]
    with missing_a_shard(breakable_elasticsearch, documents) as store:
        with pytest.raises(OutageError, match="shard"):
            store.put(documents)
        # Or the gate would open at once, since the other shard takes the trial.
        with pytest.raises(OutageError, match="lacks 1 shard"):
            store.check()


def test_an_index_that_misses_a_shard_is_not_taken_for_a_smaller_one(
    breakable_elasticsearch: ElasticsearchServer,
) -> None:
    documents = [make_document(number) for number in range(20)]
    with missing_a_shard(breakable_elasticsearch, documents) as store:
        for asked in (
            lambda: store.search(SearchRequest()),
            store.count,
            lambda: [store.find(document.id) for document in documents],
            lambda: list(scan(store._client, store.identity().alias, {"match_all": {}})),
            lambda: list(store.all_hits(SearchRequest())),
        ):
            with pytest.raises(OutageError, match="lacks 1 shard"):
                asked()
        assert any("lacks 1 shard" in line for line in store.status().articles.drift)


def test_a_body_beyond_the_servers_limit_is_split_until_it_fits(store: ElasticsearchStore) -> None:
    # Real servers take 100 MB; sent as one request of 120 MB it has to be halved.
    alias = alias_of(store)
    options = IndexOptions(alias=alias, letters=f"{alias}-letters", bulk_bytes=1_000_000_000)
    big = ElasticsearchStore(ElasticsearchOptions(url=store.where, timeout_s=PATIENCE_S), options)
    filler = " ".join(["x"] * 7_500_000)
    documents = [make_document(number, text="y") for number in range(8)]
    documents = [with_field(document, links=[filler]) for document in documents]
    assert [result.status for result in big.put(documents)] == ["indexed"] * 8
    big.close()


@contextmanager
def reader_of(store: ElasticsearchStore) -> Iterator[ElasticsearchStore]:
    """Another process's store over the same index, which never writes."""
    other = ElasticsearchStore(store._client._options, store._options, store._override)
    with pytest.MonkeyPatch.context() as patch, closing(other):
        patch.setattr("newsdrop.index.ingest_pipelines._what_stops_all", None)
        yield other


def _close(api: Elasticsearch, index: str, alias: str) -> None:
    api.indices.close(index=index)


def _no_write_index(api: Elasticsearch, index: str, alias: str) -> None:
    api.indices.put_alias(index=index, name=alias, is_write_index=False)


def _missing_pipeline(api: Elasticsearch, index: str, alias: str) -> None:
    api.indices.put_settings(index=index, settings={"index.default_pipeline": "not-there"})


@pytest.mark.parametrize(
    ("breaking", "remedy"),
    [(_close, "open it"), (_no_write_index, "is_write_index"), (_missing_pipeline, "not-there")],
)
def test_an_index_that_takes_nothing_blames_no_document_and_status_names_it(
    store: ElasticsearchStore, breaking: Any, remedy: str
) -> None:
    assert store.put([make_document(1)])[0].status == "indexed"
    state = store.status().articles
    assert state.index is not None
    store._client.api.indices.refresh(index=state.index)
    breaking(store._client.api, state.index, state.alias)
    for number in range(2):
        with pytest.raises(ConfigError, match=remedy):
            store.put([make_document(number) for number in range(20)])
    # Or the gate, which asks this, would open at once and close again.
    with pytest.raises(ConfigError, match=remedy):
        store.check()
    with reader_of(store) as reader:
        # Only a closed index can't be searched.
        if breaking is _close:
            with pytest.raises(ConfigError, match=f"can't be searched: .*{remedy}"):
                reader.search(SearchRequest())
        else:
            assert reader.search(SearchRequest()).total == 1
    status = store.status()
    assert not status.ok
    assert any(remedy in line for line in status.articles.drift), status.articles.drift


@contextmanager
def piped(store: ElasticsearchStore, stopped: Callable[[str], bool]) -> Iterator[None]:
    """While a pipeline stands before the store's index that refuses documents of these titles.

    The server that the tests start has no processors, so only what they would answer is made up.
    """
    api, state = store._client.api, store.status().articles
    assert state.index is not None
    api.ingest.put_pipeline(id=state.index, processors=[])
    api.indices.put_settings(index=state.index, settings={"index.default_pipeline": state.index})
    bulk = type(api).bulk

    def answered(self: Elasticsearch, *, operations: list[Any], **asked: Any) -> Any:
        lines = b"".join(operations).splitlines()
        refused = [stopped(msgspec.json.decode(source)["title"]) for source in lines[1::2]]
        kept = [b"\n".join(pair) + b"\n" for pair in zip(lines[::2], lines[1::2], strict=True)]
        sent = [line for line, held in zip(kept, refused, strict=True) if not held]
        found = iter(bulk(self, operations=cast(Any, sent), **asked).body["items"] if sent else [])
        error = {"type": "fail_processor_exception", "reason": "no"}
        items = [{"index": {"status": 400, "error": error}} if held else next(found) for held in refused]
        return SimpleNamespace(body={"items": items})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(api), "bulk", answered)
        yield
    api.indices.put_settings(index=state.index, settings={"index.default_pipeline": None})
    api.ingest.delete_pipeline(id=state.index)


@pytest.mark.parametrize("there", [0, 1])
def test_an_ingest_pipeline_that_takes_nothing_blames_no_document(
    store: ElasticsearchStore, there: int
) -> None:
    assert len(store.put([make_document(number) for number in range(there)])) == there
    store._client.api.indices.refresh(index=alias_of(store))
    documents = [make_document(10 + number) for number in range(20)]
    with piped(store, lambda _title: True):
        for _ in range(2):
            with pytest.raises(ConfigError, match=r"takes no documents: it fails \(no\)\. Mend it"):
                store.put(documents)
        with pytest.raises(ConfigError, match="takes no documents"):
            store.check(reading=True)
        # Whoever only searches isn't concerned, and may have no right to try it.
        with reader_of(store) as reader:
            assert reader.search(SearchRequest()).total == there
    store.check()
    assert {one.status for one in store.put(documents)} == {"indexed"}


def test_an_ingest_pipeline_that_refuses_some_documents_stops_no_other(store: ElasticsearchStore) -> None:
    bad = [make_document(f"bad-{number}", "bad") for number in range(12)]
    with piped(store, lambda title: title == "bad"):
        assert [one.status for one in store.put([make_document(1), bad[0]])] == ["indexed", "rejected"]
        store._client.api.indices.refresh(index=alias_of(store))
        assert {one.status for one in store.put(bad)} == {"rejected"}
        store.check(reading=True)
        assert store.put([make_document(2)])[0].status == "indexed"


@pytest.mark.parametrize(
    ("mappings", "named"),
    [
        ({"_routing": {"required": True}}, "_routing"),
        ({"_source": {"enabled": False}}, "_source"),
        ({"_source": {"excludes": ["text"]}}, "_source"),
    ],
)
def test_an_index_that_a_template_made_unfit_for_documents_blames_none_of_them(
    elasticsearch_url: str, admin: Elasticsearch, mappings: dict[str, Any], named: str
) -> None:
    with elasticsearch_store(elasticsearch_url) as store:
        alias = alias_of(store)
        name = f"{alias}-template"
        admin.indices.put_index_template(
            name=name, index_patterns=[f"{alias}-0*"], priority=500, template={"mappings": mappings}
        )
        try:
            assert any(named in line for line in store.init().articles.drift)
            with pytest.raises(ConfigError, match=f"{named}.*template"):
                store.put([make_document(1)])
            # Or the gate, which asks this, would open at once and close again.
            with pytest.raises(ConfigError, match=f"{named}.*template"):
                store.check()
        finally:
            admin.indices.delete_index_template(name=name)
        store.migrate()
        assert store.put([make_document(1)])[0].status == "indexed"


@pytest.mark.parametrize("status", [302, 403, 413, 502])
def test_a_document_that_a_proxy_refuses_stops_no_other(
    store: ElasticsearchStore, elasticsearch_url: str, status: int
) -> None:
    page = Answer(status, b"<html>denied</html>", {"content-type": "text/html"})

    class Firewall(FaultProxy):
        def answer(self, request: Request) -> Answer | None:
            return page if b"UNION SELECT" in request.body else super().answer(request)

    alias, firewall = alias_of(store), Firewall(elasticsearch_url)
    options = IndexOptions(alias=alias, letters=f"{alias}-letters")
    try:
        with closing(ElasticsearchStore(ElasticsearchOptions(url=firewall.url), options)) as behind:
            documents = [make_document(number) for number in range(4)]
            documents.append(make_document("attack", text="1 UNION SELECT 2"))
            told = [result.status for result in behind.put(documents)]
            assert told == ["indexed"] * 4 + ["rejected" if status == 413 else "busy"]
            assert len(store.stored([document.id for document in documents])) == 4
    finally:
        firewall.close()


def test_what_a_person_deletes_by_query_comes_back_with_its_file(store: ElasticsearchStore) -> None:
    documents = [make_document(number) for number in range(20)]
    store.put(documents)
    api = store._client.api
    api.indices.refresh(index=alias_of(store))
    deleted = api.delete_by_query(index=alias_of(store), query={"match_all": {}}, refresh=True)["deleted"]
    assert deleted == 20

    # At once nothing may be called superseded; a little later everything is back.
    def all_back() -> bool:
        told = {result.status for result in store.put(documents)}
        assert told <= {"busy", "indexed"}
        return told == {"indexed"}

    until(all_back, "the documents are taken again", every_s=0.3)
    assert len(store.stored([document.id for document in documents])) == 20
