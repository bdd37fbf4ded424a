"""A SIGHUP before a worker is ready; from then on it is shutdown.py's.

Celery would start itself again, unless it has a terminal. That restart would run this package's __main__ as a
script, whose folder hides modules of Python (queue). Imports Celery's program, which commands do without.
"""

from __future__ import annotations

import signal
from typing import Any

from celery.apps.worker import Worker

__all__ = ["EndingWorker"]


class EndingWorker(Worker):
    """Celery's worker, for which a SIGHUP is a SIGTERM, unless it was ignored when it started (nohup)."""

    def install_platform_tweaks(self, worker: Any) -> None:
        hung_up = signal.getsignal(signal.SIGHUP)
        # With a terminal, Celery leaves this signal alone.
        self._isatty = True
        super().install_platform_tweaks(worker)
        ignored = hung_up is signal.SIG_IGN
        signal.signal(signal.SIGHUP, signal.SIG_IGN if ignored else signal.getsignal(signal.SIGTERM))
