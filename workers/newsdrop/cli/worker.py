"""`newsdrop worker`: a Celery worker with the options this queue needs, and our logs.

It is the Celery worker itself, in this process: signals, exit code and pid are Celery's own. Plain
`celery -A newsdrop.worker.app worker` works too.
"""

from __future__ import annotations

import os
from typing import Annotated, Any

import typer

from newsdrop.cli.guard import guarded
from newsdrop.cli.lifeline import tie_to_parent
from newsdrop.cli.logs import set_up_logs
from newsdrop.settings import load_settings

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add `worker`."""
    app.command(
        help="Process queued files, until stopped. Start as many workers as you like, on any number of "
        "machines.",
        epilog="Example:  newsdrop worker --processes 4",
    )(guarded(worker))


def worker(
    processes: Annotated[
        int | None,
        typer.Option(
            min=1, help="Child processes; default: worker.processes, or one per core.", show_default=False
        ),
    ] = None,
    child_of: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    if child_of is not None:
        tie_to_parent(child_of)
    settings = load_settings()
    set_up_logs(settings.log, service=True)
    if processes is not None:
        # worker/app.py reads the settings when it is imported, which is why it is imported here.
        os.environ["NEWSDROP_WORKER_PROCESSES"] = str(processes)
    from celery.signals import setup_logging

    from newsdrop.worker.app import app

    def keep_our_logs(**_: Any) -> None:
        """Connecting this signal is enough to make Celery leave logging alone."""

    setup_logging.connect(keep_our_logs, weak=False)
    # This is what `celery worker` does; Celery's own function for programs drops the exit code.
    one: Any = app.Worker(loglevel=settings.log.level)
    one.start()
    if one.exitcode:
        raise typer.Exit(one.exitcode)
