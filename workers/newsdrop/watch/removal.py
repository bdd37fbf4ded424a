"""`on_delete = "remove"`: when a file leaves its folder, its article is removed.

Files that left are found by kernel events, and by an occasional comparison of the index with the folder,
which finds what left while no watcher ran. Their drops are simply queued again; the worker finds the file
gone and removes the article. Files that newsdrop itself put away, under another policy, have not left.

The comparison also finds articles of which the ledger knows nothing: a worker that died after its bulk wrote
one, and the file was deleted or overwritten before another worker read it. They are removed the same way:
their drop is queued again with the article that the index has from it.

Never draws conclusions from a folder that may be unmounted (`WatchedFolder.doubt`), and never removes many
articles at once without confirmation: more than a share of the folder's are held until a person confirms, or
the files are back. Many events at once only trigger the comparison, which counts.
"""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

import msgspec

from newsdrop.documents import Drop, Stamp, State, StoredFile
from newsdrop.events import emit
from newsdrop.identity import inside, path_drop_id
from newsdrop.options import WatchOptions
from newsdrop.ports import Entry, FolderFiles, HeldRemoval, WatcherLedger
from newsdrop.settings import Settings
from newsdrop.watch.folder import Mode, WatchedFolder

__all__ = ["NO_FILE", "RemovalBound", "Removals", "removals_of"]

#: The stamp of a drop whose file is known to be missing.
NO_FILE = Stamp(0, 0)
_SLICE = 500
_LIMIT = 50_000
_HOLD_MS = 2_000
#: The states of files whose articles may be strays, and whether the ledger knows that article of them.
_STRAY = ((State.INDEXED, False), (State.SUPERSEDED, False), (State.EXPANDED, True))
_WAITING = (State.QUEUED, State.RETRYING)
_COMPARE_RESCANS = 10
_COMPARE_SHARE = 20
#: Files that leave within this time count as leaving at once.
_AT_ONCE_MS = 60_000
_OPTIONS = WatchOptions()


class RemovalBound(msgspec.Struct, frozen=True, kw_only=True):
    """How many articles may be removed without confirmation: fewer than `least`, or up to `percent`."""

    percent: float = _OPTIONS.removals_percent
    least: int = _OPTIONS.removals_least

    def exceeded(self, articles: int, of: int) -> bool:
        """Whether confirmation is needed."""
        return articles >= self.least and 100 * articles > self.percent * of


class _Article(NamedTuple):
    """A path, and the article that the index has from it; None if only the ledger may know."""

    path: str
    document_id: str | None = None


class _Comparison(msgspec.Struct):
    """One comparison of the index with the folder.

    `found`: the first articles that nothing brings any more; `unknown`: those that the ledger doesn't know.
    """

    source: Iterator[StoredFile]
    since_ms: int
    of: int = 0
    articles: int = 0
    found: list[_Article] = []
    unknown: set[_Article] = set()


class Removals:
    """Finds the files that left one folder, and queues them.

    Args:
        wait_ms: how long a file must be gone, because editors remove and rewrite files.
        compare_ms: the minimum time between two comparisons with the index.

    Attributes:
        held: why nothing is removed now, for people; "" if there is no reason.
    """

    def __init__(
        self,
        folder: WatchedFolder,
        ledger: WatcherLedger,
        store: FolderFiles | None,
        *,
        wait_ms: int,
        compare_ms: int,
        bound: RemovalBound = RemovalBound(),  # noqa: B008  frozen
    ) -> None:
        self.held = ""
        self._folder = folder
        self._ledger = ledger
        self._store = store
        self._wait_ms = wait_ms
        self._compare_ms = compare_ms
        self._bound = bound
        self._waiting: deque[tuple[int, str]] = deque()
        self._lately: deque[tuple[int, int]] = deque()
        self._allowed: deque[_Article] = deque()
        self._more = False
        self._of = 0
        self._hold: HeldRemoval | None = None
        self._compare_at_ms = 0
        self._rested_at_ms = 0
        self._hold_until_ms = 0
        self._comparison: _Comparison | None = None
        self._unknown: frozenset[_Article] = frozenset()

    def left(self, path: str, *, is_folder: bool, now_ms: int) -> None:
        """Record that a file or folder left."""
        if is_folder or len(self._waiting) >= _LIMIT:
            self._compare_at_ms = min(self._compare_at_ms, now_ms + self._wait_ms)
        else:
            self._waiting.append((now_ms + self._wait_ms, path))

    def step(self, now_ms: int) -> int:
        """Do a slice of what is due; returns how many files were queued.

        Raises:
            OutageError: Redis or the index can't be reached; nothing is forgotten.
            ConfigError: they reject our credentials.
        """
        return self._step_events(now_ms) + self._step_allowed(now_ms) + self._step_comparison(now_ms)

    def _step_events(self, now_ms: int) -> int:
        due = [path for at_ms, path in islice(self._waiting, _SLICE) if at_ms <= now_ms]
        if not due or now_ms < self._hold_until_ms:
            return 0
        if self._doubted():
            self._hold_until_ms = now_ms + _HOLD_MS
            return 0
        leaving = self._leaving([_Article(path) for path in due])
        if self._too_many_at_once(len(leaving), now_ms):
            # The comparison finds and counts them all, but a large index isn't read all the time.
            self._compare_at_ms = min(self._compare_at_ms, max(now_ms, self._rested_at_ms))
            leaving = []
        handed = self._hand_in(leaving)
        for _ in due:
            self._waiting.popleft()
        if handed:
            self._lately.append((now_ms, handed))
        return handed

    def _too_many_at_once(self, articles: int, now_ms: int) -> bool:
        if self._store is None or not articles:
            return False
        while self._lately and self._lately[0][0] <= now_ms - _AT_ONCE_MS:
            self._lately.popleft()
        articles += sum(handed for _, handed in self._lately)
        return self._hold is not None or self._bound.exceeded(articles, self._of)

    def _step_allowed(self, now_ms: int) -> int:
        if not self._allowed or self._doubted():
            return 0
        some = list(islice(self._allowed, _SLICE))
        handed = self._hand_in(self._leaving(some))
        for _ in some:
            self._allowed.popleft()
        if not self._allowed and self._more:
            # The confirmation also covers the rest, which the next comparison finds.
            self._compare_at_ms = now_ms
        elif not self._allowed:
            self._release()
        return handed

    def _step_comparison(self, now_ms: int) -> int:
        if self._store is None or self._allowed:
            return 0
        if self._comparison is None:
            self._look_for_a_word(now_ms)
            if now_ms < self._compare_at_ms:
                return 0
            self._compare_at_ms = now_ms + self._compare_ms
            if self._doubted():
                return 0
            self._comparison = _Comparison(self._store.files_under(self._folder.root), now_ms)
        try:
            more = self._compare_some(self._comparison)
        except Exception:
            # An iterator that raised is finished, so the comparison starts again.
            self._comparison, self._compare_at_ms = None, now_ms + self._wait_ms
            raise
        if more:
            return 0
        done, self._comparison = self._comparison, None
        self._unknown = frozenset(done.unknown)
        self._rested_at_ms = now_ms + _COMPARE_SHARE * (now_ms - done.since_ms)
        self._compare_at_ms = max(self._compare_at_ms, self._rested_at_ms)
        self._judge(done)
        return self._step_allowed(now_ms)

    def _compare_some(self, comparison: _Comparison) -> bool:
        part = list(islice(comparison.source, _SLICE))
        articles = [
            _Article(file.path, file.document_id)
            for file in part
            if file.path is not None and self._is_ours(file.path)
        ]
        comparison.of += len(articles)
        leaving = [
            _Article(drop.path, drop.document_id) for drop in self._leaving(articles, comparison) if drop.path
        ]
        comparison.articles += len(leaving)
        comparison.found += leaving[: _LIMIT - len(comparison.found)]
        return len(part) == _SLICE

    def _judge(self, done: _Comparison) -> None:
        """Remove what a comparison found, or hold it."""
        self._of = done.of
        if self._doubted():
            return
        held = self._ledger.held.of(self._folder.name)
        confirmed = held.confirmed if held is not None else 0
        # Files come back one by one: the last ones are not removed just because they have become few.
        returning = held is not None and not confirmed and done.articles not in (0, held.articles)
        if returning or self._bound.exceeded(done.articles - confirmed, done.of):
            hold = self._ledger.held.hold(self._folder.name, done.articles, done.of)
            self._hold = msgspec.structs.replace(hold, confirmed=confirmed)
            self._say_held(held_reason(hold))
            return
        if held is not None and confirmed:
            emit("watch.removals_confirmed", folder=self._folder.name, articles=done.articles, user=held.by)
        self._hold = held
        self._allowed.extend(done.found)
        self._more = done.articles > len(done.found)
        if not done.found:
            self._release()

    def _look_for_a_word(self, now_ms: int) -> None:
        """While removals are held, check whether a person has confirmed them."""
        if self._hold is None or now_ms < self._hold_until_ms:
            return
        self._hold_until_ms = now_ms + _HOLD_MS
        held = self._ledger.held.of(self._folder.name)
        if held is not None and held.confirmed != self._hold.confirmed:
            self._compare_at_ms = min(self._compare_at_ms, now_ms)

    def _release(self) -> None:
        if self._hold is not None:
            self._ledger.held.release(self._folder.name)
            self._hold = None
        self._say_held("")

    def _leaving(self, articles: list[_Article], comparison: _Comparison | None = None) -> list[Drop]:
        """The drops of these whose files left, or bring another article now, so that it would be removed.

        What only the index knows must be there in the comparison before this one, too: it may just have been
        removed, or be written.
        """
        drops = [drop for one in dict.fromkeys(articles) if (drop := self._may_leave(one)) is not None]
        if not drops or self._doubted():
            return []
        # A folder mounted inside this one may have been unmounted alone.
        drops = [drop for drop in drops if drop.path and self._folder.doubt(drop.path) is None]
        found = []
        entries = self._ledger.lookup([drop.id for drop in drops])
        for drop, entry in zip(drops, entries, strict=True):
            if entry is None or not self._takes_its_article(entry, drop):
                continue
            if comparison is not None and entry.document_id != drop.document_id:
                one = _Article(drop.path or "", drop.document_id)
                comparison.unknown.add(one)
                if one not in self._unknown:
                    continue
            found.append(drop)
        return found

    def _takes_its_article(self, entry: Entry, drop: Drop) -> bool:
        if entry.put_away:
            return False
        return _has_left(entry, drop) if drop.stamp == NO_FILE else self._is_stray(entry, drop)

    def _may_leave(self, article: _Article) -> Drop | None:
        path, document_id = article
        if not self._is_ours(path):
            return None
        stamp = _stamp_of(path)
        if stamp is None or (stamp != NO_FILE and document_id is None):
            return None
        return Drop(id=path_drop_id(path), path=path, stamp=stamp, document_id=document_id)

    def _is_stray(self, entry: Entry, drop: Drop) -> bool:
        """Whether the index has an article from a file that, as the ledger knows, brings another one.

        Or from one in whose place a bundle is: earlier versions left its article there.
        """
        if entry.document_id is None or (entry.state, entry.document_id == drop.document_id) not in _STRAY:
            return False
        # The members of a bundle that was at this path have drops of their own.
        if self._store is None or drop.document_id is None:
            return False
        return self._store.member_of(drop.document_id) is None

    def _hand_in(self, drops: list[Drop]) -> int:
        if drops:
            self._ledger.enqueue(drops, force=True)
        if left := sum(drop.stamp == NO_FILE for drop in drops):
            emit("watch.left", folder=self._folder.name, files=left)
        if strays := len(drops) - left:
            emit("watch.stray_articles", folder=self._folder.name, articles=strays)
        return len(drops)

    def _is_ours(self, path: str) -> bool:
        folder = self._folder
        return inside(path, folder.root) and not any(inside(path, inner) for inner in folder.inner)

    def _doubted(self) -> bool:
        reason = self._folder.doubt() or ""
        if reason:
            self._say_held(reason)
        elif self._hold is None:
            self._say_held("")
        return bool(reason)

    def _say_held(self, reason: str) -> None:
        if reason and reason != self.held:
            emit("watch.removals_held", folder=self._folder.name, reason=reason)
        self.held = reason


def removals_of(
    folder: WatchedFolder,
    settings: Settings,
    ledger: WatcherLedger,
    store: FolderFiles | None,
    compare_s: float | None,
) -> Removals:
    """The removals of one folder according to the settings."""
    watch = settings.watch
    # Without events, only the comparison notices what left.
    rescans = 1 if folder.mode is Mode.POLLING else _COMPARE_RESCANS
    return Removals(
        folder,
        ledger,
        store,
        wait_ms=2 * watch.settle_ms,
        compare_ms=int(1000 * (compare_s or rescans * watch.rescan_s)),
        bound=RemovalBound(percent=watch.removals_percent, least=watch.removals_least),
    )


def held_reason(held: HeldRemoval) -> str:
    """Why removals are held, and what a person can do."""
    return (
        f"{held.articles:,} of its {held.of:,} articles have no file any more, too many to remove without "
        "confirmation: bring the files back, or run `newsdrop watch --confirm-removals`."
    )


def _has_left(entry: Entry, drop: Drop) -> bool:
    """Whether the article of a file that isn't there is to be removed. A bundle has none of its own."""
    if entry.state is State.EXPANDED or (entry.state in _WAITING and entry.stamp == NO_FILE):
        return False
    return drop.document_id is not None or (
        entry.document_id is not None and entry.state is not State.REMOVED
    )


def _stamp_of(path: str) -> Stamp | None:
    """The stamp of the file at a path, NO_FILE if there is none any more; None if that can't be found out.

    A folder or a link in its place isn't the file: of a link, the file that it leads to is the drop.
    """
    try:
        info = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return NO_FILE
    except OSError:
        return None
    return Stamp.from_ns(info.st_size, info.st_mtime_ns) if stat.S_ISREG(info.st_mode) else NO_FILE
