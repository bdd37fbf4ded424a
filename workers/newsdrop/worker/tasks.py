"""The two tasks, thin: what they do is in batch.py and inbox.py.

newsdrop.ingest(batch, seq)     written by our scripts only
newsdrop.enqueue(**message)     for other Celery programs, by name, on the list newsdrop.requests; no receipt
"""

from __future__ import annotations

from typing import Any

from newsdrop.ledger.keys import TASK
from newsdrop.ledger.producer import append
from newsdrop.worker.app import app, lifecycle
from newsdrop.worker.envelope import REQUEST_TASK

__all__ = ["enqueue", "ingest"]


@app.task(name=TASK, bind=True)
def ingest(self: Any, batch: str, seq: int) -> None:
    """Work on one batch; the sequence number is for the scripts."""
    lifecycle.resources().work(batch, self.request.id, lifecycle.stopper.flag)


@app.task(name=REQUEST_TASK)
def enqueue(**message: Any) -> None:
    """Put a producer's message into the inbox, where it is validated like any other."""
    append(lifecycle.resources().client, {"v": 1, **message}, patience_s=60)
