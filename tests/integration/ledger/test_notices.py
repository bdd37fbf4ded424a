"""Notices over a real ledger: what is told, once, at most so often, and again where it couldn't be sent."""

from __future__ import annotations

from typing import Any

import pytest
from tests.models.ledger_room import Room

from newsdrop.errors import TransientError
from newsdrop.ledger import keys
from newsdrop.ledger.notices import Notices, NoticeTimes

pytestmark = pytest.mark.redis


class Person:
    """Gets messages, or can't be reached."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.away = False

    def __call__(self, text: str) -> None:
        if self.away:
            raise TransientError("away")
        self.heard.append(text)


@pytest.fixture
def person() -> Person:
    return Person()


@pytest.fixture
def notices(room: Room, person: Person) -> Notices:
    return Notices(room.client, room.ledger, room.letters, person, NoticeTimes(gate_s=60, every_s=900))


def next_turn(room: Room) -> None:
    """As when the time between two messages is over."""
    room.client.delete(keys.NOTICE_TURN)


def test_a_new_group_of_letters_is_told_once(room: Room, notices: Notices, person: Person) -> None:
    assert notices.work() == 0
    room.make_dead(room.drop("a"), "/drops/a is broken.")
    room.make_dead(room.drop("b"), "/drops/b is broken.")
    assert notices.work() == 1
    assert len(person.heard) == 1
    assert "new kind" in person.heard[0]
    assert "/drops/b is broken." in person.heard[0]
    next_turn(room)
    assert notices.work() == 0


def test_messages_are_held_apart_and_what_came_meanwhile_is_told_in_the_next(
    room: Room, notices: Notices, person: Person
) -> None:
    room.make_dead(room.drop("a"), "One thing.")
    assert notices.work() == 1
    left_s: Any = room.client.ttl(keys.NOTICE_TURN)
    assert 0 < left_s <= 900
    room.make_dead(room.drop("b"), "Another thing.")
    room.make_dead(room.drop("c"), "A third.")
    assert notices.work() == 0
    next_turn(room)
    assert notices.work() == 2
    assert "Another thing." in person.heard[1]
    assert "A third." in person.heard[1]


def test_a_gate_is_told_when_it_has_been_closed_for_long(
    room: Room, notices: Notices, person: Person
) -> None:
    room.ledger.close_gate("elasticsearch", "It is away.", ttl_s=3_600)
    assert notices.work() == 0
    room.clock.sleep(120)
    assert notices.work() == 1
    assert "Work has paused for 2 minutes: It is away." in person.heard[0]
    next_turn(room)
    assert notices.work() == 0


def test_removals_that_are_held_are_told(room: Room, notices: Notices, person: Person) -> None:
    folders = [{"path": "/drops", "removals_held": "half of the files are gone"}, {"path": "/other"}]
    room.ledger.report("watcher", "h", {"folders": folders}, ttl_s=60)
    assert notices.work() == 1
    assert "Removals from /drops are held: half of the files are gone" in person.heard[0]


def test_removals_held_again_are_told_again_though_they_are_as_many(
    room: Room, notices: Notices, person: Person
) -> None:
    for _ in range(2):
        room.ledger.held.hold("/drops", 30, 40)
        report_held(room, "30 of its 40 articles")
        assert notices.work() == 1
        next_turn(room)
        # The first of the files come back.
        room.ledger.held.hold("/drops", 29, 40)
        report_held(room, "29 of its 40 articles")
        assert notices.work() == 0
        room.ledger.held.release("/drops")
        report_held(room, "")
        assert notices.work() == 0
        room.clock.sleep(3_600)
    assert len(person.heard) == 2


def test_a_folder_that_is_missing_again_is_told_again(room: Room, notices: Notices, person: Person) -> None:
    for _ in range(2):
        for told in (1, 0):
            report_held(room, "The folder is missing.")
            assert notices.work() == told
            next_turn(room)
        report_held(room, "")
        assert notices.work() == 0


def report_held(room: Room, reason: str) -> None:
    folders = [{"path": "/drops", "removals_held": reason}]
    room.ledger.report("watcher", "h", {"folders": folders}, ttl_s=60)


def test_what_could_not_be_sent_is_told_later(room: Room, notices: Notices, person: Person) -> None:
    room.make_dead(room.drop("a"))
    person.away = True
    assert notices.work() == 0
    person.away = False
    assert notices.work() == 0
    next_turn(room)
    assert notices.work() == 1
    assert len(person.heard) == 1
