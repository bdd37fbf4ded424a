"""Files that lie elsewhere now, and drops that have been gone for long, in the ledger."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from tests.models.ledger_room import Room, dead, indexed, settled
from tests.settling import settle

from newsdrop.documents import Drop, Outcome, Stamp, State
from newsdrop.identity import member_drop_id, path_drop_id
from newsdrop.ledger.gone_files import (
    LEAST_AGE_S,
    leave_behind,
    leave_bundles_behind,
    leave_letters_behind,
    prune_gone,
)
from newsdrop.ledger.ledger import Enqueued
from newsdrop.ports import Dead, FormerPlace, Settlement

pytestmark = pytest.mark.redis

ITS_OWN, OTHER = "ab" * 16, "cd" * 16


def place(drop: Drop, member: str | None = None, document: str = ITS_OWN) -> FormerPlace:
    return FormerPlace(drop.path or "", member, document)


def leave(room: Room, *places: FormerPlace, vanished: bool = True) -> int:
    return leave_behind(room.ledger, places, lambda _path: vanished)


@pytest.mark.parametrize("state", [State.INDEXED, State.SUPERSEDED])
def test_the_drop_of_a_path_where_no_file_is_any_more_is_gone(room: Room, state: State) -> None:
    old, bystander = room.drop("old/a"), room.drop("b")
    settle(room.ledger, [settled(old, state), indexed(bystander)])
    assert leave(room, place(old), vanished=False) == 0
    assert leave(room, place(old, document=OTHER)) == 0
    assert leave(room, place(old)) == 1
    assert leave(room, place(old)) == 0
    assert (room.state(old), room.state(bystander)) == (State.GONE, State.INDEXED)
    # When it comes back, it is read.
    assert room.ledger.enqueue([old]) == Enqueued(queued=1)


def test_a_file_that_was_sent_again_while_its_absence_was_noted_is_looked_at_again(room: Room) -> None:
    drop = room.drop("a")
    room.ledger.enqueue([drop])
    batch, _ = room.start()
    # It was absent when the worker looked, and is there again: whoever sends it now is told that it waits.
    assert room.ledger.enqueue([msgspec.structs.replace(drop, stamp=Stamp(3, 9))]) == Enqueued(changed=1)
    assert room.ledger.finish(batch, "run", [settled(drop, State.GONE)])
    assert room.state(drop) is State.RETRYING
    assert room.ledger.due() == 1
    # Its absence now is no news.
    batch, _ = room.start("again")
    assert room.ledger.finish(batch, "again", [settled(drop, State.GONE)])
    assert room.state(drop) is State.GONE


def test_a_file_that_left_again_while_its_absence_was_noted_is_gone(room: Room) -> None:
    drop = room.drop("a")
    room.ledger.enqueue([drop])
    batch, _ = room.start()
    room.ledger.enqueue([msgspec.structs.replace(drop, stamp=Stamp(0, 0))], force=True)
    assert room.ledger.finish(batch, "run", [settled(drop, State.GONE)])
    assert room.state(drop) is State.GONE


def test_a_bundle_that_was_moved_is_gone_with_its_members(room: Room) -> None:
    bundle = room.drop("old/a.zip")
    member = Drop(id=member_drop_id(bundle.path or "", "m"), path=bundle.path, member="m", stamp=Stamp(1, 7))
    settle(room.ledger, [settled(bundle, State.EXPANDED), indexed(member)])
    assert leave(room, place(bundle, "m")) == 2
    assert room.ledger.counts()[State.GONE] == 2


def test_a_bundle_that_is_not_there_when_its_members_are_read_is_read_when_it_is_back(
    room: Room, tmp_path: Path
) -> None:
    paths = [str(tmp_path / "a.zip"), str(tmp_path / "b.zip")]
    away, here = (Drop(id=path_drop_id(path), path=path, stamp=Stamp(1, 7)) for path in paths)
    (tmp_path / "b.zip").touch()
    settle(room.ledger, [settled(away, State.EXPANDED), settled(here, State.EXPANDED)])
    members = [
        Drop(id=member_drop_id(one.path or "", "m"), path=one.path, member="m", stamp=Stamp(1, 7))
        for one in (away, here)
    ]
    outcomes = [Outcome(drop=one, state=State.GONE) for one in members]
    assert leave_bundles_behind(room.ledger, outcomes) == 1
    assert leave_bundles_behind(room.ledger, outcomes) == 0
    assert (room.state(away), room.state(here)) == (State.GONE, State.EXPANDED)
    assert room.ledger.enqueue([away, here]) == Enqueued(queued=1, skipped=1)


def test_what_newsdrop_put_away_and_what_has_another_fate_is_left_alone(room: Room) -> None:
    away, dying, waiting = room.drop("away"), room.drop("dying"), room.drop("waiting")
    settle(room.ledger, [indexed(away), dead(dying)])
    room.ledger.put_away([(away.id, away.stamp)])
    room.ledger.enqueue([waiting])
    assert leave(room, place(away), place(dying), place(waiting), place(room.drop("unknown"))) == 0


@pytest.mark.parametrize("name", ["a.md", "a\\b.md", "a\\xff.md", "\udcb0\udca1.md"])
def test_a_letter_is_left_behind_only_if_nothing_lies_at_its_own_path(
    room: Room, tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    path.touch()
    first = Drop(id=path_drop_id(path), path=str(path), stamp=Stamp(10, 7))
    room.make_dead(first)
    same = msgspec.structs.replace(dead(room.drop("other")).outcome, sha256="cd" * 32)

    def left() -> int:
        return leave_letters_behind(room.ledger, [same], lambda there: not Path(there).exists())

    assert left() == 0
    assert room.state(first) is State.DEAD
    path.unlink()
    assert left() == 1
    assert room.state(first) is State.GONE


def member_of(bundle: Drop, name: str, size: int = 3) -> Drop:
    stamp = Stamp(size, bundle.stamp.mtime)
    return Drop(id=member_drop_id(bundle.path or "", name), path=bundle.path, member=name, stamp=stamp)


def failed(drop: Drop) -> Outcome:
    """Of a bundle no hash is made; the bytes of all members are the same here."""
    return msgspec.structs.replace(dead(drop).outcome, sha256="" if drop.member is None else "ab" * 32)


def test_the_letters_of_a_bundle_that_was_renamed_and_of_its_members_are_left_behind(room: Room) -> None:
    def with_members(bundle: Drop, *names: str) -> list[Drop]:
        return [bundle, *(member_of(bundle, name) for name in names)]

    before = with_members(room.drop("before.zip"), "bad.md", "坏\udcff.md")
    other = with_members(room.drop("other.zip", 11), "elsewhere.md")
    after = with_members(room.drop("after.zip"), "bad.md", "坏\udcff.md")
    settle(room.ledger, [Settlement(failed(drop), Dead()) for drop in (*before, *other)])
    outcomes = [failed(drop) for drop in after]

    def left(*, vanished: bool) -> int:
        return leave_letters_behind(room.ledger, outcomes, lambda path: vanished and path != after[0].path)

    assert [left(vanished=False), left(vanished=True), left(vanished=True)] == [0, 3, 0]
    assert [room.state(drop) for drop in (*before, *other)] == [State.GONE] * 3 + [State.DEAD] * 2
    assert room.ledger.counts()[State.DEAD] == 2


def test_the_letter_of_a_renamed_bundle_is_left_behind_when_it_can_be_read_by_now(room: Room) -> None:
    before, after = room.drop("before.zip"), room.drop("after.zip")
    settle(room.ledger, [Settlement(failed(before), Dead())])
    outcome = Outcome(drop=after, state=State.EXPANDED, stamp=after.stamp)
    assert leave_letters_behind(room.ledger, [outcome], lambda _path: True) == 1
    assert room.state(before) is State.GONE


def test_drops_that_have_been_gone_for_long_are_forgotten_and_no_others(room: Room) -> None:
    gone, removed, kept, away = room.drop("gone"), room.drop("removed"), room.drop("kept"), room.drop("away")
    settle(room.ledger, [settled(gone, State.GONE), settled(removed, State.REMOVED), indexed(kept)])
    settle(room.ledger, [indexed(away)])
    room.ledger.put_away([(away.id, away.stamp)])
    room.clock.sleep(100 * 86_400)
    late = room.drop("late")
    settle(room.ledger, [settled(late, State.GONE)])
    room.clock.sleep(86_400)
    assert prune_gone(room.client, room.ledger, older_than_s=90 * 86_400) == 2
    assert room.ledger.lookup([gone.id, removed.id]) == [None, None]
    assert [room.state(drop) for drop in (kept, away, late)] == [State.INDEXED, State.INDEXED, State.GONE]
    assert prune_gone(room.client, room.ledger, older_than_s=90 * 86_400) == 0
    assert room.ledger.enqueue([gone]).queued == 1


def test_what_has_just_gone_is_kept_whatever_is_asked(room: Room) -> None:
    drop = room.drop("a")
    settle(room.ledger, [settled(drop, State.GONE)])
    room.clock.sleep(LEAST_AGE_S - 10)
    assert prune_gone(room.client, room.ledger, older_than_s=0) == 0
    room.clock.sleep(20)
    assert prune_gone(room.client, room.ledger, older_than_s=0) == 1


def test_many_are_forgotten_by_portions(room: Room) -> None:
    settle(room.ledger, [settled(room.drop(str(number)), State.GONE) for number in range(2_500)])
    room.clock.sleep(2 * LEAST_AGE_S)
    assert prune_gone(room.client, room.ledger, older_than_s=LEAST_AGE_S) == 2_500
    assert room.client.hlen("newsdrop:ledger") == 0
