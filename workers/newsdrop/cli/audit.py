"""`newsdrop audit`: shows that every file of a folder is accounted for, or names those that aren't."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import msgspec
import typer

from newsdrop.cli.assembly import open_services
from newsdrop.cli.choices import AsJson
from newsdrop.cli.folders import Folders, folders_or_settings
from newsdrop.cli.guard import conclude, guarded
from newsdrop.cli.terminal import print_table, write
from newsdrop.monitor.audit import Audit
from newsdrop.plurals import counted
from newsdrop.settings import load_settings

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add `audit`."""
    app.command(
        epilog="Examples:  newsdrop audit ~/archive   newsdrop audit ~/archive --repair",
    )(guarded(audit))


def audit(
    folders: Folders = None,
    repair: Annotated[
        bool,
        typer.Option(
            "--repair", help="Queue the files that are unaccounted for, take out forgotten articles."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    settings = load_settings()
    places = folders_or_settings(folders, settings)
    with open_services(settings) as services:
        result = services.audit(places, repair=repair)
    conclude(
        msgspec.to_builtins(result),
        lambda: _show(result),
        as_json=as_json,
        failure="" if result.ok else " ".join(_wrong(result, repair=repair)),
    )


def _wrong(result: Audit, *, repair: bool) -> Iterator[str]:
    if wrong := len(result.unaccounted):
        verb = "is" if wrong == 1 else "are"
        yield f"{counted(wrong, 'file')} of {result.files:,} {verb} unaccounted for. {_remedy(result)}"
    if unseen := len(result.unexamined):
        yield (
            f"{counted(unseen, 'file or folder', 'files or folders')} can't be examined, so files in "
            f"{'it' if unseen == 1 else 'them'} may be unaccounted for."
        )
    if back := len(result.forgotten_in_index):
        found = f"{counted(back, 'forgotten article')} {'was' if back == 1 else 'were'} in the index"
        yield (
            f"{found}, and {'was' if back == 1 else 'were'} taken out."
            if repair
            else (f"{found}: `newsdrop audit --repair` takes {'it' if back == 1 else 'them'} out.")
        )
    if result.miscounted:
        remedy = "They were counted anew." if repair else "`newsdrop audit --repair` counts them anew."
        yield f"The ledger's counts are wrong, as after Redis has evicted keys (maxmemory-policy). {remedy}"


def _show(result: Audit) -> None:
    print_table(["state", "files"], list(result.states.items()), right=["files"])
    if result.passed_over:
        print_table(["passed over", "files"], list(result.passed_over.items()), right=["files"])
    if result.put_away:
        write(f"Moved or deleted by newsdrop itself, in all folders: {result.put_away:,}.")
    if result.ok:
        write(f"{counted(result.files, 'file')}, all accounted for ({result.duration_s:.1f} s).")
        return
    if result.unaccounted:
        rows = [(one.path, one.state, one.reason) for one in result.unaccounted]
        print_table(["unaccounted for", "state", "reason"], rows)
    if result.unexamined:
        places = [(one.path, one.reason) for one in result.unexamined]
        print_table(["can't be examined", "reason"], places)
    if result.forgotten_in_index:
        print_table(["forgotten, but in the index"], [(one,) for one in result.forgotten_in_index])


def _remedy(result: Audit) -> str:
    if result.repaired:
        return f"{result.repaired:,} were queued; audit again when workers have processed them."
    return "`newsdrop audit --repair` queues them."
