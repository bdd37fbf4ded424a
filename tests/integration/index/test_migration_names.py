"""A migration touches no index but those that its alias gives names to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch
from tests.inputs.index_samples import elasticsearch_store, make_document
from tests.integration.index.test_migration import contents, newer
from tests.waiting import PATIENCE_S

from newsdrop.errors import ConfigError
from newsdrop.index.elasticsearch import ElasticsearchStore
from newsdrop.index.store import ElasticsearchOptions
from newsdrop.options import IndexOptions

pytestmark = pytest.mark.elasticsearch


@pytest.fixture
def old(elasticsearch_url: str, plain_config: Path) -> Iterator[ElasticsearchStore]:
    with elasticsearch_store(elasticsearch_url, plain_config) as one:
        one.init()
        yield one


def everything(admin: Elasticsearch, alias: str) -> dict[str, object]:
    """All indexes whose names begin with the alias, with all that is set and told of them."""
    return dict(admin.indices.get(index=f"{alias}*", expand_wildcards="all").body)


@pytest.mark.parametrize("same_mapping", [True, False])
def test_the_index_of_an_installation_that_is_called_next_stays_as_it_is(
    old: ElasticsearchStore, admin: Elasticsearch, tmp_path: Path, same_mapping: bool
) -> None:
    old.put([make_document(1)])
    alias = old.status().articles.alias
    store = newer(old, tmp_path)
    options = IndexOptions(alias=f"{alias}-next", letters=f"{alias}-next-letters")
    neighbour = ElasticsearchStore(
        ElasticsearchOptions(url=old.where, timeout_s=PATIENCE_S),
        options,
        tmp_path if same_mapping else old._override,
    )
    neighbour.init()
    neighbour.put([make_document("theirs")])
    there = everything(admin, alias)
    told: list[str | None] = []
    with pytest.raises(ConfigError, match=rf"{alias}-next-000001, which is no index of {alias}:"):
        store.migrate(dual_write=told.append)
    assert told == []
    assert everything(admin, alias) == there
    assert list(contents(admin, f"{alias}-next")) == [make_document("theirs").id]
    neighbour.close()


def test_an_index_that_is_itself_called_next_is_named_and_stays(
    old: ElasticsearchStore, admin: Elasticsearch, tmp_path: Path
) -> None:
    alias = old.status().articles.alias
    admin.indices.create(index=f"{alias}-next")
    there = everything(admin, alias)
    with pytest.raises(ConfigError, match=rf"leads to {alias}-next, which is no index of {alias}:"):
        newer(old, tmp_path).migrate()
    assert everything(admin, alias) == there


def test_articles_are_not_moved_if_the_letters_could_not_follow(
    old: ElasticsearchStore, admin: Elasticsearch, tmp_path: Path
) -> None:
    status = old.status()
    letters = status.letters
    options = IndexOptions(alias=status.articles.alias, letters=letters.alias, shards=2)
    store = ElasticsearchStore(
        ElasticsearchOptions(url=old.where, timeout_s=PATIENCE_S), options, old._override
    )
    admin.indices.create(index=f"{letters.alias}-foreign", aliases={f"{letters.alias}-next": {}})
    with pytest.raises(ConfigError, match=rf"{letters.alias}-foreign, which is no index of {letters.alias}:"):
        store.migrate()
    assert old.status() == status
    store.close()
