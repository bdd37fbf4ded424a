from __future__ import annotations

from collections import Counter

import kombu
from hypothesis import given
from hypothesis import strategies as st

from newsdrop.ledger.ledger import Lane
from newsdrop.worker.envelope import REQUESTS
from newsdrop.worker.transport import FreshFirst, GuardedConnection, GuardedTransport

QUEUES = {Lane.FRESH.value, Lane.BACKLOG.value, REQUESTS}


def served(full: set[str], turns: int) -> Counter[str]:
    """Who is served when the lists in `full` never run empty."""
    order, got = FreshFirst(), Counter[str]()
    order.update(QUEUES)
    for _ in range(turns):
        queue = next(name for name in order.consume(len(QUEUES)) if name in full)
        order.rotate(queue)
        got[queue] += 1
    return got


def test_fresh_drops_are_served_six_times_in_eight_when_all_lists_are_full() -> None:
    assert served(QUEUES, 80) == {Lane.FRESH: 60, REQUESTS: 10, Lane.BACKLOG: 10}


def test_a_backlog_alone_gets_every_turn() -> None:
    assert served({Lane.BACKLOG.value}, 20) == {Lane.BACKLOG: 20}


def test_a_flood_of_requests_leaves_fresh_drops_most_turns() -> None:
    got = served({Lane.FRESH.value, REQUESTS}, 80)
    assert got[Lane.FRESH] > 6 * got[REQUESTS]


@given(st.sets(st.text(min_size=1, max_size=5)), st.integers(0, 30))
def test_no_list_is_ever_left_out(queues: set[str], turns: int) -> None:
    order = FreshFirst(queues)
    for _ in range(turns):
        order.rotate("x")
    assert set(order.consume(len(queues))) >= queues


def test_the_lists_of_all_priorities_are_read_after_the_main_one_of_their_queue() -> None:
    order = FreshFirst({REQUESTS, Lane.BACKLOG.value}).consume(2)
    assert order[:10] == [REQUESTS, *(f"{REQUESTS}\x06\x16{priority}" for priority in range(1, 10))]
    assert order[10] == Lane.BACKLOG


def test_every_spelling_of_the_url_is_guarded() -> None:
    for url in ("redis://h:1/0", "rediss://h:1/0", "redis+socket:///x/y.sock?virtual_host=0"):
        connection = GuardedConnection(url)
        assert connection.get_transport_cls() is GuardedTransport
        assert isinstance(connection.clone(), GuardedConnection)
    assert not issubclass(kombu.Connection("redis://h:1/0").get_transport_cls(), GuardedTransport)
