"""The audit: compares folder, ledger and index, and reports every file that is unaccounted for.

    unknown     in no state, or changed since, and neither young nor beyond the high-water mark
    queued      in no batch                     retrying    without a due time
    indexed     its document isn't in the index, or is there with another size or time of this file, or is one
                of another file which it had replaced
    superseded  the newer capture isn't in the index: nothing, or this very file's own document
    dead        without an open letter          gone, removed    but the file exists
    forgotten   but its document is in the index

The members of a bundle are listed and checked like files; problems of a dead bundle are in its letter, and an
expanded one must be readable to its end. Files that are passed over are counted by reason and looked up
nowhere. Folder, ledger, queue and index are read in that order, so that files that move on meanwhile move
towards being accounted for. Every suspicious file is checked again, and only problems found twice with an
unchanged entry are reported. The audit only reads; `repair` queues what it found. Memory doesn't grow with
the number of files, only with the suspicious ones.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import msgspec

from newsdrop.documents import Drop, Stamp, State, StoredFile, encode_path
from newsdrop.errors import GoneError, NewsdropError
from newsdrop.identity import drop_id
from newsdrop.ledger.records import fit
from newsdrop.monitor.fates import Seen
from newsdrop.options import WatchOptions
from newsdrop.portions import chunked
from newsdrop.ports import AuditedLedger, Entry, OpenLetters, StoredFiles
from newsdrop.watch.stability import PAUSE_TIMES

__all__ = ["NOT_YET_SEEN", "UNKNOWN", "Audit", "AuditLimits", "Auditor", "Unaccounted", "Unexamined"]

NOT_YET_SEEN = "not_yet_seen"
UNKNOWN = "unknown"
_WITH_DOCUMENT = (State.INDEXED, State.SUPERSEDED, State.FORGOTTEN)
#: Of two workers that write one article, the first may settle its file so much later than the second.
_SETTLING_S = 600
#: So far ahead of ours may the clock be that a file's ctime is from.
_AHEAD_S = 3_600
_NOT_BATCHED = "queued, but in no queue and with no worker"


class Unaccounted(msgspec.Struct, frozen=True):
    """A file or member (`bundle!member`) that is not accounted for.

    `path` is escaped as JSON may carry it (documents.encode_path).
    """

    path: str
    state: str
    reason: str


class Unexamined(msgspec.Struct, frozen=True):
    """A folder or file that can't be examined; `path` is escaped as above."""

    path: str
    reason: str


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """What the audit found. `states` counts every file once: its state, `not_yet_seen` or `unknown`.

    `files` and `states` count the members of bundles, too. `passed_over` counts, by reason (name_filter.py),
    the files that are not drops; they are not in `files`. `put_away`: how many files newsdrop itself moved or
    deleted, in all folders, whose paths were not read since; they aren't reported as missing.
    `forgotten_in_index`: the ids of documents that were taken out for good and are in the index, wherever
    they came from. `miscounted`: the ledger's counts disagreed with its entries, as after keys were lost.

    `ok` means that nothing was wrong at the time of the check, whether or not it was `repaired` then.
    """

    folders: list[str]
    files: int
    states: dict[str, int]
    passed_over: dict[str, int]
    put_away: int
    not_yet_seen: int
    unaccounted: list[Unaccounted]
    unexamined: list[Unexamined] = []
    forgotten_in_index: list[str] = []
    miscounted: bool = False
    repaired: int
    duration_s: float
    ok: bool


def longest_unseen_s(watch: WatchOptions) -> float:
    """How long a file may be in a folder before the ledger knows it: two rescans, and a writer's pause."""
    return 2 * watch.rescan_s + PAUSE_TIMES * watch.settle_ms / 1000


class AuditLimits(msgspec.Struct, frozen=True, kw_only=True):
    """`young_s`: a newer file may be waiting for the next rescan. `pause_s`: between the two checks.

    `chunk`: how many files are looked up at once. `queued`: about how many files the queue is asked at once;
    each request reads every batch.
    """

    young_s: float = longest_unseen_s(WatchOptions())
    pause_s: float = 1.0
    chunk: int = 1_000
    queued: int = 20_000


class Finding(msgspec.Struct, frozen=True):
    """The result of checking one file once. `reason` None: accounted for."""

    seen: Seen
    entry: Entry | None
    state: str
    reason: str | None = None


class _FirstLook(msgspec.Struct):
    """The result of the first check: how many files are in each state, and which need a second check.

    `unlisted`: bundles, already counted, whose members can't be listed to the end.
    """

    states: Counter[str] = msgspec.field(default_factory=Counter)
    suspects: list[Finding] = []
    queued: list[Finding] = []
    unlisted: list[Finding] = []


class _Facts(msgspec.Struct, frozen=True):
    """What queue, letters and index contain about one chunk of files.

    `others`: document → the entry of the drop that the index has it from, where that is another one.
    """

    batched: set[str]
    scheduled: set[str]
    letters: set[str]
    documents: dict[str, StoredFile]
    others: dict[str, Entry]


class Auditor:
    """Audits files against a ledger, its letters and an index.

    Args:
        overfull: whether a queue is at its high-water mark now, so that the watcher holds files back.
        inside: the members of a file that may be a bundle; nothing for other files.
        now_s: the clock that file times are compared with.
    """

    def __init__(
        self,
        ledger: AuditedLedger,
        letters: OpenLetters,
        store: StoredFiles,
        limits: AuditLimits = AuditLimits(),  # noqa: B008  frozen
        *,
        overfull: Callable[[], bool] = lambda: False,
        inside: Callable[[Seen], Iterable[Seen]] = lambda _seen: (),
        now_s: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._ledger = ledger
        self._letters = letters
        self._store = store
        self._limits = limits
        self._overfull = overfull
        self._inside = inside
        self._now_s = now_s
        self._sleep = sleep

    def audit(
        self,
        folders: Sequence[str],
        files: Iterable[Seen],
        passed_over: Mapping[str, int] = {},
        *,
        repair: bool = False,
    ) -> Audit:
        """Check every file, and suspicious ones twice.

        Args:
            files: in any order, read once; 100,000 are fine, they are looked up a thousand at a time.
            passed_over: what the source of the files has passed over so far, by reason.
            repair: queue the files that are unaccounted for.
        """
        started = time.monotonic()
        first = _FirstLook()
        self._look_at_all(files, first)
        self._ask_the_queue(first)
        states = first.states
        guilty = self._second_look(first, states)
        repaired = (
            self._ledger.requeue([_drop(finding.seen) for finding in guilty]) if repair and guilty else 0
        )
        return Audit(
            folders=[encode_path(folder) for folder in folders],
            files=states.total(),
            states=dict(sorted(states.items())),
            passed_over={str(reason): count for reason, count in sorted(passed_over.items())},
            put_away=self._ledger.files_put_away(),
            not_yet_seen=states[NOT_YET_SEEN],
            unaccounted=[_unaccounted(finding) for finding in guilty],
            repaired=repaired,
            duration_s=round(time.monotonic() - started, 3),
            ok=not guilty,
        )

    def _look_at_all(self, files: Iterable[Seen], found: _FirstLook) -> None:
        for chunk in chunked(files, self._limits.chunk):
            for finding in self._look(chunk, believe_queued=True):
                if finding.reason is not None:
                    found.suspects.append(finding)
                elif finding.state == State.QUEUED:
                    found.queued.append(finding)
                else:
                    found.states[finding.state] += 1
                    # A dead bundle may have good members.
                    if finding.state in (State.EXPANDED, State.DEAD):
                        self._look_at_all(self._members_of(finding, found), found)
            if len(found.queued) >= self._limits.queued:
                self._ask_the_queue(found)

    def _members_of(self, bundle: Finding, found: _FirstLook) -> Iterator[Seen]:
        try:
            yield from self._inside(bundle.seen)
        except GoneError:
            # It left after it was seen: that is not for the audit to judge.
            return
        except NewsdropError as error:
            if bundle.state == State.EXPANDED:
                reason = f"expanded, but its members can't be listed now: {error.message}"
                found.unlisted.append(msgspec.structs.replace(bundle, reason=reason))

    def _ask_the_queue(self, found: _FirstLook) -> None:
        batched = _asked(self._ledger.batched, [finding.seen.id for finding in found.queued])
        for finding in found.queued:
            if finding.seen.id in batched:
                found.states[finding.state] += 1
            else:
                found.suspects.append(msgspec.structs.replace(finding, reason=_NOT_BATCHED))
        found.queued.clear()

    def _second_look(self, first: _FirstLook, states: Counter[str]) -> list[Finding]:
        suspects = first.suspects
        if not suspects and not first.unlisted:
            return []
        self._sleep(self._limits.pause_s)
        before = {finding.seen.id: finding.entry for finding in suspects}
        again = (now for finding in suspects if (now := _seen_now(finding.seen)) is not None)
        guilty = self._unchanged(first.unlisted)
        for chunk in chunked(again, self._limits.queued):
            for finding in self._look(chunk):
                states[finding.state] += 1
                if finding.reason is not None and finding.entry == before[finding.seen.id]:
                    guilty.append(finding)
        return sorted(guilty, key=lambda finding: finding.seen.source)

    def _unchanged(self, findings: Sequence[Finding]) -> list[Finding]:
        """Those whose file and entry are what they were."""
        same = [finding for finding in findings if _seen_now(finding.seen) == finding.seen]
        entries = self._ledger.lookup([finding.seen.id for finding in same]) if same else []
        return [finding for finding, entry in zip(same, entries, strict=True) if finding.entry == entry]

    def _look(self, files: Sequence[Seen], *, believe_queued: bool = False) -> Iterator[Finding]:
        entries = self._ledger.lookup([seen.id for seen in files])
        pairs = [(seen, entry) for seen, entry in zip(files, entries, strict=True)]
        known = [(seen, entry) for seen, entry in pairs if entry is not None]

        def of(*states: State) -> list[tuple[Seen, Entry]]:
            return [(seen, entry) for seen, entry in known if entry.state in states]

        def ids(*states: State) -> list[str]:
            return [seen.id for seen, _entry in of(*states)]

        queued = ids(State.QUEUED)
        in_index = [entry.document_id for _, entry in of(*_WITH_DOCUMENT) if entry.document_id]
        documents = self._store.stored(in_index) if in_index else {}
        found = _Facts(
            batched=set(queued) if believe_queued else _asked(self._ledger.batched, queued),
            scheduled=_asked(self._ledger.scheduled, ids(State.RETRYING)),
            letters=_asked(self._letters.open, ids(State.DEAD)),
            documents=documents,
            others=self._others(of(State.INDEXED), documents),
        )
        # Asked at most once for these files, and not at all if none needs the answer.
        overfull = cache(self._overfull)
        for seen, entry in pairs:
            yield self._judge(seen, entry, found, overfull)

    def _others(
        self, indexed: Sequence[tuple[Seen, Entry]], documents: Mapping[str, StoredFile]
    ) -> dict[str, Entry]:
        """The entries of other drops from which the index has the articles of these files."""
        drops: dict[str, str] = {}
        for seen, entry in indexed:
            document = documents.get(entry.document_id or "")
            if document is not None and document.path is not None and not _is_from(document, seen):
                drops[document.document_id] = drop_id(document.path, document.member)
        entries = self._ledger.lookup(list(drops.values())) if drops else []
        found = zip(drops, entries, strict=True)
        return {name: other for name, other in found if other is not None and other.document_id == name}

    def _judge(self, seen: Seen, entry: Entry | None, facts: _Facts, overfull: Callable[[], bool]) -> Finding:
        if entry is None:
            reason: str | None = "no state: neither the watcher nor a producer has enqueued it"
        elif entry.state in (State.GONE, State.REMOVED):
            reason = f"the ledger calls it {entry.state}, but the file is there"
        elif entry.stamp != fit(seen.stamp) and entry.state not in (State.QUEUED, State.RETRYING):
            reason = "the file has changed since, and no rescan has noticed"
        else:
            return Finding(seen, entry, entry.state.value, _against(seen, entry, facts))
        state = entry.state.value if entry else UNKNOWN
        if self._may_wait(seen, overfull):
            return Finding(seen, entry, NOT_YET_SEEN)
        return Finding(seen, entry, state, reason)

    def _may_wait(self, seen: Seen, overfull: Callable[[], bool]) -> bool:
        """Whether the watcher may not have enqueued the file yet."""
        try:
            info = Path(seen.path).lstat()
        except OSError:
            return True
        # A file moved or copied here keeps its own mtime, which may lie in the future, too; its ctime says
        # when it arrived. A server's clock may be ahead; what arrived far in the future did so under a clock
        # that was wrong, and would be young until then.
        age_s = self._now_s() - info.st_ctime
        return -_AHEAD_S < age_s < self._limits.young_s or overfull()


def _against(seen: Seen, entry: Entry, facts: _Facts) -> str | None:
    """The problem of a file whose entry matches it, or None."""
    match entry.state:
        case State.QUEUED if seen.id not in facts.batched:
            return _NOT_BATCHED
        case State.RETRYING if seen.id not in facts.scheduled:
            return "retrying, but without a time at which it is due"
        case State.DEAD if seen.id not in facts.letters:
            return "dead, but there is no dead letter"
        case State.FORGOTTEN if entry.document_id in facts.documents:
            return f"forgotten, but its document ({entry.document_id}) is in the index"
        case State.INDEXED | State.SUPERSEDED:
            return _against_document(seen, entry, facts)
        case _:
            return None


def _against_document(seen: Seen, entry: Entry, facts: _Facts) -> str | None:
    if entry.document_id is None:
        return f"{entry.state}, but the ledger has no document id"
    document = facts.documents.get(entry.document_id)
    if document is None:
        what = "its document" if entry.state is State.INDEXED else "the newer capture"
        return f"{entry.state}, but {what} ({entry.document_id}) is not in the index"
    if entry.state is State.SUPERSEDED:
        if _is_from(document, seen):
            return f"superseded, but document {entry.document_id} is its own, not the newer capture"
        return None
    # Several files may share one article: only a document of this very file must agree with its entry.
    if document.path == seen.path and not _same(seen, document, entry):
        return f"indexed, but document {entry.document_id} holds another version of the file"
    if _was_before(facts.others.get(entry.document_id), entry):
        whose = encode_path(document.path or "")
        return f"indexed, but document {entry.document_id} is that of {whose}, which it had replaced"
    return None


def _is_from(document: StoredFile, seen: Seen) -> bool:
    return (document.path, document.member) == (seen.path, seen.member)


def _was_before(other: Entry | None, entry: Entry) -> bool:
    """Whether the other drop can't have replaced this one's document: a snapshot was restored, say."""
    if other is None:
        return False
    earlier = other.state is State.INDEXED and other.time_s + _SETTLING_S < entry.time_s
    return earlier or other.state is State.SUPERSEDED


def _same(seen: Seen, document: StoredFile, entry: Entry) -> bool:
    if document.stamp is None:
        return False
    # Members of one bundle may share an article as well, but all have their bundle's time.
    if seen.member is not None:
        return fit(document.stamp).mtime == entry.stamp.mtime
    return fit(document.stamp) == entry.stamp


def _unaccounted(finding: Finding) -> Unaccounted:
    return Unaccounted(
        path=encode_path(finding.seen.source), state=finding.state, reason=finding.reason or "(no reason)"
    )


def _drop(seen: Seen) -> Drop:
    return Drop(id=seen.id, path=seen.path, member=seen.member, stamp=seen.stamp)


def _seen_now(seen: Seen) -> Seen | None:
    try:
        info = Path(seen.path).stat()
    except OSError:
        return None
    now = Stamp.from_ns(info.st_size, info.st_mtime_ns)
    size = now.size if seen.member is None else seen.stamp.size
    return msgspec.structs.replace(seen, stamp=Stamp(size, now.mtime))


def _asked(question: Callable[[Sequence[str]], set[str]], ids: list[str]) -> set[str]:
    return question(ids) if ids else set()
