"""Dead letters over the real ledger: filters, groups, replay, discard, export, mirror, trimming."""

from __future__ import annotations

import io
import json
import stat
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.models.ledger_room import Mirror, Room, dead, indexed
from tests.settling import settle

from newsdrop.documents import DeadLetter, Drop, Stage, Stamp, State
from newsdrop.errors import ConfigError
from newsdrop.identity import path_drop_id
from newsdrop.ledger import keys
from newsdrop.ledger.deadletters import DeadLetters, LetterFilter
from newsdrop.ledger.ledger import Lane, LedgerLimits, Settlement
from newsdrop.ledger.letter_export import LetterFolder, TrimPolicy

pytestmark = pytest.mark.redis


def ids(letters: Sequence[DeadLetter]) -> list[str]:
    return [letter.id for letter in letters]


def exported(base: Path) -> list[str]:
    """The lines of all files that letters were written to."""
    return [line for file in sorted((base / "letters").iterdir()) for line in file.read_text().splitlines()]


def test_a_letter_says_everything_about_its_drop(room: Room) -> None:
    drop = msgspec.structs.replace(room.drop("caf\udce9", collection="中文"), receipt="1-0")
    room.make_dead(drop, "It is “broken”.")
    letter = room.letters.show(drop.id)
    assert letter is not None
    assert letter.path == "/drops/caf\udce9"
    assert (letter.stage, letter.error_type, letter.error_message) == (
        Stage.PARSE, "NoArticleError", "It is “broken”.",
    )  # fmt: skip
    assert (letter.sha256, letter.collection, letter.receipt) == ("cd" * 32, "中文", "1-0")
    assert (letter.stamp, letter.task_id, letter.status) == (Stamp(10, 7), "task", "dead")
    assert letter.first_failed_ms == letter.last_failed_ms == room.clock.now_ms
    assert [attempt.host for attempt in letter.attempts] == ["host"]
    assert room.letters.show("00" * 16) is None


def test_letters_are_filtered_by_everything_there_is(room: Room) -> None:
    old, new, other = room.drop("2019/old.md"), room.drop("2024/new.md"), room.drop("2024/other.md")
    room.make_dead(old, "Bad header in line 7")
    room.clock.sleep(1_000)
    room.make_dead(new, "Bad header in line 12")
    room.clock.sleep(10)
    room.make_dead(other, "No article")
    listed = room.letters.list
    assert ids(listed()) == [other.id, new.id, old.id]
    assert ids(listed(LetterFilter(path="*/2024/*"))) == [other.id, new.id]
    assert ids(listed(LetterFilter(error="HEADER"))) == [new.id, old.id]
    assert len(listed(LetterFilter(error="NoArticleError"))) == 3
    assert ids(listed(LetterFilter(older_than_s=500))) == [old.id]
    assert ids(listed(LetterFilter(newer_than_s=500))) == [other.id, new.id]
    assert ids(listed(LetterFilter(ids=(old.id,)))) == [old.id]
    assert listed(LetterFilter(stage=Stage.INDEX)) == []
    group = listed()[1].group
    assert ids(listed(LetterFilter(group=group))) == [new.id, old.id]
    room.letters.discard([old.id], "me")
    assert ids(listed(LetterFilter(group=group))) == [new.id]
    assert ids(listed(LetterFilter(status="discarded"))) == [old.id]
    assert len(listed(LetterFilter(status=None))) == 3


def test_groups_count_letters_of_one_kind_together(room: Room) -> None:
    for number in range(3):
        room.make_dead(room.drop(f"{number}"), f"Bad header in line {number}")
        room.clock.sleep(1)
    room.make_dead(room.drop("x"), "No article")
    first, second = room.letters.groups()
    assert (first.letters, second.letters) == (3, 1)
    assert first.message == "Bad header in line 2"
    assert first.last_failed_ms - first.first_failed_ms == 2_000
    assert room.ledger.gauges().letters["parse"] == 4


def test_replay_queues_the_drop_again_with_all_its_attempts_and_only_once(room: Room) -> None:
    drop = room.drop("a", collection="c")
    room.make_dead(drop)
    assert room.letters.replay([drop.id], "me") == 1
    assert room.letters.replay([drop.id], "me") == 0
    assert room.state(drop) is State.QUEUED
    letter = room.letters.show(drop.id)
    assert letter is not None
    assert (letter.status, letter.changed_by, letter.changed_ms) == ("replayed", "me", room.clock.now_ms)
    batch, drops = room.start("again")
    assert (drops[0].path, drops[0].attempts, drops[0].collection) == (drop.path, 0, "c")
    room.ledger.finish(batch, "again", [indexed(drops[0])])
    assert room.state(drop) is State.INDEXED
    assert room.letters.open([drop.id]) == set()


def test_a_replay_that_fails_again_is_a_new_attempt_on_the_same_letter(room: Room) -> None:
    drop = room.drop("a")
    room.make_dead(drop, "First.")
    room.clock.sleep(60)
    room.letters.replay(LetterFilter(), "me")
    batch, drops = room.start("again")
    room.ledger.finish(batch, "again", [dead(drops[0], "Second.", Stage.INDEX)])
    letter = room.letters.show(drop.id)
    assert letter is not None
    assert [attempt.message for attempt in letter.attempts] == ["First.", "Second."]
    assert (letter.status, letter.stage, letter.changed_by) == ("dead", Stage.INDEX, None)
    assert letter.last_failed_ms - letter.first_failed_ms == 60_000
    assert room.ledger.gauges().letters == {stage.value: int(stage is Stage.INDEX) for stage in Stage}


def test_a_replay_of_hundreds_goes_in_bounded_batches(room: Room) -> None:
    drops = [room.drop(f"{number}") for number in range(200)]
    room.ledger.enqueue(drops)
    for view in list(room.ledger.batches()):
        held = room.ledger.start(view.id, "run", process=1, task="t")
        room.ledger.finish(view.id, "run", [dead(drop) for drop in held])
    assert room.letters.replay(LetterFilter(), "me") == 200
    assert sorted(len(view.drops) for view in room.ledger.batches()) == [8, 64, 64, 64]


def test_inline_bytes_stay_with_an_open_letter_and_come_back_on_replay(room: Room) -> None:
    drop = room.inline("key", b"\x00\xff")
    room.make_dead(drop)
    letter = room.letters.show(drop.id)
    assert letter is not None
    assert (letter.content, letter.name, letter.path) == (b"\x00\xff", "key.md", None)
    room.letters.replay([drop.id], "me")
    batch, drops = room.start("again")
    assert drops[0].content == b"\x00\xff"
    room.ledger.finish(batch, "again", [indexed(drops[0])])
    assert not room.client.exists(keys.BODY + drop.id)


def test_a_letter_whose_inline_bytes_are_lost_stays_dead(room: Room) -> None:
    drop = room.inline("key")
    room.make_dead(drop)
    room.client.delete(keys.BODY + drop.id)
    left: Counter[str] = Counter()
    assert room.letters.replay([drop.id], "me", left=left) == 0
    assert left == {"Its bytes are lost.": 1}
    assert room.state(drop) is State.DEAD
    room.letters.discard([drop.id], "me")


def test_discard_gives_up_for_good_and_frees_the_bytes(room: Room) -> None:
    drop = room.inline("key")
    room.make_dead(drop)
    assert room.letters.discard([drop.id], "me") == 1
    assert room.letters.discard([drop.id], "me") == 0
    assert room.state(drop) is State.DISCARDED
    assert room.letters.replay([drop.id], "me") == 0
    assert not room.client.exists(keys.BODY + drop.id)


def test_a_letter_follows_its_file(room: Room) -> None:
    drop = room.drop("a")
    assert not room.letters.moved(drop.id, "/failed/a")
    room.make_dead(drop)
    assert room.letters.moved(drop.id, "/failed/caf\udce9")
    room.letters.replay([drop.id], "me")
    batch, drops = room.start("again")
    assert drops[0].path == "/failed/caf\udce9"
    # It is the drop of where it lies: read again by its path (`newsdrop reparse`), it is not a second one.
    assert drops[0].id == path_drop_id("/failed/caf\udce9")
    assert room.state(drop) is State.GONE
    letters = room.letters.list(LetterFilter(status=None))
    assert {letter.id: letter.status for letter in letters} == {drop.id: "moved", drops[0].id: "replayed"}
    room.ledger.finish(batch, "again", [indexed(drops[0])])
    room.ledger.enqueue([msgspec.structs.replace(drops[0], document_id="ab" * 16)], force=True)
    counts = room.ledger.counts()
    assert (counts[State.QUEUED], counts[State.GONE], sum(counts.values())) == (1, 1, 2)
    # Moved back, it is a drop of its first path again.
    assert room.ledger.enqueue([drop]).queued == 1


def test_a_replay_of_a_moved_file_that_is_being_tried_already_counts_and_queues_nothing(room: Room) -> None:
    drop = moved_away(room)
    there = msgspec.structs.replace(drop, id=path_drop_id(FAILED), path=FAILED)
    room.ledger.enqueue([there])
    assert room.letters.replay([drop.id], "me") == 1
    assert room.state(drop) is State.GONE
    assert room.ledger.counts()[State.QUEUED] == 1
    assert room.letters.list() == []


def test_export_writes_json_lines_with_the_bytes(room: Room) -> None:
    room.make_dead(room.inline("key", b"\x00\xff"))
    room.make_dead(room.drop("caf\udce9"))
    file = io.BytesIO()
    assert room.letters.export(LetterFilter(), file) == 2
    lines = [json.loads(line) for line in file.getvalue().splitlines()]
    assert {line.get("path") for line in lines} == {None, "/drops/caf\\xe9"}
    assert {line.get("content") for line in lines} == {None, "AP8="}


def test_the_mirror_gets_each_change_until_it_acknowledged_it(room: Room) -> None:
    first, second = room.drop("1"), room.drop("2")
    room.make_dead(first)
    room.make_dead(second)
    mirror = Mirror()
    mirror.refused = {second.id}
    assert room.letters.mirror(mirror) == 1
    assert room.letters.mirror(mirror) == 0
    mirror.refused = set()
    assert room.letters.mirror(mirror) == 1
    room.letters.replay([first.id], "me")
    assert room.letters.mirror(mirror) == 1
    assert mirror.letters[first.id].status == "replayed"


def test_a_letter_that_comes_back_after_the_ledger_was_emptied_is_newer_than_its_mirror(room: Room) -> None:
    mirror = Mirror()
    drop = room.drop("a")
    room.make_dead(drop)
    assert room.letters.replay([drop.id], "me") == 1
    room.letters.mirror(mirror)
    before = mirror.letters[drop.id]
    room.client.flushall()
    room.clock.sleep(1)
    room.make_dead(drop)
    room.letters.mirror(mirror)
    # Both stores of letters keep the higher revision (tests/contract/test_store.py).
    assert mirror.letters[drop.id].revision > before.revision


def test_a_letter_that_changes_while_it_is_mirrored_stays_dirty(room: Room) -> None:
    drop = room.drop("a")
    room.make_dead(drop)

    class Slow(Mirror):
        def mirror_letters(self, letters: Sequence[DeadLetter]) -> list[str]:
            room.letters.discard([drop.id], "me")
            return super().mirror_letters(letters)

    assert room.letters.mirror(Slow()) == 0
    mirror = Mirror()
    assert room.letters.mirror(mirror) == 1
    assert mirror.letters[drop.id].status == "discarded"


def test_nothing_is_trimmed_unless_it_is_configured(room: Room) -> None:
    for number in range(5):
        room.make_dead(room.drop(f"{number}"))
    room.clock.sleep(10_000_000)
    assert room.letters.trim() == 0
    with pytest.raises(ConfigError, match="dead_export"):
        TrimPolicy(max_count=3)


def test_the_oldest_letters_beyond_the_count_are_exported_then_trimmed(room: Room, tmp_path: Path) -> None:
    drops = [room.drop(f"{number}") for number in range(5)]
    for drop in drops:
        room.make_dead(drop)
        room.clock.sleep(1)
    room.letters.discard([drops[4].id], "me")
    policy = TrimPolicy(max_count=3, export=LetterFolder(path=tmp_path / "letters"))
    assert [room.letters.trim(policy) for _ in range(3)] == [1, 1, 0]
    # The closed one first, then the oldest open one, whose drop has no letter to be dead with any more.
    assert [json.loads(line)["id"] for line in exported(tmp_path)] == [drops[4].id, drops[0].id]
    assert room.state(drops[0]) is State.DISCARDED
    assert room.letters.count() == 3
    assert stat.S_IMODE((tmp_path / "letters").stat().st_mode) == 0o700


def test_letters_beyond_the_age_are_trimmed(room: Room, tmp_path: Path) -> None:
    room.make_dead(room.drop("old"))
    room.clock.sleep(100)
    room.make_dead(room.drop("new"))
    policy = TrimPolicy(max_age_s=50, export=LetterFolder(path=tmp_path / "letters"))
    assert [room.letters.trim(policy) for _ in range(3)] == [0, 1, 0]
    assert room.letters.count() == 1


def test_the_mirror_hears_that_an_open_letter_was_trimmed(room: Room, tmp_path: Path) -> None:
    old = room.drop("old")
    room.make_dead(old)
    mirror, policy = Mirror(), TrimPolicy(max_age_s=50, export=LetterFolder(path=tmp_path / "letters"))
    room.letters.mirror(mirror)
    room.clock.sleep(100)
    for _ in range(2):
        room.letters.trim(policy)
        room.letters.mirror(mirror)
    assert mirror.letters[old.id].status == "discarded"
    assert room.letters.show(old.id) is None
    assert len(exported(tmp_path)) == 1


def test_nothing_is_trimmed_before_the_mirror_heard_of_it(room: Room, tmp_path: Path) -> None:
    discarded, old = room.drop("discarded"), room.drop("old")
    room.make_dead(discarded)
    room.make_dead(old)
    mirror, policy = Mirror(), TrimPolicy(max_age_s=50, export=LetterFolder(path=tmp_path / "letters"))
    room.letters.mirror(mirror)
    # The index is away from here on.
    room.letters.discard([discarded.id], "me")
    room.clock.sleep(100)
    assert [room.letters.trim(policy, mirrored=True) for _ in range(5)] == [0] * 5
    assert room.letters.count("closed") == 2
    room.letters.mirror(mirror)
    assert {letter.status for letter in mirror.letters.values()} == {"discarded"}
    assert [room.letters.trim(policy, mirrored=True) for _ in range(2)] == [2, 0]
    # Each once, however often it was tried.
    assert sorted(json.loads(line)["id"] for line in exported(tmp_path)) == sorted([discarded.id, old.id])


def test_nothing_is_trimmed_that_can_not_be_exported(room: Room, tmp_path: Path) -> None:
    room.make_dead(room.drop("a"))
    room.make_dead(room.drop("b"))
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="dead_export"):
        room.letters.trim(TrimPolicy(max_count=1, export=LetterFolder(path=tmp_path / "file" / "letters")))
    assert room.letters.count() == 2


def test_a_quarantined_message_keeps_its_bytes_and_counts_repeats(room: Room) -> None:
    letter_id = room.letters.quarantine(b"\xff rubbish", "It is not JSON.")
    assert room.letters.quarantine(b"\xff rubbish", "It is not JSON.") == letter_id
    letter = room.letters.show(letter_id)
    assert letter is not None
    assert (letter.stage, letter.raw, len(letter.attempts)) == (Stage.MESSAGE, b"\xff rubbish", 2)
    assert room.letters.count("message") == 1
    # It names no drop, and was no producer's: there is nothing to replay.
    left: Counter[str] = Counter()
    assert room.letters.replay([letter_id], "me", left=left) == 0
    assert [reason.partition(",")[0] for reason in left] == ["It came on a Celery list"]
    assert room.letters.discard([letter_id], "me") == 1
    assert room.ledger.gauges().letters["message"] == 0


def test_message_letters_are_capped_and_the_oldest_exported_first(room: Room, tmp_path: Path) -> None:
    room.limits = LedgerLimits(message_letters=10)
    letters = DeadLetters(room.client, room.another())
    for number in range(15):
        letters.quarantine(b"rubbish %d" % number, "It is not JSON.")
        room.clock.sleep(1)
    policy = TrimPolicy(export=LetterFolder(path=tmp_path / "letters"))
    assert [letters.trim(policy) for _ in range(2)] == [0, 5]
    assert letters.count("message") == 10
    assert len(exported(tmp_path)) == 5


def test_a_flood_of_rubbish_can_not_outrun_the_trimming(room: Room) -> None:
    room.limits = LedgerLimits(message_letters=10, message_raw_bytes=100, message_bytes=500)
    letters = DeadLetters(room.client, room.another())
    for number in range(60):
        letters.quarantine(b"%05d" % number + b"x" * 1_000, "It is not JSON.")
    assert letters.count("message") == 20
    lost: Any = room.client.get(keys.LETTERS_LOST)
    assert int(lost) == 40
    assert all(room.client.strlen(key) == 100 for key in room.client.keys(keys.BODY + "*"))


def test_a_replay_goes_behind_what_is_fresh_and_waits_in_the_ledger_beyond_the_high_water_mark(
    room: Room,
) -> None:
    drops = [room.drop(f"{number}") for number in range(5)]
    room.ledger.enqueue(drops)
    batch, given = room.start("1")
    room.ledger.finish(batch, "1", [dead(drop) for drop in given])
    assert room.letters.replay([drop.id for drop in drops], "test", high_water=3) == 5
    assert room.ledger.counts()[State.QUEUED] == 3
    assert room.ledger.counts()[State.RETRYING] == 2
    assert room.ledger.depth() == {Lane.FRESH: 0, Lane.BACKLOG: 3}
    (view,) = room.ledger.batches()
    run = room.ledger.start(view.id, "2", process=1, task="t")
    room.ledger.finish(view.id, "2", [indexed(drop) for drop in run])
    assert room.ledger.due(high_water=3) == 2


FAILED = "/failed/a"


def moved_away(room: Room) -> Drop:
    """A dead file whose letter went with it to `failed`, and the drop that another file of its name is."""
    drop = room.drop("a")
    room.make_dead(drop, "The first one.")
    assert room.letters.moved(drop.id, FAILED)
    return msgspec.structs.replace(drop, stamp=Stamp(99, 9))


def check_it_went_on(room: Room, own_id: str, drop: Drop) -> None:
    own = room.letters.show(own_id)
    assert own is not None
    assert (own.status, own.path, own.error_message) == ("dead", FAILED, "The first one.")
    (entry,) = room.ledger.lookup([own_id])
    assert entry is not None
    assert (entry.state, entry.stamp) == (State.DEAD, Stamp(10, 7))
    left = room.letters.show(drop.id)
    assert left is not None
    assert left.status == "moved"


def test_a_letter_goes_on_with_its_moved_file_when_another_takes_its_place(room: Room) -> None:
    drop, mirror = moved_away(room), Mirror()
    room.letters.mirror(mirror)
    assert room.ledger.enqueue([drop]).queued == 1
    check_it_went_on(room, path_drop_id(FAILED), drop)
    room.letters.mirror(mirror)
    assert {letter.id: letter.status for letter in mirror.letters.values()} == {
        drop.id: "moved", path_drop_id(FAILED): "dead"
    }  # fmt: skip
    batch, drops = room.start()
    room.ledger.finish(batch, "run", [dead(drops[0], "The second one.")])
    second = room.letters.show(drop.id)
    assert second is not None
    assert (second.status, second.path, len(second.attempts)) == ("dead", drop.path, 1)
    # What happens to one doesn't touch the other.
    assert room.letters.discard([path_drop_id(FAILED)], "me") == 1
    assert room.state(drop) is State.DEAD


def test_a_letter_that_an_earlier_version_moved_goes_on_under_an_id_of_its_path(room: Room) -> None:
    drop = moved_away(room)
    packed: Any = room.client.get(keys.LETTER + drop.id)
    letter = msgspec.msgpack.decode(packed)
    del letter["own_id"]
    room.client.set(keys.LETTER + drop.id, msgspec.msgpack.encode(letter))
    room.ledger.enqueue([drop])
    (own,) = room.letters.list()
    check_it_went_on(room, own.id, drop)
    assert room.letters.replay([own.id], "me") == 1


@pytest.mark.parametrize("ends", [indexed, dead])
def test_a_file_that_is_ingested_in_its_place_leaves_the_moved_one_its_letter(
    room: Room, ends: Callable[[Drop], Settlement]
) -> None:
    drop = moved_away(room)
    settle(room.ledger, [ends(drop)])
    check = room.letters.show(path_drop_id(FAILED))
    assert check is not None
    assert (check.status, check.error_message) == ("dead", "The first one.")
    assert len(room.letters.list()) == (2 if ends is dead else 1)


def test_the_letter_of_an_earlier_file_at_the_same_place_gives_way(room: Room) -> None:
    # Somebody took the first one out of `failed`, and the second one was moved to its place.
    first = moved_away(room)
    room.ledger.enqueue([first])
    batch, drops = room.start()
    room.ledger.finish(batch, "run", [dead(drops[0], "The second one.", stage=Stage.READ)])
    room.letters.moved(first.id, FAILED)
    room.ledger.enqueue([msgspec.structs.replace(first, stamp=Stamp(100, 10))])
    (own,) = room.letters.list()
    assert (own.id, own.error_message) == (path_drop_id(FAILED), "The second one.")


def test_a_moved_file_that_is_being_tried_on_its_own_gets_no_second_letter(room: Room) -> None:
    drop = moved_away(room)
    other = Drop(id=path_drop_id(FAILED), path=FAILED, stamp=Stamp(10, 7))
    room.ledger.enqueue([other])
    room.ledger.enqueue([drop])
    assert room.letters.list() == []
    assert room.state(other) is State.QUEUED
