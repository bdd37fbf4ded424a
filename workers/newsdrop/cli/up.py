"""`newsdrop up`: watcher, worker and what they need in one process tree, until stopped or until idle.

    up ── embedded Valkey (unless a URL is given)
     ├── newsdrop watch FOLDER…     supervised: restarted after growing delays, ended by pid
     ├── newsdrop worker            the same
     └── newsdrop web               the same, with --web

With --until-idle it ends when every file is settled, dead letters included, and moved or deleted if that is
to happen to it, and prints a summary.
"""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from newsdrop.cli.assembly import OpenServices, open_services
from newsdrop.cli.children import ChildLines, LogRoom, children_of_up
from newsdrop.cli.choices import WorkerProcesses
from newsdrop.cli.folders import Folders, folders_or_settings, with_folders
from newsdrop.cli.guard import BY_SIGNAL, EXIT_USAGE, guarded
from newsdrop.cli.letter_view import print_groups
from newsdrop.cli.one_up import one_up
from newsdrop.cli.progress import Progress
from newsdrop.cli.supervise import Supervisor
from newsdrop.cli.terminal import say, write
from newsdrop.documents import State
from newsdrop.errors import ConfigError, OutageError
from newsdrop.ledger.deadletters import LetterFilter
from newsdrop.monitor.fates import Fates
from newsdrop.monitor.rates import rate_words
from newsdrop.monitor.reports import passed_over_line
from newsdrop.monitor.status import Status
from newsdrop.plurals import counted
from newsdrop.settings import Settings, load_settings
from newsdrop.stopsignals import stop_signals

__all__ = ["register", "run_up"]

_LOOK_EVERY_S = 0.4
_STAYING_S = 5.0


def register(app: typer.Typer) -> None:
    """Add `up`."""
    app.command(
        epilog="Examples:  newsdrop up ~/archive   newsdrop up ~/archive --web   "
        "newsdrop up ~/archive --until-idle",
    )(guarded(up))


def up(
    folders: Folders = None,
    until_idle: Annotated[
        bool, typer.Option("--until-idle", help="Stop when every file is settled, including dead letters.")
    ] = False,
    processes: WorkerProcesses = None,
    web: Annotated[
        bool, typer.Option("--web", help="Also serve the web interface (`newsdrop web`).")
    ] = False,
) -> None:
    settings = load_settings()
    given = folders_or_settings(folders, settings)
    run_up(settings, given, until_idle=until_idle, processes=processes, web=web)


def run_up(
    settings: Settings,
    folders: Sequence[Path],
    *,
    until_idle: bool,
    processes: int | None,
    web: bool = False,
) -> None:
    """Run until a signal, or until idle; leaves no process behind.

    Raises:
        typer.Exit: with the exit code, if a signal ended it.
        ConfigError: a child rejected its settings.
    """
    settings = with_folders(settings, folders)
    ended = _Signals()
    with ended, one_up(settings.state_dir), open_services(settings) as services:
        _introduce(folders, until_idle=until_idle)
        services.ready_index()
        status = services.status(with_index=False)  # if Redis is unreachable, nothing is started
        if status.states[State.INDEXED] and not services.store.count():
            _fill_again(services, folders)
        if web:
            say(f"The web interface is at http://{settings.web.host}:{settings.web.port}.")
        began_s = services.ledger.now_ms() // 1000
        with Progress() as progress:
            lines = ChildLines(progress.note)
            children = children_of_up(settings, processes, web=web)
            supervisor = Supervisor(children, on_line=lines.line)
            try:
                fates = _Loop(services, supervisor, progress, lines, folders).run(
                    ended, until_idle=until_idle
                )
            finally:
                try:
                    # Its reader may have left, which is why it ends.
                    progress.note("Stopping watcher and workers …")
                finally:
                    supervisor.stop()
        if fates is not None:
            # No worker is left to mirror them.
            services.mirror_letters()
            passed_over: Counter[str] = Counter()
            settled = services.fates(folders, passed_over=passed_over, since_s=began_s)
            _sum_up(services, settled, passed_over, progress.rate.overall)
    if fates is None:
        raise typer.Exit(ended.exit_code(until_idle=until_idle))


def _introduce(folders: Sequence[Path], *, until_idle: bool) -> None:
    """Print the first lines; OpenServices prints where the index is."""
    say("\n".join(f"Folder: {folder}" for folder in folders))
    end = "It ends when every file is done" if until_idle else "It runs until Ctrl-C"
    say(f"{end}; Ctrl-C loses nothing: the next start continues.\nFind articles with `newsdrop search`.")


class _Signals:
    """The signals that end `up` as an event to wait for; a second Ctrl-C interrupts at once."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._number: int | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> _Signals:
        for number in stop_signals():
            self._before[number] = signal.signal(number, self._take)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _take(self, number: int, _frame: FrameType | None) -> None:
        self._number = number
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self._event.set()

    def wait(self, timeout_s: float) -> bool:
        """Whether a signal has arrived; returns after `timeout_s` at the latest."""
        return self._event.wait(timeout_s)

    def exit_code(self, *, until_idle: bool) -> int:
        """The signal's own; 0 where a signal other than Ctrl-C is the normal way to end."""
        if self._number is None or not (until_idle or self._number == signal.SIGINT):
            return 0
        return BY_SIGNAL + self._number


class _Loop:
    """Keeps the children running, shows the status, and notices when everything is settled."""

    def __init__(
        self,
        services: OpenServices,
        supervisor: Supervisor,
        progress: Progress,
        lines: ChildLines,
        folders: Sequence[Path],
    ) -> None:
        self._services = services
        self._supervisor = supervisor
        self._progress = progress
        self._lines = lines
        self._folders = folders
        self._next_check_s = 0.0
        self._staying, self._staying_since_s = 0, 0.0
        self._outages: set[str] = set()
        self._room = LogRoom(services.settings.state_dir, progress.note)

    def run(self, ended: _Signals, *, until_idle: bool) -> Fates | None:
        """The states of all files once all are settled, or None if a signal came first."""
        while not ended.wait(_LOOK_EVERY_S):
            self._supervisor.tick()
            self._room.look()
            self._refuse_bad_settings()
            status = self._status()
            if status is None:
                continue
            self._progress.show(status)
            if until_idle and (fates := self._idle(status)) is not None:
                return fates
        return None

    def _status(self) -> Status | None:
        try:
            status = self._services.status(with_index=False)
        except OutageError as error:
            self._note_outage(error)
            try:
                self._services.revive()
            except OutageError as still:
                self._note_outage(still)
            return None
        self._outages.clear()
        return status

    def _note_outage(self, error: OutageError) -> None:
        """Report an outage once while it lasts."""
        if error.message not in self._outages:
            self._progress.note(error.message)
        self._outages.add(error.message)

    def _idle(self, status: Status) -> Fates | None:
        now_s = time.monotonic()
        if status.open_drops or status.queue.inbox or now_s < self._next_check_s:
            return None
        fates = self._services.fates(self._folders)
        # Walking a large folder is expensive: spend at most a third of the time on it.
        self._next_check_s = time.monotonic() + max(0.5, 2 * (time.monotonic() - now_s))
        if fates.unsettled or (fates.to_put_away and not self._waited_enough(fates.to_put_away, now_s)):
            return None
        return fates

    def _waited_enough(self, files: int, now_s: float) -> bool:
        """Whether the files that are to be moved or deleted have been as many for so long that they stay."""
        if files != self._staying:
            self._staying, self._staying_since_s = files, now_s
        watch = self._services.settings.watch
        # A file for which there was no room at first is found by the next rescan.
        return now_s - self._staying_since_s > _STAYING_S + watch.rescan_s + 20 * watch.settle_ms / 1000

    def _refuse_bad_settings(self) -> None:
        for child in self._supervisor.children:
            if child.last_code == EXIT_USAGE:
                raise ConfigError(f"The {child.name} refuses to start: {self._lines.last_words(child.name)}")


def _fill_again(services: OpenServices, folders: Sequence[Path]) -> None:
    """Queue everything again that the ledger calls indexed: the index is empty, so the old one was lost."""
    queued = services.audit(folders, repair=True).repaired
    say(f"The index is empty, although the ledger has indexed files: {queued} files are read again.")


def _sum_up(services: OpenServices, fates: Fates, passed_over: Counter[str], files_per_s: float) -> None:
    counts = ", ".join(f"{count:,} {state}" for state, count in fates.states.items()) or "nothing to do"
    write(f"{counted(fates.files, 'file')}: {counts} ({rate_words(files_per_s)}).")
    if fates.to_put_away:
        write(
            f"Not moved or deleted yet: {counted(fates.to_put_away, 'file')}. Somebody has them open, or "
            "log/watcher.log in the state folder says why."
        )
    if passed_over:
        write(f"Passed over, since they are no articles: {passed_over_line(passed_over)}.")
    if fates.dead:
        print_groups(services.letters.groups(LetterFilter(ids=fates.dead)))
        write("`newsdrop dead list` names them; `newsdrop dead replay` tries them again.")
