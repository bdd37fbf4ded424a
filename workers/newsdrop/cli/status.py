"""`newsdrop status`: where every drop stands, what waits, and why work stands still."""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from newsdrop.cli.assembly import open_services
from newsdrop.cli.guard import EXIT_FAILED, guarded
from newsdrop.cli.terminal import clean, output_console, print_table, write_json
from newsdrop.errors import ConfigError
from newsdrop.monitor.status import Status
from newsdrop.queue.receipts import Sent, SentState, drop_id_of_key, drop_id_of_path, look_up
from newsdrop.settings import load_settings

__all__ = ["register", "status_view"]


def register(app: typer.Typer) -> None:
    """Add `status`."""
    app.command(
        help="Show how many files are in which state, what waits in the queues, and why work stands still; "
        "or, with --id, --path or --key, what became of one thing that was sent.",
        epilog="Examples:  newsdrop status   newsdrop status --watch   newsdrop status --json | jq .states   "
        "newsdrop status --id 1764060000000-0",
    )(guarded(status))


def status(
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Show it again and again until Ctrl-C.")
    ] = False,
    every_s: Annotated[float, typer.Option("--every", min=0.2, help="Seconds between two looks.")] = 2.0,
    as_json: Annotated[
        bool, typer.Option("--json", help="JSON on stdout; with --watch one line each.")
    ] = False,
    receipt: Annotated[
        str | None,
        typer.Option("--id", metavar="ID", help="A producer's receipt, or a drop's id.", show_default=False),
    ] = None,
    path: Annotated[
        Path | None, typer.Option("--path", metavar="FILE", help="A file.", show_default=False)
    ] = None,
    key: Annotated[
        str | None,
        typer.Option("--key", metavar="KEY", help="The key of inline content.", show_default=False),
    ] = None,
) -> None:
    asked = [one for one in (receipt, path, key) if one is not None]
    if asked:
        if len(asked) > 1 or watch:
            raise ConfigError("Give one of --id, --path and --key, and no --watch.")
        _show_sent(receipt, path, key, as_json=as_json)
        return
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


def _show_sent(receipt: str | None, path: Path | None, key: str | None, *, as_json: bool) -> None:
    with open_services(load_settings()) as services:
        drop = (
            drop_id_of_path(path) if path is not None else drop_id_of_key(key) if key is not None else receipt
        )
        sent = look_up(services.client, str(drop))
    if as_json:
        write_json(sent)
    else:
        print_table(["", ""], [(name, text) for name, text in _facts(sent) if text])
    if sent.state in (SentState.FORGOTTEN, SentState.UNKNOWN):
        raise typer.Exit(EXIT_FAILED)


def _facts(sent: Sent) -> Iterator[tuple[str, object]]:
    yield "id", sent.id
    yield "state", sent.state
    yield "why", sent.reason
    if sent.changed_s is not None:
        at = datetime.datetime.fromtimestamp(sent.changed_s, datetime.UTC)
        yield "since", at.isoformat(timespec="seconds").replace("+00:00", "Z")
    yield "failed tries", sent.attempts
    yield "drop", sent.drop
    yield "document", sent.document
    yield "dead letter", sent.letter


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
            lines.append(f"{kind} {name}: " + ", ".join(f"{key} {value}" for key, value in values.items()))
    return lines
