"""What the rooms ask of the ledger, of its dead letters and of the index, and the values they exchange.

    watch, monitor, worker, pipeline ──ask──▶ ports ◀──answer── ledger (Redis), index (Elasticsearch, SQLite)

Each question stands here once. A room names those that it asks, so that a test can stand in for the rest and
the room knows neither Redis nor Elasticsearch for their sake. Whoever answers raises OutageError when its
server can't be reached or refuses work, and ConfigError when a person has to act first. Refuses to hold
anything that acts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, Protocol

import msgspec

from newsdrop.documents import DeadLetter, Drop, Outcome, Stamp, State, StoredFile

__all__ = [
    "AT_GATE",
    "IN_BULK",
    "PLAIN_WRITE",
    "AuditedLedger",
    "BatchLedger",
    "Dead",
    "DocumentCount",
    "DropQueue",
    "Enqueued",
    "Entry",
    "EntryLookup",
    "FileLetters",
    "FolderFiles",
    "FormerPlace",
    "Gate",
    "GateLedger",
    "HeldByFolder",
    "HeldRemoval",
    "IndexIdentity",
    "Lane",
    "LetterGroups",
    "LetterMirror",
    "OpenLetters",
    "Retry",
    "Settlement",
    "StoredFiles",
    "WatcherLedger",
    "WriteContext",
]

#: What `touch` is told instead of a drop: the bulk is being written; the worker waits for a service.
IN_BULK: Final = ""
AT_GATE: Final = "-"


class Lane(StrEnum):
    """Celery's lists: what has just arrived, and the backlog found at a start, which must not delay it."""

    FRESH = "newsdrop.ingest"
    BACKLOG = "newsdrop.backlog"


class Entry(msgspec.Struct, frozen=True):
    """What the ledger says of one drop; `time_s` is when it said so first (epoch seconds).

    `put_away`: newsdrop itself moved or deleted the file that this tells of, so it didn't leave its folder.
    """

    state: State
    attempts: int
    deaths: int
    time_s: int
    stamp: Stamp
    document_id: str | None = None
    put_away: bool = False


class FormerPlace(msgspec.Struct, frozen=True):
    """Where the index has an article from that another drop brings now; `member`: of the bundle there."""

    path: str
    member: str | None
    document_id: str


class HeldRemoval(msgspec.Struct, frozen=True, kw_only=True):
    """So many of a folder's articles have no file any more, too many to go unasked.

    Attributes:
        of: how many articles the folder has in all.
        confirmed: how many shall go as a person says (`by`); 0: nobody has said anything.
    """

    articles: int
    of: int
    since_ms: int
    confirmed: int = 0
    by: str = ""


class Enqueued(msgspec.Struct, frozen=True):
    """`changed`: waiting already, and their new size and time were noted."""

    queued: int = 0
    changed: int = 0
    skipped: int = 0

    def __add__(self, other: Enqueued) -> Enqueued:
        return Enqueued(
            self.queued + other.queued, self.changed + other.changed, self.skipped + other.skipped
        )


class Retry(msgspec.Struct, frozen=True):
    """Try again `after_ms` from now; the server adds its own clock. `spent`: whether it costs an attempt."""

    after_ms: int
    spent: bool = True


class Dead(msgspec.Struct, frozen=True):
    """Stop trying: a dead letter is written."""


class Settlement(msgspec.Struct, frozen=True):
    """An outcome, and for a failure what was decided about it."""

    outcome: Outcome
    decision: Retry | Dead | None = None


class Gate(msgspec.Struct, frozen=True):
    """Why work is paused, and since when. `service` "worker" is the crash loop."""

    service: str
    reason: str
    closed_ms: int


class IndexIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """Which index it is, among all there are; nothing of it changes when an index is migrated.

    Attributes:
        kind: what sort of store.
        id: the cluster's own UUID, or the embedded database's; '' where we may not ask.
        alias, letters: the names that articles and dead letters are behind.
        where: how this process reaches it, for people: an address without a password, or a file.
    """

    kind: str
    id: str
    alias: str
    letters: str
    where: str

    @property
    def described(self) -> str:
        """It, in words."""
        if self.kind == "elasticsearch":
            named = f"cluster {self.id}" if self.id else "a cluster whose name we may not ask for"
            letters = f" and {self.letters}" if self.letters else ""
            return f"the index {self.alias}{letters} of Elasticsearch ({named}, at {self.where})"
        return f"the embedded index {self.where} ({self.id})"


class WriteContext(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for one write to the index, from its first request to its last.

    Attributes:
        before_request: called before every request, so that a worker can renew its lease; what it raises
            passes through.
        after_bulk: called after every bulk that was answered, with its documents, bytes, and seconds until
            the answer.
        also_to: the index that a migration is filling, which gets everything, too.
    """

    before_request: Callable[[], object] = lambda: None
    after_bulk: Callable[[int, int, float], object] = lambda _documents, _bytes, _seconds: None
    also_to: str | None = None


#: A write that nobody accompanies.
PLAIN_WRITE: Final = WriteContext()


class EntryLookup(Protocol):
    """Where drops stand."""

    def lookup(self, ids: Sequence[str]) -> list[Entry | None]:
        """What the ledger says of each drop; None for those it doesn't know."""
        ...


class DropQueue(Protocol):
    """Where drops are handed over."""

    def enqueue(self, drops: Sequence[Drop], *, lane: Lane = Lane.FRESH, force: bool = False) -> Enqueued:
        """Queue what is new, changed or, with `force`, settled already."""
        ...


class HeldByFolder(Protocol):
    """Removals that wait for a person, by the folder's name."""

    def of(self, folder: str) -> HeldRemoval | None:
        """What is held of this folder."""
        ...

    def hold(self, folder: str, articles: int, of: int) -> HeldRemoval:
        """Note that so many of a folder's articles would go."""
        ...

    def release(self, folder: str) -> None:
        """Nothing of the folder is held any more."""
        ...


class WatcherLedger(EntryLookup, DropQueue, Protocol):
    """The ledger of a watcher."""

    host: str

    @property
    def held(self) -> HeldByFolder:
        """The removals that wait for a person."""
        ...

    def removed(self) -> frozenset[str]:
        """The documents that went with a file lately and haven't been written since."""
        ...

    def lowered(self) -> Mapping[str, int]:
        """The documents whose file lately told an earlier time, each with when it did, in ms."""
        ...

    def recalled(self) -> Mapping[str, int]:
        """The documents that were taken out for good and lately allowed again, each with when, in ms."""
        ...

    def bringing(self, documents: frozenset[str], recalled: frozenset[str]) -> Iterator[int]:
        """How many drops brought these documents or were superseded by them, by portions of the ledger.

        Of the recalled ones, the drops that were not read since count.
        """
        ...

    def put_away(self, files: Sequence[tuple[str, Stamp]], *, stayed: bool = False) -> list[bool]:
        """Note of drops (id, stamp) that newsdrop itself moves or deletes their files; whether it may.

        `stayed`: that it could not.
        """
        ...

    def depth(self) -> dict[Lane, int]:
        """How many drops are queued or in hand, per lane."""
        ...

    def counts(self) -> dict[State, int]:
        """How many drops are in each state."""
        ...

    def born(self) -> str:
        """The id of this ledger, which changes when Redis was emptied; '' before the first drop."""
        ...

    def count(self, meters: Mapping[str, int]) -> None:
        """Add what a meters.Tally took to the sums of all processes."""
        ...

    def report(self, kind: str, name: str, values: dict[str, Any], ttl_s: float) -> None:
        """Let `status` show how this process is; forgotten after `ttl_s` without another report."""
        ...


class AuditedLedger(EntryLookup, Protocol):
    """The ledger of an audit."""

    def files_put_away(self) -> int:
        """How many files newsdrop itself moved or deleted, of whose paths none was read since."""
        ...

    def batched(self, ids: Sequence[str]) -> set[str]:
        """Those that are in a batch. Reads every batch there is: ask for many at once."""
        ...

    def scheduled(self, ids: Sequence[str]) -> set[str]:
        """Those that wait for their due time, with what is needed to try them again."""
        ...

    def requeue(self, drops: Sequence[Drop]) -> int:
        """Queue drops whatever the ledger says of them, unless they are in a batch; how many."""
        ...


class GateLedger(Protocol):
    """The gate before a service that is down."""

    def gate(self) -> Gate | None:
        """Why work must wait, or None."""
        ...

    def probe_gate(self) -> bool:
        """Whether it is our turn to ask the service if it is back; never in a crash loop."""
        ...

    def open_gate(self, service: str = "") -> bool:
        """Let work go on; True when the gate was closed. The gate of a crash loop needs its name."""
        ...

    def close_gate(self, service: str, reason: str, ttl_s: float) -> bool:
        """Stop all work for a while; True when the gate was open before."""
        ...


class BatchLedger(GateLedger, DropQueue, Protocol):
    """The ledger of a worker with a batch."""

    def start(self, batch: str, run: str, *, process: int, task: str) -> list[Drop]:
        """Take a batch under the token `run`; no drops mean that there is nothing to do."""
        ...

    def touch(self, batch: str, run: str, current: str) -> bool:
        """Say what is in hand: a drop's id, `IN_BULK` or `AT_GATE`. False: the batch is no longer ours."""
        ...

    def migration(self) -> str | None:
        """The index that everything must be written to as well, while one is being filled."""
        ...

    def finish(
        self,
        batch: str,
        run: str,
        settlements: Sequence[Settlement],
        *,
        yield_rest: bool = False,
        meters: Mapping[str, int] = {},
    ) -> bool:
        """Write what became of drops. False: the batch was taken from us, and nothing is written.

        Args:
            yield_rest: publish the drops that have no settlement again, no death counted.
            meters: what a meters.Tally took; counted if and only if the outcomes are written.
        """
        ...


class FileLetters(Protocol):
    """The dead letters of files that are moved away."""

    def show(self, letter_id: str) -> DeadLetter | None:
        """One letter with its bytes; None if there is none."""
        ...

    def moved(self, drop_id: str, new_path: str) -> bool:
        """Let a letter follow its file; False when there is no such letter."""
        ...


class OpenLetters(Protocol):
    """Which drops have been given up."""

    def open(self, ids: Sequence[str]) -> set[str]:
        """Those of the drops that have an open letter."""
        ...


class LetterGroups(Protocol):
    """How many letters there are of each kind."""

    def group_sizes(self, latest: int) -> dict[str, int]:
        """How many of the latest open letters are in each group; looks at no more than `latest` letters."""
        ...


class StoredFiles(Protocol):
    """What the index holds of documents that are known."""

    def stored(self, ids: Sequence[str]) -> dict[str, StoredFile]:
        """What is there now of these ids (realtime: a document just put is found)."""
        ...


class FolderFiles(Protocol):
    """What the index holds of a folder."""

    def files_under(self, folder: str) -> Iterator[StoredFile]:
        """Every document whose `file.path` lies below `folder`, in no order."""
        ...

    def member_of(self, document_id: str) -> str | None:
        """The member of a bundle that a document is from; None if it is from a file, or isn't there."""
        ...


class DocumentCount(Protocol):
    """How much the index holds."""

    def count(self) -> int:
        """How many documents there are."""
        ...


class LetterMirror(Protocol):
    """The index as a mirror of the dead letters."""

    def mirror_letters(self, letters: Sequence[DeadLetter]) -> list[str]:
        """Write dead letters for Kibana by their revision; the ids acknowledged. The rest waits."""
        ...

    def mirror_home(self) -> str:
        """The id of the index that letters are written to, which is made if there is none.

        Another id than before means that what was written is no longer there.
        """
        ...
