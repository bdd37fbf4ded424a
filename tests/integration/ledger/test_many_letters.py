"""Fifty thousand dead letters: each question reads what it shows, and not everything there is.

Counted in commands and in bytes that the server sent, which no load of the machine changes.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
import redis
from tests.models.ledger_room import Room, dead
from tests.servers.redis_server import RedisServer
from tests.settling import settle

from newsdrop.ledger.deadletters import LetterFilter
from newsdrop.ledger.letter_order import PAGE
from newsdrop.portions import chunked

pytestmark = pytest.mark.redis

_MANY = 50_000
#: What one of these letters takes on the wire, and a name in an order.
_LETTER_BYTES = 500
_NAME_BYTES = 70
#: What a client sends to read letters; what scripts call inside goes by other names.
_READS = ("mget", "evalsha", "zscan")


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    """Fifty thousand letters, a hundred of each millisecond, of three kinds; on a server of their own."""
    server = RedisServer().start()
    with server.client() as client:
        room = Room(client)
        for number, numbers in enumerate(chunked(range(_MANY), 100)):
            room.clock.now_ms += 1
            drops = [room.drop(f"{one % 10}/{one}.md") for one in numbers]
            settle(room.ledger, [dead(drop, f"It is {'abc'[number % 3] * 3}.") for drop in drops])
        # A script is sent whole the first time.
        room.letters.page(limit=1)
        yield room
    server.remove()


class Cost:
    """What a block of code asked of the server, and how much came back."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self.reads = 0
        self.sent_bytes = 0

    def __enter__(self) -> Cost:
        self._before = self._look()
        return self

    def __exit__(self, *_: object) -> None:
        now = self._look()
        self.reads, self.sent_bytes = (
            later - before for later, before in zip(now, self._before, strict=True)
        )

    def _look(self) -> tuple[int, int]:
        calls: Any = self._client.info("commandstats")
        net: Any = self._client.info("stats")
        reads = sum(calls.get(f"cmdstat_{name}", {"calls": 0})["calls"] for name in _READS)
        return reads, net["total_net_output_bytes"]


def test_a_page_reads_a_page_wherever_it_stands(room: Room) -> None:
    with Cost(room.client) as first:
        page = room.letters.page(limit=50)
    assert (len(page.letters), page.more, page.total) == (50, True, room.letters.count())
    assert first.reads == 2
    assert first.sent_bytes < PAGE * (_LETTER_BYTES + _NAME_BYTES) + 20_000
    middle = next(islice(room.letters.iterate(), _MANY // 2 + 33, None))
    with Cost(room.client) as later:
        after = room.letters.page(limit=50, after=middle.id)
    assert later.reads == 3
    assert later.sent_bytes < first.sent_bytes + 20_000
    assert len(after.letters) == 50


def test_a_filtered_page_counts_on_no_further_than_a_bound(room: Room) -> None:
    with Cost(room.client) as cost:
        page = room.letters.page(LetterFilter(error="ccc"), limit=50)
    assert (len(page.letters), page.more, page.total) == (50, True, None)
    # Some hundreds for the page, 5,000 behind it.
    assert cost.sent_bytes < 6_000 * (_LETTER_BYTES + _NAME_BYTES)


def test_the_beginning_of_an_id_is_found_without_reading_a_letter(room: Room) -> None:
    wanted = next(room.letters.iterate(newest=False)).id
    with Cost(room.client) as cost:
        assert room.letters.find(wanted[:12]) == [wanted]
    assert cost.reads <= 2 * (_MANY // 5_000 + 4)
    assert cost.sent_bytes < 30_000
    assert len(room.letters.find(wanted[:1])) == 2
    assert room.letters.find("*") == []
    assert room.letters.find("é") == []


def test_letters_pass_through_a_bounded_memory(room: Room) -> None:
    tracemalloc.start()
    try:
        assert sum(1 for _ in islice(room.letters.iterate(), 10_000)) == 10_000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 10_000 * _LETTER_BYTES / 4


def test_groups_count_them_all(room: Room) -> None:
    groups = room.letters.groups()
    assert len(groups) == 3
    assert sum(group.letters for group in groups) == room.letters.count()


def test_pages_join_without_a_gap_or_a_repeat_though_letters_go_meanwhile(room: Room) -> None:
    before, closed = room.letters.count(), room.letters.count("closed")
    seen: list[str] = []
    place = None
    while True:
        page = room.letters.page(limit=20_000, after=place)
        seen += [letter.id for letter in page.letters]
        if not page.more:
            break
        place = page.letters[-1].id
        # The letter one goes on behind is closed.
        room.letters.discard([place], "test")
    assert len(seen) == len(set(seen)) == before
    assert room.letters.count("closed") == closed + 2


def test_a_filter_replays_and_discards_all_that_it_means_in_bounded_scripts(room: Room) -> None:
    which, before = LetterFilter(error="aaa", path="/drops/4/*"), room.letters.count()
    replayed = room.letters.replay(which, "test", high_water=1_000)
    discarded = room.letters.discard(LetterFilter(path="/drops/3/*"), "test")
    assert min(replayed, discarded) > 1_000
    assert room.letters.count() == before - replayed - discarded
    assert room.letters.page(which, limit=1).letters == []
    assert max(len(view.drops) for view in room.ledger.batches()) <= room.limits.batch_drops


def test_a_filtered_page_says_how_many_there_are_where_they_are_few(redis_client: redis.Redis) -> None:
    room = Room(redis_client)
    settle(room.ledger, [dead(room.drop(f"{number}"), "ab"[number % 2] * 9) for number in range(40)])
    which = LetterFilter(error="bbb")
    page = room.letters.page(which, limit=5)
    assert (len(page.letters), page.more, page.total) == (5, True, 20)
    rest = room.letters.page(which, limit=15, after=page.letters[-1].id)
    assert (len(rest.letters), rest.more, rest.total) == (15, False, None)
    assert room.letters.page(which, limit=20).total == 20


def test_letters_of_one_millisecond_are_paged_by_name(redis_client: redis.Redis) -> None:
    room = Room(redis_client)
    drops = [room.drop(f"{number}") for number in range(3 * PAGE + 7)]
    settle(room.ledger, [dead(drop) for drop in drops])
    names = sorted(drop.id for drop in drops)
    assert [letter.id for letter in room.letters.iterate(newest=False)] == names
    assert [letter.id for letter in room.letters.iterate()] == names[::-1]
    for at in (0, 1, 2, 3, 4, 100, PAGE, len(names) - 2):
        assert room.letters.page(limit=1, after=names[at], newest=False).letters[0].id == names[at + 1]
    assert room.letters.page(limit=1, after=names[-1], newest=False).letters == []
    young = LetterFilter(newer_than_s=5)
    room.clock.sleep(10)
    assert room.letters.page(young, limit=1, after=names[0]).letters == []
