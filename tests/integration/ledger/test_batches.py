"""The life of a batch: started, touched, finished, yielded, reaped; whoever dies or sleeps meanwhile."""

from __future__ import annotations

import msgspec
import pytest
import redis
from tests.models.ledger_room import Room, dead, indexed, retrying, settled

from newsdrop.documents import Drop, ErrorClass, Failure, Outcome, Stage, Stamp, State
from newsdrop.ledger import keys
from newsdrop.ledger.ledger import AT_GATE, IN_BULK, Lane, LedgerLimits, Settlement
from newsdrop.ports import Dead, Retry

pytestmark = pytest.mark.redis


def four(room: Room) -> list[Drop]:
    drops = [room.drop(name) for name in "abcd"]
    room.ledger.enqueue(drops)
    return drops


def test_a_batch_is_given_to_one_run_only(room: Room) -> None:
    four(room)
    batch, drops = room.start("first")
    assert len(drops) == 4
    assert room.another().start(batch, "second", process=2, task="t") == []
    assert room.ledger.start("no-such-batch", "third", process=1, task="t") == []


def test_a_start_whose_answer_was_lost_can_be_asked_again(room: Room) -> None:
    four(room)
    batch, drops = room.start("first")
    assert room.ledger.start(batch, "first", process=1, task="task") == drops


def test_each_drop_gets_its_own_fate(room: Room) -> None:
    a, b, c, d = four(room)
    batch, drops = room.start()
    by_id = {drop.id: drop for drop in drops}
    outcomes = [
        indexed(by_id[a.id]),
        dead(by_id[b.id]),
        retrying(by_id[c.id]),
        settled(by_id[d.id], State.GONE),
    ]
    assert room.ledger.finish(batch, "run", outcomes)
    assert [room.state(drop) for drop in (a, b, c, d)] == [
        State.INDEXED, State.DEAD, State.RETRYING, State.GONE,
    ]  # fmt: skip
    assert room.entry(a).document_id == "ab" * 16
    assert room.entry(c).attempts == 1
    assert list(room.ledger.batches()) == []


def test_a_disk_that_is_away_for_days_spends_no_attempt_and_fills_no_memory(room: Room) -> None:
    room.ledger.enqueue([room.drop("a")])
    failure = Failure(stage=Stage.READ, kind=ErrorClass.STORAGE, type="StorageError", message="No answer.")
    for minute in range(100):
        batch, drops = room.start(str(minute))
        assert drops[0].attempts == 0
        outcome = Outcome(drop=drops[0], failure=failure)
        room.ledger.finish(batch, str(minute), [Settlement(outcome, Retry(60_000, spent=False))])
        room.clock.sleep(60)
        assert room.ledger.due() == 1
    batch, drops = room.start("last")
    room.ledger.finish(batch, "last", [dead(drops[0])])
    (letter,) = room.letters.list()
    assert [attempt.type for attempt in letter.attempts] == ["StorageError", "NoArticleError"]
    assert letter.attempts[0].at_ms == letter.last_failed_ms - 60_000


def test_the_rest_of_a_yielded_batch_is_published_again_unblamed(room: Room) -> None:
    a, *rest = four(room)
    batch, drops = room.start()
    first = next(drop for drop in drops if drop.id == a.id)
    assert room.ledger.finish(batch, "run", [indexed(first)], yield_rest=True)
    assert room.messages() == 2
    batch, drops = room.start("second")
    assert {drop.id for drop in drops} == {drop.id for drop in rest}
    assert all(room.entry(drop).deaths == 0 for drop in rest)


def test_a_settlement_without_a_decision_is_a_mistake_that_is_told(room: Room) -> None:
    four(room)
    batch, drops = room.start()
    failure = dead(drops[0]).outcome
    with pytest.raises(ValueError, match="decision"):
        room.ledger.finish(batch, "run", [Settlement(failure)])


def test_who_was_overtaken_abandons_the_batch_and_writes_nothing(room: Room) -> None:
    a = room.drop("a")
    room.ledger.enqueue([a])
    batch, drops = room.start("sleeper")
    room.ledger.touch(batch, "sleeper", a.id)
    room.lapse()
    assert room.ledger.reap(batch).what == "charged"
    assert not room.ledger.touch(batch, "sleeper", a.id)
    assert not room.ledger.finish(batch, "sleeper", [dead(drops[0])])
    assert room.state(a) is State.QUEUED
    assert room.entry(a).deaths == 1
    other, drops = room.start("other")
    assert room.ledger.finish(other, "other", [indexed(drops[0])])
    assert room.entry(a).deaths == 0


@pytest.mark.parametrize("state", [State.INDEXED, State.REMOVED, State.GONE])
def test_a_sleeper_that_wrote_an_older_text_over_a_newer_makes_it_be_looked_at_again(
    room: Room, state: State
) -> None:
    a = room.drop("a")
    room.ledger.enqueue([a])
    batch, old = room.start("sleeper")
    room.lapse()
    room.ledger.reap(batch)
    newer = msgspec.structs.replace(a, stamp=Stamp(11, 8))
    room.ledger.enqueue([newer])
    batch2, drops = room.start("other")
    room.ledger.finish(
        batch2, "other", [settled(msgspec.structs.replace(drops[0], stamp=newer.stamp), state)]
    )
    assert room.state(a) is state
    assert not room.ledger.finish(batch, "sleeper", [indexed(old[0])])
    assert room.state(a) is State.RETRYING
    assert room.ledger.due() == 1
    _, drops = room.start("again")
    assert drops[0].path == a.path


def test_a_sleeper_that_wrote_what_is_there_anyway_changes_nothing(room: Room) -> None:
    a = room.drop("a")
    room.ledger.enqueue([a])
    batch, old = room.start("sleeper")
    room.lapse()
    room.ledger.reap(batch)
    batch2, drops = room.start("other")
    room.ledger.finish(batch2, "other", [indexed(drops[0])])
    room.ledger.finish(batch, "sleeper", [indexed(old[0])])
    assert room.state(a) is State.INDEXED


def test_a_file_that_changed_while_it_was_read_is_read_again_and_that_ends(room: Room) -> None:
    a = room.drop("a")
    room.ledger.enqueue([a])
    batch, drops = room.start("1")
    room.ledger.enqueue([msgspec.structs.replace(a, stamp=Stamp(20, 8))])
    room.ledger.finish(batch, "1", [indexed(drops[0])])
    assert room.state(a) is State.RETRYING
    for run in "23":
        room.ledger.due()
        batch, drops = room.start(run)
        room.ledger.finish(batch, run, [indexed(drops[0], Stamp(20, 8))])
    assert room.state(a) is State.INDEXED
    assert room.entry(a).stamp == Stamp(20, 8)


def test_an_outcome_that_read_nothing_is_compared_by_what_was_queued(room: Room) -> None:
    a = room.drop("a")
    room.ledger.enqueue([a])
    batch, drops = room.start("1")
    room.ledger.enqueue([msgspec.structs.replace(a, stamp=Stamp(20, 8))])
    room.ledger.finish(batch, "1", [retrying(drops[0], 0, read=False)])
    assert room.entry(a).attempts == 0
    room.ledger.due()
    batch, drops = room.start("2")
    assert drops[0].stamp == Stamp(20, 8)
    room.ledger.finish(batch, "2", [retrying(drops[0], 0, read=False)])
    assert room.entry(a).attempts == 1


def test_a_removal_settles_though_it_came_while_the_file_was_queued(room: Room) -> None:
    a = room.drop("a")
    room.ledger.enqueue([a])
    room.ledger.enqueue([msgspec.structs.replace(a, stamp=Stamp(0, 0))], force=True)
    batch, drops = room.start()
    outcome = msgspec.structs.replace(settled(drops[0], State.REMOVED).outcome, stamp=None)
    room.ledger.finish(batch, "run", [Settlement(outcome)])
    assert room.state(a) is State.REMOVED
    assert room.entry(a).document_id is None


def test_an_article_that_went_with_its_file_is_remembered_until_it_is_written_again(room: Room) -> None:
    a, b = room.drop("a"), room.drop("b")
    room.ledger.enqueue([a, b])
    batch, drops = room.start("1")
    room.ledger.finish(batch, "1", [indexed(drops[0]), indexed(drops[1])])
    assert room.ledger.removed() == frozenset()
    room.ledger.enqueue([msgspec.structs.replace(b, stamp=Stamp(0, 0))], force=True)
    batch, drops = room.start("2")
    room.ledger.finish(batch, "2", [settled(drops[0], State.REMOVED)])
    assert room.ledger.removed() == {room.entry(a).document_id}
    room.ledger.enqueue([a], force=True)
    batch, drops = room.start("3")
    room.ledger.finish(batch, "3", [indexed(drops[0])])
    assert room.ledger.removed() == frozenset()


def test_an_article_that_another_files_document_supersedes_is_back(room: Room) -> None:
    older, newer = room.drop("older"), room.drop("newer")
    room.ledger.enqueue([older, newer])
    batch, drops = room.start("1")
    room.ledger.finish(batch, "1", [indexed(drops[0]), indexed(drops[1])])
    room.ledger.enqueue([msgspec.structs.replace(newer, stamp=Stamp(0, 0))], force=True)
    batch, drops = room.start("2")
    room.ledger.finish(batch, "2", [settled(drops[0], State.REMOVED)])
    assert room.ledger.removed()
    room.ledger.enqueue([older], force=True)
    batch, drops = room.start("3")
    superseded = msgspec.structs.replace(
        settled(drops[0], State.SUPERSEDED).outcome, document_id=room.entry(older).document_id
    )
    room.ledger.finish(batch, "3", [Settlement(superseded)])
    assert not room.ledger.removed()


def test_what_a_corrected_files_later_time_had_superseded_is_read_again(room: Room) -> None:
    corrected, other = room.drop("corrected"), room.drop("other")
    room.ledger.enqueue([corrected, other])
    batch, drops = room.start("1")
    first = indexed(drops[0])
    article = first.outcome.document_id
    superseded = msgspec.structs.replace(settled(drops[1], State.SUPERSEDED).outcome, document_id=article)
    room.ledger.finish(batch, "1", [first, Settlement(superseded)])
    assert room.ledger.enqueue([other]).skipped == 1
    room.ledger.enqueue([corrected], force=True)
    batch, drops = room.start("2")
    lowered = msgspec.structs.replace(indexed(drops[0]).outcome, lowered=True)
    room.ledger.finish(batch, "2", [Settlement(lowered)])
    assert room.ledger.removed() == {article}
    assert room.ledger.enqueue([corrected, other]).queued == 2
    batch, drops = room.start("3")
    room.ledger.finish(batch, "3", [indexed(drops[0]), Settlement(superseded)])
    assert room.ledger.removed() == frozenset()
    # A bundle's members come later, when it has been listed again.
    assert set(room.ledger.lowered()) == {article}
    assert room.ledger.enqueue([other]).queued == 1


def test_an_article_that_a_file_no_longer_brings_is_remembered_for_a_week(room: Room) -> None:
    a = room.drop("a")
    room.ledger.enqueue([a])
    batch, drops = room.start("1")
    room.ledger.finish(batch, "1", [indexed(drops[0])])
    before = room.entry(a).document_id
    room.ledger.enqueue([a], force=True)
    batch, drops = room.start("2")
    outcome = msgspec.structs.replace(indexed(drops[0]).outcome, document_id="ef" * 16)
    room.ledger.finish(batch, "2", [Settlement(outcome)])
    assert room.ledger.removed() == {before}
    room.clock.sleep(7 * 86_400 + 1)
    room.ledger.tick(throttle_ms=0, gap_ms=1_000)
    assert room.ledger.removed() == frozenset()


def test_a_drop_keeps_its_document_while_it_is_gone_or_dead(room: Room) -> None:
    a = room.drop("a")
    room.ledger.enqueue([a])
    batch, drops = room.start("1")
    room.ledger.finish(batch, "1", [indexed(drops[0])])
    room.make_dead(a)
    assert room.entry(a).document_id == "ab" * 16
    room.ledger.enqueue([a], force=True)
    batch, drops = room.start("2")
    assert drops[0].document_id == "ab" * 16
    room.ledger.finish(batch, "2", [settled(drops[0], State.GONE)])
    assert room.entry(a).document_id == "ab" * 16


def test_a_held_batch_is_left_alone_until_its_lease_is_over(room: Room) -> None:
    a, *_ = four(room)
    batch, _ = room.start()
    room.clock.sleep(59)
    assert room.ledger.touch(batch, "run", a.id)
    room.clock.sleep(59)
    assert room.ledger.reap(batch).what == "early"
    room.clock.sleep(2)
    assert room.ledger.reap(batch).what == "charged"
    assert room.ledger.reap(batch).what == "early"


@pytest.mark.parametrize("current", [IN_BULK, AT_GATE])
def test_a_batch_that_waits_for_the_index_is_held_for_as_long_as_an_answer_may_take(
    redis_client: redis.Redis, current: str
) -> None:
    room = Room(redis_client, limits=LedgerLimits(lease_ms=10_000, request_ms=30_000))
    room.ledger.enqueue([room.drop("a")])
    batch, drops = room.start()
    room.ledger.touch(batch, "run", current)
    room.clock.sleep(29)
    assert room.ledger.reap(batch).what == "early"
    # With a file in hand nothing but its own lease counts.
    room.ledger.touch(batch, "run", drops[0].id)
    room.clock.sleep(11)
    assert room.ledger.reap(batch).what == "charged"


def test_the_file_at_hand_is_blamed_and_goes_alone_its_neighbours_are_not(room: Room) -> None:
    a, b, c, d = four(room)
    batch, _ = room.start()
    room.ledger.touch(batch, "run", b.id)
    room.lapse()
    reaped = room.ledger.reap(batch)
    assert (reaped.what, reaped.blamed, reaped.drops, reaped.letter) == ("charged", b.id, 4, False)
    assert [room.entry(drop).deaths for drop in (a, b, c, d)] == [0, 1, 0, 0]
    assert sorted(len(view.drops) for view in room.ledger.batches()) == [1, 3]


def test_death_in_the_bulk_blames_nobody_and_sends_each_alone(room: Room) -> None:
    drops = four(room)
    batch, _ = room.start()
    room.ledger.touch(batch, "run", drops[0].id)
    room.ledger.touch(batch, "run", IN_BULK)
    room.lapse()
    assert room.ledger.reap(batch).what == "split"
    assert [len(view.drops) for view in room.ledger.batches()] == [1, 1, 1, 1]
    assert not any(room.entry(drop).deaths for drop in drops)


def test_death_at_the_gate_blames_nobody(room: Room) -> None:
    drops = four(room)
    batch, _ = room.start()
    room.ledger.touch(batch, "run", AT_GATE)
    room.lapse()
    assert room.ledger.reap(batch).what == "waiting"
    _, again = room.start("second")
    assert len(again) == 4
    assert not any(room.entry(drop).deaths for drop in drops)


def test_two_deaths_make_a_letter_that_tells_both_deaths(room: Room) -> None:
    a = room.drop("a")
    room.ledger.enqueue([a])
    room.kill_alone(a)
    assert room.state(a) is State.QUEUED
    room.kill_alone(a)
    assert room.state(a) is State.DEAD
    letter = room.letters.show(a.id)
    assert letter is not None
    assert (letter.stage, letter.error_type, letter.path) == (Stage.WORKER, "WorkerLostError", a.path)
    assert [attempt.stage for attempt in letter.attempts] == [Stage.WORKER] * 2
    assert letter.first_failed_ms == letter.last_failed_ms - 61_000
    assert letter.attempts[0].host == "host"
    assert letter.task_id == "task"


def test_any_outcome_clears_the_deaths(room: Room) -> None:
    a = room.drop("a")
    room.ledger.enqueue([a])
    room.kill_alone(a)
    batch, drops = room.start()
    room.ledger.finish(batch, "run", [retrying(drops[0], 0)])
    assert room.entry(a).deaths == 0
    room.ledger.due()
    room.kill_alone(a)
    assert room.state(a) is State.QUEUED


def test_expire_ends_the_lease_of_the_run_it_names_and_of_no_other(room: Room) -> None:
    four(room)
    batch, _ = room.start()
    assert not room.ledger.expire(batch, "another", "")
    assert not room.ledger.expire("no-such-batch", "run", "")
    assert room.ledger.reap(batch).what == "early"
    assert room.ledger.expire(batch, "run", "")
    assert room.ledger.reap(batch).what == "split"


def test_a_batch_that_nobody_has_started_has_no_lease_to_end(room: Room) -> None:
    four(room)
    assert not room.ledger.expire(room.batch(), "", "")


def test_the_drop_that_a_dead_process_had_in_hand_is_blamed_and_no_other(room: Room) -> None:
    _, b, *_ = four(room)
    batch, _ = room.start()
    assert room.ledger.expire(batch, "run", b.id)
    reaped = room.ledger.reap(batch)
    assert (reaped.what, reaped.blamed) == ("charged", b.id)


def test_a_drop_that_is_not_in_the_batch_is_not_blamed_for_it(room: Room) -> None:
    four(room)
    batch, _ = room.start()
    assert room.ledger.expire(batch, "run", room.drop("elsewhere").id)
    assert room.ledger.reap(batch).what == "split"


def test_who_dies_at_the_gate_had_nothing_in_hand(room: Room) -> None:
    a, *_ = four(room)
    batch, _ = room.start()
    assert room.ledger.touch(batch, "run", AT_GATE)
    assert room.ledger.expire(batch, "run", a.id)
    assert room.ledger.reap(batch).what == "waiting"


def test_a_batch_nobody_started_is_published_again_only_if_its_message_is_lost(room: Room) -> None:
    four(room)
    batch = room.batch()
    for _ in range(120):
        room.clock.sleep(31)
        assert room.ledger.reap(batch).what == "extended"
    assert room.messages() == 1
    room.client.delete(keys.QUEUE + Lane.FRESH)
    room.clock.sleep(31)
    assert room.ledger.reap(batch).what == "published"
    assert room.messages() == 1


def test_a_message_lost_while_later_ones_were_taken_is_published_again(room: Room) -> None:
    first, second, third = (room.drop(name) for name in "123")
    for drop in (first, second, third):
        room.ledger.enqueue([drop])
    batches = {view.drops[0]: view.id for view in room.ledger.batches()}
    room.client.rpop(keys.QUEUE + Lane.FRESH)
    assert room.ledger.start(batches[second.id], "run", process=1, task="t")
    room.client.rpop(keys.QUEUE + Lane.FRESH)
    room.clock.sleep(31)
    assert room.ledger.reap(batches[first.id]).what == "published"
    assert room.ledger.reap(batches[third.id]).what == "extended"


def test_the_lanes_are_counted_apart(room: Room) -> None:
    room.ledger.enqueue([room.drop("fresh")])
    room.ledger.enqueue([room.drop("old")], lane=Lane.BACKLOG)
    old = next(view for view in room.ledger.batches() if view.lane == Lane.BACKLOG)
    room.ledger.start(old.id, "run", process=1, task="t")
    room.lapse()
    room.ledger.reap(old.id)
    assert room.messages(Lane.BACKLOG) == 2
    assert room.messages(Lane.FRESH) == 1


def test_due_drops_come_in_batches_bounded_by_number_and_bytes(room: Room) -> None:
    drops = [room.drop(f"{number}", size=4_000_000) for number in range(6)]
    for drop in drops:
        room.ledger.enqueue([drop])
    for view in list(room.ledger.batches()):
        held = room.ledger.start(view.id, "run", process=1, task="t")
        room.ledger.finish(view.id, "run", [retrying(held[0], 5_000)])
    assert room.ledger.due() == 0
    room.clock.sleep(5)
    assert (room.ledger.due(), room.ledger.due(), room.ledger.due()) == (4, 2, 0)


def test_attempts_travel_with_the_drop_into_its_letter(room: Room) -> None:
    a = room.drop("a")
    room.ledger.enqueue([a])
    for number in range(3):
        batch, drops = room.start(f"{number}")
        assert drops[0].attempts == number
        room.ledger.finish(batch, f"{number}", [retrying(drops[0], 1_000)])
        room.clock.sleep(1)
        room.ledger.due()
    batch, drops = room.start("last")
    failure = retrying(drops[0]).outcome
    room.ledger.finish(batch, "last", [Settlement(failure, Dead())])
    letter = room.letters.show(a.id)
    assert letter is not None
    assert len(letter.attempts) == 4
    assert letter.last_failed_ms - letter.first_failed_ms == 3_000


def test_after_flushall_workers_find_nothing_and_the_rescan_brings_everything_back(room: Room) -> None:
    a, *_ = drops = four(room)
    batch, held = room.start()
    born = room.ledger.born()
    room.client.flushall()
    assert not room.ledger.touch(batch, "run", a.id)
    assert not room.ledger.finish(batch, "run", [indexed(drop) for drop in held])
    assert room.ledger.lookup([a.id]) == [None]
    assert room.ledger.enqueue(drops).queued == 4
    assert room.ledger.born() != born
    assert room.batch() != batch


def test_after_a_second_death_in_a_batch_its_drops_go_one_by_one_and_the_blamed_ones_last(room: Room) -> None:
    drops = [room.drop(f"{number}") for number in range(6)]
    room.ledger.enqueue(drops)
    batch, given = room.start("1")
    room.ledger.touch(batch, "1", given[0].id)
    room.clock.sleep(61)
    assert room.ledger.reap(batch).blamed == given[0].id
    # One bad file is the rule: its neighbours stay together, and it goes behind what is fresh.
    views = {view.lane: view.drops for view in room.ledger.batches()}
    assert views[Lane.BACKLOG] == [given[0].id]
    assert len(views[Lane.FRESH]) == 5
    rest, again = next((view.id, view.drops) for view in room.ledger.batches() if len(view.drops) == 5)
    room.ledger.start(rest, "2", process=1, task="t")
    room.ledger.touch(rest, "2", again[0])
    room.clock.sleep(61)
    assert room.ledger.reap(rest).blamed == again[0]
    sizes = [(view.lane, len(view.drops)) for view in room.ledger.batches()]
    assert sorted(sizes) == [(Lane.BACKLOG, 1)] * 2 + [(Lane.FRESH, 1)] * 4


def test_retries_that_are_due_wait_while_the_backlog_is_full(room: Room) -> None:
    room.ledger.enqueue([room.drop("new")], lane=Lane.BACKLOG)
    a = room.drop("a")
    room.ledger.enqueue([a])
    batch = next(view.id for view in room.ledger.batches() if view.lane == Lane.FRESH)
    drops = room.ledger.start(batch, "1", process=1, task="t")
    room.ledger.finish(batch, "1", [retrying(drops[0], 10)])
    room.clock.sleep(60)
    assert room.ledger.due(high_water=1) == 0
    assert room.entry(a).state is State.RETRYING
    assert room.ledger.due(high_water=2) == 1
    assert {view.lane for view in room.ledger.batches()} == {Lane.BACKLOG}
