"""Before the alias moves, the copy has the same ids and versions as the old index, whatever happened."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch
from tests.inputs.index_samples import elasticsearch_store, make_document
from tests.integration.index.test_migration import contents, newer, same_alias
from tests.waiting import until

from newsdrop.errors import ConfigError, OutageError
from newsdrop.index.elasticsearch import ElasticsearchStore
from newsdrop.index.migration import Indexes
from newsdrop.ports import PLAIN_WRITE, WriteContext

pytestmark = pytest.mark.elasticsearch


class PowerCutError(Exception):
    """Ends a migration where a test wants it to end."""


@pytest.fixture
def old(elasticsearch_url: str, plain_config: Path) -> Iterator[ElasticsearchStore]:
    with elasticsearch_store(elasticsearch_url, plain_config) as one:
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


@pytest.mark.parametrize("cut", ["copy", "finish", None])
def test_a_migration_that_another_one_took_over_at_its_last_step_loses_no_write(
    old: ElasticsearchStore,
    admin: Elasticsearch,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cut: str | None,
) -> None:
    """The other one is interrupted in this step, or ends well."""
    with_newer_capture(old)
    store, other = newer(old, tmp_path), newer(old, tmp_path)
    told: list[str | None] = []
    swap = Indexes._swap

    def interrupt(step: str, _done: int, _total: int) -> None:
        if step == cut:
            raise PowerCutError

    def begin_another(indexes: Indexes, *arguments: str) -> None:
        monkeypatch.setattr(Indexes, "_swap", swap)
        with suppress(PowerCutError):
            other.migrate(progress=interrupt, dual_write=told.append)
        worker = same_alias(old) if cut else other
        context = WriteContext(also_to=told[-1])
        assert worker.put([make_document(7, title="newest", version=3_000)], context)[0].status == "indexed"
        swap(indexes, *arguments)

    monkeypatch.setattr(Indexes, "_swap", begin_another)
    with pytest.raises(ConfigError, match="Another `newsdrop index migrate` has taken over"):
        store.migrate(dual_write=told.append)
    assert told[-1] is None
    if cut:
        # Neither left a block behind.
        assert same_alias(old).put([make_document(8, title="later", version=3_000)])[0].status == "indexed"
    status = store.migrate(dual_write=told.append)
    assert status.ok
    alias = status.articles.alias
    there = contents(admin, alias)
    assert there[make_document(7).id] == (3_000, "newest")
    assert (make_document(8).id in there, len(there)) == (True, 30)
    named = admin.indices.get_alias(index=f"{alias}-0*").body.values()
    assert [one for index in named for one in index["aliases"]] == [alias]


def test_ctrl_c_while_a_migration_takes_back_its_block_leaves_none(
    old: ElasticsearchStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_newer_capture(old)
    store, let_go = newer(old, tmp_path), Indexes._let_go

    def interrupted(indexes: Indexes, *arguments: str) -> bool:
        os.kill(os.getpid(), signal.SIGINT)
        return let_go(indexes, *arguments)

    monkeypatch.setattr(Indexes, "_let_go", interrupted)
    with pytest.raises((KeyboardInterrupt, PowerCutError)):
        store.migrate(progress=lambda step, *_: cut_at(step, "finish"))
    assert same_alias(old).put([make_document(1, version=5_000)])[0].status == "indexed"


def test_a_migration_that_was_killed_while_the_old_index_was_blocked_is_taken_over(
    old: ElasticsearchStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_newer_capture(old)
    store = newer(old, tmp_path)
    with monkeypatch.context() as killed:
        # What a killed process leaves: its claim, and its block.
        killed.setattr(Indexes, "_let_go", lambda *_: False)
        with pytest.raises(PowerCutError):
            store.migrate(progress=lambda step, *_: cut_at(step, "finish"))
    with pytest.raises(OutageError, match="blocks the index"):
        same_alias(old).put([make_document(1, version=5_000)])
    with pytest.raises(PowerCutError):
        store.migrate(progress=lambda step, *_: cut_at(step, "copy"))
    assert same_alias(old).put([make_document(1, version=5_000)])[0].status == "indexed"
    assert store.migrate().ok


def test_workers_are_told_of_the_end_of_a_migration_that_was_killed_when_it_had_moved_the_alias(
    old: ElasticsearchStore, tmp_path: Path
) -> None:
    store = newer(old, tmp_path)
    told: list[str | None] = []

    def tell(name: str | None) -> None:
        if name is None and len(told) == 1:
            raise PowerCutError
        told.append(name)

    with pytest.raises(PowerCutError):
        store.migrate(dual_write=tell)
    assert store.status().ok
    told.append("not told of the end")
    assert store.migrate(dual_write=tell).ok
    assert told[-1] is None


def cut_at(step: str, where: str) -> None:
    if step == where:
        raise PowerCutError
