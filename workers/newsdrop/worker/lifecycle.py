"""The life of a worker: what it does at each of Celery's signals, in order.

worker_init           main      wrong settings end it here; the embedded server is started; Redis is
                                checked; the heartbeat begins
worker_process_init   child     memory limit, its own resources
worker_process_shutdown  child  remaining spans of its traces are sent
worker_ready          main      our signal handlers before Celery's, reconciler and maintenance threads
task_failure          main      a child died or was interrupted: its batch's lease ends now
worker_shutdown       main      threads end, the embedded server is released
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery import signals
from celery.concurrency import get_implementation

from newsdrop.assembly import Grounds, removal_grounds
from newsdrop.configfiles import config_folders
from newsdrop.enrich.steps import default_steps
from newsdrop.errors import ConfigError, OutageError, unforeseen
from newsdrop.extensions import dialects, enrichments
from newsdrop.heartbeat import Heartbeat, Role
from newsdrop.index.factory import import_store
from newsdrop.ledger.connect import Risk, RiskWatch, check_server, report_risks
from newsdrop.ledger.embedded import EmbeddedValkey
from newsdrop.ledger.numbers import hard_limit_s
from newsdrop.ledger.scripts import read_scripts
from newsdrop.parse.rules import RuleSet, load_rules
from newsdrop.settings import Settings
from newsdrop.worker import rejects
from newsdrop.worker.allocation import ready_to_fork
from newsdrop.worker.consumer import GuardedConsumer, SteadyPool
from newsdrop.worker.file_timer import limit_memory
from newsdrop.worker.in_flight import InFlightMarker, in_flight_folder
from newsdrop.worker.maintenance import Maintenance
from newsdrop.worker.resources import Resources, open_reconciler
from newsdrop.worker.shutdown import Stopper
from newsdrop.worker.watchdog import Watchdog

__all__ = ["EXIT_CONFIG", "Lifecycle"]

_LOGGER = logging.getLogger("newsdrop.worker")
#: The exit code for wrong settings.
EXIT_CONFIG = 2
_EXIT_FAILED = 1
_POOLS = ("celery.concurrency.solo", SteadyPool.__module__)


class Lifecycle:
    """The parts of one worker process; made at import, before any fork: children share the stop flag."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.stopper = Stopper()
        self._main_pid = os.getpid()
        self._grounds: Grounds | None = None
        self._rules: RuleSet | None = None
        self._resources: Resources | None = None
        self._embedded: EmbeddedValkey | None = None
        self._maintenance: Maintenance | None = None
        self._watchdog: Watchdog | None = None
        self._risks: list[Risk] = []

    def connect_signals(self) -> None:
        """Connect to Celery's signals; all but `task_failure` are sent once per process."""
        for signal, handler in (
            (signals.worker_init, self._on_init),
            (signals.worker_process_init, self._on_child),
            (signals.worker_process_shutdown, self._on_child_end),
            (signals.worker_ready, self._on_ready),
            (signals.task_failure, self._on_failure),
            (signals.worker_shutdown, self._on_shutdown),
            (signals.after_setup_logger, _on_logger),
        ):
            signal.connect(handler, weak=False)

    def resources(self) -> Resources:
        """The resources of this process."""
        if self._resources is None or self._resources.pid != os.getpid():
            self._resources = Resources(self.settings, self._main_pid, self._grounds, self._rules)
        return self._resources

    def _on_init(self, sender: Any = None, **_: Any) -> None:
        with _started_whole():
            self._start(sender)

    def _start(self, sender: Any) -> None:
        self._main_pid = os.getpid()
        try:
            _check_pool(sender)
            # Before the fork: otherwise the children would fail one by one, and each load its own copy.
            self._rules = load_rules(config_folders(self.settings.config_dir))
            default_steps(keywords=self.settings.enrich.keywords)
            dialects(), enrichments()
            import_store(self.settings)
            read_scripts()
            InFlightMarker(in_flight_folder(self.settings.state_dir)).close()
            self._grounds = removal_grounds(self.settings)
            if self.settings.redis.url is None:
                self._embedded = EmbeddedValkey(self.settings.state_dir)
                self._embedded.start()
            resources = self.resources()
            # If tracing can't be started, the worker fails at its start, not in each child.
            resources.open_traces()
            self._risks = check_server(resources.client)
            resources.admission.claim()
        except OutageError as error:
            # Celery itself waits for its broker, and the first bulk request for the index.
            _LOGGER.error("%s", error.message)
        rejects.configure(lambda raw, reason: self.resources().letters.quarantine(raw, reason))
        GuardedConsumer.stopper = self.stopper
        heartbeat = Heartbeat(self.settings.state_dir, Role.WORKER)
        self._watchdog = GuardedConsumer.watchdog = Watchdog(
            heartbeat, lambda: bool(self.stopper.flag), longest_s=hard_limit_s(self.settings)
        )
        self._watchdog.start()
        ready_to_fork()

    def _on_child(self, **_: Any) -> None:
        limit_memory(self.settings.worker.memory_bytes)
        # Opened now, so that it doesn't count against a file's time; if it fails, the task reports it.
        self.resources().open()

    def _on_child_end(self, **_: Any) -> None:
        self.resources().close()

    def _on_ready(self, sender: Any = None, **_: Any) -> None:
        with _started_whole():
            self._keep_up(sender)

    def _keep_up(self, sender: Any) -> None:
        self.stopper.install()
        self.stopper.see_to_the_end()
        # The logs are set up only now.
        report_risks(self._risks)
        resources = self.resources()
        self._maintenance = Maintenance(
            resources.ledger,
            open_reconciler(self.settings, resources),
            processes=sender.controller.concurrency,
            interval_s=self.settings.queue.reconcile_s,
            stopping=self.stopper.flag,
            in_flight=in_flight_folder(self.settings.state_dir),
            lists=list(sender.app.amqp.queues.consume_from),
            watchdog=self._watchdog,
            admission=resources.admission,
            risks=RiskWatch(resources.client, self._risks),
            sight=resources.sight,
        )
        self._maintenance.start()
        if self._watchdog is not None:
            self._watchdog.began(self._maintenance.alive)

    def _on_failure(self, sender: Any = None, **_: Any) -> None:
        # In the main process only for a lost child or a time limit, and then possibly twice.
        if os.getpid() == self._main_pid and self._maintenance is not None:
            self._maintenance.lost()

    def _on_shutdown(self, **_: Any) -> None:
        if self._maintenance is not None:
            self._maintenance.stop()
        self.resources().close()
        if self._watchdog is not None:
            self._watchdog.stop()
        if self._embedded is not None:
            self._embedded.stop()


def _check_pool(worker: Any) -> None:
    module = get_implementation(worker.pool_cls).__module__
    if module not in _POOLS:
        name = module.rpartition(".")[2]
        raise ConfigError(
            f"newsdrop needs Celery's prefork pool (start the worker without -P or with -P prefork): {name} "
            "has no time limits, no memory limits, and one bad file would take others down with it."
        )


@contextmanager
def _started_whole() -> Iterator[None]:
    """End the process if a step of its start fails: of what a signal handler raises, Celery logs exceptions
    and goes on.

    Without one of its threads, a worker would take files, and retry none, or be known to nobody.
    """
    try:
        yield
    except ConfigError as error:
        _leave(error.message, EXIT_CONFIG)
    except Exception as error:
        _LOGGER.debug("the worker's start failed", exc_info=error)
        _leave(f"The worker can't start. {unforeseen(error)}", _EXIT_FAILED)


def _leave(message: str, code: int) -> None:
    # Celery's own command has set up no log by now: then Python writes the message alone.
    _LOGGER.error("%s", message)
    raise SystemExit(code)


class _EventFormatter(logging.Formatter):
    """Celery's own log lines, with the values of our events, which plain formatters don't know."""

    def __init__(self, inner: logging.Formatter | None) -> None:
        super().__init__()
        self._inner = inner or logging.Formatter()

    def format(self, record: logging.LogRecord) -> str:
        line = self._inner.format(record)
        values = getattr(record, "event_values", None)
        if not values:
            return line
        # `str` of an enum's member is its value; its `repr` is Python's.
        plain = {name: str(value) if isinstance(value, str) else value for name, value in values.items()}
        facts = " ".join(f"{name}={value!r}" for name, value in plain.items())
        first, *rest = line.split("\n")
        return "\n".join([f"{first} {facts}", *rest])


def _on_logger(logger: logging.Logger, **_: Any) -> None:
    for handler in logger.handlers:
        handler.setFormatter(_EventFormatter(handler.formatter))
