"""The resources of one worker process, opened after the fork: connections are never shared.

main process    client, ledger, letters, inbox, reconciler, store (for its identity)    (no pipeline)
pool child      client, ledger, store, pipeline               (each its own)
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import msgspec

from newsdrop.assembly import Grounds, build_pipeline, vanished_files
from newsdrop.documents import DeadLetter
from newsdrop.errors import ConfigError, OutageError
from newsdrop.index.factory import open_store
from newsdrop.index.store import Store
from newsdrop.ledger.clock import LedgerClock
from newsdrop.ledger.connect import connect
from newsdrop.ledger.deadletters import DeadLetters
from newsdrop.ledger.gauges import read_watchers
from newsdrop.ledger.gone_files import leave_behind, note_absences
from newsdrop.ledger.inbox import Inbox
from newsdrop.ledger.installation import Installation
from newsdrop.ledger.ledger import Ledger
from newsdrop.ledger.notices import Notices, NoticeTimes
from newsdrop.ledger.numbers import ledger_limits, trim_policy
from newsdrop.ledger.reconcile import Reconciler
from newsdrop.ledger.retry import Backoff
from newsdrop.ledger.takedowns import Takedowns
from newsdrop.parse.rules import RuleSet
from newsdrop.pipeline import Pipeline
from newsdrop.settings import Settings
from newsdrop.traces import Traces, open_traces
from newsdrop.version import VERSION
from newsdrop.worker.admission import Admission
from newsdrop.worker.allocation import ready_to_parse
from newsdrop.worker.batch import BatchLimits, BatchTools, run_batch
from newsdrop.worker.file_timer import FileTimer
from newsdrop.worker.gate import GateTimes
from newsdrop.worker.giving_back import GivingBack
from newsdrop.worker.in_flight import InFlightMarker, in_flight_folder
from newsdrop.worker.notifying import sender
from newsdrop.worker.shutdown import StopFlag, deferred_signals
from newsdrop.worker.sight import Sight

if TYPE_CHECKING:
    import redis

__all__ = [
    "Resources",
    "batch_limits",
    "direct_tools",
    "open_inbox",
    "open_reconciler",
]

#: How long a command waits at a closed gate.
_PERSON_WAITS_S: Final = 10.0


class Resources:
    """Each resource is opened on first use; an instance belongs to the process that made it.

    Args:
        main_pid: the worker's main process, which holds its batches in the ledger.
        grounds: the state of the folders when that process started; None: when the pipeline is made.
        rules: the site rules as they were then; None: as they are when the pipeline is made.
    """

    def __init__(
        self, settings: Settings, main_pid: int, grounds: Grounds | None = None, rules: RuleSet | None = None
    ) -> None:
        self.settings = settings
        self._rules = rules
        self._grounds = grounds
        self.pid = os.getpid()
        self.main_pid = main_pid

    @cached_property
    def client(self) -> redis.Redis:
        return connect(self.settings)

    @cached_property
    def ledger(self) -> Ledger:
        return Ledger(self.client, ledger_limits(self.settings), traces=self.traces)

    @cached_property
    def traces(self) -> Traces | None:
        return open_traces(enabled=self.settings.trace.enabled, service="worker", version=VERSION)

    @cached_property
    def letters(self) -> DeadLetters:
        return DeadLetters(self.client, self.ledger)

    @cached_property
    def store(self) -> Store:
        return open_store(self.settings)

    @cached_property
    def pipeline(self) -> Pipeline:
        takedowns = Takedowns(self.client, self.ledger)
        return build_pipeline(
            self.settings,
            self.store,
            self._grounds,
            rules=self._rules,
            forgotten=takedowns.among,
            now_ms=self.clock,
            moved=partial(leave_behind, self.ledger, vanished=self.vanished),
            doubts=self.sight.doubt,
        )

    @cached_property
    def sight(self) -> Sight:
        return Sight(self.ledger.host, lambda: read_watchers(self.client, self.ledger.now_ms))

    @cached_property
    def vanished(self) -> Callable[[str], bool]:
        return vanished_files(self.settings)

    @cached_property
    def clock(self) -> LedgerClock:
        return LedgerClock(self.ledger.now_ms)

    @cached_property
    def installation(self) -> Installation:
        return Installation(self.client, self.ledger.scripts)

    @cached_property
    def admission(self) -> Admission:
        private = self.settings.redis.url is None
        return Admission(self.store, self.installation, private=private, main_pid=self.main_pid)

    @cached_property
    def giving_back(self) -> GivingBack:
        # A ledger of its own, since a ledger remembers what concerns the batch in hand.
        ledger = Ledger(self.client, ledger_limits(self.settings))
        return GivingBack(lambda batch, run: ledger.finish(batch, run, [], yield_rest=True))

    @cached_property
    def marker(self) -> InFlightMarker:
        return InFlightMarker(in_flight_folder(self.settings.state_dir))

    def open(self) -> None:
        """Open everything that a batch needs now, so that it doesn't count against a file's time."""
        _ = self.ledger, self.pipeline, self.marker
        ready_to_parse()

    def open_traces(self) -> None:
        """Open the traces now.

        Raises:
            ConfigError: tracing is switched on but can't be started.
        """
        _ = self.traces

    def close(self) -> None:
        """Send the remaining spans, if any; everything else ends with the process."""
        if "traces" in self.__dict__ and self.traces is not None:
            self.traces.close()

    def work(self, batch: str, task: str, stop: StopFlag) -> None:
        """Process one batch, from message to ledger."""
        with deferred_signals() as noted:
            tools = BatchTools(
                limits=batch_limits(self.settings),
                stopping=lambda: bool(stop or noted),
                in_flight=self.marker.name,
                admit=self.admission.claim_or_end,
                moved=partial(note_absences, self.ledger, vanished=self.vanished),
                now_ms=self.clock,
                sync=self.clock.sync,
                traces=self.traces,
            )
            run = uuid4().hex
            self.marker.begin(batch, run)
            try:
                run_batch(
                    self.ledger, self.pipeline, batch, run=run, process=self.main_pid, task=task, tools=tools
                )
            except (OutageError, ConfigError):
                self.marker.end()
                self.giving_back.add(batch, run)
                raise
            # Not in a `finally`: if the process ends here, the marker must stay as it is.
            self.marker.end()


def batch_limits(settings: Settings) -> BatchLimits:
    """The numbers of a batch according to the settings."""
    queue, worker = settings.queue, settings.worker
    return BatchLimits(
        budget_s=worker.batch_time_budget_s,
        # A file may take its whole time after the last renewal, and the lease must outlast that.
        renew_s=min(10.0, (queue.lease_s - worker.file_time_limit_s) / 2),
        file_limit_s=worker.file_time_limit_s,
        gate=GateTimes(wait_s=queue.gate_wait_s, touch_s=min(10.0, queue.lease_s / 3)),
        backoff=Backoff(
            max_attempts=queue.max_attempts,
            first_ms=int(queue.backoff_s * 1000),
            max_ms=int(queue.backoff_max_s * 1000),
        ),
    )


def direct_tools(settings: Settings, tools: BatchTools) -> tuple[BatchTools, BatchTools]:
    """`tools` for `direct.Direct`: for its own batches, where every failure is final, and for others."""
    usual = batch_limits(settings)
    # While a file is timed, the batch before is written.
    tools = msgspec.structs.replace(tools, timer=partial(FileTimer, shared=True))
    # There is nobody else to give a batch to, and a person is waiting.
    patient = msgspec.structs.replace(
        usual, budget_s=float("inf"), gate=msgspec.structs.replace(usual.gate, wait_s=_PERSON_WAITS_S)
    )
    final = msgspec.structs.replace(patient, backoff=msgspec.structs.replace(usual.backoff, max_attempts=1))
    return msgspec.structs.replace(tools, limits=final), msgspec.structs.replace(tools, limits=patient)


def open_inbox(settings: Settings, client: redis.Redis, ledger: Ledger, letters: DeadLetters) -> Inbox:
    """The inbox that accepts paths below the configured folders, and below those that watchers report."""
    configured = [folder.path for folder in settings.folders]
    watched = Installation(client, ledger.scripts).folders
    return Inbox(client, ledger, letters, folders=configured, watched=watched, limits=settings.limits)


def open_reconciler(settings: Settings, resources: Resources) -> Reconciler:
    """The reconciler of a worker's main process; its letters' mirror is opened in its own thread."""
    return Reconciler(
        resources.ledger,
        open_inbox(settings, resources.client, resources.ledger, resources.letters),
        resources.letters,
        _LateMirror(settings),
        interval_s=settings.queue.reconcile_s,
        trim=trim_policy(settings),
        notices=open_notices(settings, resources),
    )


def open_notices(settings: Settings, resources: Resources) -> Notices | None:
    """The notifier, if the settings configure one."""
    send = sender(settings)
    if send is None:
        return None
    times = NoticeTimes(gate_s=settings.notify.gate_s, every_s=settings.notify.every_s)
    return Notices(resources.client, resources.ledger, resources.letters, send, times)


class _LateMirror:
    """The store's mirror of letters, opened on first use, in the thread that uses it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._store: Store | None = None

    def mirror_letters(self, letters: Sequence[DeadLetter]) -> list[str]:
        return self._opened().mirror_letters(letters)

    def mirror_home(self) -> str:
        return self._opened().mirror_home()

    def _opened(self) -> Store:
        if self._store is None:
            self._store = open_store(self._settings)
        return self._store
