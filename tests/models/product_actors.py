"""The product's worker, reconciler, inbox, handover and dead letters in a small world of real files.

The counterpart of ledger_actors.py: there the actors are the protocol written down again, here they are the
shipped code on strings (puppets.py), over files and archives that say what they do to their reader
(pages.py) and an index that one may die in the middle of (shelf.py).

Clocks: Redis', the watcher's, and the steady one of the machine that all processes run on, which stands still
while that machine is suspended.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import msgspec
import redis
from tests.models.ledger_actors import BACKOFF, FATES, quiet_limits
from tests.models.ledger_invariants import check_invariants
from tests.models.ledger_room import Mirror
from tests.models.pages import Brought, PageReader, Parser, Told, brought_by, packed, replace_file
from tests.models.product_ledgers import Later, Looking, Naming, NamingMarker, refuse, vanished
from tests.models.product_people import recall
from tests.models.puppets import Puppet
from tests.models.shelf import DOWN, Place, Shelf, check_shelf

from newsdrop.cli.watch import earlier_ms
from newsdrop.documents import DeadLetter, Drop, Stage, State
from newsdrop.errors import OutageError
from newsdrop.identity import inline_drop_id, path_drop_id
from newsdrop.index.store import Store
from newsdrop.ledger import keys
from newsdrop.ledger.clock import LedgerClock
from newsdrop.ledger.deadletters import DeadLetters
from newsdrop.ledger.gone_files import leave_behind, leave_letters_behind
from newsdrop.ledger.inbox import Inbox
from newsdrop.ledger.ledger import Lane, Ledger
from newsdrop.ledger.reconcile import Reconciler
from newsdrop.ledger.records import letter_of
from newsdrop.ledger.takedowns import Takedowns
from newsdrop.name_filter import NameFilter
from newsdrop.pipeline import Pipeline
from newsdrop.settings import Folder
from newsdrop.testing import MemoryStore
from newsdrop.watch.enqueuer import Enqueuer, Offer
from newsdrop.watch.folder import WatchedFolder
from newsdrop.watch.lost_articles import LostArticles
from newsdrop.watch.removal import Removals
from newsdrop.watch.rescan import Reason, Rescan
from newsdrop.watch.scan import Found, look, scan
from newsdrop.watch.stability import Look, StabilityTracker
from newsdrop.worker.batch import BatchLimits, BatchTools, run_batch
from newsdrop.worker.direct import Direct, Hand
from newsdrop.worker.gate import GateTimes
from newsdrop.worker.in_flight import InFlightMarker, orphaned

_INTERVAL_S = 5.0
_GATE_KEYS = (keys.GATE, keys.GATE_PROBE)
_SETTLE_MS = 1_500
#: So many looks at the folder with nothing to do, and it is at rest: a lost article takes three.
_QUIET_ROUNDS = 4
_HAVING = (State.INDEXED, State.SUPERSEDED)


class Theatre:
    """The world: a folder of files that say what they do, an index, clocks, one Redis.

    Args:
        removes: whether the article of a file that leaves the folder goes with it.

    Attributes:
        now_ms: the true time.
        named: drop id → the runs that may have died on it: they had it in hand, or alone.
        forgot: Redis was emptied, and with it what was known of files that had left.
    """

    def __init__(self, folder: Path, client: redis.Redis, port: int, *, removes: bool = False) -> None:
        self.folder = Path(os.path.realpath(folder))
        # Beside it: what worker processes have in hand, which outlives them.
        self.markers = self.folder.with_name(f"{self.folder.name}-in-flight")
        shutil.rmtree(self.markers, ignore_errors=True)
        self.client = client
        self.port = port
        self.now_ms = 1_760_000_000_000
        self.removes = removes
        self.store = MemoryStore()
        self.stopping = False
        self.named: dict[str, set[str]] = {}
        self.inline: dict[str, Told] = {}
        self.rolled_back = False
        self.forgot = False
        self.mirror = Mirror()
        # So that it never looks like one that was unmounted.
        (self.folder / ".kept").touch()
        policy = Folder(path=self.folder, on_delete="remove" if removes else "keep")
        self.watched = WatchedFolder(policy)
        self.forget_watcher()
        self._tried: set[tuple[str, bytes]] = set()
        self._said_ms: dict[Place, int] = {}
        self._off_ms = {"redis": 0, "watcher": 0}
        self._suspended_ms = 0
        self._version = 0
        self._runs = 0

    # Clocks.

    def clock(self) -> int:
        """Redis' clock."""
        return self.now_ms + self._off_ms["redis"]

    def steady_ms(self) -> int:
        """The monotonic clock of the processes' machine."""
        return self.now_ms - self._suspended_ms

    def sleep(self, seconds: float) -> None:
        """Time passes; the gate's keys, which go by the server's clock, go with ours."""
        self.now_ms += int(seconds * 1000)
        self.client.delete(*_GATE_KEYS)

    def suspend(self, seconds: float) -> None:
        """The machine that all processes run on is suspended, and Redis' is not."""
        self._suspended_ms += int(seconds * 1000)
        self.sleep(seconds)

    def set_clock(self, whose: str, off_s: float) -> None:
        """A clock jumps, and is so far off from now on."""
        self._off_ms[whose] = int(off_s * 1000)

    def lapse(self) -> None:
        """Every lease runs out, and a reconciler is there to see it: one that comes late only renews them."""
        for pause_s in (6, 55, 31):
            self.sleep(pause_s)
            self.reconciler().exhaust()

    # Files.

    def write(
        self, name: str, kind: str, article: str = "", *, older: bool = False, young: bool = False
    ) -> None:
        """A file of a new version: no two have the same size.

        Args:
            article: what its article is called, if not as the file.
            older: its capture is older than all that are not.
            young: it was written just now; else it is settled at first sight.
        """
        page = self._page(kind, article or name, older=older)
        self._said(name, None, page)
        self._replace(name, page.data, young=young)

    def write_bundle(self, name: str, members: dict[str, tuple[str, str, bool]]) -> None:
        """An archive of a new version. `members`: name → kind, article and whether its capture is older."""
        pages = {
            member: self._page(kind, article, older=older)
            for member, (kind, article, older) in members.items()
        }
        for member, page in pages.items():
            self._said(name, member, page)
        self._replace(name, packed(pages))

    def _said(self, name: str, member: str | None, page: Told) -> None:
        place = (page.document_id, self.path(name), member)
        self._said_ms[place] = max(page.capture_ms, self._said_ms.get(place, 0))

    def _page(self, kind: str, article: str, *, older: bool) -> Told:
        self._version += 1
        capture_ms = self.now_ms + self._version - (100_000_000 if older else 0)
        return Told(kind, article, capture_ms, self._version)

    def _replace(self, name: str, data: bytes, *, young: bool = False) -> None:
        # Old enough to be settled at first sight, and each version of another time.
        mtime_ms = self.now_ms if young else self._version * 1_000
        replace_file(self.folder / name, data, mtime_ms * 1_000_000)

    def remove(self, name: str) -> None:
        """The file leaves the folder."""
        (self.folder / name).unlink(missing_ok=True)

    def rename(self, name: str, new: str) -> None:
        """The file goes by another name from now on, in the place of whatever did."""
        if (self.folder / name).exists():
            for one in brought_by(self.folder):
                if one.path == self.path(name) and one.page is not None:
                    self._said(new, one.member, one.page)
            (self.folder / name).replace(self.folder / new)

    def path(self, name: str) -> str:
        return str(self.folder / name)

    @property
    def index_up(self) -> bool:
        """Whether the index answers."""
        return self.store.failure is None

    @index_up.setter
    def index_up(self, up: bool) -> None:
        self.store.failure = None if up else DOWN

    def ledger(self, client: redis.Redis | None = None) -> Ledger:
        return Ledger(client or self.client, quiet_limits(), host="test", now_ms=self.clock)

    def letters(self) -> DeadLetters:
        return DeadLetters(self.client, self.ledger())

    def post(self, key: str, kind: str) -> None:
        """A producer's message with inline bytes. The same key always brings the same bytes."""
        page = self.inline.setdefault(key, Told(kind, key, self.now_ms))
        content = base64.b64encode(page.data).decode()
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
            ledger = Naming(self, run, client)
            clock = LedgerClock(ledger.now_ms, monotonic_ms=self.steady_ms)
            pipeline = self._pipeline(puppet, ledger, clock, writes=not stranger)
            marker = InFlightMarker(self.markers)
            try:
                marker.begin(batch, run)
                tools = msgspec.structs.replace(
                    self._tools(clock, ledger),
                    admit=refuse if stranger else lambda: None,
                    in_flight=lambda drop: self.in_flight(run, marker, drop),
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
            found = scan(str(self.folder), NameFilter())
            drops = [Drop(id=path_drop_id(one.path), path=one.path, stamp=one.stamp) for one in found]
            ledger = self.ledger(client)
            clock = LedgerClock(ledger.now_ms, monotonic_ms=self.steady_ms)
            markers = InFlightMarker(self.markers), InFlightMarker(self.markers)
            first, second = (
                Hand(naming := Naming(self, "", client), NamingMarker(self, naming, marker, puppet))
                for marker in markers
            )
            tools = msgspec.structs.replace(self._tools(clock, ledger), stopping=lambda: False)
            direct = Direct(
                ledger,
                self._pipeline(puppet, ledger, clock),
                (first, second),
                ours=tools,
                others=tools,
                process=1,
                writer=Later(),
                sleep=lambda _seconds: self.sleep(5),
            )
            try:
                # Redis was emptied, or the index stays away: a person is told, and the rest stays queued.
                with suppress(OutageError):
                    for _ in direct.run(drops):
                        pass
            finally:
                for marker in markers:
                    marker.close()

        return Puppet(self.port, work)

    def _pipeline(
        self, puppet: Puppet, ledger: Ledger, clock: LedgerClock, *, writes: bool = True
    ) -> Pipeline:
        """The shipped one, over pages that say what they do."""
        return Pipeline(
            # It may die of somebody else's doing, too, with a file in hand.
            PageReader(self._tried, puppet.pause, puppet.crash),
            Parser(),
            (),
            cast(Store, Shelf(self.store, puppet.pause, puppet.crash, writes=writes)),
            now_ms=clock,
            version="test",
            removes=lambda _path: self.removes,
            forgotten=Takedowns(ledger.client, ledger).among,
            moved=partial(leave_behind, ledger, vanished=vanished),
            marks_copies=False,
        )

    def _tools(self, clock: LedgerClock, ledger: Ledger) -> BatchTools:
        return BatchTools(
            limits=BatchLimits(backoff=BACKOFF, gate=GateTimes(wait_s=30.0)),
            stopping=lambda: self.stopping,
            moved=partial(leave_letters_behind, ledger, vanished=vanished),
            timer=lambda _limit_s: nullcontext(),
            clock_s=lambda: self.steady_ms() / 1000,
            sleep=self.sleep,
            random=lambda: 0.5,
            now_ms=clock,
            sync=clock.sync,
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
                clock_s=lambda: self.steady_ms() / 1000,
            )
            ticks.tick()

        return Puppet(self.port, work)

    def forget_watcher(self) -> None:
        """The watcher was killed: what it knew is gone."""
        self._tracker = StabilityTracker(_SETTLE_MS)
        self._looking = Looking()
        self._lost = LostArticles(cast(Any, self._looking))
        looking = cast(Any, self._looking)
        self._removals = Removals(self.watched, looking, self.store, wait_ms=0, compare_ms=0)

    def watcher(self, lane: Lane = Lane.FRESH) -> Puppet:
        """One scan of the folder, the handover of what it finds, and the look for articles that must go."""

        def work(_puppet: Puppet, client: redis.Redis) -> None:
            ledger = self._looking.ledger = self.ledger(client)
            handover = Enqueuer(ledger, high_water=10_000)
            for found in self._settled():
                handover.offer(self._offer(found), lane, self.steady_ms())
            self._scan(ledger, handover, lane)
            handover.flush(lane, self.steady_ms())
            self._lost.step()
            if self.removes:
                # The index may be away.
                with suppress(OutageError):
                    self._removals.step(self.steady_ms())

        return Puppet(self.port, work)

    def _scan(self, ledger: Ledger, handover: Enqueuer, lane: Lane) -> None:
        clock = LedgerClock(ledger.now_ms, monotonic_ms=self.steady_ms)
        clock.sync()
        files = scan(self.watched.root, NameFilter())
        relist = self._lost.begin_scan()
        running = Rescan(self.watched, Reason.PERIODIC, files, self.steady_ms(), relist=relist)
        while running.read():
            wall_ms = earlier_ms(clock, lambda: self.now_ms + self._off_ms["watcher"])
            judged = running.judge(ledger, wall_ms, 3_000)
            for found in judged.needed:
                handover.offer(self._offer(found), lane, self.steady_ms())
            for found in judged.again:
                handover.offer(self._offer(found, force=True), lane, self.steady_ms())
            for found in judged.young:
                self._tracker.saw(found.path, found.stamp, self.steady_ms())

    def _settled(self) -> Iterator[Found]:
        """The files that were being written and have kept still since."""
        for path in self._tracker.due(self.steady_ms()):
            found = look(path, self.watched.root)
            stamp = found.stamp if found else None
            if self._tracker.look(path, stamp, self.steady_ms()) is Look.SETTLED and found:
                yield found

    def _offer(self, found: Found, *, force: bool = False) -> Offer:
        return Offer(found.path, found.stamp, self.watched.root, force=force)

    def in_flight(self, run: str, marker: InFlightMarker, drop: str) -> None:
        if drop:
            self.named.setdefault(drop, set()).add(run)
        marker.name(drop)

    # What must be true.

    def check(self) -> None:
        """Between any two words to Redis."""
        check_invariants(self.client, in_place=True)
        if self.rolled_back:
            return
        for letter in self._open_letters():
            deaths = len(self.named.get(letter.id, ()))
            assert letter.stage is not Stage.WORKER or deaths >= 2, ("another's crash", letter.source)

    def settle(self, *, rounds: int = 300) -> None:
        """No more accidents but the files' own: everything must come to rest, rightly."""
        self.index_up, self.stopping = True, False
        recall(self).exhaust()
        quiet = 0
        for _ in range(rounds):
            for part in (self.watcher(), self.reconciler(), self.worker()):
                part.exhaust()
            self.sleep(7)
            self.check()
            quiet = 0 if self._waits() else quiet + 1
            if quiet == _QUIET_ROUNDS:
                break
        else:
            raise AssertionError(("never at rest", list(self.ledger().batches())))
        self._check_fates()
        self._check_letters()
        self._check_mirror()

    def _waits(self) -> bool:
        client = self.client
        waits = client.zcard(keys.BATCHES) + client.zcard(keys.DUE) + client.xlen(keys.INBOX)
        return bool(waits or client.scard(keys.LETTERS_DIRTY) or len(self._tracker))

    def _check_fates(self) -> None:
        here = list(brought_by(self.folder))
        entries = self.ledger().lookup([one.id for one in here])
        well, badly = [], set()
        for one, entry in zip(here, entries, strict=True):
            assert entry is not None, ("lost", one)
            if self._is_right(one.id, one.page, entry.state):
                well.append(one)
            else:
                badly.add(one.path)
        for key, page in self.inline.items():
            (entry,) = self.ledger().lookup([inline_drop_id(key)])
            assert entry is not None, ("lost", key)
            if self._is_right(inline_drop_id(key), page, entry.state):
                well.append(Brought(None, None, entry.stamp, page))
        check_shelf(self.store, well, self._said_ms, excused=badly, removes=self.removes and not self.forgot)

    def _check_letters(self) -> None:
        """No file has two letters for having been renamed; what killed its reader was never read."""
        here = {sha256(path.read_bytes()).hexdigest() for path in self.folder.glob("[!.]*")}
        for letter in self._open_letters():
            left = letter.path is not None and not os.path.lexists(letter.path)
            assert not (left and letter.member is None and letter.sha256 in here), (
                "its file is there",
                letter,
            )

    def _is_right(self, name: str, page: Told | None, state: State) -> bool:
        """Whether the drop came through; fails if its state is wrong."""
        fate = State.EXPANDED if page is None else FATES[page.kind]
        if state is State.DISCARDED:
            return False  # a person's decision
        if state is State.DEAD and (len(self.named.get(name, ())) >= 2 or self.rolled_back):
            return False  # an honest victim of two deaths of its own
        wanted = _HAVING if fate is State.INDEXED else (fate,)
        assert state in wanted, (name, page, state)
        return fate is not State.DEAD

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
