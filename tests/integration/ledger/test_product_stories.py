"""Stories of the product's machine that were lost once, or that a clock may spoil, each told by itself."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis
from tests.models.product_actors import Theatre
from tests.servers.redis_server import RedisServer

from newsdrop.documents import State
from newsdrop.identity import path_drop_id
from newsdrop.ledger import keys

pytestmark = pytest.mark.redis

_DAY_S = 86_400


@pytest.fixture
def theatre(redis_server: RedisServer, redis_client: redis.Redis, tmp_path: Path) -> Theatre:
    folder = tmp_path / "in"
    folder.mkdir()
    return Theatre(folder, redis_client, redis_server.port, removes=True)


def test_a_members_article_comes_back_when_the_file_with_the_newer_one_goes(theatre: Theatre) -> None:
    theatre.write_bundle("z.zip", {"1": ("good", "a", True), "2": ("good", "m", False)})
    theatre.write("a", "good")
    theatre.settle()
    theatre.remove("a")
    theatre.settle()


def test_it_comes_back_though_nobody_looked_for_a_day(theatre: Theatre) -> None:
    theatre.write_bundle("z.zip", {"1": ("good", "a", True), "2": ("good", "m", False)})
    theatre.write("a", "good")
    theatre.settle()
    theatre.remove("a")
    theatre.watcher().exhaust()
    theatre.worker().exhaust()
    theatre.sleep(2 * _DAY_S)
    theatre.reconciler().exhaust()
    theatre.sleep(7)
    theatre.reconciler().exhaust()
    theatre.settle()


def test_ingest_takes_what_is_queued_and_in_no_batch(theatre: Theatre) -> None:
    theatre.write("a", "good")
    theatre.write("b", "flaky")
    theatre.watcher().exhaust()
    theatre.worker().exhaust()
    theatre.write("a", "good")
    theatre.watcher().exhaust()
    # The ledger alone is restored, as by whoever copies some keys only.
    for batch in theatre.ledger().batches():
        theatre.client.delete(keys.BATCH + batch.id)
    theatre.client.delete(keys.BATCHES, keys.DEPTH, keys.DUE, keys.RETRIES)
    ingest = theatre.ingest()
    assert any(not ingest.step() for _ in range(2_000)), "it waits for ever"
    theatre.settle()


def test_a_death_of_ingest_is_not_charged_to_the_file_that_is_written_beside(theatre: Theatre) -> None:
    # Each has a batch of its own, and is to blame for whatever ends that.
    for name, kind in {"a": "good", "b": "poison", "c": "good"}.items():
        theatre.write(name, kind)
        theatre.watcher().exhaust()
    for _ in range(2):
        theatre.ingest().exhaust()
        theatre.lapse()
        entries = theatre.ledger().lookup([path_drop_id(theatre.path(name)) for name in "abc"])
        assert [entry.deaths > 0 for entry in entries if entry] == [False, True, False]
    theatre.settle()
    assert {Path(letter.path or "").name for letter in theatre.letters().iterate()} == {"b"}


def test_a_dead_file_that_is_renamed_has_one_letter(theatre: Theatre) -> None:
    theatre.write("a", "bad")
    theatre.write("b", "refused")
    theatre.settle()
    theatre.rename("a", "c")
    theatre.rename("b", "d")
    theatre.settle()
    assert {Path(letter.path or "").name for letter in theatre.letters().iterate()} == {"c", "d"}
    counts = theatre.ledger().counts()
    assert (counts[State.DEAD], counts[State.GONE]) == (2, 2)
    theatre.rename("c", "a")
    theatre.settle()
    assert {Path(letter.path or "").name for letter in theatre.letters().iterate()} == {"a", "d"}


def test_of_two_members_with_one_article_the_newer_is_in_the_index(theatre: Theatre) -> None:
    theatre.write_bundle("z.zip", {"1": ("good", "a", False), "2": ("good", "a", True)})
    theatre.settle()
