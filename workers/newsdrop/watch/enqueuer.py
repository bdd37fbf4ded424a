"""Puts settled files into the ledger: which of them, in which lane, and how many at the moment.

    file ──offer──▶ waiting, per lane, bounded ──flush──▶ ledger.enqueue, up to the high-water mark

Files that the ledger already knows are skipped. Bounded: a file for which there is no room is dropped, and
its folder is scanned again later. Outages are not hidden: OutageError passes through, with nothing lost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import islice

import msgspec

from newsdrop.documents import Drop, Stamp, State, encode_path
from newsdrop.events import emit
from newsdrop.identity import path_drop_id
from newsdrop.ledger.records import fit
from newsdrop.options import QueueOptions, WatchOptions
from newsdrop.ports import Enqueued, Entry, Lane, WatcherLedger

__all__ = ["Enqueuer", "Offer", "needs", "same_stamp"]

_FLUSH_FILES = 2_048
#: When this many batches' worth of files are waiting, they don't wait for more.
_FULL_BATCHES = 16
_FULL_LOOK_MS = 500
_FULL_SAY_MS = 60_000
_BACK = (State.GONE, State.REMOVED)


class Offer(msgspec.Struct, frozen=True):
    """A settled file. `missed`: there was no event for it. `force`: queue it although the ledger knows it
    unchanged."""

    path: str
    stamp: Stamp
    folder: str
    collection: str | None = None
    missed: bool = False
    force: bool = False


def same_stamp(one: Stamp, stored: Stamp) -> bool:
    """Whether a file's stamp is the one in the ledger (which can't store every date)."""
    return one == stored or fit(one) == stored


def needs(entry: Entry | None, stamp: Stamp) -> bool:
    """Whether an existing file must be reported to the ledger: unknown, changed, or recorded as gone."""
    return entry is None or entry.state in _BACK or not same_stamp(stamp, entry.stamp)


class Enqueuer:
    """Collects offers and passes them to the ledger.

    Args:
        high_water: drops per lane beyond which nothing more is put on it.
        batch_wait_ms: how long a file may wait for others to make up a batch.
        on_queued: called for each file that was queued, including changed ones.
        on_known: called for each file that the ledger knew unchanged, with its entry.
        on_dead: called for each file in the place of a dead one before it is queued.
        came_back: whether a file that the ledger knows unchanged is another one, or back, and must be read.
        limit: the maximum number of waiting offers per lane.
    """

    def __init__(
        self,
        ledger: WatcherLedger,
        *,
        high_water: int,
        batch_drops: int = QueueOptions().batch_drops,
        batch_wait_ms: int = WatchOptions().batch_wait_ms,
        limit: int = 20_000,
        on_queued: Callable[[Offer], None] = lambda _offer: None,
        on_known: Callable[[Offer, Entry], None] = lambda _offer, _entry: None,
        on_dead: Callable[[Offer], None] = lambda _offer: None,
        came_back: Callable[[Offer, Entry], bool] = lambda _offer, _entry: False,
    ) -> None:
        self._ledger = ledger
        self._high_water = high_water
        self._batch_drops = batch_drops
        self._batch_wait_ms = batch_wait_ms
        self._limit = limit
        self._on_queued = on_queued
        self._on_known = on_known
        self._on_dead = on_dead
        self._came_back = came_back
        self._waiting: dict[Lane, dict[str, Offer]] = {lane: {} for lane in Lane}
        self._since_ms = dict.fromkeys(Lane, 0)
        self._full_until_ms = dict.fromkeys(Lane, 0)
        self._full = dict.fromkeys(Lane, False)
        self._said_at_ms: dict[Lane, int] = {}

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def __contains__(self, path: str) -> bool:
        return any(path in offers for offers in self._waiting.values())

    def waiting(self, lane: Lane) -> int:
        """How many offers wait for this lane."""
        return len(self._waiting[lane])

    def full(self, lane: Lane) -> bool:
        """Whether the lane was at its high-water mark at the last check."""
        return self._full[lane]

    def offer(self, offer: Offer, lane: Lane, now_ms: int) -> bool:
        """Add a file for the next `flush`. False: there is no room; scan its folder again later."""
        offers = self._waiting[lane]
        if offer.path not in offers and len(offers) >= self._limit:
            return False
        if not offers:
            self._since_ms[lane] = now_ms
        for others in self._waiting.values():
            others.pop(offer.path, None)
        offers[offer.path] = offer
        return True

    def forget(self, path: str) -> None:
        """The file is gone."""
        for offers in self._waiting.values():
            offers.pop(path, None)

    def ready_in_ms(self, lane: Lane, now_ms: int, *, more_soon: bool) -> int | None:
        """In how many ms the lane should be flushed; None if nothing waits.

        Args:
            more_soon: other files are about to settle, so that waiting for them makes fuller batches.
        """
        offers = self._waiting[lane]
        if not offers:
            return None
        full_ms = max(0, self._full_until_ms[lane] - now_ms)
        if not more_soon or len(offers) >= _FULL_BATCHES * self._batch_drops:
            return full_ms
        return max(full_ms, self._since_ms[lane] + self._batch_wait_ms - now_ms, 0)

    def flush(self, lane: Lane, now_ms: int) -> Enqueued:
        """Pass waiting files to the ledger, as far as there is room.

        Raises:
            OutageError, ConfigError: like the ledger; waiting files stay.
        """
        total = Enqueued()
        if now_ms < self._full_until_ms[lane] or not self._waiting[lane]:
            return total
        room = self._room(lane, now_ms)
        if room <= 0:
            return total
        offers = list(islice(self._waiting[lane].values(), min(room, _FLUSH_FILES)))
        wanted = self._wanted(offers)
        for force in (False, True):
            chosen = [offer for offer, forced in wanted if forced is force]
            if chosen:
                total += self._ledger.enqueue([_drop(offer) for offer in chosen], lane=lane, force=force)
        for offer in offers:
            self._waiting[lane].pop(offer.path, None)
        self._since_ms[lane] = now_ms
        self._report_queued([offer for offer, _ in wanted], lane)
        return total

    def _wanted(self, offers: Sequence[Offer]) -> list[tuple[Offer, bool]]:
        """The offers that must be queued, each with whether it is forced."""
        entries = self._ledger.lookup([path_drop_id(offer.path) for offer in offers])
        wanted: list[tuple[Offer, bool]] = []
        for offer, entry in zip(offers, entries, strict=True):
            known = not offer.force and entry is not None and not needs(entry, offer.stamp)
            if known and entry is not None and self._came_back(offer, entry):
                wanted.append((offer, True))
            elif known and entry is not None:
                self._on_known(offer, entry)
            else:
                if entry is not None and entry.state is State.DEAD:
                    self._on_dead(offer)
                # For the ledger, a removed drop with an unchanged stamp is settled, but the file is back.
                back = entry is not None and entry.state is State.REMOVED
                wanted.append((offer, offer.force or back))
        return wanted

    def _room(self, lane: Lane, now_ms: int) -> int:
        depth = self._ledger.depth()[lane]
        self._full[lane] = depth >= self._high_water
        if self._full[lane]:
            self._full_until_ms[lane] = now_ms + _FULL_LOOK_MS
            # A busy lane is full again every moment, so this is reported only occasionally.
            if now_ms >= self._said_at_ms.get(lane, now_ms):
                emit("watch.high_water", lane=lane.value, depth=depth, limit=self._high_water)
                self._said_at_ms[lane] = now_ms + _FULL_SAY_MS
        return self._high_water - depth

    def _report_queued(self, offers: Sequence[Offer], lane: Lane) -> None:
        for offer in offers:
            self._on_queued(offer)
        for folder, files in Counter(offer.folder for offer in offers).items():
            emit("watch.enqueued", folder=encode_path(folder), files=files, lane=lane.value)


def _drop(offer: Offer) -> Drop:
    return Drop(id=path_drop_id(offer.path), path=offer.path, stamp=offer.stamp, collection=offer.collection)
