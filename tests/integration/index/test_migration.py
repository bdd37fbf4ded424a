"""A move to a new mapping while workers write and remove: nothing is lost, nothing newer overwritten."""

from __future__ import annotations

import copy
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from elasticsearch import Elasticsearch
from tests.inputs.index_samples import elasticsearch_store, make_document, mapping_version_1
from tests.searching import ask, hits
from tests.waiting import PATIENCE_S

from newsdrop.cli.guard import EXIT_FAILED, exit_code
from newsdrop.configfiles import find_config_file
from newsdrop.documents import Document
from newsdrop.errors import ConfigError, NewsdropError, OutageError
from newsdrop.index.elasticsearch import ElasticsearchStore
from newsdrop.index.mapping import index_body
from newsdrop.index.query_parser import parse_query
from newsdrop.index.search import SearchRequest
from newsdrop.index.store import ElasticsearchOptions
from newsdrop.options import IndexOptions
from newsdrop.ports import PLAIN_WRITE, WriteContext

pytestmark = pytest.mark.elasticsearch

#: The version of the mapping that we ship.
NOW = index_body("articles", IndexOptions()).version

Edit = Callable[[dict[str, Any]], None]


@pytest.fixture
def shipped(elasticsearch_url: str) -> Iterator[ElasticsearchStore]:
    """A store with our own analysis."""
    with elasticsearch_store(elasticsearch_url) as one:
        one.init()
        yield one


@pytest.fixture
def old(elasticsearch_url: str, plain_config: Path) -> Iterator[ElasticsearchStore]:
    with elasticsearch_store(elasticsearch_url, plain_config) as one:
        one.init()
        yield one


@pytest.fixture
def version_1(elasticsearch_url: str, admin: Elasticsearch, tmp_path: Path) -> Iterator[ElasticsearchStore]:
    """A store of the newsdrop before this one, over an index with its very settings: pairs of Han."""
    body = mapping_version_1()
    body["mappings"]["_meta"]["newsdrop"]["analysis"] = "bigram"
    with elasticsearch_store(elasticsearch_url, config_of(tmp_path, body)) as one:
        alias = one.status().articles.alias
        admin.indices.create(
            index=f"{alias}-000001",
            settings=body["settings"],
            mappings=body["mappings"],
            aliases={alias: {"is_write_index": True}},
        )
        one.init()
        yield one


def config_of(folder: Path, body: dict[str, Any]) -> Path:
    """A config folder that knows that mapping's version; nothing makes an index of it."""
    known = {"settings": {"index": {}}, "mappings": body["mappings"]}
    (folder / "elasticsearch").mkdir()
    (folder / "elasticsearch" / "articles.json").write_text(json.dumps(known), "utf-8")
    return folder


def of_version_1(document: Document) -> Document:
    """The document as the newsdrop before this one made it, which had no field for the id."""
    source = {name: value for name, value in document.source.items() if name != "id"}
    return msgspec.structs.replace(document, source=source)


def newer(
    old: ElasticsearchStore, folder: Path, edit: Edit | None = None, version: int = 1
) -> ElasticsearchStore:
    """The store of a newsdrop with a later mapping, on the same alias."""
    body = json.loads(find_config_file("elasticsearch/articles.json", old._override).read_text("utf-8"))
    body["mappings"]["_meta"]["newsdrop"]["mapping_version"] = NOW + version
    body["mappings"]["properties"]["mood"] = {"type": "keyword"}
    if edit:
        edit(body)
    (folder / "elasticsearch").mkdir(exist_ok=True)
    (folder / "elasticsearch" / "articles.json").write_text(json.dumps(body), "utf-8")
    return same_alias(old, folder)


def same_alias(old: ElasticsearchStore, folder: Path | None = None) -> ElasticsearchStore:
    """Another store of the same newsdrop, or of one with the mappings of that folder."""
    return on_alias(old, folder or old._override)


def on_alias(old: ElasticsearchStore, folder: Path | None = None) -> ElasticsearchStore:
    """A store of this newsdrop, or of one with the mappings of that folder."""
    alias = old.status().articles.alias
    options = IndexOptions(alias=alias, letters=f"{alias}-letters")
    return ElasticsearchStore(ElasticsearchOptions(url=old.where, timeout_s=PATIENCE_S), options, folder)


def contents(admin: Elasticsearch, index: str) -> dict[str, tuple[int, str]]:
    """Every document: id → version and title."""
    admin.indices.refresh(index=index)
    answer = admin.search(index=index, size=10_000, version=True, source_includes=["title"])
    return {hit["_id"]: (hit["_version"], hit["_source"]["title"]) for hit in answer["hits"]["hits"]}


def test_a_migration_takes_all_documents_with_their_versions(
    shipped: ElasticsearchStore, admin: Elasticsearch, tmp_path: Path
) -> None:
    documents = [make_document(n, title=f"第{n}篇", version=1_000 + n) for n in range(250)]
    shipped.put(documents)
    before = shipped.status().articles
    store = newer(shipped, tmp_path)
    assert f"mapping version is {NOW}; this newsdrop needs {NOW + 1}" in " ".join(
        store.status().articles.drift
    )
    with pytest.raises(ConfigError, match="newsdrop index migrate"):
        store.check()
    steps: list[tuple[str, int, int]] = []
    status = store.migrate(progress=lambda *step: steps.append(step))
    assert status.ok
    assert (status.articles.mapping_version, status.articles.documents) == (NOW + 1, 250)
    assert status.articles.leftovers == [before.index]
    assert contents(admin, before.alias) == contents(admin, str(before.index))
    assert ("copy", 250, 250) in steps
    store.check()
    other = make_document(1, version=999, path="/drops/other.md")
    assert store.put([other])[0].status == "superseded"


def test_the_old_newsdrop_is_told_to_upgrade_after_the_migration(
    old: ElasticsearchStore, tmp_path: Path
) -> None:
    newer(old, tmp_path).migrate()
    with pytest.raises(ConfigError, match="upgrade newsdrop"):
        same_alias(old).put([make_document(1)])


def test_migrating_again_changes_nothing_and_delete_old_cleans_up(
    old: ElasticsearchStore, tmp_path: Path
) -> None:
    old.put([make_document(1)])
    store = newer(old, tmp_path)
    first = store.migrate()
    assert store.migrate() == first
    assert store.migrate(delete_old=True).articles.leftovers == []
    assert store.status().articles.documents == 1


def test_the_old_index_stays_readable_and_takes_no_writes(
    old: ElasticsearchStore, admin: Elasticsearch, tmp_path: Path
) -> None:
    old.put([make_document(1)])
    source = str(old.status().articles.index)
    newer(old, tmp_path).migrate()
    assert admin.count(index=source)["count"] == 1
    assert admin.indices.get_settings(index=source)[source]["settings"]["index"]["blocks"]["write"] == "true"


class Workers:
    """Threads that put newer captures, rewrite equal ones and remove, each with a store of its own.

    Some hear of the migration at once, some late, and one never; whatever was acknowledged is noted.
    """

    def __init__(self, old: ElasticsearchStore, count: int, config: Path | None = None) -> None:
        self.config = config
        self.next_index: str | None = None
        self.stop = threading.Event()
        self.acknowledged: dict[str, tuple[int, str]] = {}
        self.removed: set[str] = set()
        self.outages = 0
        self.errors: list[BaseException] = []
        self.threads = [threading.Thread(target=self._work, args=(old, n)) for n in range(count)]

    def _work(self, old: ElasticsearchStore, number: int) -> None:
        store = same_alias(old, self.config)
        turn, context = 0, PLAIN_WRITE
        try:
            while not self.stop.is_set():
                turn += 1
                # Each worker has articles of its own, so that what is acknowledged last is the truth.
                hears = number == 0 or (number == 1 and turn % 5 == 0)
                if hears:
                    context = WriteContext(also_to=self.next_index)
                try:
                    self._turn(store, number, turn, context)
                except OutageError:
                    self.outages += 1
                    time.sleep(0.02)
                except ConfigError as error:
                    # The alias has moved to the mapping of the newer newsdrop.
                    if "upgrade newsdrop" in error.message:
                        return
                    raise
        except BaseException as error:  # noqa: BLE001  a thread's failure must reach the test
            self.errors.append(error)
        finally:
            store.close()

    def _turn(self, store: ElasticsearchStore, number: int, turn: int, context: WriteContext) -> None:
        batch = [
            self.made(f"{number}-{(turn * 7 + n) % 60}", title=f"第{turn}次", version=1_000 + turn // 3)
            for n in range(8)
        ]
        for document, result in zip(batch, store.put(batch, context), strict=True):
            if result.status == "indexed":
                self._note(document)
        gone_name = f"{number}-{turn % 60}"
        gone = make_document(gone_name)
        if turn % 4 == 0 and store.remove(gone.id, f"/drops/{gone_name}.md", context):
            self.acknowledged.pop(gone.id, None)
            self.removed.add(gone.id)

    def made(self, name: str, **more: Any) -> Document:
        """A document as the newsdrop of these workers makes it."""
        document = make_document(name, **more)
        return document if self.config is None else of_version_1(document)

    def _note(self, document: Document) -> None:
        self.acknowledged[document.id] = (document.version, document.source["title"])
        self.removed.discard(document.id)

    def __enter__(self) -> Workers:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join()


@pytest.mark.parametrize("attempt", range(3))
def test_a_migration_under_writes_and_removals_loses_nothing_and_revives_nothing(
    old: ElasticsearchStore, admin: Elasticsearch, tmp_path: Path, attempt: int
) -> None:
    migrate_under_load(old, newer(old, tmp_path), admin, Workers(old, 3), begin_s=0.3 + 0.2 * attempt)


def test_an_index_of_pairs_becomes_one_of_single_characters_under_load(
    version_1: ElasticsearchStore, admin: Elasticsearch, tmp_path: Path
) -> None:
    old, store = version_1, on_alias(version_1)
    known = make_document("known", title="2019年A股", text="⼈⺠", author=["張潔平"], language="zh-Hant")
    known = of_version_1(known)
    old.put([known])
    drift = " ".join(store.status().articles.drift)
    assert "mapping version is 1; this newsdrop needs 5" in drift
    with pytest.raises(ConfigError, match="newsdrop index migrate"):
        store.put([known])
    with pytest.raises(ConfigError, match="newsdrop index migrate"):
        hits(store, "A股")
    migrate_under_load(old, store, admin, Workers(old, 3, tmp_path), begin_s=0.3, more=1)
    with pytest.raises(ConfigError, match="upgrade newsdrop"):
        same_alias(old, tmp_path).put([known])
    for query in ("2019年", "A股", "股", "人民", "author:张洁平", "language:zh"):
        assert [hit.id for hit in hits(store, query)] == [known.id], query


def test_an_index_of_version_3_finds_times_and_dots_of_korean_afterwards(
    elasticsearch_url: str, admin: Elasticsearch, tmp_path: Path
) -> None:
    body = index_body("articles", IndexOptions())
    settings, mappings = copy.deepcopy((body.settings, body.mappings))
    mappings["_meta"]["newsdrop"]["mapping_version"] = 3
    table = settings["analysis"]["char_filter"]["nd_fold"]
    kept = [row for row in table["mappings"].split(",") if not re.match("[0-9]T[0-9]=>|ㆍ=>", row)]
    assert len(kept) == table["mappings"].count(",") + 1 - 101
    table["mappings"] = ",".join(kept)
    with elasticsearch_store(elasticsearch_url, config_of(tmp_path, {"mappings": mappings})) as old:
        alias = old.status().articles.alias
        admin.indices.create(
            index=f"{alias}-000001",
            settings={"index": settings},
            mappings=mappings,
            aliases={alias: {"is_write_index": True}},
        )
        old.init()
        known = make_document("known", text="3ㆍ1운동, 2020-01-23T10:30:00")
        old.put([known])
        admin.indices.refresh(index=alias)
        store = on_alias(old)
        assert "mapping version is 3; this newsdrop needs 5" in " ".join(store.status().articles.drift)
        asked = ('"3·1운동"', "2020-01-23", "10:30")
        assert [hits(old, query) for query in asked] == [[], [], []]
        store.migrate()
        admin.indices.refresh(index=alias)
        assert [[hit.id for hit in hits(store, query)] for query in asked] == [[known.id]] * 3


def test_documents_that_said_no_id_are_found_paged_and_sorted_by_it_afterwards(
    version_1: ElasticsearchStore, admin: Elasticsearch
) -> None:
    old, store = version_1, on_alias(version_1)
    # All of one moment, so that nothing but the id says which comes first.
    documents = [of_version_1(make_document(n, text="香港")) for n in range(7)]
    old.put(documents)
    store.migrate()
    alias = store.status().articles.alias
    admin.indices.refresh(index=alias)
    ids = sorted(document.id for document in documents)
    for order in ("newest", "oldest", "relevance"):
        pages = [ask(store, "香港", sort=order, size=3, page=page) for page in (1, 2, 3)]
        assert sorted(hit.id for page in pages for hit in page.hits) == ids, order
        assert {page.total for page in pages} == {7}
    request = SearchRequest(query=parse_query("香港"))
    assert sorted(hit.id for hit in store.all_hits(request)) == ids
    for document in documents:
        found = store.find(document.id[:12])
        assert [(one.id, one.version) for one in found] == [(document.id, document.version)]
        assert found[0].source == {**document.source, "id": document.id}


def migrate_under_load(
    old: ElasticsearchStore,
    store: ElasticsearchStore,
    admin: Elasticsearch,
    workers: Workers,
    *,
    begin_s: float,
    more: int = 0,
) -> None:
    """Migrate while workers write and remove, and see that the result is what was acknowledged."""
    settled = [workers.made(f"settled-{n}", title="早已入庫", version=5) for n in range(800)]
    old.put(settled)
    alias = old.status().articles.alias
    with workers:
        time.sleep(begin_s)

        def tell(name: str | None) -> None:
            workers.next_index = name

        status = store.migrate(dual_write=tell)
        time.sleep(0.2)
    assert workers.errors == []
    assert workers.next_index is None
    assert status.ok
    there = contents(admin, alias)
    assert workers.acknowledged.keys() <= there.keys()
    differing = {
        name: (fact, there[name]) for name, fact in workers.acknowledged.items() if there[name] != fact
    }
    assert differing == {}
    assert workers.removed & there.keys() == set()
    assert {document.id for document in settled} <= there.keys()
    assert len(there) == len(settled) + len(workers.acknowledged) + more


def test_a_migration_that_is_broken_off_leaves_the_old_index_in_use_and_can_be_finished(
    old: ElasticsearchStore, admin: Elasticsearch, tmp_path: Path
) -> None:
    class PowerCutError(Exception):
        pass

    old.put([make_document(n) for n in range(50)])
    before = old.status().articles
    store = newer(old, tmp_path)
    for step in ("copy", "catch up", "removals", "finish"):
        told: list[str | None] = []

        def cut(at: str, _done: int, _total: int, step: str = step) -> None:
            if at == step:
                raise PowerCutError

        with pytest.raises(PowerCutError):
            store.migrate(progress=cut, dual_write=told.append)
        assert told == [f"{before.alias}-next", None]
        assert same_alias(old).status().articles.index == before.index
        assert same_alias(old).put([make_document(f"after {step}")])[0].status == "indexed"
        assert same_alias(old).remove(make_document(f"after {step}").id, f"/drops/after {step}.md")

    def cannot_tell(_alias: str | None) -> None:
        raise PowerCutError

    with pytest.raises(PowerCutError):
        store.migrate(dual_write=cannot_tell)
    aliases = admin.indices.get_alias(name=f"{before.alias}-next*").body
    assert [len(one["aliases"]) for one in aliases.values()] == [1], "no claim is left"
    status = store.migrate()
    assert status.ok
    assert status.articles.documents == 50
    assert status.articles.leftovers == [before.index]
    assert not admin.indices.exists_alias(name=f"{before.alias}-next")


def test_an_unfinished_copy_by_another_mapping_is_thrown_away(
    old: ElasticsearchStore, tmp_path: Path
) -> None:
    class PowerCutError(Exception):
        pass

    def cut(*_: object) -> None:
        raise PowerCutError

    old.put([make_document(1)])
    with pytest.raises(PowerCutError):
        newer(old, tmp_path).migrate(progress=cut)
    third = newer(old, tmp_path, version=2)
    status = third.migrate()
    assert (status.articles.mapping_version, status.articles.documents) == (NOW + 2, 1)
    assert len(status.articles.leftovers) == 1


def test_a_mapping_that_refuses_old_documents_moves_nothing(old: ElasticsearchStore, tmp_path: Path) -> None:
    old.put([make_document(n, section="World") for n in range(5)])
    before = old.status().articles

    def without_section(body: dict[str, Any]) -> None:
        del body["mappings"]["properties"]["section"]

    store = newer(old, tmp_path, without_section)
    with pytest.raises(ConfigError, match=r"refuses documents of the old one .*section"):
        store.migrate()
    assert same_alias(old).status().articles == before.__class__(
        **{
            **{name: getattr(before, name) for name in before.__struct_fields__},
            "documents": 5,
            "leftovers": [f"{before.alias}-000002"],
        }
    )
    assert same_alias(old).put([make_document(9)])[0].status == "indexed"


def test_changing_the_analysis_is_a_migration(shipped: ElasticsearchStore) -> None:
    shipped.put([make_document(1, text="港")])
    alias = shipped.status().articles.alias
    options = IndexOptions(
        alias=alias, letters=f"{alias}-letters", analysis="pairs", refresh_interval="100ms"
    )
    store = ElasticsearchStore(ElasticsearchOptions(url=shipped.where, timeout_s=PATIENCE_S), options)
    drift = " ".join(store.status().articles.drift)
    assert "analysis.analyzer.nd_text.filter" in drift
    assert "refresh_interval is 1s, not 100ms" in drift
    status = store.migrate()
    assert status.ok
    assert [hit.id for hit in hits(store, "港")] == [make_document(1).id]


def test_what_a_template_adds_to_new_indexes_is_told_before_anything_is_copied(
    old: ElasticsearchStore, admin: Elasticsearch, tmp_path: Path
) -> None:
    old.put([make_document(1)])
    before = old.status().articles
    name = f"{before.alias}-template"
    added = {"mappings": {"properties": {"host": {"type": "keyword"}}}}
    admin.indices.put_index_template(
        name=name, index_patterns=[f"{before.alias}-0*"], template=added, priority=900
    )
    told: list[str | None] = []
    steps: list[str] = []
    store = newer(old, tmp_path)
    try:
        with pytest.raises(
            NewsdropError, match=r"Field host exists but shouldn't\. An index template"
        ) as caught:
            store.migrate(progress=lambda step, *_: steps.append(step), dual_write=told.append)
    finally:
        admin.indices.delete_index_template(name=name)
    assert exit_code(caught.value) == EXIT_FAILED
    assert (steps, told) == ([], [])
    assert (old.status().articles.index, old.status().articles.leftovers) == (before.index, [])
    assert store.migrate().ok


def test_settings_that_can_change_in_place_are_changed_in_place(shipped: ElasticsearchStore) -> None:
    before = shipped.status().articles
    options = IndexOptions(alias=before.alias, letters=f"{before.alias}-letters", refresh_interval="5s")
    store = ElasticsearchStore(ElasticsearchOptions(url=shipped.where, timeout_s=PATIENCE_S), options)
    assert not store.status().ok
    status = store.migrate()
    assert status.ok
    assert status.articles.index == before.index


def test_drift_is_told_field_by_field(shipped: ElasticsearchStore, admin: Elasticsearch) -> None:
    alias = shipped.status().articles.alias
    admin.indices.put_mapping(index=alias, properties={"extra": {"type": "keyword"}}, dynamic="true")
    drift = shipped.status().articles.drift
    assert "Field extra exists but shouldn't." in drift
    assert any("dynamic" in line for line in drift)


def test_several_processes_may_init_at_once(elasticsearch_url: str) -> None:
    with elasticsearch_store(elasticsearch_url) as store:
        alias = "ndt-" + store._options.alias[4:]
        options = IndexOptions(alias=alias, letters=f"{alias}-letters")
        stores = [
            ElasticsearchStore(ElasticsearchOptions(url=elasticsearch_url, timeout_s=PATIENCE_S), options)
            for _ in range(4)
        ]
        errors: list[BaseException] = []

        def init(one: ElasticsearchStore) -> None:
            try:
                one.init()
            except BaseException as error:  # noqa: BLE001  a thread's failure must reach the test
                errors.append(error)

        threads = [threading.Thread(target=init, args=(one,)) for one in stores]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert store.status().ok
        assert store.status().articles.leftovers == []
