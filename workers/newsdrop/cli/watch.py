"""`newsdrop watch`: hands new and changed files of folders to the ledger, until ended."""

from __future__ import annotations

import signal
import threading
from typing import Annotated

import typer

from newsdrop.cli.assembly import open_services
from newsdrop.cli.folders import Folders, folders_or_settings, with_folders
from newsdrop.cli.guard import guarded
from newsdrop.cli.lifeline import tie_to_parent
from newsdrop.cli.logs import set_up_logs
from newsdrop.heartbeat import Heartbeat, Role
from newsdrop.ledger.connect import warn_of_risks
from newsdrop.settings import load_settings
from newsdrop.watch.watcher import Watcher

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add `watch`."""
    app.command(
        help="Watch folders and queue what is new or changed. Workers (`newsdrop worker`) do the rest.",
        epilog="Example:  newsdrop watch ~/archive /mnt/more",
    )(guarded(watch))


def watch(
    folders: Folders = None,
    child_of: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    if child_of is not None:
        tie_to_parent(child_of)
    settings = load_settings()
    set_up_logs(settings.log, service=True)
    settings = with_folders(settings, folders_or_settings(folders, settings))
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    heartbeat = Heartbeat(settings.state_dir, Role.WATCHER)
    with open_services(settings, name="watcher") as services:
        warn_of_risks(services.client)
        watcher = Watcher(settings, services.ledger, services.letters, services.store, heartbeat=heartbeat)
        watcher.run(stop)
