"""Outcomes that went no way through the queue, and the index that is being migrated to."""

from __future__ import annotations

import msgspec
import pytest
import redis
from tests.models.ledger_invariants import check_invariants

from newsdrop.documents import Drop, ErrorClass, Failure, Outcome, Stage, Stamp, State
from newsdrop.identity import path_drop_id
from newsdrop.ledger.deadletters import DeadLetters
from newsdrop.ledger.ledger import Ledger, Settlement
from newsdrop.ledger.takedowns import Takedown, Takedowns
from newsdrop.ports import Dead

pytestmark = pytest.mark.redis
DOCUMENT = "ab" * 16


def drop_at(path: str, mtime: int = 5) -> Drop:
    return Drop(id=path_drop_id(path), path=path, stamp=Stamp(3, mtime))


def indexed(drop: Drop) -> Settlement:
    return Settlement(Outcome(drop=drop, state=State.INDEXED, stamp=drop.stamp, document_id=DOCUMENT))


def dead(drop: Drop) -> Settlement:
    failure = Failure(
        stage=Stage.READ, kind=ErrorClass.PERMANENT, type="EmptyFileError", message="it is empty"
    )
    return Settlement(Outcome(drop=drop, failure=failure), Dead())


@pytest.fixture
def ledger(redis_client: redis.Redis) -> Ledger:
    return Ledger(redis_client)


def test_a_recorded_outcome_is_the_ledgers_word(ledger: Ledger) -> None:
    drop = drop_at("/in/a.md")
    assert ledger.record([indexed(drop)]) == 1
    (entry,) = ledger.lookup([drop.id])
    assert entry is not None
    assert (entry.state, entry.stamp, entry.document_id) == (State.INDEXED, drop.stamp, DOCUMENT)
    assert ledger.enqueue([drop]).skipped == 1
    assert ledger.born() != ""
    check_invariants(ledger.client)


def test_a_recorded_failure_has_a_letter_that_can_be_replayed(ledger: Ledger) -> None:
    drop = drop_at("/in/a\udcff.md")
    ledger.record([dead(drop)])
    letters = DeadLetters(ledger.client, ledger)
    (letter,) = letters.iterate()
    assert letter.path == drop.path
    assert [attempt.type for attempt in letter.attempts] == ["EmptyFileError"]
    check_invariants(ledger.client)
    assert letters.replay([drop.id], by="me") == 1
    (batch,) = ledger.batches()
    assert batch.drops == [drop.id]
    check_invariants(ledger.client)


def test_a_success_closes_the_letter_of_an_earlier_failure(ledger: Ledger) -> None:
    drop = drop_at("/in/a.md")
    ledger.record([dead(drop)])
    ledger.record([indexed(drop)])
    letters = DeadLetters(ledger.client, ledger)
    assert list(letters.iterate()) == []
    shown = letters.show(drop.id)
    assert shown is not None
    assert shown.status == "replayed"
    check_invariants(ledger.client)


def test_what_is_queued_is_left_to_its_worker(ledger: Ledger) -> None:
    drop = drop_at("/in/a.md")
    ledger.enqueue([drop])
    assert ledger.record([indexed(drop), dead(drop)]) == 0
    assert ledger.counts()[State.QUEUED] == 1
    check_invariants(ledger.client)


def test_more_outcomes_than_a_batch_holds_are_recorded_in_parts(ledger: Ledger) -> None:
    settlements = [indexed(drop_at(f"/in/{number}.md")) for number in range(150)]
    assert ledger.record(settlements) == 150
    assert ledger.record([dead(one.outcome.drop) for one in settlements[:3]]) == 3
    assert ledger.counts()[State.INDEXED] == 147
    check_invariants(ledger.client)


def test_what_was_read_counts_and_not_what_was_announced(ledger: Ledger) -> None:
    drop = drop_at("/in/a.md")
    read = msgspec.structs.replace(indexed(drop).outcome, stamp=Stamp(9, 9))
    ledger.record([Settlement(read)])
    (entry,) = ledger.lookup([drop.id])
    assert entry is not None
    assert entry.stamp == Stamp(9, 9)


def test_a_migration_is_known_from_its_announcement_to_its_end(ledger: Ledger) -> None:
    assert ledger.migration() is None
    ledger.announce_migration("newsdrop-articles-2")
    assert ledger.migration() == "newsdrop-articles-2"
    ledger.announce_migration(None)
    assert ledger.migration() is None


def test_what_was_taken_out_while_it_was_ingested_is_looked_at_again(ledger: Ledger) -> None:
    drop = drop_at("/in/a.md")
    Takedowns(ledger.client, ledger).forget([Takedown(document_id=DOCUMENT, at_ms=1, by="me")])
    ledger.record([indexed(drop)])
    (entry,) = ledger.lookup([drop.id])
    assert entry is not None
    assert entry.state is State.RETRYING
    check_invariants(ledger.client)
