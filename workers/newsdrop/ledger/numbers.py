"""The queue's numbers according to the settings, for every process that uses it.

Separate from the modules that workers are built from (assembly.py, resources.py), so that a watcher or a
command doesn't have to load the pipeline for them.
"""

from __future__ import annotations

from typing import Final

from newsdrop.ledger.ledger import LedgerLimits
from newsdrop.ledger.letter_export import LetterFolder, TrimPolicy
from newsdrop.options import LOCAL_TIMEOUT_S, REQUEST_MARGIN_S
from newsdrop.settings import Settings

__all__ = ["hard_limit_s", "ledger_limits", "trim_policy"]

_DAY_S: Final = 86_400
#: Between the last touch of a batch and Celery's hard limit.
_MARGIN_S: Final = 30


def ledger_limits(settings: Settings) -> LedgerLimits:
    """The ledger's numbers according to the settings."""
    queue = settings.queue
    return LedgerLimits(
        lease_ms=queue.lease_s * 1000,
        request_ms=int((_request_s(settings) + REQUEST_MARGIN_S) * 1000),
        grace_ms=queue.grace_s * 1000,
        max_deaths=queue.max_deaths,
        batch_drops=queue.batch_drops,
        backlog_batch_drops=queue.backlog_batch_drops,
        batch_bytes=queue.batch_bytes,
        message_letters=queue.message_letters,
        message_bytes=settings.limits.message_bytes,
    )


def _request_s(settings: Settings) -> float:
    server = settings.elasticsearch
    return LOCAL_TIMEOUT_S if server.url is None else server.timeout_s


def hard_limit_s(settings: Settings) -> int:
    """When Celery kills a task: later than the longest task within its limits takes (180 s by default)."""
    worker = settings.worker
    longest_s = worker.batch_time_budget_s + worker.file_time_limit_s + settings.queue.gate_wait_s
    return int(longest_s) + _MARGIN_S


def trim_policy(settings: Settings) -> TrimPolicy:
    """How many dead letters are kept.

    Raises:
        ConfigError: letters should be deleted, but there is no export folder.
    """
    queue = settings.queue
    days = queue.dead_max_days
    folder = None
    if queue.dead_export is not None:
        folder = LetterFolder(
            path=queue.dead_export, file_bytes=queue.dead_export_bytes, files=queue.dead_export_files
        )
        folder.check()
    return TrimPolicy(
        max_count=queue.dead_max_count,
        max_age_s=None if days is None else days * _DAY_S,
        export=folder,
    )
