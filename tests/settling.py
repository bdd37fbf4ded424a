"""A worker's last word on drops, without its work: for tests and benchmarks that begin with a full ledger."""

from __future__ import annotations

from collections.abc import Sequence

from newsdrop.ledger.ledger import Ledger
from newsdrop.ports import Settlement

__all__ = ["settle"]


def settle(ledger: Ledger, settlements: Sequence[Settlement]) -> None:
    """Let the ledger hold these outcomes, as if a worker had had each drop in hand."""
    by_id = {one.outcome.drop.id: one for one in settlements}
    for batch in ledger.hand_over([one.outcome.drop for one in settlements]):
        drops = ledger.start(batch, "settled", process=1, task="")
        assert ledger.finish(batch, "settled", [by_id[drop.id] for drop in drops])
