"""Everything a command works with, built from the settings in one place and opened on first use.

Without a Redis URL, commands connect to the embedded Valkey of `state_dir` if it is running, and otherwise
start it for the duration of the command; without an Elasticsearch URL they use the embedded index. Both are
reported on stderr, so that nobody has to wonder which server answered.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from newsdrop.addresses import mask
from newsdrop.cli.terminal import say
from newsdrop.documents import DeadLetter, encode_path
from newsdrop.errors import ConfigError, NewsdropError, OutageError
from newsdrop.ports import Lane
from newsdrop.settings import Settings
from newsdrop.statefolder import make_state_folder
from newsdrop.traces import open_traces
from newsdrop.version import VERSION

if TYPE_CHECKING:
    import redis

    from newsdrop.index.store import Store
    from newsdrop.ledger.clock import LedgerClock
    from newsdrop.ledger.deadletters import DeadLetters
    from newsdrop.ledger.embedded import EmbeddedValkey
    from newsdrop.ledger.installation import Installation, LedgerIndex
    from newsdrop.ledger.ledger import Ledger
    from newsdrop.ledger.takedowns import Takedowns
    from newsdrop.monitor.audit import Audit
    from newsdrop.monitor.fates import Fates, Seen
    from newsdrop.monitor.status import Services, Status
    from newsdrop.pipeline import Pipeline
    from newsdrop.worker.direct import Direct

__all__ = ["OpenServices", "named_services", "open_services"]


@contextmanager
def open_services(settings: Settings, *, name: str = "command") -> Iterator[OpenServices]:
    """All services of these settings; everything that was opened or started is closed or stopped at the end.

    Args:
        name: the name of this process in traces.
    """
    with ExitStack() as stack:
        yield OpenServices(settings, stack, name)


class OpenServices:
    """The services that commands use; each is loaded and opened on first use.

    Redis' client would take a third of the time of a command that only asks the index; the index, an
    eighth of one that only asks Redis.
    """

    def __init__(self, settings: Settings, stack: ExitStack, name: str) -> None:
        self.settings = settings
        self._name = name
        self._stack = stack

    @cached_property
    def store(self) -> Store:
        """The index; no request is sent to it yet."""
        from newsdrop.index.factory import open_store

        if self.settings.elasticsearch.url is None:
            say(f"Index: embedded, in {encode_path(str(self.settings.state_dir))}.")
        store = open_store(self.settings)
        self._stack.callback(store.close)
        return store

    @cached_property
    def client(self) -> redis.Redis:
        """Redis; if it is the embedded server, it is running when this returns."""
        from newsdrop.ledger.connect import connect

        if self._embedded is not None:
            running = self._embedded.running()
            # First, because a signal may come just after the start.
            self._stack.callback(self._embedded.stop)
            self._embedded.start()
            where = encode_path(str(self._embedded.folder))
            say(f"Redis: embedded Valkey, {'running' if running else 'started'} in {where}.")
        client = connect(self.settings)
        self._stack.callback(client.close)
        return client

    @cached_property
    def client_without_retries(self) -> redis.Redis:
        """Redis for messages to the inbox: sent again because no answer came, one would be two."""
        from newsdrop.ledger.connect import connect

        # It sees to the embedded server.
        _ = self.client
        client = connect(self.settings, retries=0)
        self._stack.callback(client.close)
        return client

    @cached_property
    def _embedded(self) -> EmbeddedValkey | None:
        if not self._private:
            return None
        from newsdrop.ledger.embedded import EmbeddedValkey

        return EmbeddedValkey(self.settings.state_dir)

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger, with the limits from the settings."""
        from newsdrop.ledger.ledger import Ledger
        from newsdrop.ledger.numbers import ledger_limits

        traces = open_traces(enabled=self.settings.trace.enabled, service=self._name, version=VERSION)
        if traces is not None:
            self._stack.callback(traces.close)
        return Ledger(self.client, ledger_limits(self.settings), traces=traces)

    @cached_property
    def letters(self) -> DeadLetters:
        """The dead letters of the ledger."""
        from newsdrop.ledger.deadletters import DeadLetters

        return DeadLetters(self.client, self.ledger)

    @cached_property
    def takedowns(self) -> Takedowns:
        """The articles that were taken out for good."""
        from newsdrop.ledger.takedowns import Takedowns

        return Takedowns(self.client, self.ledger)

    @cached_property
    def pipeline(self) -> Pipeline:
        """The pipeline that workers run."""
        from newsdrop.assembly import build_pipeline
        from newsdrop.ledger.gone_files import leave_behind

        return build_pipeline(
            self.settings,
            self.store,
            forgotten=self.takedowns.among,
            now_ms=self.clock,
            moved=partial(leave_behind, self.ledger, vanished=self._vanished),
        )

    @cached_property
    def _vanished(self) -> Callable[[str], bool]:
        from newsdrop.assembly import vanished_files

        return vanished_files(self.settings)

    @cached_property
    def clock(self) -> LedgerClock:
        """The ledger's clock, which decides whether a capture time is in the future."""
        from newsdrop.ledger.clock import LedgerClock

        return LedgerClock(self.ledger.now_ms)

    def revive(self) -> None:
        """Start the embedded server again, if it is ours and has ended.

        Raises:
            OutageError: it is running, but doesn't answer.
        """
        if self._embedded is not None:
            self._embedded.start(patience_s=0)

    @cached_property
    def installation(self) -> Installation:
        """What all processes of this installation have in common."""
        from newsdrop.ledger.installation import Installation

        return Installation(self.client, self.ledger.scripts)

    def require_index(self) -> None:
        """Return if our index is the one that the ledger belongs to.

        Raises:
            ForeignIndexError: the ledger belongs to another index.
            OutageError, ConfigError: the ledger or the index can't be asked.
        """
        self.installation.require(self.store.identity(), private=self._private)

    @property
    def _private(self) -> bool:
        return self.settings.redis.url is None

    def ready_index(self) -> None:
        """Create the index if it doesn't exist, after checking that the ledger belongs to it.

        Raises:
            OutageError, ConfigError: it can't be reached or used, or the ledger belongs to another.
        """
        self.installation.claim(self.store.identity(), private=self._private)
        status = self.store.status()
        if status.articles.index is None or status.letters.index is None:
            self.store.init()
        # Blocked for writing, it is an outage like any other: work waits at the gate.
        self.store.check(reading=True)

    def letter(self, start: str) -> DeadLetter | None:
        """The dead letter whose id is `start` or begins with it, with its bytes.

        Raises:
            ConfigError: several ids begin that way.
        """
        found = self.letters.show(start)
        if found is not None:
            return found
        ids = self.letters.find(start)
        if len(ids) > 1:
            raise ConfigError(f"Several dead letters have ids that begin with {start}; type more of the id.")
        return self.letters.show(ids[0]) if ids else None

    def status(self, *, with_index: bool = True) -> Status:
        """The current status."""
        from newsdrop.monitor.status import read_status

        # Only a full status consumes the notice that the ledger was reset: `up` asks too often.
        memory = self.settings.state_dir / "ledger-born" if with_index else None
        store = self.store if with_index else None
        now = self.ledger.gauges()
        return read_status(
            now, store, named_services(self.settings), memory=memory, foreign=self._foreign(now.index, store)
        )

    def fates(
        self,
        folders: Sequence[Path],
        *,
        passed_over: Counter[str] | None = None,
        since_s: int | None = None,
    ) -> Fates:
        """Whether every file of these folders is settled.

        Args:
            passed_over: counts by reason what is passed over; then members of bundles are examined, too.
            since_s: also count what was settled from this second of the ledger's clock on, even if its file
                has been moved or deleted since.
        """
        from newsdrop.cli.folder_files import files_of, will_go
        from newsdrop.monitor.fates import read_fates

        # This is repeated beside a watcher, which reports what can't be examined.
        files = files_of(
            folders, self.settings, passed_over=passed_over, on_trouble=lambda _path, _reason: None
        )
        inside = None if passed_over is None else self._members(passed_over, told=False)
        going = will_go(self.settings)
        if since_s is None or not any(folder.disposes for folder in self.settings.folders):
            return read_fates(files, self.ledger, inside=inside, goes=going)
        fates = read_fates(files, self.ledger, inside=inside, goes=going, before_s=since_s)
        return fates.with_settled(self.ledger.settled_since(since_s))

    def mirror_letters(self) -> None:
        """Copy every dead letter to the index that it lacks, as a worker's reconciler does bit by bit.

        Raises:
            OutageError, ConfigError: from the ledger or the store; a worker does the rest later.
        """
        from newsdrop.ledger.letter_mirror import MirrorKeeper

        MirrorKeeper(self.letters, self.store).work()

    def audit(self, folders: Sequence[Path], *, repair: bool) -> Audit:
        """Whether every file of these folders is accounted for, and index and counts are right beyond that.

        Raises:
            OutageError, ConfigError: ledger or index can't be asked, even if there is no file.
        """
        from newsdrop.cli.folder_files import files_of
        from newsdrop.desk.forgetting import came_back, take_out
        from newsdrop.ledger.recounting import miscounted, recount
        from newsdrop.monitor.audit import AuditLimits, Auditor, Unexamined, longest_unseen_s
        from newsdrop.watch.scan import why_unreadable

        self.require_index()
        self.store.check(reading=True)
        limits = AuditLimits(young_s=longest_unseen_s(self.settings.watch))
        passed_over: Counter[str] = Counter()
        auditor = Auditor(
            self.ledger,
            self.letters,
            self.store,
            limits,
            overfull=self._overfull,
            inside=self._members(passed_over),
        )
        unexamined: list[Unexamined] = []

        def failing(path: str, error: OSError) -> None:
            unexamined.append(Unexamined(encode_path(path), why_unreadable(error)))

        files = files_of(folders, self.settings, passed_over=passed_over, on_error=failing)
        result = auditor.audit([str(folder) for folder in folders], files, passed_over, repair=repair)
        back = came_back(self.store, self.takedowns)
        if repair:
            # Whoever took them out may have been interrupted before the ledger's drops were told.
            self.takedowns.mark(back)
            take_out(self.store, self.takedowns, back)
        wrong = miscounted(self.ledger)
        if wrong and repair:
            recount(self.ledger)
        ok = result.ok and not unexamined and not back and not wrong
        return msgspec.structs.replace(
            result, unexamined=unexamined, forgotten_in_index=back, miscounted=wrong, ok=ok
        )

    def direct(self) -> Direct:
        """Process drops in this process, as a worker does; closed with the services.

        Raises:
            ConfigError: the state folder can't be written to.
        """
        from newsdrop.ledger.gone_files import note_absences
        from newsdrop.ledger.ledger import Ledger
        from newsdrop.worker.batch import BatchTools
        from newsdrop.worker.direct import Direct, Hand
        from newsdrop.worker.in_flight import InFlightMarker, in_flight_folder, orphaned
        from newsdrop.worker.resources import direct_tools

        folder = in_flight_folder(self.settings.state_dir)
        for dead in orphaned(folder):
            self.ledger.expire(dead.batch, dead.run, dead.drop)
        make_state_folder(self.settings.state_dir)

        def hand() -> Hand:
            marker = InFlightMarker(folder)
            self._stack.callback(marker.remove)
            return Hand(Ledger(self.client, self.ledger.limits, traces=self.ledger.traces), marker)

        tools = BatchTools(
            admit=partial(self.installation.require, self.store.identity(), private=self._private),
            moved=partial(note_absences, self.ledger, vanished=self._vanished),
            now_ms=self.clock,
            sync=self.clock.sync,
        )
        ours, others = direct_tools(self.settings, tools)
        direct = Direct(
            self.ledger, self.pipeline, (hand(), hand()), ours=ours, others=others, process=os.getpid()
        )
        self._stack.callback(direct.close)
        return direct

    def _foreign(self, held: LedgerIndex | None, store: Store | None) -> str | None:
        if held is None or store is None:
            return None
        from newsdrop.ledger.installation import foreign

        try:
            return foreign(held, store.identity(), private=self._private)
        except (OutageError, ConfigError):
            # If it can't be asked, this is reported where its documents are counted.
            return None

    def _members(self, passed_over: Counter[str], *, told: bool = True) -> Callable[[Seen], Iterator[Seen]]:
        """What lists the members of a bundle; unless `told`, what can't be listed is left out in silence."""
        from newsdrop.assembly import build_reader
        from newsdrop.cli.folder_files import members_of

        reader = build_reader(self.settings)

        def inside(seen: Seen) -> Iterator[Seen]:
            with nullcontext() if told else suppress(NewsdropError):
                yield from members_of(seen, reader, passed_over)

        return inside

    def _overfull(self) -> bool:
        return any(self.ledger.full(lane, self.settings.watch.high_water) for lane in Lane)


def named_services(settings: Settings) -> Services:
    """Which servers these settings mean, for people."""
    from newsdrop.monitor.status import Services

    redis_url, url = settings.redis.url, settings.elasticsearch.url
    where = encode_path(str(settings.state_dir))
    return Services(
        redis=mask(redis_url.get_secret_value()) if redis_url else f"embedded Valkey in {where}",
        index=mask(url) if url else f"embedded index in {where}",
    )
