"""`newsdrop watch`: enqueues new and changed files of folders, until stopped.

With `--confirm-removals` it does not watch: it confirms removals that a watcher holds back.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from newsdrop.cli.assembly import OpenServices, open_services
from newsdrop.cli.folders import Folders, folders_or_settings, with_folders
from newsdrop.cli.guard import guarded
from newsdrop.cli.lifeline import tie_to_parent
from newsdrop.cli.logs import set_up_logs
from newsdrop.cli.terminal import say, write
from newsdrop.documents import encode_path
from newsdrop.errors import ConfigError, GoneError, OutageError
from newsdrop.heartbeat import Heartbeat, Role
from newsdrop.ledger.clock import LedgerClock
from newsdrop.ledger.connect import warn_of_risks
from newsdrop.ledger.scripts import read_scripts
from newsdrop.ports import HeldRemoval
from newsdrop.settings import Folder, load_settings
from newsdrop.spelling import real_path
from newsdrop.stopsignals import stop_signals
from newsdrop.user import who
from newsdrop.watch.watcher import Watcher

__all__ = ["register"]


def _local_ms() -> int:
    return time.time_ns() // 1_000_000


def register(app: typer.Typer) -> None:
    """Add `watch`."""
    app.command(
        epilog="Examples:  newsdrop watch ~/archive /mnt/more   newsdrop watch --confirm-removals ~/archive",
    )(guarded(watch))


def watch(
    folders: Folders = None,
    confirm: Annotated[
        bool,
        typer.Option(
            "--confirm-removals",
            help="Don't watch; confirm held removals: articles whose files left in large numbers.",
        ),
    ] = False,
    articles: Annotated[
        int | None,
        typer.Option(
            "--articles",
            min=1,
            help="With --confirm-removals: the number that you were shown, so that you aren't asked.",
        ),
    ] = None,
    child_of: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    if confirm:
        confirm_removals(folders or [], articles)
        return
    if articles is not None:
        raise ConfigError("--articles belongs to --confirm-removals.")
    _run(folders, child_of)


def _run(folders: list[Path] | None, child_of: int | None) -> None:
    """Watch until a signal; `child_of`: the process to end with."""
    if child_of is not None:
        tie_to_parent(child_of)
    settings = load_settings()
    set_up_logs(settings.log, service=True)
    settings = with_folders(settings, folders_or_settings(folders, settings))
    stop = threading.Event()
    for number in stop_signals():
        signal.signal(number, lambda *_: stop.set())
    heartbeat = Heartbeat(settings.state_dir, Role.WATCHER)
    read_scripts()
    with open_services(settings, name="watcher") as services:
        warn_of_risks(services.client)
        _check_index(services)
        # If a server is away, the watcher itself waits for it.
        with suppress(OutageError):
            services.clock.sync()

        def tell(roots: Sequence[str]) -> None:
            services.installation.tell_folders(roots)
            _end_idle_holds(services, roots, settings.folders)
            services.clock.sync()

        watcher = Watcher(
            settings,
            services.ledger,
            services.letters,
            services.store,
            heartbeat=heartbeat,
            tell_folders=tell,
            wall_ms=partial(earlier_ms, services.clock),
        )
        watcher.run(stop)


def _end_idle_holds(services: OpenServices, roots: Sequence[str], folders: Sequence[Folder]) -> None:
    """End holds of removals that nobody would end: of folders that don't remove, or that nobody watches."""
    names = {encode_path(root): folder for root, folder in zip(roots, folders, strict=True)}
    removing = {name for name, one in names.items() if one.removes}
    services.ledger.held.release_others(
        removing=removing,
        keeping=names.keys() - removing,
        watched={encode_path(str(folder)) for folder in services.installation.folders()},
    )


def confirm_removals(folders: Sequence[Path], seen: int | None = None) -> None:
    """Confirm held removals of these folders, or of all; a watcher performs them within seconds.

    Args:
        seen: how many articles the person was shown, of each folder; None: the person is asked now.

    Raises:
        GoneError: no removals are held for one of them, or for any.
        ConfigError: there are more than were shown, or nobody can be asked.
    """
    # By name alone: the folder may be missing, and that may be the reason.
    named = [encode_path(real_path(folder)) for folder in folders]
    with open_services(load_settings()) as services:
        holds = services.ledger.held
        held = holds.listed()
        missing = [name for name in named if name not in held]
        if missing or not held:
            of = f" of {missing[0]}" if missing else ""
            raise GoneError(
                f"No removals{of} are held: `newsdrop status` shows which ones wait for confirmation."
            )
        chosen = [(name, held[name]) for name in named or held]
        for name, one in chosen:
            _require_seen(name, one, seen)
        for name, one in chosen:
            holds.confirm(name, one.articles, who())
            write(
                f"{name}: {one.articles:,} of its {one.of:,} articles may be removed; a watcher does it now."
            )


def _require_seen(name: str, held: HeldRemoval, seen: int | None) -> None:
    """Return if a person wants this very number of articles to go; more may be held than were shown."""
    if seen is not None and held.articles <= seen:
        return
    if seen is not None:
        raise ConfigError(
            f"{name}: {held.articles:,} of its {held.of:,} articles have no file any more by now, not "
            f"{seen:,}. Nothing was confirmed. If they all should go: --articles {held.articles}."
        )
    say(f"{name}: {held.articles:,} of its {held.of:,} articles have no file any more.")
    if not sys.stdin.isatty():
        raise ConfigError(
            "Nobody can be asked here: add the number of articles that may be removed, as `newsdrop status` "
            f"shows it (--articles {held.articles})."
        )
    typer.confirm("Remove them?", abort=True, err=True)


def earlier_ms(ledger: LedgerClock, local_ms: Callable[[], int] = _local_ms) -> int:
    """The earlier of this machine's time and the ledger's.

    With a clock that is ahead, a file that is being written would look as if it had been unchanged for long;
    with one that is behind, it looks too new and is only waited for.
    """
    now_ms, known_ms = local_ms(), ledger.known()
    return now_ms if known_ms is None else min(now_ms, known_ms)


def _check_index(services: OpenServices) -> None:
    """Refuse to start if the folders would be compared with another index than the ledger's.

    A watcher without access to an index doesn't compare; it serves workers on other machines.
    """
    settings = services.settings
    if settings.elasticsearch.url is None and all(folder.on_delete == "keep" for folder in settings.folders):
        return
    # If servers are away, the watcher itself waits for them.
    with suppress(OutageError):
        services.require_index()
