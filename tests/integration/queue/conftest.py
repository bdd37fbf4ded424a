"""The room fixture: a ledger, its letters and a clock, whose invariants must hold when a test is over."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis
from tests.ledger_invariants import check_invariants
from tests.queue_room import Room


@pytest.fixture
def room(redis_client: redis.Redis) -> Iterator[Room]:
    """An empty ledger; its invariants must hold when the test is over."""
    room = Room(redis_client)
    yield room
    check_invariants(redis_client)
