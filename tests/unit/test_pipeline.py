"""The pipeline's promises: one file's fate is its own, and only the store as a whole may raise."""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, cast

import pytest
from msgspec.structs import replace
from tests.inputs.bundle_files import zipped
from tests.waiting import PATIENCE_S

from newsdrop.archive.bundles.streams import Source
from newsdrop.archive.reader import Bundle, Raw, Reader
from newsdrop.documents import (
    Article,
    Block,
    Document,
    Drop,
    ErrorClass,
    Failure,
    Fingerprint,
    ItemResult,
    Original,
    Outcome,
    Page,
    Stage,
    Stamp,
    State,
    StepError,
)
from newsdrop.enrich.steps import Step
from newsdrop.errors import (
    BundleError,
    GoneError,
    NoArticleError,
    OutageError,
    PermanentError,
    TransientError,
)
from newsdrop.identity import url_document_id
from newsdrop.index.store import Store
from newsdrop.name_filter import NameFilter
from newsdrop.options import Limits
from newsdrop.pipeline import Draft, Expansion, PageParser, Pipeline, Prepared, describe
from newsdrop.ports import WriteContext

STAMP = Stamp(5, 77)


class StubReader(Reader):
    """Gives what the drop's name says."""

    def fetch(self, drop: Drop) -> Raw:
        if drop.name == "gone":
            raise GoneError("it vanished")
        if drop.name == "folder":
            raise PermanentError("it is a folder")
        if drop.name == "locked":
            raise TransientError("permission denied")
        return Raw(data=b"", stamp=STAMP, sha256="ab")

    def page(self, drop: Drop, raw: Raw) -> Page:
        return Page(dialect="test", html=drop.name or "", title=drop.name or "")


class StubParser:
    def parse(self, page: Page) -> Article:
        if page.title == "empty":
            raise NoArticleError("neither a title nor any text")
        if page.title == "bug":
            raise ZeroDivisionError("ours")
        if page.title == "exit":
            raise SystemExit(3)
        if page.title == "memory":
            raise MemoryError
        if page.title == "timer":
            raise KeyboardInterrupt
        errors = [StepError("root", "NoProse", "no sentence")] if page.title == "doubtful" else []
        url = f"https://example.org/{page.title}"
        return Article(title=page.title, blocks=[Block("p", "正文")], url=url, errors=errors)


class StubStore:
    """Answers what its `answers` say, by title; counts the bulks."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[Literal["indexed", "superseded", "busy", "rejected"], str]] = {}
        self.bulks: list[list[str]] = []
        self.asked: list[list[Fingerprint]] = []
        self.known: list[Original] = []
        self.down = False
        self.removals: list[tuple[str, str | None]] = []
        self.contexts: list[WriteContext] = []

    def put(self, documents: Sequence[Document], context: WriteContext) -> list[ItemResult]:
        self.contexts.append(context)
        if self.down:
            raise OutageError("no answer")
        self.bulks.append([document.source["title"] for document in documents])
        return [
            ItemResult(
                document_id=d.id,
                status=self.answers.get(d.source["title"], ("indexed", ""))[0],
                reason=self.answers.get(d.source["title"], ("indexed", ""))[1],
            )
            for d in documents
        ]

    def originals(self, fingerprints: Sequence[Fingerprint], context: WriteContext) -> list[Original]:
        self.contexts.append(context)
        if self.down:
            raise OutageError("no answer")
        self.asked.append(list(fingerprints))
        return self.known

    def remove(self, document_id: str, path: str | None, context: WriteContext) -> bool:
        self.contexts.append(context)
        self.removals.append((document_id, path))
        return path is not None and path.endswith("mine")


def drop(name: str, **more: Any) -> Drop:
    return Drop(id=name.ljust(32, "0"), stamp=STAMP, name=name, **more)


def over(store: StubStore, *steps: Step, **more: Any) -> Pipeline:
    """A pipeline that reads what names say; of a store it needs what the stub has."""
    return Pipeline(
        StubReader(),
        cast(PageParser, StubParser()),
        steps,
        cast(Store, store),
        now_ms=lambda: 1_700_000_000_000,
        version="9",
        **more,
    )


@pytest.fixture
def store() -> StubStore:
    return StubStore()


@pytest.fixture
def pipeline(store: StubStore) -> Pipeline:
    return over(store, collection_of=lambda path: "news", removes=lambda path: "removing" in path)


def prepare(pipeline: Pipeline, one: Drop) -> Prepared | Outcome | Expansion:
    """A drop brought through its stages alone."""
    step = pipeline.begin(one)
    while isinstance(step, Draft):
        step = step.advance()
    return step


def fates(outcomes: Iterator[Outcome] | list[Outcome]) -> dict[str, str]:
    return {str(o.drop.name): str(o.state) if o.state else cause(o) for o in outcomes}


def cause(outcome: Outcome) -> str:
    failure = failure_of(outcome)
    return f"{failure.stage}/{failure.kind}"


def failure_of(step: object) -> Failure:
    """Why an outcome is none."""
    assert isinstance(step, Outcome)
    assert step.failure is not None
    return step.failure


def test_one_bad_file_never_touches_its_neighbours(pipeline: Pipeline, store: StubStore) -> None:
    names = ["a", "empty", "b", "bug", "exit", "memory", "gone", "locked", "c"]
    assert fates(pipeline.ingest(drop(name) for name in names)) == {
        "a": "indexed",
        "b": "indexed",
        "c": "indexed",
        "gone": "gone",
        "empty": "parse/permanent",
        "bug": "parse/permanent",
        "exit": "parse/permanent",
        "memory": "parse/permanent",
        "locked": "read/transient",
    }
    assert store.bulks == [["a", "b", "c"]]


class StubBundle:
    stamp = STAMP

    def members(self) -> Iterator[Drop]:
        yield from (drop(f"member{number}") for number in range(70))
        raise BundleError("it is cut off")


def test_the_members_of_a_bundle_have_their_outcomes_before_it(
    pipeline: Pipeline, store: StubStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = {"bundle": Expansion(drop("bundle"), cast(Bundle, StubBundle()))}
    begin = pipeline.begin
    monkeypatch.setattr(pipeline, "begin", lambda one: steps.get(one.name) or begin(one))
    outcomes = list(pipeline.ingest(drop(name) for name in ["a", "bundle", "b"]))
    assert [one.drop.name for one in outcomes] == ["a", *(f"member{n}" for n in range(70)), "bundle", "b"]
    assert outcomes[-2].failure is not None
    assert outcomes[-2].failure.message == "it is cut off"


def test_a_bulk_is_written_while_the_next_is_prepared(pipeline: Pipeline, store: StubStore) -> None:
    late = threading.Event()
    put = store.put

    def patient(documents: Sequence[Document], context: WriteContext) -> list[ItemResult]:
        assert late.wait(PATIENCE_S), "nothing was prepared meanwhile"
        return put(documents, context)

    def names() -> Iterator[Drop]:
        for number in range(400):
            if number == 399:
                late.set()
            yield drop(f"d{number}")

    store.put = patient  # type: ignore[method-assign]
    assert [o.drop.name for o in pipeline.ingest(names())] == [f"d{number}" for number in range(400)]
    assert [len(bulk) for bulk in store.bulks] == [256, 144]


def test_an_index_that_goes_away_ends_an_ingest_after_what_is_known(
    pipeline: Pipeline, store: StubStore
) -> None:
    put = store.put

    def once(documents: Sequence[Document], context: WriteContext) -> list[ItemResult]:
        results = put(documents, context)
        store.down = True
        return results

    store.put = once  # type: ignore[method-assign]
    outcomes = pipeline.ingest(drop(f"d{number}") for number in range(600))
    assert [next(outcomes).drop.name for _ in range(256)] == [f"d{number}" for number in range(256)]
    with pytest.raises(OutageError):
        next(outcomes)


def test_few_large_pages_are_held_at_once(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    held, most = 0, 0

    class Pages(StubReader):
        def page(self, drop: Drop, raw: Raw) -> Page:
            nonlocal held, most
            held += 1
            most = max(most, held)
            return Page(dialect="test", html="x" * 400_000, title=drop.name or "")

    class Parser(StubParser):
        def parse(self, page: Page) -> Article:
            nonlocal held
            held -= 1
            return super().parse(page)

    monkeypatch.setattr(pipeline, "_reader", Pages())
    monkeypatch.setattr(pipeline, "_parser", Parser())
    assert len(list(pipeline.ingest(drop(f"d{number}") for number in range(20)))) == 20
    assert most == 3


def test_a_bundle_has_no_preview_and_says_what_takes_it(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = zipped({"a.md": b"text"})
    bundle = Bundle(
        drop("x", path="/in/x.zip"),
        STAMP,
        lambda: Source.of_bytes("/in/x.zip", data, 2_000_000),
        Limits(),
        NameFilter(),
    )
    monkeypatch.setattr(StubReader, "fetch", lambda _self, _drop: bundle)
    with pytest.raises(BundleError, match=r"/in/x\.zip!a\.md.*newsdrop ingest"):
        pipeline.preview(drop("x"))


def test_a_mistake_of_ours_keeps_its_trace_and_an_error_of_the_file_does_not(pipeline: Pipeline) -> None:
    bug, empty = (failure_of(prepare(pipeline, drop(name))) for name in ("bug", "empty"))
    assert "ZeroDivisionError" in bug.stack_trace
    assert empty.stack_trace == ""
    assert empty.message == "neither a title nor any text"


def test_a_timer_of_the_worker_passes_through(pipeline: Pipeline) -> None:
    with pytest.raises(KeyboardInterrupt):
        prepare(pipeline, drop("timer"))


def test_item_answers_become_outcomes_in_order(pipeline: Pipeline, store: StubStore) -> None:
    store.answers = {"old": ("superseded", ""), "bad": ("rejected", "no such field"), "load": ("busy", "429")}
    outcomes = list(pipeline.ingest(drop(name) for name in ["old", "a", "bad", "load"]))
    assert fates(outcomes) == {
        "old": "superseded",
        "a": "indexed",
        "bad": "index/permanent",
        "load": "index/transient",
    }
    assert "no such field" in failure_of(outcomes[2]).message
    assert {o.stamp for o in outcomes} == {STAMP}


def test_what_a_document_says_of_its_flaws_is_in_its_outcome(pipeline: Pipeline) -> None:
    outcomes = list(pipeline.ingest([drop("doubtful"), drop("fine")]))
    assert [outcome.flaws for outcome in outcomes] == [("root",), ()]


def test_commit_raises_an_outage_and_may_be_called_again(pipeline: Pipeline, store: StubStore) -> None:
    prepared = [one for one in (prepare(pipeline, drop(name)) for name in "ab") if isinstance(one, Prepared)]
    store.down = True
    with pytest.raises(OutageError):
        pipeline.commit(prepared)
    store.down = False
    assert fates(pipeline.commit(prepared)) == {"a": "indexed", "b": "indexed"}


def test_a_vanished_file_takes_its_article_along_only_where_the_folder_says_so(
    pipeline: Pipeline, store: StubStore
) -> None:
    gone = [
        drop("gone", path="/removing/mine", document_id="d1"),
        drop("gone", path="/removing/other", document_id="d2"),
        drop("gone", path="/keeping/mine", document_id="d3"),
        drop("gone", path="/removing/mine"),
    ]
    states = {o.drop: o.state for o in pipeline.ingest(gone)}
    assert [states[one] for one in gone] == [State.REMOVED, State.GONE, State.GONE, State.GONE]
    assert store.removals == [("d1", "/removing/mine"), ("d2", "/removing/other")]


def test_a_folder_or_link_in_the_place_of_a_file_takes_its_article_along(
    pipeline: Pipeline, store: StubStore, tmp_path: Path
) -> None:
    place = tmp_path / "removing"
    (place / "folder").mkdir(parents=True)
    (place / "file").touch()
    names = [("folder", "d1"), ("file", "d2"), ("folder", None)]
    drops = [drop("folder", path=str(place / name), document_id=document) for name, document in names]
    states = [o.state for o in pipeline.ingest(drops)]
    # A file that can't be read is a dead letter, and so is what never was an article.
    assert sum(state is None for state in states) == 2
    assert store.removals == [("d1", str(place / "folder"))]


def test_a_file_with_another_article_now_takes_the_one_before_along_where_the_folder_says_so(
    pipeline: Pipeline, store: StubStore
) -> None:
    before = {"document_id": "d" * 32}
    changed = [
        drop("a", path="/removing/mine", **before),
        drop("b", path="/keeping/mine", **before),
        drop("c", path="/removing/z", member="m", **before),
        drop("bug", path="/removing/bug", **before),
        drop("d", path="/removing/new"),
    ]
    outcomes = list(pipeline.ingest(changed))
    assert fates(outcomes)["a"] == "indexed"
    assert store.removals == [("d" * 32, "/removing/mine")]
    # Unchanged in its identity, it is written over.
    same = outcomes[0].document_id
    list(pipeline.ingest([drop("a", path="/removing/mine", document_id=same)]))
    assert len(store.removals) == 1


def test_removals_and_writes_keep_their_order_in_one_commit(pipeline: Pipeline) -> None:
    outcomes = pipeline.commit(
        [
            Prepared(drop=drop("x", path="/removing/mine", document_id="d"), document=None),
            *(one for one in [prepare(pipeline, drop("a"))] if isinstance(one, Prepared)),
        ]
    )
    assert fates(outcomes) == {"x": "removed", "a": "indexed"}


def test_what_was_taken_out_for_good_is_taken_out_and_not_written(store: StubStore) -> None:
    out = url_document_id("https://example.org/b")
    asked: list[Sequence[str]] = []

    def forgotten(documents: Sequence[str]) -> set[str]:
        asked.append(documents)
        return {out}

    pipeline = over(store, forgotten=forgotten)
    named = [drop("a"), drop("b", path="/somewhere/b"), drop("c")]
    outcomes = list(pipeline.ingest(named))
    assert fates(outcomes) == {"a": "indexed", "b": "forgotten", "c": "indexed"}
    assert store.bulks == [["a", "c"]]
    assert store.removals == [(out, "/somewhere/b")]
    assert (outcomes[1].document_id, outcomes[1].stamp) == (out, STAMP)
    # One question for the bulk.
    assert len(asked) == 1
    list(pipeline.ingest([drop("b")]))
    assert store.removals[-1] == (out, None)
    assert len(store.bulks) == 1


def test_messages_are_bounded_and_printable() -> None:
    failure = describe(ValueError("\udcff" + "x" * 10_000), Stage.PARSE)
    assert len(failure.message) == 2_000
    failure.message.encode("utf-8")
    assert failure.kind is ErrorClass.PERMANENT


def test_what_the_system_says_while_a_file_is_read_is_no_mistake_of_ours() -> None:
    stale = OSError(errno.ESTALE, "Stale file handle")
    reading = describe(stale, Stage.READ, "/nowhere/a.zip")
    assert (reading.kind, reading.type, reading.stack_trace) == (ErrorClass.TRANSIENT, "TransientError", "")
    away = describe(OSError(errno.EHOSTDOWN, "Host is down"), Stage.READ, "/nowhere/a.zip")
    assert (away.kind, away.type) == (ErrorClass.STORAGE, "StorageError")
    assert describe(stale, Stage.PARSE, "/nowhere/a.zip").kind is ErrorClass.PERMANENT


def test_the_folder_names_the_collection(pipeline: Pipeline) -> None:
    prepared = prepare(pipeline, drop("a", path="/somewhere/a.md"))
    assert isinstance(prepared, Prepared)
    assert prepared.document is not None
    assert prepared.document.source["collection"] == "news"


LONG = Fingerprint(content="c", minhash=[f"{band:x}{'ab' * 8}" for band in range(16)])


def fingerprinting(article: Article) -> Article:
    return replace(article, fingerprint=LONG)


def test_copies_are_marked_in_the_bulk_that_writes_them(
    store: StubStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Document] = []
    put = store.put

    def writing(documents: Sequence[Document], context: WriteContext) -> list[ItemResult]:
        written.extend(documents)
        return put(documents, context)

    monkeypatch.setattr(store, "put", writing)
    pipeline = over(store, Named(fingerprinting))
    store.known = [Original(document_id="0" * 32, at_s=1.0, fingerprint=LONG)]
    assert fates(pipeline.ingest([drop("a"), drop("b")])) == {"a": "indexed", "b": "indexed"}
    assert [document.source["duplicate_of"] for document in written] == ["0" * 32] * 2
    assert store.asked == [[LONG, LONG]]


def test_a_store_that_cannot_be_asked_for_originals_is_an_outage_and_nothing_is_written(
    store: StubStore,
) -> None:
    pipeline = over(store, Named(fingerprinting))
    prepared = [step for step in [prepare(pipeline, drop("a"))] if isinstance(step, Prepared)]
    store.down = True
    with pytest.raises(OutageError):
        pipeline.commit(prepared)
    store.down = False
    assert fates(pipeline.commit(prepared)) == {"a": "indexed"}
    assert store.bulks == [["a"]]


def test_a_commit_hands_its_context_to_every_request_of_the_store(store: StubStore) -> None:
    pipeline = over(store, Named(fingerprinting), removes=lambda _path: True)
    gone = Prepared(drop=drop("x", path="/in/x", document_id="d"), document=None)
    ready = [one for one in [prepare(pipeline, drop("a"))] if isinstance(one, Prepared)]
    context = WriteContext(also_to="articles-2")
    pipeline.commit([gone, *ready], context)
    # Asked for originals, written, removed.
    assert store.contexts == [context] * 3


def test_marking_copies_can_be_left_out(store: StubStore) -> None:
    pipeline = over(store, Named(fingerprinting), marks_copies=False)
    assert fates(pipeline.ingest([drop("a")])) == {"a": "indexed"}
    assert store.asked == []


def test_texts_without_bands_ask_nothing_of_the_store(pipeline: Pipeline, store: StubStore) -> None:
    list(pipeline.ingest([drop("a")]))
    assert store.asked == []


class Named:
    name = "named"

    def __init__(self, function: Callable[[Article], Article]) -> None:
        self.function = function

    def __call__(self, article: Article) -> Article:
        return self.function(article)
