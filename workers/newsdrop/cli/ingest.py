"""`newsdrop ingest`: ingests files immediately, with a worker's own code, and continues after bad ones.

No worker is needed, and a running one does not interfere: its files are waited for.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from typing import Annotated

import msgspec
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from newsdrop.cli.assembly import OpenServices, open_services
from newsdrop.cli.choices import EndedByNull, Paths
from newsdrop.cli.drops import Gathered, Missing, gather, listed
from newsdrop.cli.guard import conclude, guarded
from newsdrop.cli.letter_view import print_failures
from newsdrop.cli.logs import FILE_BY_FILE, set_up_logs
from newsdrop.cli.terminal import error_console, say, write
from newsdrop.documents import Drop, State, decode_path, encode_path
from newsdrop.monitor.rates import per_second, rate_words, settled
from newsdrop.monitor.reports import passed_over_line
from newsdrop.plurals import counted
from newsdrop.settings import load_settings
from newsdrop.worker.allocation import parsing
from newsdrop.worker.direct import Done
from newsdrop.worker.file_timer import memory_limit

__all__ = ["register"]


class Failed(msgspec.Struct, frozen=True):
    """A file that failed, and why."""

    path: str
    stage: str
    type: str
    message: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The outcomes of the files."""

    files: int
    states: dict[str, int]
    passed_over: dict[str, int]
    failed: list[Failed]
    seconds: float
    files_per_s: float
    #: Every file is settled, and none is dead.
    ok: bool


def register(app: typer.Typer) -> None:
    """Add `ingest`."""
    app.command(
        epilog="Examples:  newsdrop ingest page.md   newsdrop ingest ~/archive --json > report.json",
    )(guarded(ingest))


def ingest(
    paths: Paths,
    null: EndedByNull = False,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON report on stdout.")] = False,
) -> None:
    settings = load_settings()
    # The report tells of each file.
    set_up_logs(settings.log, service=False, quiet=FILE_BY_FILE)
    found = gather(listed(paths, null=null), settings)
    with open_services(settings) as services:
        services.ready_index()
        # Only after the embedded server was started, because its memory doesn't count.
        with memory_limit(settings.worker.memory_bytes), parsing():
            report = _run(services, found)
    conclude(msgspec.to_builtins(report), lambda: _show(report), as_json=as_json, failure=_failure(report))


def _run(services: OpenServices, found: Gathered) -> Report:
    started = time.monotonic()
    states: Counter[str] = Counter()
    failed = [_missing(one) for one in found.missing]
    # Only what was named has a member by now.
    named = {drop.id for drop in found.drops if drop.member is not None}
    for done in _with_progress(services, found.drops):
        states[str(done.state)] += 1
        if done.state is State.DEAD:
            failed.append(_failed(services, done))
        elif done.state is State.GONE and done.drop.id in named:
            failed.append(_missing(Missing(done.drop.source, "the bundle has no such member")))
    seconds = time.monotonic() - started
    return Report(
        # Members of bundles count as files here, too.
        files=states.total() + len(found.missing),
        states=dict(states),
        passed_over=dict(sorted(found.passed_over.items())),
        failed=failed,
        seconds=round(seconds, 3),
        files_per_s=per_second(settled(states), seconds),
        ok=not failed and not states[State.RETRYING],
    )


def _missing(one: Missing) -> Failed:
    return Failed(encode_path(one.path), "read", "MissingFileError", f"No file to read: {one.reason}.")


def _failed(services: OpenServices, done: Done) -> Failed:
    source = encode_path(done.drop.source)
    failure = done.settlement.outcome.failure if done.settlement is not None else None
    if failure is not None:
        return Failed(source, failure.stage, failure.type, failure.message)
    # A worker had tried it before.
    letter = services.letters.show(done.drop.id)
    if letter is None:
        return Failed(source, "worker", "WorkerLostError", "Its dead letter no longer exists.")
    return Failed(source, letter.stage, letter.error_type, letter.error_message)


def _with_progress(services: OpenServices, drops: list[Drop]) -> Iterator[Done]:
    console = error_console()
    columns = (TextColumn("Ingesting"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("ingest", total=len(drops))
        for done in services.direct().run(drops):
            progress.advance(task, 0 if done.drop.member else 1)
            yield done


def _show(report: Report) -> None:
    if report.failed:
        print_failures((decode_path(one.path), one.message) for one in report.failed)
    counts = ", ".join(f"{count} {state}" for state, count in sorted(report.states.items())) or "none read"
    speed = f"{report.seconds:.1f} s, {rate_words(report.files_per_s)}"
    write(f"{counted(report.files, 'file')}: {counts} ({speed}).")
    if report.passed_over:
        say(f"Passed over: {passed_over_line(report.passed_over)}.")


def _failure(report: Report) -> str:
    """Why this isn't a success, in sentences; '' if it is one."""
    said = []
    if report.failed:
        letters = any(one.type != "MissingFileError" for one in report.failed)
        more = ": `newsdrop dead groups` says more" if letters else ""
        said.append(f"{len(report.failed):,} of {counted(report.files, 'file')} failed{more}.")
    if waiting := report.states.get(State.RETRYING, 0):
        said.append(f"{counted(waiting, 'file waits', 'files wait')} for another try by a worker.")
    return " ".join(said)
