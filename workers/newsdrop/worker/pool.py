"""Celery's prefork pool, for a worker that stays when a child is killed while it starts.

Celery looks at its children once, just before its loop begins, and ends the whole worker if one is gone, to
be spared children that can't start at all. A child that a signal ended (the kernel, short of memory; a
person) says nothing about the next one, so it is replaced as it would be a second later.
"""

from __future__ import annotations

from typing import Any

from celery.concurrency.prefork import TaskPool

__all__ = ["SteadyPool"]


class SteadyPool(TaskPool):
    """Named in `worker_pool`."""

    # Celery's, made when the pool starts.
    _pool: Any

    def did_start_ok(self) -> bool:
        """Whether no child has ended by itself with a failure; the loop takes care of killed ones."""
        # Not Celery's own question: it forgets the children that have ended, and then nobody replaces them.
        return not any((child.exitcode or 0) > 0 for child in self._pool._pool)
