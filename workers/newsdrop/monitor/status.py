"""The status: counts of the ledger, what is waiting, why work is paused, and which processes run.

Reads counters once; nothing is scanned, so it may be called every second. Does not fail because the index
is away: that is when people ask for the status.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import msgspec

from newsdrop.documents import State
from newsdrop.errors import ConfigError, OutageError
from newsdrop.ledger.gauges import QueueGauges
from newsdrop.ledger.installation import LedgerIndex
from newsdrop.ports import DocumentCount, HeldRemoval
from newsdrop.statefolder import for_the_owner, make_state_folder

__all__ = [
    "IndexFacts",
    "LedgerFacts",
    "Queue",
    "Services",
    "Status",
    "read_status",
]


class Services(msgspec.Struct, frozen=True, kw_only=True):
    """Which servers are used: `embedded (<where>)` or a URL without its password."""

    redis: str
    index: str


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """What is waiting. `lanes`: drops queued or in hand; `due`: retries waiting for their time.

    `batches` counts batch records, `inbox` messages from producers, `requests` theirs through Celery, `gate`
    is why work is paused, and `gate_since_ms` since when (epoch ms). `oldest_s`: how long each lane's oldest
    message has been waiting.
    """

    lanes: dict[str, int]
    batches: int
    due: int
    inbox: int
    gate: str | None
    gate_since_ms: int | None = None
    oldest_s: dict[str, float] = {}
    requests: int = 0


class LedgerFacts(msgspec.Struct, frozen=True, kw_only=True):
    """`born` is the ledger's id, '' before the first drop; another id than last time is a `reset`.

    `eviction` is the `maxmemory-policy` of a Redis that deletes keys when it is full.

    `index` is the index that it belongs to, once anything was written to one; `foreign` says why that isn't
    the index of this command's settings.
    """

    born: str
    reset: bool = False
    index: LedgerIndex | None = None
    foreign: str | None = None
    eviction: str = ""


class IndexFacts(msgspec.Struct, frozen=True, kw_only=True):
    """`documents` None: the index was not asked, or `error` says why it gave no answer."""

    documents: int | None = None
    error: str | None = None


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """Everything `newsdrop status` shows.

    Attributes:
        states: every state → number of drops in it.
        put_away: files that newsdrop itself moved or deleted (`after`), whose paths were not read since.
        held: folder → its articles with held removals, if there are any.
        letters: stage → open dead letters, if there are any.
        watchers, workers: the reports of those that reported recently.
    """

    states: dict[str, int]
    queue: Queue
    letters: dict[str, int]
    watchers: dict[str, dict[str, Any]]
    workers: dict[str, dict[str, Any]]
    services: Services
    ledger: LedgerFacts
    index: IndexFacts
    put_away: int = 0
    held: dict[str, HeldRemoval] = {}

    @property
    def open_drops(self) -> int:
        """Drops that are not settled."""
        return self.states[State.QUEUED] + self.states[State.RETRYING]


def read_status(
    now: QueueGauges,
    store: DocumentCount | None,
    services: Services,
    *,
    memory: Path | None = None,
    foreign: str | None = None,
) -> Status:
    """The status from the ledger's gauges, and from the index if there is a `store`.

    Args:
        memory: a file with the ledger's id of the last time, so that an emptied Redis is noticed.
        foreign: why the index isn't the ledger's.
    """
    return Status(
        states=now.states,
        put_away=now.put_away,
        held=now.held,
        queue=_queue(now),
        letters={stage: letters for stage, letters in now.letters.items() if letters},
        watchers=now.watchers,
        workers=now.workers,
        services=services,
        ledger=msgspec.structs.replace(
            _ledger(now.born, memory), index=now.index, foreign=foreign, eviction=now.eviction
        ),
        index=_index(store),
    )


def _queue(now: QueueGauges) -> Queue:
    return Queue(
        lanes={lane: one.drops for lane, one in now.lanes.items()},
        batches=now.batches,
        due=now.retries,
        inbox=now.inbox,
        requests=now.requests,
        gate=f"{now.gate.service}: {now.gate.reason}" if now.gate else None,
        gate_since_ms=now.gate.closed_ms if now.gate else None,
        oldest_s={lane: one.oldest_s for lane, one in now.lanes.items()},
    )


def _ledger(born: str, memory: Path | None) -> LedgerFacts:
    if memory is None:
        return LedgerFacts(born=born)
    try:
        before = memory.read_text("utf-8").strip()
    except OSError:
        before = ""
    if born and born != before:
        # If the state folder can't be written to, only this notice is lost.
        with contextlib.suppress(OSError):
            make_state_folder(memory.parent)
            with open(memory, "w", encoding="utf-8", opener=for_the_owner) as file:
                file.write(born)
    return LedgerFacts(born=born, reset=bool(before) and born != before)


def _index(store: DocumentCount | None) -> IndexFacts:
    if store is None:
        return IndexFacts()
    try:
        return IndexFacts(documents=store.count())
    except (OutageError, ConfigError) as error:
        return IndexFacts(error=error.message)
