"""The mirror of dead letters on a real Elasticsearch whose index is lost, renamed or taken for another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from elasticsearch import Elasticsearch
from tests.inputs.index_samples import elasticsearch_store
from tests.models.ledger_room import Room

from newsdrop.index.elasticsearch import ElasticsearchStore
from newsdrop.index.local import LocalStore
from newsdrop.ledger.letter_export import LetterFolder, TrimPolicy
from newsdrop.ledger.letter_mirror import MirrorKeeper

pytestmark = [pytest.mark.redis, pytest.mark.elasticsearch]


@pytest.fixture
def store(elasticsearch_url: str, plain_config: Path) -> Iterator[ElasticsearchStore]:
    with elasticsearch_store(elasticsearch_url, plain_config) as one:
        one.init()
        yield one


@pytest.fixture
def room(redis_client: redis.Redis, tmp_path: Path) -> Room:
    """Six letters: one discarded, one replayed, three dead, and one that is trimmed away."""
    room = Room(redis_client)
    drops = [room.drop(f"{number}") for number in range(6)]
    for drop in drops:
        room.make_dead(drop)
        room.clock.sleep(1)
    room.letters.discard([drops[0].id, drops[1].id], "me")
    room.letters.replay([drops[2].id], "me")
    policy = TrimPolicy(max_count=5, export=LetterFolder(path=tmp_path / "letters"))
    assert room.letters.trim(policy) == 1
    return room


def mirrored(admin: Elasticsearch, alias: str) -> list[str]:
    """The status of each letter in the mirror."""
    admin.indices.refresh(index=alias)
    answer: Any = admin.search(index=alias, size=100)
    return sorted(hit["_source"]["status"] for hit in answer["hits"]["hits"])


WANTED = ["dead", "dead", "dead", "discarded", "replayed"]


def test_an_index_that_was_deleted_comes_back_with_every_letter_as_it_stands(
    store: ElasticsearchStore, admin: Elasticsearch, room: Room
) -> None:
    alias, index = store.status().letters.alias, store.status().letters.index
    assert index is not None
    MirrorKeeper(room.letters, store).work()
    assert mirrored(admin, alias) == WANTED
    admin.indices.delete(index=index)
    assert MirrorKeeper(room.letters, store).work() == 5
    assert mirrored(admin, alias) == WANTED
    assert store.status().letters.drift == []
    assert MirrorKeeper(room.letters, store).work() == 0


def test_an_index_that_another_took_the_place_of_is_filled(
    store: ElasticsearchStore, admin: Elasticsearch, room: Room
) -> None:
    alias, index = store.status().letters.alias, store.status().letters.index
    assert index is not None
    seconds = 0.0
    keeper = MirrorKeeper(room.letters, store, lambda: seconds)
    keeper.work()
    admin.indices.delete(index=index)
    store.init()
    # Which index it is, is asked once a minute.
    assert keeper.work() == 0
    seconds = 61
    assert keeper.work() == 5
    assert mirrored(admin, alias) == WANTED


def test_the_embedded_index_is_told_by_its_file(room: Room, tmp_path: Path) -> None:
    for name in ("one", "two"):
        store = LocalStore(tmp_path / name)
        assert MirrorKeeper(room.letters, store).work() == 5
        assert MirrorKeeper(room.letters, store).work() == 0
        assert store.status().letters.documents == 5
        store.close()
