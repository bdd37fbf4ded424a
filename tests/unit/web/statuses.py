"""Statuses for the tests of the page."""

from __future__ import annotations

from newsdrop.documents import State
from newsdrop.monitor.status import IndexFacts, LedgerFacts, Queue, Services, Status

__all__ = ["status_of"]


def status_of(*, indexed: int = 0, lag_s: float = 0.0) -> Status:
    """A status in which so many files are indexed."""
    return Status(
        states={state.value: indexed if state is State.INDEXED else 0 for state in State},
        queue=Queue(
            lanes={"newsdrop.ingest": 0},
            batches=0,
            due=0,
            inbox=0,
            gate=None,
            oldest_s={"newsdrop.ingest": lag_s},
        ),
        letters={},
        watchers={},
        workers={},
        services=Services(redis="redis", index="index"),
        ledger=LedgerFacts(born="1"),
        index=IndexFacts(documents=indexed),
    )
