"""The watcher: events, scans and the ledger brought together in one loop of one thread.

    events ──▶ look ──▶ settle (stability) ──┐
    scans  ──▶ compare with the ledger ──────┴─▶ handover ──▶ ledger, up to the high-water mark
    ledger says settled ──▶ put away (disposal)      file left ──▶ handed in once more (removal)

It remembers nothing that matters: the ledger is asked at each scan, so a watcher that is killed, a lost
event, an emptied Redis and a full queue all end in the same place, the next scan. Every step is short; a scan
of a million files is done in slices between which events are taken. Refuses to die of an outage: it waits,
says so, goes on.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from newsdrop.errors import ConfigError, OutageError
from newsdrop.events import emit
from newsdrop.heartbeat import Heartbeat
from newsdrop.name_filter import Reason as Passed
from newsdrop.ports import Entry, FileLetters, FolderFiles, Lane, WatcherLedger
from newsdrop.settings import Settings
from newsdrop.watch.ages import Ages, wall_ms
from newsdrop.watch.disposal_queue import DisposalQueue
from newsdrop.watch.enqueuer import Enqueuer, Offer
from newsdrop.watch.figures import Figures
from newsdrop.watch.folder import Mode, Presence, WatchedFolder, folder_of, open_folders
from newsdrop.watch.inotify import Inotify, Left, Lost, NewFolder, Notice, RootMoved, Touched, explain_limit
from newsdrop.watch.outage import Outage
from newsdrop.watch.rescan import HEALING, Reason, Rescan
from newsdrop.watch.scan import Found, is_new_file, scan, subfolders, why_unreadable
from newsdrop.watch.stability import Look, StabilityTracker
from newsdrop.watch.work import FolderWork, works_of

__all__ = ["Watcher"]

_TURN_MS = 200
_BUSY_S = 0.005
_PRESENCE_MS = 1_000
_BORN_MS = 2_000
_REPORT_MS = 5_000
#: How much a scan may leave waiting in its lane before it pauses.
_SCAN_AHEAD = 2_000


def _monotonic_ms() -> int:
    return time.monotonic_ns() // 1_000_000


class Watcher:
    """Watches the configured folders and hands new, changed and returned files to the ledger.

    Args:
        letters: needed where dead files are moved.
        store: needed to find files that left while no watcher ran (`on_delete = "remove"`).
        compare_s: from one comparison of the index with the folder to the next.
        heartbeat: where signs of life go.
        tell_folders: lets all know, every few seconds, which resolved folders are being watched.

    Attributes:
        ready: set once all folders are being watched.

    Raises:
        ConfigError: a folder is missing or misconfigured; the message names it.
    """

    def __init__(
        self,
        settings: Settings,
        ledger: WatcherLedger,
        letters: FileLetters | None = None,
        store: FolderFiles | None = None,
        *,
        compare_s: float | None = None,
        heartbeat: Heartbeat | None = None,
        tell_folders: Callable[[Sequence[str]], object] = lambda _folders: None,
        clock_ms: Callable[[], int] = _monotonic_ms,
        wall_ms: Callable[[], int] = wall_ms,
    ) -> None:
        watch = settings.watch
        self.ready = threading.Event()
        self._ledger = ledger
        self._figures = Figures(ledger)
        self._heartbeat = heartbeat
        self._tell_folders = tell_folders
        self._clock_ms = clock_ms
        self._wall_ms = wall_ms
        self._ages = Ages(watch.settle_ms, wall_ms)
        self._batch_wait_ms = watch.batch_wait_ms
        self._tracker = StabilityTracker(watch.settle_ms, writing_ms=self._ages.pause_ms)
        self._handover = Enqueuer(
            ledger,
            high_water=watch.high_water,
            batch_drops=settings.queue.batch_drops,
            batch_wait_ms=watch.batch_wait_ms,
            on_queued=self._on_queued,
            on_known=self._on_known,
            came_back=lambda offer, entry: self._works[offer.folder].came_back(offer.path, entry),
            on_dead=lambda offer: self._works[offer.folder].take_back(offer.path),
        )
        self._putting_away = DisposalQueue(ledger, self._on_returned, ages=self._ages)
        self._folders = open_folders(settings)
        self._works = works_of(self._folders, settings, ledger, letters, store, compare_s)
        self._inotify: Inotify | None = None
        self._redis = Outage("redis")
        self._index = Outage("index")
        self._overflows = 0
        self._busy = False
        self._born: str | None = None
        self._presence_at_ms = self._born_at_ms = self._report_at_ms = 0

    def run(self, stop: threading.Event) -> None:
        """Watch until `stop` is set; returns within a second, unless a server keeps it waiting."""
        try:
            self._beat()
            self._begin()
            while not stop.is_set():
                self._turn(stop)
        finally:
            self.ready.clear()
            if self._inotify is not None:
                self._inotify.close()
            if self._heartbeat is not None:
                self._heartbeat.end()

    @property
    def healed(self) -> int:
        """How many files scans had to find because no event told of them."""
        return sum(work.healed for work in self._works.values())

    def _mode(self) -> str:
        modes = {folder.mode.value for folder in self._folders}
        return modes.pop() if len(modes) == 1 else "mixed"

    def _begin(self) -> None:
        if any(folder.mode is Mode.EVENTS for folder in self._folders):
            try:
                self._inotify = Inotify()
            except OSError as error:
                self._fall_back(self._folders, error)
        for folder in self._folders:
            if folder.polling is not None:
                emit("watch.polling", folder=folder.name, reason=folder.polling)
            self._watch_tree(folder, folder.root)
        emit("watch.started", folders=[folder.name for folder in self._folders], mode=self._mode())
        self.ready.set()

    def _turn(self, stop: threading.Event) -> None:
        self._beat()
        now_ms = self._clock_ms()
        wait_ms = self._wait_ms(now_ms)
        if self._inotify is None:
            stop.wait(wait_ms / 1000)
        else:
            # A writer in full flow makes events without end: they are taken together, not one by one.
            if self._busy:
                stop.wait(_BUSY_S)
            self._busy = self._take_events(wait_ms)
        now_ms = self._clock_ms()
        if now_ms >= self._presence_at_ms:
            self._presence_at_ms = now_ms + _PRESENCE_MS
            for work in self._works.values():
                self._look_after(work)
        self._settle(now_ms)
        self._serve(now_ms)

    def _beat(self) -> None:
        if self._heartbeat is None:
            return
        missing = [folder.name for folder in self._folders if not folder.present]
        not_ready = f"{missing[0]} is missing or not mounted" if missing else ""
        self._heartbeat.beat(not_ready=not_ready if self.ready.is_set() else "it is still starting")

    def _wait_ms(self, now_ms: int) -> int:
        if not self._redis.may_try(now_ms):
            return min(_TURN_MS, self._redis.in_ms(now_ms))
        if len(self._putting_away):
            return 0
        waits = [_TURN_MS]
        due_ms = self._tracker.next_due_ms()
        if due_ms is not None:
            waits.append(due_ms - now_ms)
        for work in self._works.values():
            in_ms = work.scan_in_ms(now_ms)
            if in_ms is not None and not self._paused(work):
                waits.append(in_ms)
        for lane in Lane:
            in_ms = self._handover.ready_in_ms(lane, now_ms, more_soon=self._more_soon(now_ms))
            if in_ms is not None:
                waits.append(in_ms)
        return max(0, min(waits))

    # Events.

    def _take_events(self, wait_ms: int) -> bool:
        notices = self._inotify.read(wait_ms) if self._inotify is not None else []
        for notice in notices:
            self._take(notice)
        return bool(notices)

    def _take(self, notice: Notice) -> None:
        if isinstance(notice, Touched):
            self._touched(notice)
        elif isinstance(notice, NewFolder):
            work = self._work_of(notice.path, is_folder=True)
            if work is not None and notice.path not in work.folder.inner:
                self._watch_tree(work.folder, notice.path)
                work.want_below(notice.path)
        elif isinstance(notice, Left):
            self._left(notice)
        elif isinstance(notice, RootMoved):
            self._works[notice.path].folder.went()
            self._presence_at_ms = 0
        elif isinstance(notice, Lost):
            self._overflow()

    def _touched(self, notice: Touched) -> None:
        work = self._work_of(notice.path)
        found = work.examine(notice.path) if work is not None else None
        if work is None or found is None:
            return
        writing = True if notice.created and is_new_file(notice.path) else notice.writing
        if found.path not in self._tracker and not writing and self._ages.is_old(work.folder, found.stamp):
            self._offer(work, found, Lane.FRESH)
        else:
            self._track(work, found, writing=writing)

    def _left(self, notice: Left) -> None:
        work = self._work_of(notice.path, is_folder=notice.is_folder)
        if work is None:
            return
        self._handover.forget(notice.path)
        self._tracker.forget(notice.path)
        if notice.is_folder:
            self._tracker.forget_below(notice.path)
        if work.removals is not None:
            work.removals.left(notice.path, is_folder=notice.is_folder, now_ms=self._clock_ms())

    def _overflow(self) -> None:
        self._overflows += 1
        works = [work for work in self._works.values() if work.folder.mode is Mode.EVENTS]
        emit("watch.overflow", folders=[work.folder.name for work in works])
        for work in works:
            self._watch_tree(work.folder, work.folder.root)
            work.want(Reason.OVERFLOW)

    def _work_of(self, path: str, *, is_folder: bool = False) -> FolderWork | None:
        folder = folder_of(path, self._folders)
        if folder is None or folder.names.below(path, folder.root, is_folder=is_folder) is not None:
            return None
        return self._works[folder.root]

    def _watch_tree(self, folder: WatchedFolder, top: str) -> None:
        work = self._works[folder.root]
        tree = subfolders(top, folder.names, skip=folder.inner, on_trouble=work.troubles.report)
        self._watch(folder, self._alive(tree))

    def _alive(self, paths: Iterable[str]) -> Iterator[str]:
        # Setting watches in a large tree takes minutes.
        for path in paths:
            self._beat()
            yield path

    def _watch(self, folder: WatchedFolder, paths: Iterable[str]) -> None:
        if self._inotify is None or folder.mode is Mode.POLLING:
            return
        try:
            self._inotify.watch(paths, root=folder.root)
        except OSError as error:
            self._inotify.forget(folder.root)
            self._fall_back([folder], error)
            emit("watch.polling", folder=folder.name, reason=folder.polling)

    def _fall_back(self, folders: list[WatchedFolder], error: OSError) -> None:
        for folder in folders:
            if folder.polling is None:
                folder.polling = explain_limit(error)

    # Folders.

    def _look_after(self, work: FolderWork) -> None:
        folder, was_present = work.folder, work.folder.present
        presence = work.look()
        if presence is Presence.HERE:
            return
        if self._inotify is not None:
            self._inotify.forget(folder.root)
        self._tracker.forget_below(folder.root)
        work.gone()
        if presence is Presence.BACK:
            emit("watch.folder_back", folder=folder.name)
            self._watch_tree(folder, folder.root)
            work.want(Reason.FOLDER_BACK)
        elif was_present:
            emit("watch.folder_missing", folder=folder.name)

    def _settle(self, now_ms: int) -> None:
        for path in self._tracker.due(now_ms):
            folder = folder_of(path, self._folders)
            # Names don't matter any more: a symlink may stand for a file with a hidden one. But browsers save
            # a page after the files beside it, which only then can be told from pages of their own.
            late = folder is not None and folder.names.below(path, folder.root) is Passed.PAGE_FILES
            work = self._works[folder.root] if folder is not None and not late else None
            found = work.examine(path) if work is not None else None
            missed = self._tracker.missed(path)
            if work is not None and found is not None and not self._tracker.closed(path):
                # The event of its closing may have been lost, and in polled folders there are none.
                writing = work.folder.being_written(path)
                self._track(work, found, writing=writing, missed=missed)
            settled = self._tracker.look(path, found.stamp if found else None, now_ms)
            if work is not None and found is not None and settled is Look.SETTLED:
                self._offer(work, found, Lane.FRESH, missed=missed)

    def _offer(
        self, work: FolderWork, found: Found, lane: Lane, *, missed: bool = False, force: bool = False
    ) -> None:
        folder = work.folder
        offer = Offer(found.path, found.stamp, folder.root, folder.policy.collection, missed, force)
        if not self._handover.offer(offer, lane, self._clock_ms()):
            work.want(Reason.CATCH_UP)

    def _more_soon(self, now_ms: int) -> bool:
        due_ms = self._tracker.next_due_ms()
        return due_ms is not None and due_ms - now_ms <= self._batch_wait_ms

    # Servers.

    def _serve(self, now_ms: int) -> None:
        if not self._redis.may_try(now_ms):
            return
        try:
            self._check_born(now_ms)
            for work in self._works.values():
                if work.lost.step():
                    work.want(Reason.LOST_ARTICLE)
                self._scan(work)
            self._flush()
            self._putting_away.step(now_ms)
            self._report(now_ms)
        except (OutageError, ConfigError) as error:
            self._redis.failed(error, self._clock_ms())
            for work in self._works.values():
                work.want(Reason.CATCH_UP)
            return
        self._redis.answered()
        self._remove(now_ms)

    def _check_born(self, now_ms: int) -> None:
        if now_ms < self._born_at_ms:
            return
        born, before = self._ledger.born(), self._born
        self._born_at_ms = now_ms + _BORN_MS
        self._born = born
        if before and born != before:
            emit("ledger.reset", born=born)
            for work in self._works.values():
                work.scan = None
                work.want(Reason.LEDGER_RESET)

    def _paused(self, work: FolderWork) -> bool:
        lane = work.scan.lane if work.scan is not None else Lane.FRESH
        return self._handover.waiting(lane) >= _SCAN_AHEAD

    def _scan(self, work: FolderWork) -> None:
        if self._paused(work):
            return
        started_ms = self._clock_ms()
        chosen = work.next_scan(started_ms)
        if chosen is not None:
            work.scan = self._start_scan(work, *chosen)
        running = work.scan
        if running is None:
            return
        try:
            more = running.read()
        except OSError as error:
            # The folder itself can't be listed; whether it is gone is looked at before anything else.
            self._presence_at_ms = 0
            if not isinstance(error, FileNotFoundError):
                work.troubles.report(work.folder.root, why_unreadable(error))
            work.ended(running, self._clock_ms())
            return
        if more:
            self._judge(work, running)
        now_ms = self._clock_ms()
        running.worked_ms += now_ms - started_ms
        if not more:
            work.ended(running, now_ms)

    def _start_scan(self, work: FolderWork, reason: Reason, below: str | None) -> Rescan:
        folder = work.folder
        passed_over: Counter[str] = Counter()
        files = scan(
            folder.root,
            folder.names,
            below=below,
            skip=folder.inner,
            on_trouble=work.troubles.report,
            # A scan also heals a watch that was lost; setting one anew costs nothing.
            on_folder=lambda path: self._watch(folder, [path]),
            on_passed=lambda _path, why, _is_folder: passed_over.update((why,)),
        )
        relist = below is None and work.lost.begin_scan()
        return Rescan(
            folder,
            reason,
            files,
            self._clock_ms(),
            below=below,
            passed_over=passed_over,
            relist=relist,
            came_back=work.came_back,
        )

    def _judge(self, work: FolderWork, running: Rescan) -> None:
        # What the kernel has to tell of these files comes first, or they would look missed.
        self._take_events(0)
        judged = running.judge(self._ledger, self._wall_ms(), self._ages.old_after_ms(work.folder))
        healing = running.reason in HEALING
        for found, entry in judged.settled:
            self._putting_away.settled(work, found, entry)
        for found in judged.needed:
            if found.path not in self._tracker and found.path not in self._handover:
                missed = healing and not work.expects(found.path)
                if self._is_unfinished(work.folder, found):
                    self._track(work, found, writing=True, missed=missed)
                else:
                    self._offer(work, found, running.lane, missed=missed)
        for found in judged.again:
            self._offer(work, found, running.lane, force=True)
        for found in judged.young:
            if found.path not in self._tracker and found.path not in self._handover:
                self._track(work, found, missed=healing and not work.expects(found.path))

    def _is_unfinished(self, folder: WatchedFolder, found: Found) -> bool:
        # Of the files that would be settled at first sight, only the youngest may have a writer that pauses.
        return not self._ages.has_rested(folder, found.stamp) and folder.being_written(found.path) is True

    def _track(
        self, work: FolderWork, found: Found, *, writing: bool | None = None, missed: bool = False
    ) -> None:
        if not self._tracker.saw(found.path, found.stamp, self._clock_ms(), writing=writing, missed=missed):
            work.want(Reason.CATCH_UP)

    def _flush(self) -> None:
        for lane in Lane:
            now_ms = self._clock_ms()
            in_ms = self._handover.ready_in_ms(lane, now_ms, more_soon=self._more_soon(now_ms))
            if in_ms is not None and in_ms <= 0:
                self._handover.flush(lane, now_ms)
        for work in self._works.values():
            work.say_healed()

    def _on_queued(self, offer: Offer) -> None:
        work = self._works[offer.folder]
        work.queued(missed=offer.missed)
        self._putting_away.queued(work, Found(offer.path, offer.stamp))

    def _on_known(self, offer: Offer, entry: Entry) -> None:
        self._putting_away.settled(self._works[offer.folder], Found(offer.path, offer.stamp), entry)

    def _on_returned(self, work: FolderWork, found: Found) -> None:
        self._offer(work, found, Lane.FRESH, force=True)

    def _remove(self, now_ms: int) -> None:
        if not self._index.may_try(now_ms):
            return
        try:
            for work in self._works.values():
                if work.removals is not None:
                    work.removals.step(now_ms)
        except (OutageError, ConfigError) as error:
            self._index.failed(error, self._clock_ms())
        else:
            self._index.answered()

    def _report(self, now_ms: int) -> None:
        if now_ms < self._report_at_ms:
            return
        self._report_at_ms = now_ms + _REPORT_MS
        self._tell_folders([folder.root for folder in self._folders])
        works = [work.report(now_ms) for work in self._works.values()]
        values = {
            "folders": works,
            "mode": self._mode(),
            "unsettled": len(self._tracker),
            "oldest_unsettled_s": self._tracker.oldest_ms(now_ms) // 1000,
            "waiting": len(self._handover),
            "full": [lane.value for lane in Lane if self._handover.full(lane)],
            "last_rescan_ms": max(work["last_rescan_ms"] for work in works),
            "outage": self._redis.reason or self._index.reason,
        }
        self._figures.publish(values, healed=self.healed, overflows=self._overflows)
