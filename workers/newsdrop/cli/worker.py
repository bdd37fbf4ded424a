"""`newsdrop worker`: a Celery worker with the options this queue needs, and our logs.

It is the Celery worker itself, in this process: signals, exit code and pid are Celery's own. Plain
`celery -A newsdrop.worker.app worker` works too.
"""

from __future__ import annotations

import logging
import os
import sys
import warnings
from typing import Annotated, Any

import typer

from newsdrop.cli.choices import WorkerProcesses
from newsdrop.cli.guard import guarded
from newsdrop.cli.lifeline import tie_to_parent
from newsdrop.cli.logs import set_up_logs
from newsdrop.cli.terminal import say
from newsdrop.plurals import counted
from newsdrop.settings import Settings, load_settings

__all__ = ["register"]

_LOGGER = logging.getLogger("newsdrop")
_AS_ROOT = "The worker runs as root and needn't: files of strangers are read by it."


def register(app: typer.Typer) -> None:
    """Add `worker`."""
    app.command(
        epilog="Example:  newsdrop worker --processes 4",
    )(guarded(worker))


def worker(
    processes: WorkerProcesses = None,
    child_of: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    if child_of is not None:
        tie_to_parent(child_of)
    settings = load_settings()
    set_up_logs(settings.log, service=True)
    if processes is not None:
        # worker/app.py reads the settings when it is imported, which is why it is imported here.
        os.environ["NEWSDROP_WORKER_PROCESSES"] = str(processes)
    from celery.exceptions import SecurityWarning
    from celery.signals import setup_logging

    from newsdrop.worker.app import app

    def keep_our_logs(**_: Any) -> None:
        """Connecting this signal is enough to make Celery leave logging alone."""

    setup_logging.connect(keep_our_logs, weak=False)
    # Celery's own words name an option that we haven't.
    warnings.simplefilter("ignore", SecurityWarning)
    # This is what `celery worker` does; Celery's own function for programs drops the exit code.
    told = child_of is None and sys.stderr.isatty()
    if child_of is None and not told and not os.geteuid():
        _LOGGER.warning(_AS_ROOT)
    one: Any = app.Worker(loglevel=settings.log.level, quiet=True)
    if told:
        say(_greeting(settings, one.concurrency))
    one.start()
    if one.exitcode:
        raise typer.Exit(one.exitcode)


def _greeting(settings: Settings, processes: int) -> str:
    """The first lines for a person, in the place of Celery's banner; a log for machines has none."""
    from newsdrop.cli.assembly import named_services

    places = named_services(settings)
    return (
        f"A worker of {counted(processes, 'process', 'processes')}: what is queued in {places.redis} "
        f"goes into {places.index}.\n"
        "Ctrl-C ends it once what it has in hand is done; `newsdrop status` shows what waits."
        + ("" if os.geteuid() else f"\n{_AS_ROOT}")
    )
