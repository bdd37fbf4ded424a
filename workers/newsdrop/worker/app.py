"""The Celery application and its two tasks: `celery -A newsdrop.worker.app worker` (or `flower` …).

newsdrop.ingest(batch, seq)     written by the ledger's scripts only
newsdrop.enqueue(**message)     for other Celery programs, by name, on the list newsdrop.requests; no receipt

Every setting is explained; most avoid a problem of Celery on Redis that was reproduced. The ledger is the
source of truth and Celery's lists carry only hints (ledger.py), so everything that Celery does about
redelivery, retries, results and priorities is switched off. Importing this module reads the settings and
opens no connection; wrong settings end the process immediately.
"""

from __future__ import annotations

import os
import sys
from functools import cached_property
from typing import Any

import msgspec
from celery import Celery
from kombu import Exchange, Queue

from newsdrop.errors import ConfigError, PermanentError
from newsdrop.ledger.keys import PREFIX, TASK
from newsdrop.ledger.numbers import hard_limit_s
from newsdrop.ledger.producer import append, with_key
from newsdrop.ports import Lane
from newsdrop.settings import Settings, load_settings
from newsdrop.worker.broker import broker_options, broker_tls, broker_url
from newsdrop.worker.envelope import REQUEST_TASK, REQUESTS, TASKS
from newsdrop.worker.hangup import EndingWorker
from newsdrop.worker.lifecycle import EXIT_CONFIG, Lifecycle

__all__ = ["app", "enqueue", "ingest", "lifecycle"]


def celery_settings(settings: Settings) -> dict[str, Any]:
    """Celery's configuration."""
    return {
        "broker_url": broker_url(settings),
        "broker_use_ssl": broker_tls(settings),
        "broker_transport_options": _transport_options(settings),
        # A worker that gives up after 100 tries would be found dead on Monday.
        "broker_connection_max_retries": None,
        "broker_connection_retry": True,
        "broker_connection_retry_on_startup": True,
        # A Redis that is full, read-only or can't save refuses commands: a worker would end at the first one.
        "broker_channel_error_retry": True,
        # Celery would cancel such tasks if they were acknowledged late; ours go on, since the ledger decides.
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        # Nobody reads results, and they cost keys and cause hangs.
        "result_backend": None,
        "task_ignore_result": True,
        "task_store_errors_even_if_ignored": False,
        # No pickle: a message must not be able to run code.
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_queues": [_queue(name) for name in TASKS],
        "task_default_queue": REQUESTS,
        "task_routes": {TASK: {"queue": Lane.FRESH.value}, REQUEST_TASK: {"queue": REQUESTS}},
        # A misspelled -Q must not create a list that nobody reads.
        "task_create_missing_queues": False,
        # The lease is our redelivery; two mechanisms would cause races.
        "task_acks_late": False,
        "task_reject_on_worker_lost": False,
        # One message per free process and none in reserve, so that fresh drops overtake the backlog.
        "worker_prefetch_multiplier": 1,
        "worker_disable_prefetch": True,
        # The last resort: files have timers of their own. No soft limit: its exception would be raised inside
        # some file, which would be blamed for it.
        "task_time_limit": hard_limit_s(settings),
        "task_soft_time_limit": None,
        "worker_max_tasks_per_child": 500,
        "worker_pool": "newsdrop.worker.consumer:SteadyPool",
        "worker_concurrency": settings.worker.processes or os.cpu_count() or 1,
        "worker_consumer": "newsdrop.worker.consumer:GuardedConsumer",
        # Ended by our own drain (shutdown.py); Celery's soft shutdown always sleeps for the whole time.
        "worker_soft_shutdown_timeout": 0,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        # Two more Redis commands per task; Flower switches them on when it runs.
        "worker_send_task_events": False,
        "task_send_sent_event": False,
        "enable_utc": True,
        "timezone": "UTC",
    }


def _queue(name: str) -> Queue:
    # Each has its own exchange: queues without one share it, and each message would go to all three lists.
    return Queue(str(name), exchange=Exchange(str(name), type="direct"), routing_key=str(name))


def _transport_options(settings: Settings) -> dict[str, Any]:
    return broker_options(settings) | {
        "global_keyprefix": PREFIX,
        "max_message_bytes": settings.limits.message_bytes,
        "queue_order_strategy": "newsdrop.worker.transport:FreshFirst",
        # What is written here has no priority; FreshFirst reads the lists of those who give one.
        "priority_steps": [0],
        # Longer than any task, so that slow tasks are never delivered twice; swept every 15 s.
        "visibility_timeout": 2 * hard_limit_s(settings) + 240,
        "unacked_restore_interval": 15,
        "unacked_restore_throttle": 1,
    }


class _Celery(Celery):
    """Its workers end at a SIGHUP."""

    @cached_property
    def Worker(self) -> Any:  # noqa: N802  Celery's name for it
        return self.subclass_with_self(EndingWorker)


def make_app(settings: Settings) -> Celery:
    """A Celery application for these settings."""
    made = _Celery("newsdrop", amqp="newsdrop.worker.transport:GuardedAMQP", set_as_current=False)
    made.conf.update(celery_settings(settings))
    return made


def _made() -> tuple[Settings, Celery]:
    try:
        settings = load_settings()
        return settings, make_app(settings)
    except ConfigError as error:
        # Celery's command, which imports this, would bury the one useful line in a traceback.
        sys.stderr.write(f"{error.message}\n")
        raise SystemExit(EXIT_CONFIG) from None


_SETTINGS, app = _made()
lifecycle = Lifecycle(_SETTINGS)
lifecycle.connect_signals()


@app.task(name=TASK, bind=True)
def ingest(self: Any, batch: str, seq: int) -> None:
    """Process one batch; the sequence number is for the scripts."""
    lifecycle.resources().work(batch, self.request.id, lifecycle.stopper.flag)


@app.task(name=REQUEST_TASK)
def enqueue(**message: Any) -> None:
    """Put a producer's message into the inbox, where it is validated like any other."""
    tools = lifecycle.resources()
    try:
        sent = with_key({"v": 1, **message}, sent_as=str(enqueue.request.id))
        append(tools.client, sent, _SETTINGS.limits, patience_s=60)
    except PermanentError as error:
        # Celery would only log it.
        tools.letters.quarantine(msgspec.json.encode(message), error.message)
