"""What docs/kibana.md and docs/mapping.md promise of single fields, as Kibana asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from elasticsearch import Elasticsearch
from tests.inputs.index_samples import elasticsearch_store, make_document
from tests.kibana.kql import parse, to_dsl

from newsdrop.documents import Document
from newsdrop.index.mapping import index_body, mapped_fields
from newsdrop.options import IndexOptions

pytestmark = pytest.mark.elasticsearch
FIELDS = mapped_fields(index_body("articles", IndexOptions()))
TYPES = {name: field["type"] for name, field in FIELDS.items()}
#: Longer than 2,048 characters, which most tools stop at.
LONG = "x" * 5_000


def _of_bundle(document: Document, bundle: str, member: str) -> Document:
    fields = {"archive": {"bundle": bundle, "member": member}, "fingerprint": {"content": "same"}}
    return msgspec.structs.replace(document, source={**document.source, **fields})


@pytest.fixture(scope="module")
def ask(elasticsearch_url: str) -> Iterator[Any]:
    """A function from the body of a search to its answer, over four documents."""
    documents = [
        _of_bundle(make_document(1, path="/drops/b/1.zip!1.html"), "/drops/b/1.zip", "1.html"),
        _of_bundle(make_document(2, path="/drops/a/2.zip!2.html"), "/drops/a/2.zip", "2.html"),
        make_document(f"{LONG}/a", path="/drops/c/3.html"),
        make_document(f"{LONG}/b", path="/drops/c/4.html"),
    ]
    with elasticsearch_store(elasticsearch_url) as store:
        store.init()
        assert {one.status for one in store.put(documents)} == {"indexed"}
        client, index = Elasticsearch(elasticsearch_url, request_timeout=60), store._options.alias
        client.indices.refresh(index=index)
        yield lambda **body: client.search(index=index, **body).body
        client.close()


def kql(ask: Any, query: str) -> set[str]:
    """The paths of what a query finds."""
    hits = ask(query=to_dsl(parse(query), TYPES), size=10)["hits"]["hits"]
    return {hit["_source"]["file"]["path"] for hit in hits}


@pytest.mark.parametrize(
    ("field", "counted"),
    [
        ("fingerprint.content", {"same": 2}),
        ("archive.bundle", {"/drops/a/2.zip": 1, "/drops/b/1.zip": 1}),
        ("file.directory", {"/drops/a": 1, "/drops/b": 1, "/drops/c": 2}),
    ],
)
def test_documents_are_grouped_by(ask: Any, field: str, counted: dict[str, int]) -> None:
    answer = ask(size=0, aggs={"by": {"terms": {"field": field}}})
    buckets = {one["key"]: one["doc_count"] for one in answer["aggregations"]["by"]["buckets"]}
    assert counted.items() <= buckets.items()


@pytest.mark.parametrize(
    "field", ["file.path", "archive.bundle", "archive.member", "url.full", "title.keyword"]
)
def test_documents_are_sorted_by(ask: Any, field: str) -> None:
    hits = ask(sort=[{field: {"order": "asc", "missing": "_last"}}], size=10)["hits"]["hits"]
    values = [hit["sort"][0] for hit in hits if hit["sort"][0] is not None]
    assert values
    assert values == sorted(values)


def test_an_address_of_thousands_of_characters_is_found_by_its_start_and_as_a_whole(ask: Any) -> None:
    # A pattern may have 1,000 characters.
    start = f"https\\://www.example.com/{LONG}"[:1_000]
    assert kql(ask, f"url.full: {start}*") == {"/drops/c/3.html", "/drops/c/4.html"}
    assert kql(ask, f'url.full: "https://www.example.com/{LONG}/b"') == {"/drops/c/4.html"}


def test_what_the_mapping_page_calls_unsortable_is_what_has_no_values_to_sort_by() -> None:
    """Kibana offers no sorting, grouping or charts for these by itself."""
    unsortable = {
        name
        for name, field in FIELDS.items()
        if field["type"] == "keyword" and not field.get("doc_values", True) and field.get("index", True)
    }
    assert unsortable == {"id", "fingerprint.minhash", "file.hash.sha256"}


#: What ECS (github.com/elastic/ecs, schemas/) maps in the sets that newsdrop's names lie in.
ECS_MAPPING = {
    "@timestamp": "date",
    "tags": "keyword",
    "source.ip": "ip",
    "source.domain": "keyword",
    "group.id": "keyword",
    "group.name": "keyword",
    "related.hosts": "keyword",
    "url.full": "keyword",
    "url.domain": "keyword",
    "event.ingested": "date",
    "file.path": "keyword",
    "file.size": "long",
    "file.mtime": "date",
    "file.hash.sha256": "keyword",
    "error.type": "keyword",
    "error.message": "text",
    "error.stack_trace": "text",
    "host.name": "keyword",
}


def test_of_ecs_only_group_and_related_conflict_in_a_view_over_logs_too(elasticsearch_url: str) -> None:
    with elasticsearch_store(elasticsearch_url) as store:
        store.init()
        client, alias = Elasticsearch(elasticsearch_url, request_timeout=60), store._options.alias
        logs = f"{alias}-logs"
        properties = {name: {"type": kind} for name, kind in ECS_MAPPING.items()}
        client.indices.create(index=logs, mappings={"properties": properties})
        log = {"source": {"ip": "10.0.0.1"}, "group": {"name": "wheel"}, "@timestamp": "2026-11-29"}
        client.index(index=logs, document=log, refresh=True)
        store.put([make_document(1, source_name="BBC News")])
        client.indices.refresh(index=alias)
        everything = f"{alias},{alias}-letters,{logs}"
        fields = client.field_caps(index=everything, fields="*").body["fields"]
        conflicts = {name for name, types in fields.items() if len(types) > 1 and not name.startswith("_")}
        assert conflicts == {"group", "related"}
        for query in ("source.name: bbc", "source.ip: 10.0.0.1", "group.name: wheel"):
            found = client.search(index=everything, query=to_dsl(parse(query), TYPES)).body
            assert (found["hits"]["total"]["value"], found["_shards"]["failed"]) == (1, 0), query
        client.close()
