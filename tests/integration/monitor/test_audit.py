"""The audit over a real Valkey and the embedded index: every way of losing a file is found, and mended."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis

from newsdrop.documents import (
    Document,
    Drop,
    ErrorClass,
    Failure,
    Outcome,
    Stage,
    Stamp,
    State,
)
from newsdrop.identity import path_drop_id
from newsdrop.index.local import LocalStore
from newsdrop.ledger import keys
from newsdrop.ledger.deadletters import DeadLetters, LetterFilter
from newsdrop.ledger.ledger import Ledger, Settlement
from newsdrop.monitor.audit import Audit, AuditLimits, Auditor
from newsdrop.monitor.fates import Seen
from newsdrop.ports import Dead, Entry, Retry

pytestmark = pytest.mark.redis
A_DAY_S = 86_400


class Installation:
    """A folder, a ledger, its letters and an index; outcomes are given by the test, not worked out."""

    def __init__(self, folder: Path, client: redis.Redis, store: LocalStore) -> None:
        self.folder = folder
        self.client = client
        self.store = store
        self.ledger = Ledger(client)
        self.letters = DeadLetters(client, self.ledger)

    def files(self, count: int) -> list[Drop]:
        self.folder.mkdir(exist_ok=True)
        for number in range(count):
            (self.folder / f"{number:06d}.md").write_text(str(number))
        return [Drop(id=seen.id, path=seen.path, stamp=seen.stamp) for seen in self.seen()]

    def seen(self) -> Iterator[Seen]:
        with os.scandir(self.folder) as entries:
            for entry in sorted(entries, key=lambda one: one.name):
                info = entry.stat()
                yield Seen(
                    path_drop_id(entry.path), entry.path, Stamp.from_ns(info.st_size, info.st_mtime_ns)
                )

    def work(self, settle: Callable[[Drop], Settlement]) -> None:
        """What a worker does with everything that is queued; `settle` says what becomes of each drop."""
        for batch in list(self.ledger.batches()):
            drops = self.ledger.start(batch.id, "run", process=1, task="task")
            assert self.ledger.finish(batch.id, "run", [settle(drop) for drop in drops])

    def index(self, drop: Drop) -> Settlement:
        document = Document(
            id=drop.id,
            version=1,
            source={
                "title": "t",
                "file": {"path": drop.path, "size": drop.stamp.size, "stamp": drop.stamp.mtime},
            },
        )
        self.store.put([document])
        return Settlement(Outcome(drop=drop, state=State.INDEXED, stamp=drop.stamp, document_id=document.id))

    def ingested(self, count: int) -> list[Drop]:
        drops = self.files(count)
        self.ledger.enqueue(drops)
        self.work(self.index)
        return drops

    def settled_earlier(self, drop: Drop, seconds: int) -> None:
        """Let the ledger say that a drop was settled so much earlier."""
        packed = self.client.hget(keys.LEDGER, bytes.fromhex(drop.id))
        assert isinstance(packed, bytes)
        at = int.from_bytes(packed[3:7], "big") - seconds
        self.client.hset(keys.LEDGER, bytes.fromhex(drop.id), packed[:3] + at.to_bytes(4, "big") + packed[7:])

    def audit(self, *, repair: bool = False) -> Audit:
        auditor = Auditor(
            self.ledger,
            self.letters,
            self.store,
            AuditLimits(pause_s=0.01),
            now_s=lambda: time.time() + A_DAY_S,
        )
        return auditor.audit([str(self.folder)], self.seen(), repair=repair)


def document_of(drop: Drop) -> Document:
    file = {"path": drop.path, "size": drop.stamp.size, "stamp": drop.stamp.mtime}
    return Document(id=drop.id, version=1, source={"title": "t", "file": file})


def settled(drop: Drop) -> Settlement:
    return Settlement(Outcome(drop=drop, state=State.INDEXED, stamp=drop.stamp, document_id=drop.id))


def failed(drop: Drop, decision: Retry | Dead) -> Settlement:
    failure = Failure(stage=Stage.PARSE, kind=ErrorClass.PERMANENT, type="E", message="no article")
    return Settlement(Outcome(drop=drop, failure=failure, stamp=drop.stamp), decision)


@pytest.fixture
def place(tmp_path: Path, redis_client: redis.Redis) -> Iterator[Installation]:
    store = LocalStore(tmp_path / "index.sqlite")
    yield Installation(tmp_path / "drops", redis_client, store)
    store.close()


def test_what_is_indexed_is_accounted_for(place: Installation) -> None:
    place.ingested(130)
    result = place.audit()
    assert result.ok
    assert result.states == {"indexed": 130}


def test_a_document_deleted_behind_our_back_is_named_and_repaired(place: Installation) -> None:
    drops = place.ingested(3)
    assert place.store.remove(drops[1].id, drops[1].path)
    result = place.audit(repair=True)
    assert [one.path for one in result.unaccounted] == [drops[1].path]
    assert result.repaired == 1
    place.work(place.index)
    assert place.audit().ok


def test_a_queued_file_is_accounted_for_while_its_batch_is_there(place: Installation) -> None:
    place.ledger.enqueue(place.files(3))
    assert place.audit().states == {"queued": 3}
    assert place.audit().ok


def test_files_whose_batch_was_lost_are_named_and_repaired(place: Installation) -> None:
    place.ledger.enqueue(place.files(3))
    for batch in list(place.ledger.batches()):
        place.client.delete(keys.BATCH + batch.id)
        place.client.zrem(keys.BATCHES, batch.id)
    result = place.audit(repair=True)
    assert len(result.unaccounted) == 3
    assert {one.state for one in result.unaccounted} == {"queued"}
    place.work(place.index)
    assert place.audit().ok


def test_a_retrying_file_needs_its_due_time(place: Installation) -> None:
    place.ledger.enqueue(place.files(1))
    place.work(lambda drop: failed(drop, Retry(after_ms=600_000)))
    assert place.audit().states == {"retrying": 1}
    assert place.audit().ok
    place.client.delete(keys.DUE)
    result = place.audit(repair=True)
    assert [one.state for one in result.unaccounted] == ["retrying"]
    place.work(place.index)
    assert place.audit().ok


def test_a_dead_file_needs_its_letter(place: Installation) -> None:
    place.ledger.enqueue(place.files(1))
    place.work(lambda drop: failed(drop, Dead()))
    assert place.audit().states == {"dead": 1}
    assert place.audit().ok
    for letter in place.letters.iterate(LetterFilter()):
        place.client.zrem(keys.LETTERS_OPEN, letter.id)
    assert [one.state for one in place.audit().unaccounted] == ["dead"]


def test_a_file_that_nobody_handed_in_is_named_and_repaired(place: Installation) -> None:
    place.ingested(2)
    (place.folder / "stray.md").write_text("stray")
    result = place.audit(repair=True)
    assert [one.state for one in result.unaccounted] == ["unknown"]
    place.work(place.index)
    assert place.audit().states == {"indexed": 3}


def test_an_emptied_redis_leaves_nothing_accounted_for_until_it_is_repaired(place: Installation) -> None:
    place.ingested(5)
    place.client.flushall()
    assert len(place.audit(repair=True).unaccounted) == 5
    place.work(place.index)
    assert place.audit().ok


def set_state(place: Installation, drop: Drop, state: State, **facts: Any) -> None:
    """What the ledger comes to say when a worker reports this of a file that was indexed."""
    place.ledger.enqueue([drop], force=True)
    place.work(lambda one: Settlement(Outcome(drop=one, state=state, stamp=one.stamp, **facts)))


def another_version(place: Installation, drop: Drop) -> None:
    file = {"path": drop.path, "size": drop.stamp.size, "stamp": drop.stamp.mtime + 1}
    place.store.put([Document(id=drop.id, version=1, source={"title": "t", "file": file})])


def changed(place: Installation, drop: Drop) -> None:
    Path(str(drop.path)).write_text("something else")


def lose_letter(place: Installation, drop: Drop) -> None:
    place.ledger.enqueue([drop], force=True)
    place.work(lambda one: failed(one, Dead()))
    place.client.delete(keys.LETTERS_OPEN, keys.LETTER + drop.id)


def lose_batch(place: Installation, drop: Drop) -> None:
    place.ledger.enqueue([drop], force=True)
    for batch in list(place.ledger.batches()):
        place.client.delete(keys.BATCH + batch.id)
        place.client.zrem(keys.BATCHES, batch.id)


def lose_due_time(place: Installation, drop: Drop) -> None:
    place.ledger.enqueue([drop], force=True)
    place.work(lambda one: failed(one, Retry(after_ms=600_000)))
    place.client.zrem(keys.DUE, bytes.fromhex(drop.id))


#: Each way of being unaccounted for: what the audit calls the file, and how it comes to be so.
WAYS: dict[str, tuple[str, Callable[[Installation, Drop], object]]] = {
    "unknown": ("unknown", lambda place, drop: place.client.hdel(keys.LEDGER, bytes.fromhex(drop.id))),
    "changed since": ("indexed", changed),
    "gone and there": ("gone", lambda place, drop: set_state(place, drop, State.GONE)),
    "removed and there": ("removed", lambda place, drop: set_state(place, drop, State.REMOVED)),
    "queued, no batch": ("queued", lose_batch),
    "retrying, never due": ("retrying", lose_due_time),
    "indexed, no document": ("indexed", lambda place, drop: place.store.remove(drop.id, str(drop.path))),
    "indexed, another version": ("indexed", another_version),
    "superseded by nothing": (
        "superseded",
        lambda place, drop: set_state(place, drop, State.SUPERSEDED, document_id="0" * 32),
    ),
    "dead, no letter": ("dead", lose_letter),
}


@pytest.mark.parametrize("way", WAYS)
def test_each_kind_of_unaccounted_file_is_named_and_repair_queues_it_and_nothing_else(
    place: Installation, way: str
) -> None:
    state, lose = WAYS[way]
    drops = place.ingested(3)
    lose(place, drops[1])
    assert [(one.path, one.state) for one in place.audit().unaccounted] == [(drops[1].path, state)]
    repaired = place.audit(repair=True)
    assert (repaired.ok, repaired.repaired) == (False, 1)
    place.ledger.due()  # a reconciler's next turn
    assert place.ledger.counts()[State.QUEUED] == 1
    assert place.audit().states == {"indexed": 2, "queued": 1}
    place.work(place.index)
    after = place.audit()
    assert (after.ok, after.states) == (True, {"indexed": 3})


def two_captures(place: Installation) -> tuple[Drop, Drop, Document]:
    """Two files of one article, the newer one read an hour after the older; and the older one's document."""
    older, newer = place.files(2)
    article = "a" * 32

    def capture(version: int) -> Callable[[Drop], Settlement]:
        def settle(drop: Drop) -> Settlement:
            document = msgspec.structs.replace(document_of(drop), id=article, version=version)
            result = place.store.put([document])[0]
            state = State.INDEXED if result.status == "indexed" else State.SUPERSEDED
            return Settlement(Outcome(drop=drop, state=state, stamp=drop.stamp, document_id=article))

        return settle

    place.ledger.enqueue([older])
    place.work(capture(1))
    (snapshot,) = place.store.find(article)
    place.settled_earlier(older, 3_600)
    place.ledger.enqueue([newer])
    place.work(capture(2))
    return older, newer, snapshot


def restore(place: Installation, snapshot: Document) -> None:
    (there,) = place.store.find(snapshot.id)
    assert place.store.remove(there.id, there.source["file"]["path"])
    place.store.put([snapshot])


def test_two_captures_of_one_article_are_accounted_for(place: Installation) -> None:
    two_captures(place)
    assert place.audit().ok


def test_an_older_capture_that_a_snapshot_brought_back_is_not_taken_for_the_newer_one(
    place: Installation,
) -> None:
    older, newer, snapshot = two_captures(place)
    restore(place, snapshot)
    (named,) = place.audit(repair=True).unaccounted
    assert (named.path, named.state) == (newer.path, "indexed")
    assert f"is that of {older.path}, which it had replaced" in named.reason
    assert [batch.drops for batch in place.ledger.batches()] == [[newer.id]]


def test_a_superseded_file_whose_own_document_is_in_the_index_is_named_with_the_newer_one(
    place: Installation,
) -> None:
    older, newer, snapshot = two_captures(place)
    set_state(place, older, State.SUPERSEDED, document_id=snapshot.id)
    assert place.audit().ok
    restore(place, snapshot)
    assert [(one.path, one.state) for one in place.audit().unaccounted] == [
        (older.path, "superseded"),
        (newer.path, "indexed"),
    ]


def test_repairing_twice_queues_once(place: Installation) -> None:
    drops = place.ingested(2)
    place.client.delete(keys.LEDGER)
    assert place.audit(repair=True).repaired == len(drops)
    again = place.audit(repair=True)
    assert (again.ok, again.repaired) == (True, 0)


def test_an_audit_while_workers_finish_reports_nothing(
    place: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at the ledger and the look at the queue, the batch is done."""
    place.ledger.enqueue(place.files(3))
    lookup, ledger = place.ledger.lookup, place.ledger

    def finish_after_lookup(ids: Sequence[str]) -> list[Entry | None]:
        found = lookup(ids)
        place.work(place.index)
        return found

    monkeypatch.setattr(ledger, "lookup", finish_after_lookup)
    result = place.audit()
    assert result.ok
    assert result.states == {"indexed": 3}


def test_many_thousand_files_are_audited_in_chunks_and_in_time(place: Installation) -> None:
    drops = place.files(10_000)
    place.ledger.enqueue(drops)
    place.store.put([document_of(drop) for drop in drops])
    place.work(settled)
    result = place.audit()
    assert result.ok
    assert result.duration_s < 30, "100,000 files must take about a minute even on a slow machine"
