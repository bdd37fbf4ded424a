"""`newsdrop index …`: create the indexes, check them, and migrate them to this version's mapping."""

from __future__ import annotations

import sys
from typing import Annotated, Final

import typer
from rich.progress import Progress

from newsdrop.cli.assembly import OpenServices, open_services
from newsdrop.cli.choices import AsJson, Yes
from newsdrop.cli.guard import conclude, guarded
from newsdrop.cli.terminal import clean, error_console, print_table, say, write, write_json
from newsdrop.errors import ConfigError
from newsdrop.index.store import IndexState, IndexStatus
from newsdrop.ledger.installation import foreign
from newsdrop.settings import load_settings

__all__ = ["TO_DO", "app", "run_migration", "show_status"]

#: What mends an index that isn't as it should be.
TO_DO: Final = (
    "To do: `newsdrop index init` creates what is missing, `newsdrop index migrate` updates the rest."
)

app = typer.Typer(no_args_is_help=True)


@app.command(
    help="Create missing indexes; existing ones are left as they are.", epilog="Example:  newsdrop index init"
)
@guarded
def init(as_json: AsJson = False) -> None:
    with open_services(load_settings()) as services:
        _conclude(services.store.init(), as_json=as_json)


@app.command(
    help="Show which indexes exist and how they differ from what is expected; exit code 1 if something is "
    "to do.",
    epilog="Example:  newsdrop index status --json",
)
@guarded
def status(as_json: AsJson = False) -> None:
    with open_services(load_settings()) as services:
        found = services.store.status()
    _conclude(found, as_json=as_json, failure="" if found.ok else TO_DO)


@app.command(
    help="Migrate the indexes to this version's mapping while everything keeps running; can be resumed.",
    epilog="Example:  newsdrop index migrate",
)
@guarded
def migrate(
    delete_old: Annotated[
        bool, typer.Option("--delete-old", help="Delete the indexes of earlier mappings at the end.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    with open_services(load_settings()) as services:
        found = run_migration(services, delete_old=delete_old)
    # What it can't mend, such as a closed index, is still to be done.
    _conclude(found, as_json=as_json, failure="" if found.ok else TO_DO)


@app.command(
    help="Make the ledger belong to the index of these settings, after the index was replaced on purpose.",
    epilog="Example:  newsdrop index adopt",
)
@guarded
def adopt(
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    with open_services(load_settings()) as services:
        held, mine = services.installation.index(), services.store.identity()
        wrong = None if held is None else foreign(held, mine)
        if held is not None and wrong is not None:
            say(f"The ledger belongs to {held.index.described}, as recorded by {held.by}.")
            say(f"These settings name {mine.described}.")
            if not yes:
                _ask()
        services.installation.adopt(mine)
    if as_json:
        write_json(
            {"before": None if held is None else held.index, "index": mine, "changed": wrong is not None}
        )
        return
    write(f"The ledger now belongs to {mine.described}.")
    if wrong is not None:
        say("Workers with another index stop. `newsdrop audit --repair` queues what this index lacks.")


def _ask() -> None:
    if not sys.stdin.isatty():
        raise ConfigError(
            "Can't ask for confirmation without a terminal: add --yes to make the ledger belong to this "
            "index."
        )
    typer.confirm("Make the ledger belong to this index?", abort=True, err=True)


def run_migration(services: OpenServices, *, delete_old: bool) -> IndexStatus:
    """Migrate, with a progress bar on a terminal and a line per step elsewhere."""
    # Otherwise workers would be told to write to an index that their cluster doesn't have.
    services.require_index()
    console = error_console()
    with Progress(console=console, disable=not console.is_terminal, transient=True) as bar:
        tasks = {}

        def advance(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(clean(step), total=None)
                if not console.is_terminal:
                    say(f"{step} …")
            bar.update(tasks[step], completed=done, total=total or None)

        return services.store.migrate(
            progress=advance, dual_write=services.ledger.announce_migration, delete_old=delete_old
        )


def show_status(found: IndexStatus) -> None:
    """Print the status of the indexes."""
    write(f"{found.kind}: {found.where}")
    rows = [_row(state) for state in (found.articles, found.letters)]
    print_table(["alias", "index", "mapping", "documents"], rows, right=["documents"])
    for state in (found.articles, found.letters):
        for difference in state.drift:
            write(f"{state.alias}: {difference}")
        for leftover in state.leftovers:
            write(f"{state.alias}: {leftover} is left over from a migration.")


def _conclude(found: IndexStatus, *, as_json: bool, failure: str = "") -> None:
    facts = {name: getattr(found, name) for name in ("kind", "where", "articles", "letters", "ok")}
    conclude(facts, lambda: show_status(found), as_json=as_json, failure=failure)
    if not found.ok:
        say(TO_DO)


def _row(state: IndexState) -> tuple[object, ...]:
    version = "–" if state.mapping_version is None else state.mapping_version
    mapping = (
        f"{version}"
        if version == state.expected_version
        else f"{version} (expected {state.expected_version})"
    )
    return (state.alias, state.index or "missing", mapping, state.documents)
