"""The reconciler's ticks: what they put right, how they are held apart, what they survive."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from tests.models.ledger_invariants import check_invariants
from tests.models.ledger_room import Mirror, Room, indexed, retrying
from tests.servers.redis_server import RedisServer
from tests.waiting import until

from newsdrop.documents import Drop, State
from newsdrop.errors import OutageError
from newsdrop.ledger import keys
from newsdrop.ledger import ledger as ledger_module
from newsdrop.ledger.deadletters import DeadLetters
from newsdrop.ledger.inbox import Inbox
from newsdrop.ledger.ledger import AT_GATE, Lane, Ledger, LedgerLimits
from newsdrop.ledger.letter_export import LetterFolder, TrimPolicy
from newsdrop.ledger.reconcile import Reconciler

pytestmark = pytest.mark.redis


def reconciler(room: Room, mirror: Mirror | None = None, **more: Any) -> Reconciler:
    inbox = Inbox(room.client, room.ledger, room.letters)
    return Reconciler(room.ledger, inbox, room.letters, mirror, **more)


def queued_in_ten_ticks(ticks: Reconciler, room: Room) -> int:
    """How many retries ten ticks put back on the queue, with five seconds after each."""
    queued = 0
    for _ in range(10):
        queued += ticks.tick().due
        room.clock.sleep(5)
    return queued


@pytest.fixture
def events(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    caplog.set_level(logging.DEBUG, "newsdrop")
    return lambda: [record.event_name for record in caplog.records if hasattr(record, "event_name")]


def await_errands() -> None:
    """What a reconciler does in a thread of its own needs its client until it is over."""
    until(lambda: not [one for one in threading.enumerate() if one.name == "letters"], "that thread is over")


def test_the_first_tick_after_a_gap_only_renews_leases(room: Room, events: Callable[[], list[str]]) -> None:
    room.ledger.enqueue([room.drop("a")])
    ticks = reconciler(room)
    ticks.tick()
    batch, drops = room.start()
    room.ledger.touch(batch, "run", drops[0].id)
    room.clock.sleep(3_600)
    woke = ticks.tick()
    assert (woke.gap_s, woke.reaped) == (3_600, 0)
    assert "reconcile.woke" in events()
    assert room.entry(drops[0]).deaths == 0
    room.clock.sleep(30)
    assert ticks.tick().reaped == 0
    assert room.ledger.finish(batch, "run", [indexed(drops[0])])


def test_a_clock_that_is_set_back_strands_nothing(room: Room) -> None:
    held, later = room.drop("held"), room.drop("later")
    room.ledger.enqueue([later])
    batch, drops = room.start("1")
    room.ledger.finish(batch, "1", [retrying(drops[0], 30_000)])
    room.ledger.enqueue([held])
    ticks = reconciler(room)
    ticks.tick()
    # Whoever holds it is killed now, and then the clock goes back by a day.
    room.start("2")
    room.clock.sleep(5 - 86_400)
    queued = reaped = 0
    for _ in range(30):
        tick = ticks.tick()
        queued, reaped = queued + tick.due, reaped + tick.reaped
        room.clock.sleep(5)
    assert queued == 1
    assert reaped


def test_a_clock_that_was_set_back_before_anybody_looked_strands_nothing(room: Room) -> None:
    drop = room.drop("a")
    room.ledger.enqueue([drop])
    room.client.delete(keys.QUEUE + Lane.FRESH)
    room.clock.sleep(-3_600)
    ticks = reconciler(room)
    for _ in range(20):
        ticks.tick()
        room.clock.sleep(5)
    # Its message is lost; published again when its time is over, and that isn't an hour later.
    assert room.client.llen(keys.QUEUE + Lane.FRESH) == 1


@pytest.mark.parametrize("looked", [False, True], ids=["before-anybody-looked", "between-two-turns"])
def test_a_retry_that_was_made_while_the_clock_was_ahead_is_not_late(room: Room, looked: bool) -> None:
    ticks = reconciler(room)
    if looked:
        ticks.tick()
    room.clock.sleep(86_000)
    room.ledger.enqueue([room.drop("a")])
    batch, drops = room.start("1")
    room.ledger.finish(batch, "1", [retrying(drops[0], 30_000)])
    room.clock.sleep(-86_000)
    assert queued_in_ten_ticks(ticks, room) == 1


def test_a_clock_that_is_set_back_again_before_anybody_looked_strands_nothing(room: Room) -> None:
    ticks = reconciler(room)
    room.ledger.enqueue([room.drop("a")])
    ticks.tick()
    room.clock.sleep(-3_600)
    # Due long before the time of the last look, and yet not due for a day once the clock is set back again.
    batch, drops = room.start()
    assert room.ledger.finish(batch, "run", [retrying(drops[0], 30_000)])
    room.clock.sleep(-86_400)
    assert queued_in_ten_ticks(ticks, room) == 1


def test_a_clock_set_back_under_many_retries_is_healed_in_small_steps(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "_STEP", 10)
    drops = [room.drop(f"{number}") for number in range(35)]
    room.ledger.enqueue(drops)
    batch, given = room.start("1")
    room.ledger.finish(batch, "1", [retrying(drop, 30_000) for drop in given])
    ticks = reconciler(room)
    ticks.tick()
    room.clock.sleep(5 - 86_400)
    now = room.clock.now_ms
    stranded = []
    for _ in range(5):
        ticks.tick()
        stranded.append(room.client.zcount(keys.DUE, now + 3_600_000, "+inf"))
        room.clock.sleep(5)
    assert stranded == [25, 15, 5, 0, 0]
    assert not room.client.exists(keys.TICK_BACK)


def test_a_clock_set_back_by_minutes_brings_each_retry_forward_once(room: Room) -> None:
    room.ledger.enqueue([room.drop("a")])
    batch, given = room.start("1")
    room.ledger.finish(batch, "1", [retrying(given[0], 3_600_000)])
    ticks = reconciler(room)
    ticks.tick()
    room.clock.sleep(-100)
    for _ in range(5):
        ticks.tick()
        room.clock.sleep(5)
    assert room.client.zrange(keys.DUE, 0, -1, withscores=True) == [
        (bytes.fromhex(given[0].id), 1_760_000_000_000 + 3_500_000)
    ]


def test_a_clock_set_back_keeps_no_gate_closed(room: Room) -> None:
    room.ledger.enqueue([room.drop("a")])
    ticks = reconciler(room)
    ticks.tick()
    # As the server has it: what was to expire in a minute is to expire in a day and a minute.
    room.ledger.close_gate("index", "It is down.", 86_400 + 60)
    room.clock.sleep(-86_400)
    ticks.tick()
    assert 0 < room.client.pttl(keys.GATE) <= 60_000


def test_many_leases_are_renewed_in_small_steps_after_a_gap(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "_STEP", 10)
    for number in range(35):
        room.ledger.enqueue([room.drop(f"{number}")])
    ticks = reconciler(room)
    ticks.tick()
    room.clock.sleep(3_600)
    arguments = {"throttle_ms": 4_000, "gap_ms": 60_000, "count": 64, "step": 10}
    limits = {"limits": room.ledger.wire_limits()}
    # One that is ended in the middle; whoever comes next goes on, throttle or not.
    assert room.ledger.scripts.run("tick", arguments | limits) == [3_600_000, 10, 1]
    assert room.ledger.tick(throttle_ms=4_000, gap_ms=60_000) == (1, [])
    assert room.client.zcount(keys.BATCHES, "-inf", room.clock.now_ms) == 0
    assert not room.client.exists(keys.TICK_GAP)


def test_a_lapsed_batch_is_reaped_by_the_next_tick_and_its_letter_told(
    room: Room, events: Callable[[], list[str]]
) -> None:
    drop = room.drop("a")
    room.ledger.enqueue([drop])
    ticks = reconciler(room)
    ticks.tick()
    for number in range(2):
        room.start(f"{number}")
        for _ in range(13):
            room.clock.sleep(5)
            tick = ticks.tick()
            if tick.reaped:
                break
    assert (tick.reaped, tick.letters) == (1, 1)
    assert room.state(drop) is State.DEAD
    assert events().count("reconcile.reaped") == 2
    assert "drop.dead" in events()


def test_ticks_of_several_reconcilers_are_held_apart(room: Room) -> None:
    first, second = reconciler(room), reconciler(room)
    first.tick()
    assert second.tick().busy
    room.clock.sleep(5)
    assert not second.tick().busy


def test_a_tick_queues_what_is_due_and_takes_the_inbox_in(room: Room) -> None:
    drops = [room.drop(f"{number}") for number in range(100)]
    room.ledger.enqueue(drops)
    for view in list(room.ledger.batches()):
        held = room.ledger.start(view.id, "run", process=1, task="t")
        room.ledger.finish(view.id, "run", [retrying(drop, 3_000) for drop in held])
    for number in range(70):
        room.client.xadd(keys.INBOX, {"drop": f'{{"v":1,"name":"{number}","content":"eA=="}}'})
    ticks = reconciler(room)
    ticks.tick()
    room.clock.sleep(5)
    tick = ticks.tick()
    assert (tick.due, tick.messages, tick.rejected) == (100, 70, 0)


def test_from_the_first_tick_on_the_inbox_takes_only_what_it_can_read(room: Room) -> None:
    reconciler(room).tick()
    assert room.client.xlen(keys.INBOX) == 0
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        room.client.lpush(keys.INBOX, '{"v":1,"path":"/a.md"}')
    assert room.client.xadd(keys.INBOX, {"drop": "{}"}, id="1-0") == b"1-0"


def test_an_index_that_is_down_holds_up_nothing_but_the_mirror(
    room: Room, events: Callable[[], list[str]]
) -> None:
    room.make_dead(room.drop("a"))
    mirror = Mirror()
    mirror.up = False
    seconds = 0.0
    ticks = reconciler(room, mirror, clock_s=lambda: seconds)
    ticks.tick()
    for _ in range(3):
        room.clock.sleep(5)
        seconds += 40
        assert ticks.tick().mirrored == 0
    # The same complaint is made once.
    assert events().count("reconcile.outage") == 1
    mirror.up = True
    room.clock.sleep(5)
    seconds += 40
    assert ticks.tick().mirrored == 1


def test_an_index_that_came_in_the_mirrors_place_gets_every_letter_bit_by_bit(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DeadLetters.mark_for_mirror, "__defaults__", (3,))
    drops = [room.drop(f"{number}") for number in range(10)]
    for drop in drops:
        room.make_dead(drop)
    room.letters.discard([drops[0].id], "me")
    room.letters.replay([drops[1].id], "me")
    seconds, mirror = 0.0, Mirror()
    ticks = reconciler(room, mirror, clock_s=lambda: seconds)
    ticks.tick()
    room.clock.sleep(5)
    ticks.tick()
    assert (len(mirror.letters), room.ledger.gauges().unmirrored) == (10, 0)
    again = Mirror()
    again.home = "two"
    # One that is ended in the middle: three letters are marked, and two of them there.
    assert room.letters.mark_for_mirror("two") == 3
    again.refused = {next(iter(mirror.letters))}
    room.letters.mirror(again)
    again.refused = set()
    other = reconciler(room, again, clock_s=lambda: seconds)
    room.clock.sleep(5)
    assert other.tick().mirrored >= 7
    assert {name: one.status for name, one in again.letters.items()} == {
        drop.id: {0: "discarded", 1: "replayed"}.get(at, "dead") for at, drop in enumerate(drops)
    }
    room.clock.sleep(5)
    assert other.tick().mirrored == 0
    assert room.letters.mark_for_mirror("two") == 0


def test_a_letter_that_is_deleted_while_it_is_marked_holds_up_no_other(room: Room) -> None:
    room.make_dead(room.drop("a"))
    room.client.sadd(keys.LETTERS_DIRTY, "00" * 16)
    mirror = Mirror()
    while room.letters.mirror(mirror):
        pass
    assert (len(mirror.letters), room.ledger.gauges().unmirrored) == (1, 0)


def test_letters_beyond_the_bounds_are_trimmed_by_the_tick(room: Room, tmp_path: Path) -> None:
    for number in range(4):
        room.make_dead(room.drop(f"{number}"))
    ticks = reconciler(room, trim=TrimPolicy(max_count=1, export=LetterFolder(path=tmp_path / "letters")))
    ticks.tick()
    trimmed = 0
    for _ in range(3):
        room.clock.sleep(5)
        trimmed += ticks.tick().trimmed
    assert trimmed == 3


def test_a_record_that_is_damaged_holds_up_neither_the_others_nor_what_comes(
    redis_client: redis.Redis, events: Callable[[], list[str]]
) -> None:
    # Not the fixture: at the end of this nothing is as it should be.
    room = Room(redis_client)
    ticks = reconciler(room)
    ticks.tick()
    for name in ("damaged", "whole"):
        room.ledger.enqueue([room.drop(name)])
    batches = list(room.ledger.batches())
    for batch in batches:
        room.ledger.start(batch.id, "run", process=1, task="t")
    room.client.hdel(keys.BATCH + batches[0].id, "@who")
    room.client.xadd(keys.INBOX, {"drop": json.dumps({"v": 1, "path": "/etc/passwd"})})
    for _ in range(4):
        room.clock.sleep(30)
        ticks.tick()
    assert room.client.xlen(keys.INBOX) == 0
    assert room.entry(room.drop("whole")).deaths == 1
    assert events().count("reconcile.outage") == 1


def test_it_outlives_what_nobody_has_foreseen(
    room: Room, events: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    unforeseen = [redis.ResponseError("upstream failure"), ValueError("wrong"), MemoryError()]
    ticks = reconciler(room, interval_s=0.01)
    tick = room.ledger.tick

    def fail(**arguments: Any) -> Any:
        if unforeseen:
            raise unforeseen.pop()
        return tick(**arguments)

    monkeypatch.setattr(room.ledger, "tick", fail)
    stop = threading.Event()
    thread = threading.Thread(target=ticks.run, args=(stop,))
    thread.start()
    try:
        until(lambda: room.client.exists(keys.TICK), "it goes on")
    finally:
        stop.set()
        thread.join()
    await_errands()
    assert events().count("reconcile.outage") == 3


def test_an_emptied_redis_is_reported(room: Room, events: Callable[[], list[str]]) -> None:
    room.ledger.enqueue([room.drop("a")])
    ticks = reconciler(room)
    ticks.tick()
    room.client.flushall()
    room.ledger.enqueue([room.drop("a")])
    ticks.tick()
    assert "ledger.reset" in events()


@pytest.fixture
def own_server() -> Iterator[RedisServer]:
    server = RedisServer(options=("--appendonly", "yes", "--appendfsync", "always")).start()
    yield server
    server.remove()


def test_it_outlives_a_redis_that_is_killed_and_goes_on_with_what_the_disk_has(
    own_server: RedisServer, events: Callable[[], list[str]]
) -> None:
    client = redis.Redis(host="127.0.0.1", port=own_server.port, socket_timeout=2)
    ledger = Ledger(client, LedgerLimits(lease_ms=1_000, grace_ms=200))
    letters = DeadLetters(client, ledger)
    stop = threading.Event()
    ticks = Reconciler(ledger, Inbox(client, ledger, letters), letters, interval_s=0.1)
    thread = threading.Thread(target=ticks.run, args=(stop,))
    thread.start()
    try:
        drops = Room(client).drop("a"), Room(client).drop("b")
        ledger.enqueue([drops[0]])
        own_server.kill()
        until(lambda: "reconcile.outage" in events())
        own_server.start()
        until(lambda: _queue_again(ledger, drops[1]))
        client.delete(keys.QUEUE + "newsdrop.ingest")
        # Both messages are lost; the reconciler publishes one again, and the other once that one was taken.
        started: set[str] = set()
        until(lambda: _start_next(client, ledger, started) == 2)
        client.xadd(keys.INBOX, {"drop": '{"v":1,"name":"x","content":"eA=="}'})
        until(lambda: ledger.depth()[Lane.FRESH] == 3)
    finally:
        stop.set()
        thread.join(10)
    assert not thread.is_alive()
    await_errands()
    check_invariants(client)
    client.close()


def _queue_again(ledger: Ledger, drop: Drop) -> bool:
    try:
        return ledger.enqueue([drop]).queued == 1
    except OutageError:
        return False


def _start_next(client: redis.Redis, ledger: Ledger, started: set[str]) -> int:
    message: Any = client.rpop(keys.QUEUE + Lane.FRESH)
    if message:
        (batch, _seq), _, _ = json.loads(json.loads(message)["body"])
        if ledger.start(batch, f"run of {batch}", process=1, task=batch):
            started.add(batch)
    for batch in started:
        ledger.touch(batch, f"run of {batch}", AT_GATE)
    return len(started)
