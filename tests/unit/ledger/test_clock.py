"""The ledger's clock: asked when it must be, counted on in between."""

from __future__ import annotations

import pytest

from newsdrop.cli.watch import earlier_ms
from newsdrop.errors import OutageError
from newsdrop.ledger.clock import LedgerClock


class Servers:
    """Redis' time and this machine's monotonic one; both are moved by hand."""

    def __init__(self) -> None:
        self.redis_ms = 1_760_000_000_000
        self.monotonic_ms = 5_000
        self.asked = 0
        self.away = False
        self.clock = LedgerClock(self.ask, monotonic_ms=lambda: self.monotonic_ms)

    def ask(self) -> int:
        self.asked += 1
        if self.away:
            raise OutageError("away")
        return self.redis_ms


def test_it_is_asked_once_and_then_counts_on_by_itself() -> None:
    servers = Servers()
    assert servers.clock.known() is None
    assert servers.clock() == 1_760_000_000_000
    servers.monotonic_ms += 250
    assert servers.clock() == servers.clock.known() == 1_760_000_000_250
    assert servers.asked == 1
    servers.redis_ms += 9_000
    servers.clock.sync()
    assert servers.clock() == 1_760_000_009_000


def test_an_outage_costs_nothing_that_was_known() -> None:
    servers = Servers()
    servers.away = True
    with pytest.raises(OutageError):
        servers.clock()
    servers.away = False
    servers.clock.sync()
    servers.away = True
    with pytest.raises(OutageError):
        servers.clock.sync()
    assert servers.clock() == 1_760_000_000_000


@pytest.mark.parametrize("off_ms", [86_400_000, -86_400_000])
def test_a_watcher_goes_by_whichever_clock_makes_files_younger(off_ms: int) -> None:
    servers = Servers()
    local_ms = servers.redis_ms + off_ms
    assert earlier_ms(servers.clock, lambda: local_ms) == local_ms
    servers.clock.sync()
    assert earlier_ms(servers.clock, lambda: local_ms) == min(local_ms, servers.redis_ms)
