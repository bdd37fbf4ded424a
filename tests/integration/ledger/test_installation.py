"""Which index a ledger belongs to, and which folders are watched, as all of an installation know it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest
import redis
from tests.models.ledger_room import Room

from newsdrop.errors import ForeignIndexError
from newsdrop.ledger import installation as module
from newsdrop.ledger import keys
from newsdrop.ledger.installation import KEPT_MS, Installation
from newsdrop.ledger.scripts import Scripts
from newsdrop.ports import IndexIdentity

pytestmark = pytest.mark.redis

MINE = IndexIdentity(kind="elasticsearch", id="Kx", alias="news", letters="letters", where="http://a:9200")
EMBEDDED = IndexIdentity(kind="local", id="f00", alias="", letters="", where="/state/index.sqlite3")


@pytest.fixture
def installation(room: Room) -> Installation:
    return Installation(room.client, room.ledger.scripts)


def test_the_first_to_write_says_which_index_it_is_and_all_who_agree_may_go_on(
    installation: Installation, room: Room
) -> None:
    assert installation.index() is None
    installation.require(MINE)
    installation.claim(MINE)
    held = installation.index()
    assert held is not None
    assert held.index == MINE
    assert held.at_ms == room.clock.now_ms
    # Another address of the same cluster is the same index.
    installation.claim(msgspec.structs.replace(MINE, where="http://b:9200"))
    assert installation.index() == held


@pytest.mark.parametrize(
    "other",
    [
        EMBEDDED,
        msgspec.structs.replace(MINE, id="another"),
        msgspec.structs.replace(MINE, alias="other"),
        msgspec.structs.replace(MINE, letters="other"),
    ],
)
def test_whoever_differs_is_refused_and_both_are_named(
    installation: Installation, other: IndexIdentity
) -> None:
    installation.claim(MINE)
    for ask in (installation.claim, installation.require):
        with pytest.raises(ForeignIndexError) as caught:
            ask(other)
        assert MINE.described in caught.value.message
        assert other.described in caught.value.message
        assert "newsdrop index adopt" in caught.value.message
    held = installation.index()
    assert held is not None
    assert held.index == MINE


def test_adopting_changes_it_for_all(installation: Installation) -> None:
    installation.claim(MINE)
    installation.adopt(EMBEDDED)
    installation.claim(EMBEDDED)
    with pytest.raises(ForeignIndexError):
        installation.claim(MINE)


def test_a_cluster_whose_name_may_not_be_asked_is_known_by_its_aliases_until_somebody_may(
    installation: Installation,
) -> None:
    unknown = msgspec.structs.replace(MINE, id="")
    installation.claim(unknown)
    installation.claim(MINE)
    installation.claim(unknown)
    with pytest.raises(ForeignIndexError):
        installation.claim(msgspec.structs.replace(MINE, id="another"))
    with pytest.raises(ForeignIndexError):
        installation.claim(msgspec.structs.replace(unknown, alias="other"))


def test_other_rules_of_identity_are_refused(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation.claim(MINE)
    monkeypatch.setattr(module, "RULES", "2")
    with pytest.raises(ForeignIndexError, match=r"rules 1 of newsdrop.*rules 2"):
        installation.claim(MINE)


def test_an_embedded_index_made_anew_follows_only_where_nobody_else_can_be(
    installation: Installation,
) -> None:
    installation.claim(EMBEDDED, private=True)
    remade = msgspec.structs.replace(EMBEDDED, id="beef")
    with pytest.raises(ForeignIndexError):
        installation.claim(remade)
    installation.require(remade, private=True)
    installation.claim(remade, private=True)
    held = installation.index()
    assert held is not None
    assert held.index == remade
    with pytest.raises(ForeignIndexError):
        installation.claim(MINE, private=True)


def test_of_many_that_come_at_once_one_index_wins_and_its_own_go_on(redis_client: redis.Redis) -> None:
    installation = Installation(redis_client, Scripts(redis_client))
    indexes = [msgspec.structs.replace(MINE, id=name) for name in "abcd" * 8]

    def claims(index: IndexIdentity) -> bool:
        try:
            installation.claim(index)
        except ForeignIndexError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        admitted = list(pool.map(claims, indexes))
    held = installation.index()
    assert held is not None
    assert admitted == [index.id == held.index.id for index in indexes]


def test_folders_are_known_for_a_day_after_a_watcher_told_of_them(
    installation: Installation, room: Room
) -> None:
    odd = "/drops/\udcb9 \\ é"
    installation.tell_folders(["/drops/a", odd])
    assert installation.folders() == [Path("/drops/a"), Path(odd)]
    room.clock.now_ms += KEPT_MS - 1
    installation.tell_folders(["/drops/b"])
    assert installation.folders() == sorted([Path("/drops/a"), Path("/drops/b"), Path(odd)])
    room.clock.now_ms += 2
    assert installation.folders() == [Path("/drops/b")]
    installation.tell_folders(["/drops/b"])
    assert room.client.hlen(keys.FOLDERS) == 1
