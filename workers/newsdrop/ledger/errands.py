"""One task at a time in a thread of its own, for work that a slow disk or another program may delay.

The caller continues at once; while one task is running, the next is skipped, not queued. Errors of ours don't
escape: they are passed to `failed`, in the task's thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from newsdrop.errors import NewsdropError

__all__ = ["Errands"]


class Errands:
    """Runs tasks in a daemon thread, so that the process can end whatever delays them."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._thread: threading.Thread | None = None

    def run(self, errand: Callable[[], object], failed: Callable[[NewsdropError], object]) -> bool:
        """Start a task; False while an earlier one is still running."""
        if self._thread is not None and self._thread.is_alive():
            return False

        def work() -> None:
            try:
                errand()
            except NewsdropError as error:
                failed(error)

        self._thread = threading.Thread(target=work, name=self._name, daemon=True)
        self._thread.start()
        return True
