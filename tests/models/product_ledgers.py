"""The ledgers that the machine gives its actors, and what they are told of the world beside them."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import redis
from tests.models.ledger_actors import quiet_limits

from newsdrop.documents import Drop
from newsdrop.errors import ForeignIndexError
from newsdrop.ledger.ledger import AT_GATE, Ledger
from newsdrop.ports import Gate
from newsdrop.worker.in_flight import InFlightMarker

if TYPE_CHECKING:
    from tests.models.product_actors import Theatre
    from tests.models.puppets import Puppet

__all__ = ["Later", "Looking", "Naming", "NamingMarker", "refuse", "vanished"]


class Naming(Ledger):
    """The ledger of one worker; notes whom its death could be blamed on, before the ledger is told."""

    def __init__(self, theatre: Theatre, run: str, client: redis.Redis) -> None:
        super().__init__(client, quiet_limits(), host="test", now_ms=theatre.clock)
        self._theatre = theatre
        self.run = run

    def name_run(self, run: str) -> None:
        """From now on it is this run that could be blamed."""
        self.run = run

    def start(self, batch: str, run: str, *, process: int, task: str) -> list[Drop]:
        self._name_a_lone_one(batch)
        return super().start(batch, run, process=process, task=task)

    def _name_a_lone_one(self, batch: str) -> None:
        """Whoever dies with a batch of one dies of that one, also in its bulk."""
        for view in self._theatre.ledger().batches():
            if view.id == batch and len(view.drops) == 1:
                self._theatre.named.setdefault(view.drops[0], set()).add(self.run)

    def touch(self, batch: str, run: str, current: str) -> bool:
        if current != AT_GATE:
            # Back from the gate, for example.
            self._name_a_lone_one(batch)
        ours = super().touch(batch, run, current)
        if ours and current == AT_GATE:
            # From now on there is nothing in hand that could be blamed. (If the batch is no longer ours, what
            # was in hand may have been blamed already, and rightly.)
            for runs in self._theatre.named.values():
                runs.discard(self.run)
        return ours


class NamingMarker:
    """The marker of one hand of `newsdrop ingest`; notes whom the death of its process could be blamed on."""

    def __init__(self, theatre: Theatre, ledger: Naming, marker: InFlightMarker, puppet: Puppet) -> None:
        self._theatre = theatre
        self._ledger = ledger
        self._marker = marker
        self._puppet = puppet

    def begin(self, batch: str, run: str) -> None:
        self._ledger.name_run(run)
        self._marker.begin(batch, run)

    def name(self, drop: str) -> None:
        self._theatre.in_flight(self._ledger.run, self._marker, drop)

    def end(self) -> None:
        # A process that is killed takes nothing back.
        if not self._puppet.dead:
            self._marker.end()


class Later:
    """In the place of the thread that writes: what it is given is done where it is waited for.

    So a batch is written as late as it may be, when the next one is prepared.
    """

    def __init__(self) -> None:
        self._result: Gate | None = None
        self._work: Callable[[], Gate | None] | None = None

    def begin(self, work: Callable[[], Gate | None]) -> None:
        self._work = work

    def result(self, every_s: float, meanwhile: Callable[[], object]) -> Gate | None:
        work, self._work = self._work, None
        if work is not None:
            meanwhile()
            self._result = work()
        return self._result

    def close(self) -> None:
        self._work = None


class Looking:
    """The ledger of whichever scan is under way, for what a watcher remembers between scans."""

    ledger: Ledger

    def __getattr__(self, name: str) -> Any:
        return getattr(self.ledger, name)


def vanished(path: str) -> bool:
    return not os.path.lexists(path)


def refuse() -> None:
    raise ForeignIndexError("The ledger belongs to another index.")
