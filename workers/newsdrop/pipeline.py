"""Drops in, outcomes out: read, parse, enrich, index, one drop's fate never touching another's.

Knows no Celery, no Redis and no settings: it is handed its parts. Work is split in two so that a worker can
stand at the gate between them without parsing again: `begin` and what it gives turn one drop into a document
(and never raise for a file's sake), `commit` writes what was prepared in one bulk and raises only when the
store as a whole refuses work. Both are idempotent: documents have ids of their own and external versions.
"""

from __future__ import annotations

import shlex
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from itertools import islice
from typing import Final, NamedTuple, Protocol, Self, TypeVar

import msgspec

from newsdrop.archive.opening import is_replaced, unreadable
from newsdrop.archive.reader import Bundle, Raw, Reader
from newsdrop.documents import (
    Article,
    Document,
    Drop,
    ErrorClass,
    Failure,
    ItemResult,
    Outcome,
    Page,
    Stage,
    Stamp,
    State,
)
from newsdrop.enrich.steps import Step, enrich
from newsdrop.errors import (
    BundleError,
    ConfigError,
    GoneError,
    NewsdropError,
    OutageError,
    StorageError,
    TransientError,
    kept_message,
    kept_trace,
)
from newsdrop.index.document import build_document
from newsdrop.index.duplicates import fingerprints, mark_copies
from newsdrop.index.places import former_places
from newsdrop.index.store import Store
from newsdrop.meters import Stopwatch
from newsdrop.parse.parser import Explanation
from newsdrop.ports import PLAIN_WRITE, FormerPlace, WriteContext

__all__ = ["ABREAST", "ABREAST_CHARS", "Draft", "Expansion", "Pipeline", "Prepared", "describe"]

_T = TypeVar("_T")

#: Drops of one bulk where there is no queue that cuts messages.
_CHUNK_DROPS = 256

#: Drops that go through a stage together, and how much of their pages is held at once, in characters.
ABREAST: Final = 16
ABREAST_CHARS: Final = 1_000_000

#: What a bulk's item result means for its drop.
_ITEM_STATES = {"indexed": State.INDEXED, "superseded": State.SUPERSEDED}
_ITEM_FAILURES = {
    "busy": (ErrorClass.TRANSIENT, "BusyError"),
    "rejected": (ErrorClass.PERMANENT, "RejectedError"),
}
#: The first that an error belongs to; any other is permanent.
_CLASSES = (
    (StorageError, ErrorClass.STORAGE),
    (TransientError, ErrorClass.TRANSIENT),
    (OutageError, ErrorClass.OUTAGE),
    (ConfigError, ErrorClass.CONFIG),
)


class PageParser(Protocol):
    """What the pipeline needs of a parser."""

    def parse(self, page: Page) -> Article: ...

    def explain(self, page: Page) -> Explanation: ...


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """A drop on its way to the store: a document to write, or (`document` None) an article to take away.

    `outcome`: the drop's, where taking its former article away doesn't decide it.
    """

    drop: Drop
    document: Document | None
    stamp: Stamp | None = None
    sha256: str = ""
    outcome: Outcome | None = None


class Draft(NamedTuple):
    """A drop between two stages; `advance` brings it through the next and raises as little as `begin`.

    `chars`: the size of its page, which is held until it is parsed.
    """

    chars: int
    advance: Callable[[], Draft | Prepared | Outcome]


class Expansion:
    """A drop that turned out to be a bundle: its members, and its own outcome once all are handed on.

    The members are to be made drops of their own before the outcome is written, so that a crash between finds
    the bundle still to be done; doing it twice is harmless.

    Args:
        takes_along: whether an article goes that a page in the bundle's place brought before.
    """

    def __init__(self, drop: Drop, bundle: Bundle, *, takes_along: bool = False) -> None:
        self.drop = drop
        self._bundle = bundle
        self._takes_along = takes_along
        self._members = bundle.members()
        self._failure: Failure | None = None
        self._gone = False

    def take(self, count: int) -> list[Drop]:
        """The next members, at most `count`; none at the end. What is wrong with a bundle ends it."""
        taken: list[Drop] = []
        try:
            for member in islice(self._members, count):
                taken.append(member)
        except GoneError:
            self._gone = True
        except (Exception, SystemExit) as error:  # noqa: BLE001  one file's fate, whatever it is
            self._failure = describe(error, Stage.READ, self.drop.path)
        return taken

    def outcome(self) -> Outcome | Prepared:
        """*expanded*, perhaps once an article is taken away; or the failure to list some of it."""
        if self._failure is not None:
            return Outcome(drop=self.drop, failure=self._failure, stamp=self._bundle.stamp)
        if self._gone:
            return Outcome(drop=self.drop, state=State.GONE)
        expanded = Outcome(drop=self.drop, state=State.EXPANDED, stamp=self._bundle.stamp)
        return Prepared(drop=self.drop, document=None, outcome=expanded) if self._takes_along else expanded


class Pipeline:
    """Turns drops into outcomes.

    Args:
        now_ms: the clock, epoch milliseconds.
        collection_of: names the collection of a path (the folder's setting), or None.
        removes: whether the article of a vanished path goes with its file.
        forgotten: which of some documents were taken out for good, and must not be written.
        moved: told, before they are written, of articles that the index has from another path.
        marks_copies: whether the store is asked which articles are copies of others (`duplicate_of`).

    Attributes:
        stopwatch: the seconds spent per stage.
    """

    def __init__(
        self,
        reader: Reader,
        parser: PageParser,
        steps: Sequence[Step],
        store: Store,
        *,
        now_ms: Callable[[], int],
        version: str,
        collection_of: Callable[[str], str | None] = lambda _path: None,
        removes: Callable[[str], bool] = lambda _path: False,
        forgotten: Callable[[Sequence[str]], set[str]] = lambda _documents: set(),
        moved: Callable[[Sequence[FormerPlace]], object] | None = None,
        marks_copies: bool = True,
    ) -> None:
        self.store = store
        self.stopwatch = Stopwatch()
        self._reader = reader
        self._parser = parser
        self._enriching = tuple(steps)
        self._now_ms = now_ms
        self._version = version
        self._collection_of = collection_of
        self._removes = removes
        self._forgotten = forgotten
        self._moved = moved
        self._marks_copies = marks_copies

    def begin(self, drop: Drop) -> Draft | Prepared | Outcome | Expansion:
        """The first stage of a drop: a draft of it, its members if it is a bundle, or already its outcome.

        A draft is advanced until it is a document to write, or an outcome. Everything a file can do wrong
        ends as an `Outcome`, `MemoryError` and `SystemExit` included; only exceptions that concern the
        process (`KeyboardInterrupt`, a worker's own timer) pass.

        Bringing some drops through one stage before any of them enters the next takes a tenth less time than
        one drop after the other: what a stage needs stays in the processor's caches (docs/performance.md).
        """
        found = self._guarded(Stage.READ, drop, None, partial(self._reader.fetch, drop))
        if isinstance(found, Bundle):
            takes_along = drop.document_id is not None and self._takes_along(drop)
            return Expansion(drop, found, takes_along=takes_along)
        if isinstance(found, Raw):
            return self._guarded(Stage.READ, drop, found, partial(self._read, drop, found))
        if isinstance(found, Outcome) and found.failure is not None and self._was_replaced(drop):
            return Prepared(drop=drop, document=None)
        return found

    def _was_replaced(self, drop: Drop) -> bool:
        """Whether the file of an article that goes with it gave way to a folder, a link or the like."""
        return bool(drop.document_id and drop.path and self._takes_along(drop) and is_replaced(drop.path))

    def _read(self, drop: Drop, raw: Raw) -> Draft:
        page = self._reader.page(drop, raw)
        parse = partial(self._parse, drop, raw, page)
        return Draft(len(page.html), partial(self._guarded, Stage.PARSE, drop, raw, parse))

    def _parse(self, drop: Drop, raw: Raw, page: Page) -> Draft:
        enrich_it = partial(self._enrich, drop, raw, self._parser.parse(page))
        return Draft(0, partial(self._guarded, Stage.ENRICH, drop, raw, enrich_it))

    def _enrich(self, drop: Drop, raw: Raw, article: Article) -> Prepared:
        document = self._document(drop, raw, enrich(article, self._enriching))
        return Prepared(drop=drop, document=document, stamp=raw.stamp, sha256=raw.sha256)

    def _guarded(
        self, stage: Stage, drop: Drop, raw: Raw | None, work: Callable[[], _T]
    ) -> _T | Prepared | Outcome:
        """What `work` makes, or the fate that it brings upon the drop."""
        self.stopwatch.enter(stage)
        try:
            return work()
        except GoneError:
            return self._gone(drop)
        except (Exception, SystemExit) as error:  # noqa: BLE001  one file's fate, whatever it is
            return _failed(drop, stage, error, raw)
        finally:
            self.stopwatch.enter(None)

    def commit(self, prepared: Sequence[Prepared], context: WriteContext = PLAIN_WRITE) -> list[Outcome]:
        """Write what was prepared, in one bulk, copies marked as such; outcomes in the same order.

        Raises:
            OutageError: the store can't be reached or refuses everything; call again with the same argument.
            ConfigError: likewise, and a person must change a setting first.
        """
        self.stopwatch.enter(Stage.INDEX)
        try:
            return self._write(prepared, context)
        finally:
            self.stopwatch.enter(None)

    def ingest(self, drops: Iterable[Drop]) -> Iterator[Outcome]:
        """The whole way without a ledger, each outcome as soon as it is known; for tests of one's own.

        A thread writes one bulk while the next is prepared. The members of a bundle have outcomes of their
        own, which come before the bundle's.

        Raises:
            OutageError, ConfigError: as `commit`; the drops of these two bulks have no outcome then.
        """
        waiting: list[Prepared] = []
        with _Writing(self._write) as writing:
            for step in self._steps(iter(drops)):
                if isinstance(step, Prepared):
                    waiting.append(step)
                    if len(waiting) >= _CHUNK_DROPS:
                        yield from writing.begin(waiting)
                        waiting = []
                elif isinstance(step, Expansion):
                    # Whoever believes the bundle's outcome never looks for its members: they come first.
                    yield from writing.begin(waiting)
                    yield from writing.end()
                    waiting = []
                    last = step.outcome()
                    yield from writing.begin([last]) if isinstance(last, Prepared) else [last]
                else:
                    yield step
            yield from writing.begin(waiting)
            yield from writing.end()

    def preview(self, drop: Drop) -> tuple[Article, Document]:
        """What `drop` would be indexed as, with nothing indexed.

        Raises:
            NewsdropError: whatever stands against it.
        """
        raw, page = self._page(drop)
        article = enrich(self._parser.parse(page), self._enriching)
        return article, self._document(drop, raw, article)

    def explain(self, drop: Drop) -> Explanation:
        """Which rule, era and selectors make `drop` what `preview` shows.

        Raises:
            NewsdropError: whatever stands against it.
        """
        return self._parser.explain(self._page(drop)[1])

    def _write(self, prepared: Sequence[Prepared], context: WriteContext = PLAIN_WRITE) -> list[Outcome]:
        documents = [one.document for one in prepared if one.document is not None]
        forgotten = self._forgotten([document.id for document in documents]) if documents else set()
        writes = [document for document in documents if document.id not in forgotten]
        if self._moved is not None:
            drops = {one.document.id: one.drop for one in prepared if one.document is not None}
            self._moved(former_places(self.store, drops))
        results = iter(self.store.put(self._marked(writes, context), context)) if writes else iter(())
        return [
            self._take_away(one, context)
            if one.document is None
            else self._forget(one, one.document, context)
            if one.document.id in forgotten
            else self._replace(one, _outcome(one, next(results)), context)
            for one in prepared
        ]

    def _forget(self, one: Prepared, document: Document, context: WriteContext) -> Outcome:
        """Take out what was taken out for good, in case that it was being written at that moment."""
        self.store.remove(document.id, one.drop.path, context)
        return Outcome(
            drop=one.drop,
            state=State.FORGOTTEN,
            stamp=one.stamp,
            sha256=one.sha256,
            document_id=document.id,
        )

    def _steps(self, drops: Iterator[Drop]) -> Iterator[Prepared | Outcome | Expansion]:
        """Each drop's step, some prepared abreast; a bundle comes after its members."""
        while begun := self._begin_some(drops):
            while any(isinstance(step, Draft) for step in begun):
                begun = [step.advance() if isinstance(step, Draft) else step for step in begun]
            for step in begun:
                if isinstance(step, Expansion):
                    yield from self._members_of(step)
                elif not isinstance(step, Draft):
                    yield step

    def _members_of(self, bundle: Expansion) -> Iterator[Prepared | Outcome | Expansion]:
        while members := bundle.take(_CHUNK_DROPS):
            yield from self._steps(iter(members))
        yield bundle

    def _begin_some(self, drops: Iterator[Drop]) -> list[Draft | Prepared | Outcome | Expansion]:
        begun: list[Draft | Prepared | Outcome | Expansion] = []
        chars = 0
        for drop in islice(drops, ABREAST):
            step = self.begin(drop)
            begun.append(step)
            chars += step.chars if isinstance(step, Draft) else 0
            if chars >= ABREAST_CHARS:
                break
        return begun

    def _page(self, drop: Drop) -> tuple[Raw, Page]:
        raw = self._reader.fetch(drop)
        if isinstance(raw, Bundle):
            names = [member.source for member in _first(raw.members())]
            shown = f" (`newsdrop parse {shlex.quote(names[0])}` shows its first)" if names else ""
            raise BundleError(
                f"{drop.source} is a bundle of pages, not one page{shown}: `newsdrop ingest` takes it."
            )
        return raw, self._reader.page(drop, raw)

    def _document(self, drop: Drop, raw: Raw, article: Article) -> Document:
        if drop.collection is None and drop.path is not None:
            drop = msgspec.structs.replace(drop, collection=self._collection_of(drop.path))
        return build_document(
            article,
            drop=drop,
            sha256=raw.sha256,
            stamp=raw.stamp,
            ingested_ms=self._now_ms(),
            version=self._version,
        )

    def _marked(self, documents: Sequence[Document], context: WriteContext) -> Sequence[Document]:
        asked = fingerprints(documents) if self._marks_copies else []
        return mark_copies(documents, self.store.originals(asked, context)) if asked else documents

    def _gone(self, drop: Drop) -> Prepared | Outcome:
        if drop.document_id and self._takes_along(drop):
            return Prepared(drop=drop, document=None)
        return Outcome(drop=drop, state=State.GONE)

    def _replace(self, one: Prepared, outcome: Outcome, context: WriteContext) -> Outcome:
        """The same; a file that brings another article now takes the one that it brought before along."""
        drop = one.drop
        settled = outcome.failure is None
        if settled and drop.document_id not in (None, outcome.document_id) and self._takes_along(drop):
            self._take_away(one, context)
        return outcome

    def _takes_along(self, drop: Drop) -> bool:
        # Members stay: the index knows their bundle's path only, which their siblings share.
        return drop.path is not None and drop.member is None and self._removes(drop.path)

    def _take_away(self, one: Prepared, context: WriteContext) -> Outcome:
        drop = one.drop
        if drop.document_id is None or drop.path is None:
            raise ValueError(f"{drop.source}: a removal needs a path and a document id")
        if one.outcome is not None:
            # A member of the bundle that is there now may bring the same article, under the same path.
            if self.store.member_of(drop.document_id) is None:
                self.store.remove(drop.document_id, drop.path, context)
            return one.outcome
        removed = self.store.remove(drop.document_id, drop.path, context)
        # Not removed: another file brought the same article, and the article stays with that one.
        return Outcome(
            drop=drop, state=State.REMOVED if removed else State.GONE, document_id=drop.document_id
        )


class _Writing:
    """Writes bulks in a thread of its own, one at a time."""

    def __init__(self, write: Callable[[Sequence[Prepared]], list[Outcome]]) -> None:
        self._write = write
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="bulk")
        self._written: Future[list[Outcome]] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def begin(self, bulk: Sequence[Prepared]) -> list[Outcome]:
        """Have a bulk written; the outcomes of the one before."""
        outcomes = self.end()
        if bulk:
            self._written = self._pool.submit(self._write, bulk)
        return outcomes

    def end(self) -> list[Outcome]:
        """The outcomes of what was begun, once it is written; or what `write` raised."""
        written, self._written = self._written, None
        return written.result() if written is not None else []


def _first(members: Iterator[Drop]) -> list[Drop]:
    with suppress(NewsdropError):
        return list(islice(members, 1))
    return []


def describe(error: BaseException, stage: Stage, path: str | None = None) -> Failure:
    """An exception as a bounded record; with a trace where the mistake is ours, not the system's."""
    if stage is Stage.READ and path is not None and isinstance(error, OSError) and error.errno:
        error = unreadable(path, error)
    ours = isinstance(error, NewsdropError)
    message = str(error) if ours else f"{type(error).__name__} in {stage}: {error}"
    trace = "" if ours else "".join(traceback.format_exception(error))
    return Failure(
        stage=stage,
        kind=next((kind for one, kind in _CLASSES if isinstance(error, one)), ErrorClass.PERMANENT),
        type=type(error).__name__,
        message=kept_message(message),
        stack_trace=kept_trace(trace),
    )


def _failed(drop: Drop, stage: Stage, error: BaseException, raw: Raw | None) -> Outcome:
    return Outcome(
        drop=drop,
        failure=describe(error, stage, drop.path),
        stamp=raw.stamp if raw else None,
        sha256=raw.sha256 if raw else "",
    )


def _outcome(one: Prepared, result: ItemResult) -> Outcome:
    failure = None
    if result.status in _ITEM_FAILURES:
        kind, name = _ITEM_FAILURES[result.status]
        message = kept_message(f"{one.drop.source}: the index said: {result.reason}")
        failure = Failure(stage=Stage.INDEX, kind=kind, type=name, message=message)
    return Outcome(
        drop=one.drop,
        state=_ITEM_STATES.get(result.status),
        failure=failure,
        stamp=one.stamp,
        sha256=one.sha256,
        document_id=result.document_id,
        flaws=_flaws(one.document),
        lowered=result.lowered,
    )


def _flaws(document: Document | None) -> tuple[str, ...]:
    told = document.source.get("newsdrop", {}) if document is not None else {}
    return tuple(error["step"] for error in told.get("errors", ()))
