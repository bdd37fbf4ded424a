"""What arrives in small bulks is found at once; a backlog waits for the index's own refresh."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.inputs.index_samples import elasticsearch_store, make_document

from newsdrop.index.elasticsearch import ElasticsearchStore

pytestmark = pytest.mark.elasticsearch

BACKLOG = [make_document(number) for number in range(100, 164)]


@pytest.fixture
def store(elasticsearch_url: str, plain_config: Path) -> Iterator[ElasticsearchStore]:
    with elasticsearch_store(elasticsearch_url, plain_config, refresh_interval="1h") as one:
        one.init()
        yield one


def test_a_small_bulk_is_found_at_once_but_only_once_in_an_interval(store: ElasticsearchStore) -> None:
    store.put([make_document(1), make_document(2)])
    assert store.count() == 2
    store.put([make_document(3)])
    assert store.count() == 2


def test_a_full_bulk_asks_for_no_refresh_and_leaves_it_to_the_next_small_one(
    store: ElasticsearchStore,
) -> None:
    store.put(BACKLOG)
    assert store.count() == 0
    store.put([make_document(1)])
    assert store.count() == len(BACKLOG) + 1


def test_an_index_that_is_never_to_be_refreshed_is_not(elasticsearch_url: str) -> None:
    with elasticsearch_store(elasticsearch_url, refresh_interval="-1") as store:
        store.init()
        store.put([make_document(1)])
        assert store.count() == 0
