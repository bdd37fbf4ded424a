"""The product's worker, reconciler, inbox, handover and dead letters in a small world of real files.

The counterpart of ledger_actors.py: there the actors are the protocol written down again, here they are the
shipped code on strings (puppets.py). Only the pipeline's inside is ours, since a test must be able to say
what a file does to its reader.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

import msgspec
import redis
from tests.fakes.batch_fakes import FakeStore
from tests.models.ledger_actors import BACKOFF, FATES, quiet_limits
from tests.models.ledger_invariants import check_invariants
from tests.models.ledger_room import Mirror
from tests.models.puppets import Puppet

from newsdrop.documents import DeadLetter, Document, Drop, ErrorClass, Failure, Outcome, Stage, Stamp, State
from newsdrop.errors import ForeignIndexError, OutageError
from newsdrop.identity import inline_drop_id, path_drop_id
from newsdrop.ledger import keys
from newsdrop.ledger.deadletters import DeadLetters
from newsdrop.ledger.inbox import Inbox
from newsdrop.ledger.ledger import AT_GATE, Lane, Ledger
from newsdrop.ledger.reconcile import Reconciler
from newsdrop.ledger.records import letter_of
from newsdrop.meters import Stopwatch
from newsdrop.name_filter import NameFilter
from newsdrop.pipeline import Prepared
from newsdrop.ports import WriteContext
from newsdrop.settings import Folder
from newsdrop.watch.enqueuer import Enqueuer, Offer, same_stamp
from newsdrop.watch.folder import WatchedFolder
from newsdrop.watch.rescan import Reason, Rescan
from newsdrop.watch.scan import scan
from newsdrop.worker.batch import BatchLimits, BatchTools, run_batch
from newsdrop.worker.direct import Direct
from newsdrop.worker.gate import GateTimes
from newsdrop.worker.in_flight import InFlightMarker, orphaned

_INTERVAL_S = 5.0
_GATE_KEYS = (keys.GATE, keys.GATE_PROBE)


class Theatre:
    """The world: a folder of files that say what they do, an index, a clock, one Redis.

    Attributes:
        index: document id → the stamp of what was indexed last.
        named: drop id → the runs that may have died on it: they had it in hand, or alone.
    """

    def __init__(self, folder: Path, client: redis.Redis, port: int) -> None:
        self.folder = Path(os.path.realpath(folder))
        # Beside it: what worker processes have in hand, which outlives them.
        self.markers = self.folder.with_name(f"{self.folder.name}-in-flight")
        shutil.rmtree(self.markers, ignore_errors=True)
        self.client = client
        self.port = port
        self.now_ms = 1_760_000_000_000
        self.index: dict[str, Stamp] = {}
        self.index_up = True
        self.stopping = False
        self.named: dict[str, set[str]] = {}
        self.tried: set[tuple[str, Stamp | None]] = set()
        self.inline: dict[str, str] = {}
        self.rolled_back = False
        self.mirror = Mirror()
        self._version = 0
        self._runs = 0

    def clock(self) -> int:
        return self.now_ms

    def sleep(self, seconds: float) -> None:
        """Time passes; the gate's keys, which go by the server's clock, go with ours."""
        self.now_ms += int(seconds * 1000)
        self.client.delete(*_GATE_KEYS)

    def lapse(self) -> None:
        """Every lease runs out, and a reconciler is there to see it: one that comes late only renews them."""
        for pause_s in (6, 55, 31):
            self.sleep(pause_s)
            self.reconciler().exhaust()

    def write(self, name: str, kind: str) -> None:
        """A file of a new version: no two have the same size."""
        self._version += 1
        path = self.folder / name
        path.write_text(f"{kind} {'x' * self._version}", "utf-8")
        # Old enough to be settled at first sight, and each version of another time.
        os.utime(path, ns=(0, self._version * 1_000_000_000))

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def ledger(self, client: redis.Redis | None = None) -> Ledger:
        return Ledger(client or self.client, quiet_limits(), host="test", now_ms=self.clock)

    def letters(self) -> DeadLetters:
        return DeadLetters(self.client, self.ledger())

    def post(self, key: str, kind: str) -> None:
        """A producer's message with inline bytes. The same key always brings the same bytes."""
        content = base64.b64encode(self.inline.setdefault(key, kind).encode()).decode()
        self._append({"v": 1, "name": f"{key}.md", "content": content, "key": key})

    def post_path(self, name: str) -> None:
        self._append({"v": 1, "path": self.path(name)})

    def _append(self, message: dict[str, Any]) -> None:
        self.client.xadd(keys.INBOX, {keys.INBOX_FIELD: json.dumps(message)})

    # The parts of the product, each a puppet.

    def worker(self, *, stranger: bool = False) -> Puppet:
        """One message, as Celery hands it on, to its end; a `stranger` has another index than the ledger."""
        self._runs += 1
        run = f"run{self._runs}"

        def work(puppet: Puppet, client: redis.Redis) -> None:
            message: Any = client.rpop(keys.QUEUE + Lane.FRESH)
            message = message or client.rpop(keys.QUEUE + Lane.BACKLOG)
            if message is None:
                return
            (batch, _seq), _, _ = json.loads(json.loads(message)["body"])
            ledger = _Naming(self, run, client)
            tools = self._tools(_refuse if stranger else lambda: None)
            pipeline = _Pipeline(self, puppet, writes=not stranger)
            marker = InFlightMarker(self.markers)
            try:
                marker.begin(batch, run)
                tools = msgspec.structs.replace(
                    tools, in_flight=lambda drop: self._in_flight(run, marker, drop)
                )
                run_batch(ledger, pipeline, batch, run=run, process=1, task=batch, tools=tools)
                marker.end()
            finally:
                # As the kernel does, however the process ended; a marker in use stays and tells of it.
                marker.close()

        return Puppet(self.port, work)

    def ingest(self) -> Puppet:
        """`newsdrop ingest` of the folder as it is now, without a worker, to its end."""

        def work(puppet: Puppet, client: redis.Redis) -> None:
            found = scan(self.folder, NameFilter())
            drops = [Drop(id=path_drop_id(one.path), path=one.path, stamp=one.stamp) for one in found]
            ledger = _Naming(self, "", client)
            marker = InFlightMarker(self.markers)

            def begin(batch: str, run: str) -> None:
                ledger.name_run(run)
                marker.begin(batch, run)

            tools = msgspec.structs.replace(
                self._tools(lambda: None),
                in_flight=lambda drop: self._in_flight(ledger.run, marker, drop),
                stopping=lambda: False,
            )
            direct = Direct(
                ledger,
                _Pipeline(self, puppet),
                ours=tools,
                others=tools,
                process=1,
                begin=begin,
                # A process that is killed takes nothing back.
                end=lambda: None if puppet.dead else marker.end(),
                sleep=lambda _seconds: self.sleep(5),
            )
            try:
                # Redis was emptied, or the index stays away: a person is told, and the rest stays queued.
                with suppress(OutageError):
                    for _ in direct.run(drops):
                        pass
            finally:
                marker.close()

        return Puppet(self.port, work)

    def _tools(self, admit: Callable[[], object]) -> BatchTools:
        return BatchTools(
            limits=BatchLimits(backoff=BACKOFF, gate=GateTimes(wait_s=30.0)),
            stopping=lambda: self.stopping,
            admit=admit,
            timer=lambda _limit_s: nullcontext(),
            clock_s=lambda: self.now_ms / 1000,
            sleep=self.sleep,
            random=lambda: 0.5,
        )

    def reconciler(self) -> Puppet:
        """One tick, after a look for those who died, as a worker's main process does both."""

        def work(_puppet: Puppet, client: redis.Redis) -> None:
            ledger = self.ledger(client)
            for dead in orphaned(self.markers):
                ledger.expire(dead.batch, dead.run, dead.drop)
            letters = DeadLetters(client, ledger)
            inbox = Inbox(client, ledger, letters, folders=[self.folder])
            ticks = Reconciler(
                ledger,
                inbox,
                letters,
                self.mirror,
                interval_s=_INTERVAL_S,
                clock_s=lambda: self.now_ms / 1000,
            )
            ticks.tick()

        return Puppet(self.port, work)

    def watcher(self, lane: Lane = Lane.FRESH) -> Puppet:
        """One scan of the folder, and the handover of what it finds."""

        def work(_puppet: Puppet, client: redis.Redis) -> None:
            ledger = self.ledger(client)
            watched = WatchedFolder(Folder(path=self.folder))
            running = Rescan(watched, Reason.PERIODIC, scan(self.folder, NameFilter()), self.now_ms)
            handover = Enqueuer(ledger, high_water=10_000)
            while running.read():
                judged = running.judge(ledger, self.now_ms, 3_000)
                for found in judged.needed:
                    handover.offer(Offer(found.path, found.stamp, str(self.folder)), lane, self.now_ms)
                for found in judged.again:
                    again = Offer(found.path, found.stamp, str(self.folder), force=True)
                    handover.offer(again, lane, self.now_ms)
            handover.flush(lane, self.now_ms)

        return Puppet(self.port, work)

    def _in_flight(self, run: str, marker: InFlightMarker, drop: str) -> None:
        if drop:
            self.named.setdefault(drop, set()).add(run)
        marker.name(drop)

    # What must be true.

    def check(self) -> None:
        """Between any two words to Redis."""
        check_invariants(self.client)
        if self.rolled_back:
            return
        for letter in self._open_letters():
            deaths = len(self.named.get(letter.id, ()))
            assert letter.stage is not Stage.WORKER or deaths >= 2, ("another's crash", letter.source)

    def settle(self, *, rounds: int = 300) -> None:
        """No more accidents but the files' own: everything must come to rest, rightly."""
        self.index_up, self.stopping = True, False
        for _ in range(rounds):
            for part in (self.watcher(), self.reconciler(), self.worker()):
                part.exhaust()
            self.sleep(7)
            self.check()
            waits = (
                self.client.zcard(keys.BATCHES) + self.client.zcard(keys.DUE) + self.client.xlen(keys.INBOX)
            )
            if not waits and not self.client.scard(keys.LETTERS_DIRTY):
                break
        else:
            raise AssertionError(("never at rest", list(self.ledger().batches())))
        self._check_fates()
        self._check_mirror()

    def _check_fates(self) -> None:
        wanted = {path_drop_id(path): _content(path) for path in sorted(self.folder.iterdir())}
        wanted |= {inline_drop_id(key): (kind, None) for key, kind in self.inline.items()}
        entries = self.ledger().lookup(list(wanted))
        for (name, (kind, stamp)), entry in zip(wanted.items(), entries, strict=True):
            assert entry is not None, ("lost", name)
            if entry.state is State.DISCARDED:
                continue  # a person's decision
            if entry.state is State.DEAD and (len(self.named.get(name, ())) >= 2 or self.rolled_back):
                continue  # an honest victim of two deaths of its own
            assert entry.state is FATES[kind], (name, kind, entry)
            if entry.state is State.INDEXED:
                assert name in self.index, ("not in the index", name)
                assert stamp is None or same_stamp(stamp, self.index[name]), ("an older text", name)

    def _open_letters(self) -> Iterator[DeadLetter]:
        names: Any = self.client.zrange(keys.LETTERS_OPEN, 0, -1)
        for name in names:
            packed: Any = self.client.get(keys.LETTER + name.decode())
            yield letter_of(packed)

    def _check_mirror(self) -> None:
        for letter in self._open_letters():
            mirrored = self.mirror.letters.get(letter.id)
            assert mirrored is not None, ("not mirrored", letter.source)
            assert mirrored.revision == letter.revision, ("an older mirror", letter.source)


class _Naming(Ledger):
    """The ledger of one worker; notes whom its death could be blamed on, before the ledger is told."""

    def __init__(self, theatre: Theatre, run: str, client: redis.Redis) -> None:
        super().__init__(client, quiet_limits(), host="test", now_ms=theatre.clock)
        self._theatre = theatre
        self.run = run

    def name_run(self, run: str) -> None:
        """From now on it is this run that could be blamed."""
        self.run = run

    def start(self, batch: str, run: str, *, process: int, task: str) -> list[Drop]:
        self._name_a_lone_one(batch)
        return super().start(batch, run, process=process, task=task)

    def _name_a_lone_one(self, batch: str) -> None:
        """Whoever dies with a batch of one dies of that one, also in its bulk."""
        for view in self._theatre.ledger().batches():
            if view.id == batch and len(view.drops) == 1:
                self._theatre.named.setdefault(view.drops[0], set()).add(self.run)

    def touch(self, batch: str, run: str, current: str) -> bool:
        if current != AT_GATE:
            # Back from the gate, for example.
            self._name_a_lone_one(batch)
        ours = super().touch(batch, run, current)
        if ours and current == AT_GATE:
            # From now on there is nothing in hand that could be blamed. (If the batch is no longer ours, what
            # was in hand may have been blamed already, and rightly.)
            for runs in self._theatre.named.values():
                runs.discard(self.run)
        return ours


class _Pipeline:
    """Reads a file and does what it says; writes into the theatre's index, one by one."""

    def __init__(self, theatre: Theatre, puppet: Puppet, *, writes: bool = True) -> None:
        self.store: Any = FakeStore()
        self.stopwatch = Stopwatch()
        self._writes = writes
        self._theatre = theatre
        self._puppet = puppet

    def begin(self, drop: Drop) -> Prepared | Outcome:
        theatre = self._theatre
        stamp: Stamp | None
        # It may die of somebody else's doing, too, with this file in hand.
        self._puppet.pause()
        if drop.path is None:
            kind, stamp = (drop.content or b"").decode(), drop.stamp
        else:
            found = None
            with suppress(FileNotFoundError):
                found = _content(Path(drop.path))
            if found is None or found[1] is None:
                return Outcome(drop=drop, state=State.GONE)
            kind, stamp = found
        if kind == "poison":
            self._puppet.crash()
        if kind == "bad":
            return _failed(drop, stamp, ErrorClass.PERMANENT)
        if kind == "flaky" and (drop.id, stamp) not in theatre.tried:
            theatre.tried.add((drop.id, stamp))
            return _failed(drop, None, ErrorClass.TRANSIENT)
        return Prepared(
            drop=drop, document=Document(id=drop.id, version=0, source={"kind": kind}), stamp=stamp
        )

    def commit(self, prepared: Sequence[Prepared], context: WriteContext) -> list[Outcome]:
        assert self._writes, "a worker with another index wrote"
        context.before_request()
        if any(one.document and one.document.source["kind"] == "bulkbomb" for one in prepared):
            self._puppet.crash()
        if not self._theatre.index_up:
            self.store.down = OutageError("The index is down.")
            raise self.store.down
        self.store.down = None
        return [self._write(one) for one in prepared]

    def _write(self, one: Prepared) -> Outcome:
        assert one.document is not None
        assert one.stamp is not None
        if one.document.source["kind"] == "refused":
            return _failed(one.drop, one.stamp, ErrorClass.PERMANENT)
        self._theatre.index[one.drop.id] = one.stamp
        self._puppet.pause()
        return Outcome(drop=one.drop, state=State.INDEXED, stamp=one.stamp, document_id=one.drop.id)


def _refuse() -> None:
    raise ForeignIndexError("The ledger belongs to another index.")


def _content(path: Path) -> tuple[str, Stamp | None]:
    about = path.stat()
    return path.read_text("utf-8").split()[0], Stamp.from_ns(about.st_size, about.st_mtime_ns)


def _failed(drop: Drop, stamp: Stamp | None, kind: ErrorClass) -> Outcome:
    failure = Failure(stage=Stage.PARSE, kind=kind, type="SomeError", message=f"It is {kind}.")
    return Outcome(drop=drop, failure=failure, stamp=stamp)
