"""`newsdrop status`: where every drop stands, what waits, and why work stands still."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from newsdrop.cli.assembly import open_services
from newsdrop.cli.guard import guarded
from newsdrop.cli.terminal import clean, output_console, write_json
from newsdrop.monitor.status import Status
from newsdrop.settings import load_settings

__all__ = ["register", "status_view"]


def register(app: typer.Typer) -> None:
    """Add `status`."""
    app.command(
        help="Show how many files are in which state, what waits in the queues, and why work stands still.",
        epilog="Examples:  newsdrop status   newsdrop status --watch   newsdrop status --json | jq .states",
    )(guarded(status))


def status(
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Show it again and again until Ctrl-C.")
    ] = False,
    every_s: Annotated[float, typer.Option("--every", min=0.2, help="Seconds between two looks.")] = 2.0,
    as_json: Annotated[
        bool, typer.Option("--json", help="JSON on stdout; with --watch one line each.")
    ] = False,
) -> None:
    with open_services(load_settings()) as services:
        if not watch:
            current = services.status()
            if as_json:
                write_json(current)
            else:
                output_console().print(status_view(current))
        elif as_json:
            while True:
                write_json(services.status(), indent=-1)
                time.sleep(every_s)
        else:
            with Live(status_view(services.status()), console=output_console(), auto_refresh=False) as live:
                while True:
                    time.sleep(every_s)
                    live.update(status_view(services.status()), refresh=True)


def status_view(status: Status) -> Group:
    """The status for people: one table of counts and the lines that matter."""
    table = Table(header_style="bold")
    table.add_column("state")
    table.add_column("drops", justify="right")
    for state, count in status.states.items():
        table.add_row(state, str(count), style=None if count else "dim")
    lines = [Text(clean(line)) for line in _lines(status)]
    if status.queue.gate:
        lines.insert(0, Text(f"Work stands still: {clean(status.queue.gate)}", style="bold red"))
    if status.ledger.reset:
        lines.insert(
            0, Text("The ledger was emptied since the last look: a rescan fills it again.", style="bold red")
        )
    return Group(table, *lines)


def _lines(status: Status) -> list[str]:
    queue = status.queue
    lanes = ", ".join(f"{name} {depth}" for name, depth in queue.lanes.items())
    documents = status.index.error or f"{status.index.documents} documents"
    lines = [
        f"queues: {lanes}; batches {queue.batches}; due {queue.due}; inbox {queue.inbox}",
        f"redis: {status.services.redis}",
        f"index: {status.services.index}, {documents}",
    ]
    if status.letters:
        by_stage = ", ".join(f"{stage} {count}" for stage, count in status.letters.items())
        lines.append(f"dead letters: {by_stage} (see `newsdrop dead groups`)")
    for kind, reports in (("watcher", status.watchers), ("worker", status.workers)):
        if not reports:
            lines.append(f"{kind}: none has reported lately")
        for name, values in reports.items():
            lines.append(f"{kind} {name}: {_told(values)}")
    return lines


def _told(values: Mapping[str, Any]) -> str:
    """What a watcher or a worker says of itself: its folders by name, and nothing that is empty or a no."""
    told = []
    for key, value in values.items():
        if key == "folders":
            told += [_folder(one) for one in value]
        elif value is True:
            told.append(key)
        elif value is not False and value not in ("", [], None):
            told.append(f"{key} {value}")
    return ", ".join(told)


def _folder(values: Mapping[str, Any]) -> str:
    # By `get`: a watcher of another version may say less.
    facts = [str(values.get("mode", "")), f"{values.get('files', '?')} files"]
    facts += [] if values.get("present", True) else ["missing"]
    facts += [f"{values['troubles']} that can't be read"] if values.get("troubles") else []
    return f"{values.get('path')} ({', '.join(facts)})"
