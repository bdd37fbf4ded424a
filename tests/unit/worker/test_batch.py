from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import nullcontext

import msgspec
import pytest
from tests.fakes.batch_fakes import FakeClock, FakeLedger, FakePipeline, drop, expansion, prepared

from newsdrop.documents import Drop, ErrorClass, Failure, Outcome, Stage, State
from newsdrop.errors import (
    BundleError,
    ConfigError,
    ForeignIndexError,
    NewsdropError,
    OutageError,
    TransientError,
)
from newsdrop.ledger.ledger import Gate, Lane
from newsdrop.pipeline import Draft, Expansion, Prepared
from newsdrop.ports import Dead, Retry
from newsdrop.worker.batch import BatchLimits, BatchRun, BatchTools, run_batch
from newsdrop.worker.file_timer import FileTimeout

NOW_MS = 1_760_000_000_000
Files = dict[str, Callable[[Drop], Draft | Prepared | Outcome | Expansion]]


class Bench:
    """A batch of drops named by letters, and all that is around it."""

    def __init__(self, names: str = "abc", files: Files | None = None) -> None:
        self.clock = FakeClock()
        self.ledger = FakeLedger([drop(name) for name in names])
        self.pipeline = FakePipeline(files)
        self.stop = False
        self.in_flight: list[str] = []
        self.limits_s: list[float] = []
        self.admit: Callable[[], object] = lambda: None

    def run(self) -> Bench:
        run_batch(self.ledger, self.pipeline, "b", run="r", process=7, task="t", tools=self.tools())
        return self

    def tools(self) -> BatchTools:
        return BatchTools(
            limits=BatchLimits(),
            stopping=lambda: self.stop,
            in_flight=lambda drop: self.in_flight.append(drop[:1]),
            admit=lambda: self.admit(),
            timer=self.timer,
            clock_s=self.clock,
            sleep=self.clock.sleep,
            random=lambda: 0.5,
            now_ms=lambda: NOW_MS,
        )

    def timer(self, limit_s: float) -> nullcontext[None]:
        self.limits_s.append(limit_s)
        return nullcontext()

    def staged(self, *took_s: float, chars: int = 0) -> Callable[[Drop], Draft]:
        """A file of so many stages, each of which takes so long."""

        def begin(one: Drop) -> Draft:
            return go_on(one, took_s)  # type: ignore[return-value]  # there is a second stage

        def go_on(one: Drop, left_s: tuple[float, ...]) -> Draft | Prepared:
            self.clock.sleep(left_s[0])
            if len(left_s) == 1:
                return prepared(one)
            return Draft(chars, lambda: go_on(one, left_s[1:]))

        return begin


def fails(kind: ErrorClass) -> Callable[[Drop], Outcome]:
    failure = Failure(stage=Stage.READ, kind=kind, type="E", message="m")
    return lambda one: Outcome(drop=one, failure=failure)


def raises(error: BaseException) -> Callable[[Drop], Outcome]:
    def file(_drop: Drop) -> Outcome:
        raise error

    return file


def test_a_worker_whose_index_is_not_the_ledgers_writes_nothing_and_leaves_the_gate_alone() -> None:
    bench = Bench(files={"b": fails(ErrorClass.PERMANENT)})

    def refuse() -> None:
        raise ForeignIndexError("another")

    bench.admit = refuse
    bench.run()
    assert bench.pipeline.commits == []
    assert bench.ledger.closed is None
    assert [one.outcome.drop.id[0] for one in bench.ledger.settled] == ["b"]
    assert bench.ledger.yielded


def test_each_drop_is_named_while_it_is_in_hand_and_the_bulk_touched_before_each_request() -> None:
    bench = Bench().run()
    assert bench.in_flight == ["a", "", "b", "", "c", ""]
    assert bench.ledger.touched == "||"
    assert bench.ledger.calls[0] == ("start", "b", 7, "t")
    assert bench.ledger.fates() == dict.fromkeys("abc", State.INDEXED)
    assert bench.ledger.finished
    assert not bench.ledger.yielded


def test_the_lease_is_renewed_before_a_file_when_the_last_touch_is_old() -> None:
    def slow(one: Drop) -> Prepared:
        bench.clock.sleep(6)
        return prepared(one)

    bench = Bench("abcd", files=dict.fromkeys("abcd", slow))
    bench.run()
    # Before c, when 12 s have passed; and around the bulk.
    assert bench.ledger.touched == "|||"
    assert bench.ledger.fates() == dict.fromkeys("abcd", State.INDEXED)


def test_a_batch_that_somebody_has_or_had_is_nothing_to_do() -> None:
    bench = Bench("").run()
    assert bench.ledger.calls == [("start", "b", 7, "t")]


@pytest.mark.parametrize(
    ("file", "fate"),
    [
        (fails(ErrorClass.PERMANENT), ("E", Dead())),
        (fails(ErrorClass.TRANSIENT), ("E", Retry(2_500))),
        (fails(ErrorClass.STORAGE), ("E", Retry(45_000, spent=False))),
        (raises(MemoryError()), ("MemoryError", Dead())),
        (raises(SystemExit(1)), ("SystemExit", Dead())),
        (raises(RecursionError()), ("RecursionError", Dead())),
        (raises(FileTimeout(worked_s=25)), ("FileTimeout", Dead())),
        # A twentieth of the 30 s tells a file that keeps a busy machine at work from one that waits.
        (raises(FileTimeout(worked_s=1.5)), ("FileTimeout", Dead())),
        (raises(FileTimeout(worked_s=1.4)), ("StalledError", Retry(2_500))),
        (raises(FileTimeout(worked_s=0)), ("StalledError", Retry(2_500))),
        (lambda one: Outcome(drop=one, state=State.GONE), State.GONE),
    ],
)
def test_what_one_file_does_is_its_own_fate_and_its_neighbours_are_indexed(
    file: Callable[[Drop], Outcome], fate: object
) -> None:
    ledger = Bench(files={"b": file}).run().ledger
    assert ledger.fates() == {"a": State.INDEXED, "b": fate, "c": State.INDEXED}
    assert not ledger.yielded


def test_the_last_attempt_makes_a_transient_failure_dead() -> None:
    bench = Bench(files={"a": fails(ErrorClass.TRANSIENT)})
    bench.ledger.drops = [drop("a", attempts=4)]
    assert bench.run().ledger.fates() == {"a": ("E", Dead())}


def test_when_its_time_is_up_a_batch_gives_back_the_files_it_has_not_begun() -> None:
    def slow(one: Drop) -> Prepared:
        bench.clock.sleep(35)
        return prepared(one)

    bench = Bench("abcd", files=dict.fromkeys("abcd", slow))
    bench.run()
    assert bench.ledger.fates() == dict.fromkeys("ab", State.INDEXED)
    assert bench.ledger.yielded


def test_a_worker_that_is_to_end_commits_what_it_has_and_gives_back_the_rest() -> None:
    def last(one: Drop) -> Prepared:
        bench.stop = True
        return prepared(one)

    bench = Bench(files={"a": last})
    bench.run()
    assert bench.ledger.fates() == {"a": State.INDEXED}
    assert bench.ledger.yielded


@pytest.mark.parametrize("step", range(2))
def test_a_batch_taken_from_us_is_dropped_on_the_spot(step: int) -> None:
    bench = Bench()
    answers = iter([True] * step)
    bench.ledger.ours = lambda: next(answers, False)
    bench.run()
    assert not bench.ledger.finished
    # The touch that was refused is the last thing the batch does.
    assert bench.pipeline.commits == []
    assert len(bench.ledger.touched) == step + 1


def test_a_bulk_cut_short_tells_the_ledger_what_it_may_have_written_over_newer_text() -> None:
    bench = Bench()
    # The bulk's own touch is granted; the one before the request is refused.
    answers = iter([True])
    bench.ledger.ours = lambda: next(answers, False)
    bench.run()
    assert [one.outcome.drop.id[0] for one in bench.ledger.confessed] == ["a", "b", "c"]
    assert {one.outcome.state for one in bench.ledger.confessed} == {State.INDEXED}


@pytest.mark.parametrize("error", [OutageError("down"), ConfigError("no rights")])
def test_an_outage_closes_the_gate_and_the_same_bulk_is_written_when_it_opens(error: NewsdropError) -> None:
    bench = Bench()
    bench.pipeline.refusals = [error]
    bench.run()
    assert bench.pipeline.commits == ["abc", "abc"]
    assert bench.ledger.fates() == dict.fromkeys("abc", State.INDEXED)
    assert bench.ledger.closed is None
    assert "-" in bench.ledger.touched


def test_an_outage_that_lasts_gives_the_drops_back_unblamed_within_the_gates_patience() -> None:
    bench = Bench(files={"b": fails(ErrorClass.PERMANENT)})
    bench.pipeline.refusals = [OutageError("down")] * 9
    bench.pipeline.store.down = OutageError("down")
    begun_s = bench.clock.now_s
    bench.run()
    assert bench.ledger.fates() == {"b": ("E", Dead())}
    assert bench.ledger.yielded
    assert bench.ledger.closed == Gate("index", "down", 0)
    assert 60 <= bench.clock.now_s - begun_s < 65


def test_at_a_closed_gate_the_lease_is_renewed_every_ten_seconds_and_nothing_is_read() -> None:
    bench = Bench()
    bench.ledger.closed = Gate("index", "down", 0)
    bench.pipeline.store.down = OutageError("down")
    bench.run()
    assert bench.ledger.touched == "-" * 7
    assert bench.pipeline.commits == []
    assert bench.ledger.yielded


def test_a_worker_that_is_to_end_does_not_stand_at_the_gate() -> None:
    bench = Bench()
    bench.ledger.closed = Gate("index", "down", 0)
    bench.pipeline.store.down = OutageError("down")
    bench.stop = True
    begun_s = bench.clock.now_s
    bench.run()
    assert bench.ledger.yielded
    assert bench.clock.now_s - begun_s < 1


def test_the_gate_of_a_crash_storm_is_not_opened_by_an_index_that_answers() -> None:
    bench = Bench()
    bench.ledger.closed = Gate("worker", "crash loop", 0)
    bench.run()
    assert bench.pipeline.store.checks == 0
    assert bench.ledger.yielded


def test_a_failure_that_is_an_outage_spends_no_attempt() -> None:
    bench = Bench(files={"b": fails(ErrorClass.OUTAGE)}).run()
    assert set(bench.ledger.fates()) == set("ac")
    assert bench.ledger.yielded
    assert bench.ledger.closed is not None or bench.ledger.probes


def test_a_redis_that_goes_away_for_a_moment_costs_no_work() -> None:
    bench = Bench()
    bench.ledger.trouble = [OutageError("redis")] * 10
    bench.run()
    assert bench.ledger.fates() == dict.fromkeys("abc", State.INDEXED)


def test_a_redis_that_stays_away_ends_the_task_in_bounded_time() -> None:
    bench = Bench()
    bench.ledger.trouble = [OutageError("redis")] * 10_000
    begun_s = bench.clock.now_s
    with pytest.raises(OutageError):
        bench.run()
    assert bench.clock.now_s - begun_s < 40


def test_during_a_migration_the_bulk_goes_to_the_new_index_too() -> None:
    bench = Bench()
    bench.ledger.migrating = "articles-2"
    bench.run()
    assert bench.pipeline.also_to == ["articles-2"]


def bundle_fails(error: BaseException) -> Callable[[], object]:
    def fail() -> object:
        raise error

    return fail


def test_a_bundles_members_are_enqueued_in_chunks_with_a_sign_of_life_before_it_settles() -> None:
    bench = Bench("axb", {"x": expansion(600)}).run()
    assert [one.member for one in bench.ledger.members] == [f"{n}.md" for n in range(600)]
    asked = [call for call in bench.ledger.calls if call[0] == "enqueue"]
    assert asked == [
        ("enqueue", Lane.BACKLOG, 256),
        ("enqueue", Lane.BACKLOG, 256),
        ("enqueue", Lane.BACKLOG, 88),
    ]
    assert bench.ledger.touched == "|||||"
    assert bench.ledger.fates() == {"a": State.INDEXED, "x": State.EXPANDED, "b": State.INDEXED}


def test_members_of_a_bundle_that_was_rewritten_under_its_old_time_are_read_again() -> None:
    def rewritten(drop: Drop) -> Expansion:
        return expansion(3)(msgspec.structs.replace(drop, rewritten=True))

    bench = Bench("x", {"x": rewritten}).run()
    assert [call for call in bench.ledger.calls if call[0] == "enqueue"] == [
        ("enqueue", Lane.BACKLOG, 3, "force")
    ]
    assert all(member.rewritten for member in bench.ledger.members)


def test_a_broken_bundle_is_dead_and_its_good_members_are_enqueued() -> None:
    bench = Bench("x", {"x": expansion(3, bundle_fails(BundleError("it is cut off")))}).run()
    assert len(bench.ledger.members) == 3
    assert bench.ledger.fates() == {"x": ("BundleError", Dead())}


def test_a_bundle_that_could_not_be_read_to_its_end_is_tried_again() -> None:
    bench = Bench("x", {"x": expansion(3, bundle_fails(TransientError("input/output error")))}).run()
    ((kind, decision),) = bench.ledger.fates().values()
    assert kind == "TransientError"
    assert isinstance(decision, Retry)


def test_drops_go_through_each_stage_together_and_each_is_named_in_each() -> None:
    bench = Bench("abc")
    bench.pipeline.files = {"a": bench.staged(0, 0, 0), "b": bench.staged(0, 0, 0), "c": prepared}
    bench.run()
    assert "".join(bench.in_flight) == "abcabab"
    assert bench.in_flight[1::2] == [""] * 7
    assert bench.ledger.fates() == dict.fromkeys("abc", State.INDEXED)
    assert sorted(bench.pipeline.commits[0]) == ["a", "b", "c"]


def test_what_a_file_does_in_a_later_stage_is_its_own_fate() -> None:
    bench = Bench("abcd")
    bench.pipeline.files = {
        "a": lambda one: Draft(0, lambda: raises(FileTimeout(30))(one)),
        "b": lambda one: Draft(0, lambda: fails(ErrorClass.PERMANENT)(one)),
        "c": lambda one: Draft(0, lambda: raises(MemoryError())(one)),
    }
    assert bench.run().ledger.fates() == {
        "a": ("FileTimeout", Dead()),
        "b": ("E", Dead()),
        "c": ("MemoryError", Dead()),
        "d": State.INDEXED,
    }


def test_a_later_stage_has_what_the_earlier_ones_left_of_the_files_time() -> None:
    bench = Bench("ab")
    bench.pipeline.files = {"a": bench.staged(10, 15, 0), "b": bench.staged(1, 0, 0)}
    bench.run()
    assert bench.limits_s == pytest.approx([30, 30, 20, 29, 5, 29], abs=0.01)


def test_files_that_there_is_no_time_for_are_given_back_in_the_middle_and_the_others_finished() -> None:
    bench = Bench("abcde")
    begun_s = bench.clock()
    bench.pipeline.files = dict.fromkeys("abcde", bench.staged(0, 25, 0))
    bench.run()
    # All are read at once. After 75 s a fourth might take until later than Celery waits; three are finished.
    assert bench.ledger.fates() == dict.fromkeys("abc", State.INDEXED)
    assert bench.ledger.yielded
    assert bench.clock() - begun_s < 60 + 30


def test_drafts_are_given_back_when_the_worker_is_to_stop() -> None:
    bench = Bench("ab")
    bench.pipeline.files = {"a": bench.staged(0, 0), "b": bench.staged(0, 0)}
    bench.clock.sleep_then(0, lambda: setattr(bench, "stop", True))
    bench.run()
    assert bench.ledger.fates() == {}
    assert bench.ledger.yielded


@pytest.mark.parametrize(("chars", "abreast"), [(10, 16), (600_000, 2), (5_000_000, 1)])
def test_only_so_many_drops_go_abreast_and_only_so_much_of_their_pages_is_held(
    chars: int, abreast: int
) -> None:
    names = "abcdefghijklmnopqrst"
    bench = Bench(names)
    bench.pipeline.files = dict.fromkeys(names, bench.staged(0, 0, chars=chars))
    bench.run()
    first = names[:abreast]
    assert "".join(bench.in_flight).startswith(first + first)
    assert bench.ledger.fates() == dict.fromkeys(names, State.INDEXED)


def test_a_bundle_that_takes_too_long_is_cut_and_keeps_what_was_found() -> None:
    bench = Bench("xa", {"x": expansion(300, bundle_fails(FileTimeout(30)))}).run()
    assert len(bench.ledger.members) == 256
    assert bench.ledger.fates() == {"x": ("FileTimeout", Dead()), "a": State.INDEXED}


def test_a_bundle_is_given_back_when_the_worker_is_to_stop() -> None:
    bench = Bench("xa", {"x": expansion(600)})
    files = bench.pipeline.files["x"]

    def stopping(one: Drop) -> Draft | Prepared | Outcome | Expansion:
        bench.stop = True
        return files(one)

    bench.pipeline.files["x"] = stopping
    bench.run()
    assert len(bench.ledger.members) == 256
    assert bench.ledger.fates() == {}
    assert bench.ledger.yielded


def test_a_batch_that_was_taken_away_while_a_bundle_was_listed_is_dropped() -> None:
    bench = Bench("xa", {"x": expansion(600)})
    bench.ledger.ours = lambda: not bench.ledger.members
    bench.run()
    assert len(bench.ledger.members) == 256
    assert not bench.ledger.finished


def test_what_is_measured_goes_with_the_outcomes() -> None:
    files: Files = {"b": fails(ErrorClass.PERMANENT), "c": fails(ErrorClass.TRANSIENT)}
    bench = Bench("abcd", files)
    bench.ledger.drops = [
        msgspec.structs.replace(one, seen_ms=None if one.id[0] == "d" else NOW_MS - 1_500)
        for one in bench.ledger.drops
    ]
    bench.pipeline.store.bulks = [(2, 900, 0.02)]
    bench.run()
    meters = bench.ledger.meters
    assert meters["newsdrop_outcomes_total|indexed"] == 2
    assert meters["newsdrop_outcomes_total|dead"] == meters["newsdrop_outcomes_total|retrying"] == 1
    assert meters["newsdrop_failures_total|read|dead"] == meters["newsdrop_failures_total|read|retrying"] == 1
    # That of a drop whose beginning nobody knows would be made up.
    assert meters["newsdrop_latency_seconds|sum"] == 1_500_000
    assert (meters["newsdrop_bulk_documents|sum"], meters["newsdrop_bulk_bytes|sum"]) == (2, 900)


def test_time_at_the_gate_is_measured_and_clocks_that_differ_make_no_negative_latency() -> None:
    bench = Bench("a")
    bench.ledger.drops = [msgspec.structs.replace(bench.ledger.drops[0], seen_ms=NOW_MS + 60_000)]
    bench.ledger.closed = Gate("worker", "crash loop", 0)
    bench.clock.sleep_then(5, lambda: setattr(bench.ledger, "closed", None))
    bench.run()
    assert bench.ledger.meters["newsdrop_gate_wait_seconds_total"] >= 5_000_000
    assert bench.ledger.meters["newsdrop_latency_seconds|0"] == 1
    assert "newsdrop_latency_seconds|sum" not in bench.ledger.meters


def test_what_is_prepared_can_be_written_by_another_thread_and_keeps_its_lease_until_then() -> None:
    bench = Bench("ab")
    run = BatchRun(bench.ledger, bench.pipeline, "b", "r", bench.tools())
    assert run.claim(7, "t")
    assert run.prepare()
    assert (bench.pipeline.commits, bench.ledger.touched) == ([], "")
    run.renew()
    assert bench.ledger.touched == "|"
    writing = threading.Thread(target=run.write)
    writing.start()
    writing.join()
    assert bench.pipeline.commits == ["ab"]
    assert bench.ledger.fates() == {"a": State.INDEXED, "b": State.INDEXED}


def test_a_batch_that_was_taken_while_it_waited_is_not_written() -> None:
    bench = Bench("ab")
    run = BatchRun(bench.ledger, bench.pipeline, "b", "r", bench.tools())
    assert run.claim(7, "t")
    assert run.prepare()
    bench.ledger.ours = lambda: False
    run.renew()
    run.write()
    assert (bench.pipeline.commits, bench.ledger.settled, bench.ledger.finished) == ([], [], False)
