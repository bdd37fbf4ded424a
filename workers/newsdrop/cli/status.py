"""`newsdrop status`: how many drops are in each state, what is waiting, and why work is paused."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from newsdrop.cli.assembly import OpenServices, open_services
from newsdrop.cli.guard import conclude, error_facts, exit_code, guarded
from newsdrop.cli.terminal import output_console, write_facts, write_json
from newsdrop.desk.given import check_given
from newsdrop.errors import ConfigError, OutageError
from newsdrop.identity import innermost, resolved
from newsdrop.ledger.receipts import Sent, SentState, asked_ids, look_up
from newsdrop.membership import existing
from newsdrop.monitor.rates import Rate, settled
from newsdrop.monitor.status import Status
from newsdrop.name_filter import Reason
from newsdrop.settings import Settings, load_settings
from newsdrop.spelling import as_listed, real_path
from newsdrop.times import shown_time
from newsdrop.user import at_home

__all__ = ["register"]

#: Nothing is known of it: the question failed, and `reason` says why.
_ABSENT = (SentState.FORGOTTEN, SentState.UNKNOWN)


def register(app: typer.Typer) -> None:
    """Add `status`."""
    app.command(
        epilog="Examples:  newsdrop status   newsdrop status --watch   newsdrop status --json | jq .states   "
        "newsdrop status --id 1764060000000-0",
    )(guarded(status))


def status(
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Refresh until Ctrl-C.")] = False,
    every_s: Annotated[
        float, typer.Option("--every", min=0.2, max=86_400, help="Seconds between refreshes.")
    ] = 2.0,
    as_json: Annotated[
        bool, typer.Option("--json", help="JSON on stdout; with --watch one line each.")
    ] = False,
    receipt: Annotated[
        str | None,
        typer.Option(
            "--id", metavar="ID", help="A producer's receipt, or the id of a drop.", show_default=False
        ),
    ] = None,
    path: Annotated[
        # Not a Path: what looks like a path in a member's name stays as it is.
        str | None,
        typer.Option("--path", metavar="FILE", help="A file, or a bundle!member.", show_default=False),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option("--key", metavar="KEY", help="The key of inline content.", show_default=False),
    ] = None,
) -> None:
    asked = [one for one in (receipt, path, key) if one is not None]
    if asked:
        if len(asked) > 1 or watch:
            raise ConfigError("Give one of --id, --path and --key, without --watch.")
        check_given(**{"--id": receipt, "--path": path, "--key": key})
        _show_sent(receipt, path, key, as_json=as_json)
        return
    with open_services(load_settings()) as services:
        current = services.status()
        if not watch:
            if as_json:
                write_json(current)
            else:
                _show(current)
        elif as_json:
            for one in _look_again_and_again(services, current, every_s):
                failed = error_facts(one.message, exit_code(one)) if isinstance(one, OutageError) else None
                write_json(failed or one, indent=-1)
        else:
            _show_again_and_again(_look_again_and_again(services, current, every_s))


def _show(current: Status) -> None:
    # Not needed by programs, which ask the most often.
    from newsdrop.cli.status_view import status_view

    output_console().print(status_view(current, now_ms=_now_ms()))


def _look_again_and_again(
    services: OpenServices, first: Status, every_s: float
) -> Iterator[Status | OutageError]:
    """The status repeatedly until Ctrl-C; an outage is shown, too, for as long as it lasts."""
    yield first
    while True:
        time.sleep(every_s)
        try:
            yield services.status()
        except OutageError as error:
            yield error


def _show_again_and_again(statuses: Iterator[Status | OutageError]) -> None:
    from rich.live import Live

    from newsdrop.cli.status_view import StateRates, status_view

    console, rates, rate, last, outage = output_console(), StateRates(), Rate(), None, ""
    with Live(console=console, auto_refresh=False) as live:
        for one in statuses:
            if isinstance(one, OutageError):
                outage = one.message
            else:
                last, outage = one, ""
                rates.look(time.monotonic(), one.states)
                rate.look(time.monotonic(), settled(one.states))
            if last is None:
                continue
            view = status_view(
                last,
                now_ms=_now_ms(),
                rates=rates.per_second(),
                files_per_s=rate.lately,
                outage=outage,
            )
            if console.is_terminal:
                live.update(view, refresh=True)
            else:
                # A live display shows nothing without a terminal.
                console.print(view)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _show_sent(receipt: str | None, path: str | None, key: str | None, *, as_json: bool) -> None:
    settings = load_settings()
    with open_services(settings) as services:
        sent = look_up(services.client, *asked_ids(receipt, path, key))
        if path is not None and sent.state is SentState.UNKNOWN:
            why = _why_passed_over(path, settings, services.installation.folders())
            sent = msgspec.structs.replace(sent, reason=why or sent.reason)
    conclude(
        msgspec.to_builtins(sent),
        lambda: write_facts(_facts(sent)),
        as_json=as_json,
        failure=sent.reason if sent.state in _ABSENT else "",
    )


def _why_passed_over(path: str, settings: Settings, watched: Sequence[Path]) -> str | None:
    """Why a file that exists isn't a drop, in a sentence; None: it may be one."""
    # Needed by this question alone.
    from newsdrop.watch.folder import parts_of

    file = as_listed(resolved(at_home(Path(existing(path)[0]))))
    if not Path(file).is_file():
        return None
    folders = [*(real_path(folder.path) for folder in settings.folders), *map(str, watched)]
    root = innermost(file, folders, str) or os.path.dirname(file)  # noqa: PTH120  a text is wanted
    part = next(parts_of(root, settings), None)
    reason = Reason.OWN if part is None else part[1].below(file, root)
    if reason is None:
        return None
    return (
        f"It is no drop, because its name is passed over ({reason}; docs/watching.md). `newsdrop ingest` "
        "takes any file that is named."
    )


def _facts(sent: Sent) -> Iterator[tuple[str, object]]:
    yield "id", sent.id
    yield "state", sent.state
    if sent.state not in _ABSENT:
        yield "why", sent.reason
    if sent.changed_at is not None:
        yield "since", shown_time(sent.changed_at)
    yield "failed tries", sent.attempts
    # Of a file all three have the drop's id; it is said once.
    yield "drop", sent.drop if sent.drop != sent.id else None
    yield "document", sent.document
    yield "dead letter", sent.letter if sent.letter != sent.id else "`newsdrop dead show` of this id"
