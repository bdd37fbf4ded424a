"""Before the alias moves, the copy has the same ids and versions as the old index, whatever happened."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch
from tests.inputs.index_samples import elasticsearch_store, make_document
from tests.integration.index.test_migration import contents, newer, same_alias
from tests.waiting import until

from newsdrop.index.elasticsearch import ElasticsearchStore
from newsdrop.ports import PLAIN_WRITE, WriteContext

pytestmark = pytest.mark.elasticsearch


class PowerCutError(Exception):
    """Ends a migration where a test wants it to end."""


@pytest.fixture
def old(elasticsearch_url: str) -> Iterator[ElasticsearchStore]:
    with elasticsearch_store(elasticsearch_url) as one:
        one.init()
        yield one


def replace_by_older(store: ElasticsearchStore, context: WriteContext = PLAIN_WRITE) -> None:
    """Remove the newer capture of article 7, and put an older one, as soon as the removal is forgotten."""
    newer_one = make_document(7, title="new", version=2_000, path="/drops/new.md")
    assert store.remove(newer_one.id, "/drops/new.md", context)
    older = make_document(7, title="old", version=900, path="/drops/old.md")
    until(lambda: store.put([older], context)[0].status == "indexed", "the removal is forgotten")


def with_newer_capture(store: ElasticsearchStore) -> None:
    store.put([make_document(n, title=f"n{n}") for n in range(30) if n != 7])
    store.put([make_document(7, title="new", version=2_000, path="/drops/new.md")])


def test_an_older_capture_replaces_the_newer_one_that_an_interrupted_migration_copied(
    old: ElasticsearchStore, admin: Elasticsearch, tmp_path: Path
) -> None:
    with_newer_capture(old)
    before = old.status().articles

    def cut(step: str, *_: object) -> None:
        if step == "catch up":
            raise PowerCutError

    store = newer(old, tmp_path)
    with pytest.raises(PowerCutError):
        store.migrate(progress=cut)
    replace_by_older(same_alias(old))
    status = store.migrate()
    assert status.ok
    there = contents(admin, before.alias)
    assert there == contents(admin, str(before.index))
    assert there[make_document(7).id] == (900, "old")


@pytest.mark.parametrize("at", ["copy", "catch up", "removals"])
def test_an_older_capture_replaces_the_newer_one_though_its_worker_wrote_to_the_old_index_alone(
    old: ElasticsearchStore, admin: Elasticsearch, tmp_path: Path, at: str
) -> None:
    with_newer_capture(old)
    before = old.status().articles
    done: list[str] = []

    def meanwhile(step: str, count: int, total: int) -> None:
        if step == at and count == total and not done:
            done.append(step)
            replace_by_older(same_alias(old))

    status = newer(old, tmp_path).migrate(progress=meanwhile)
    assert done == [at]
    assert status.ok
    there = contents(admin, before.alias)
    assert there == contents(admin, str(before.index))
    assert there[make_document(7).id] == (900, "old")


def test_one_lost_and_one_left_behind_are_no_equal_count(
    old: ElasticsearchStore, admin: Elasticsearch, tmp_path: Path
) -> None:
    with_newer_capture(old)
    before = old.status().articles
    done: list[str] = []

    def meanwhile(step: str, count: int, total: int) -> None:
        if step == "removals" and count == total and not done:
            done.append(step)
            admin.delete(index=f"{before.alias}-next", id=make_document(1).id)
            stray = make_document("stray").source
            admin.index(index=f"{before.alias}-next", id=make_document("stray").id, document=stray)

    newer(old, tmp_path).migrate(progress=meanwhile)
    assert done
    assert contents(admin, before.alias) == contents(admin, str(before.index))
