"""One errand at a time in a thread of its own, for what a slow disk or a foreign program may hold up.

Whoever has an errand goes on at once; while one is under way the next is left out, not queued. Refuses to let
an error of ours out: it is handed to `failed`, in the errand's thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from newsdrop.errors import NewsdropError

__all__ = ["Errands"]


class Errands:
    """Runs what it is given in a daemon thread, so that the process can end whatever holds it up."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._thread: threading.Thread | None = None

    def run(self, errand: Callable[[], object], failed: Callable[[NewsdropError], object]) -> bool:
        """Begin an errand; False while an earlier one is still under way."""
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
