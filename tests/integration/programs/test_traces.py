"""Traces of a real run: watcher, worker and a producer are three processes, and each drop has one trace."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.corpus import seed_like
from tests.project.producer_examples import run
from tests.servers.otlp_collector import CollectedSpan, OtlpCollector
from tests.servers.redis_server import RedisServer
from tests.servers.stack import ROOT, Stack
from tests.waiting import until

pytestmark = [pytest.mark.redis, pytest.mark.slow]
PRODUCER, CONSUMER = 4, 5


@pytest.fixture(scope="module")
def collector() -> Iterator[OtlpCollector]:
    with OtlpCollector() as collector:
        yield collector


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, collector: OtlpCollector) -> Iterator[Stack]:
    """A watcher and a worker that send their spans to the collector."""
    stack = Stack(tmp_path_factory.mktemp("traces"), redis=RedisServer().start(), extra=collector.environment)
    stack.start("worker", "worker")
    stack.start("watch", "watch")
    yield stack
    stack.close()


def drop_span(collector: OtlpCollector, path: Path | str) -> CollectedSpan:
    def found() -> CollectedSpan | None:
        spans = [span for span in collector.named("drop") if span.attributes["file.path"] == str(path)]
        return spans[0] if spans else None

    return until(found, f"the span of {path}")


def below(collector: OtlpCollector, parent: CollectedSpan) -> dict[str, CollectedSpan]:
    return {span.name: span for span in collector.spans if span.parent == parent.id}


def test_a_file_has_one_trace_from_the_watcher_to_the_index(stack: Stack, collector: OtlpCollector) -> None:
    path = stack.drops / "a.md"
    path.write_bytes(seed_like(1, html_bytes=1_500))
    drop = drop_span(collector, path)
    (enqueue,) = until(lambda: [span for span in collector.spans if span.id == drop.parent], "enqueue")
    assert (enqueue.name, enqueue.service, enqueue.kind) == ("enqueue", "newsdrop-watcher", PRODUCER)
    assert (drop.service, drop.kind, drop.trace) == ("newsdrop-worker", CONSUMER, enqueue.trace)
    assert drop.attributes["newsdrop.state"] == "indexed"
    assert not drop.error
    until(lambda: set(below(collector, drop)) == {"prepare", "index"}, "its parts")
    for part in below(collector, drop).values():
        assert part.trace == drop.trace
        assert drop.start_ns <= part.start_ns <= part.end_ns <= drop.end_ns
    assert enqueue.start_ns <= drop.start_ns
    batches = until(lambda: [span for span in collector.named("batch") if span.id in drop.links], "batch")
    assert batches[0].attributes["newsdrop.batch"] == drop.attributes["newsdrop.batch"]


def test_a_file_that_can_not_be_read_has_a_trace_that_says_why(
    stack: Stack, collector: OtlpCollector
) -> None:
    path = stack.drops / "broken.md"
    path.write_bytes(b"no article\n")
    drop = drop_span(collector, path)
    assert drop.error
    assert drop.attributes["newsdrop.state"] == "failed"
    assert (drop.attributes["newsdrop.stage"], drop.attributes["error.type"]) == (
        "read",
        "UnknownDialectError",
    )
    until(lambda: set(below(collector, drop)) == {"prepare"}, "its part")


def test_a_producers_own_trace_goes_on_to_the_index(stack: Stack, collector: OtlpCollector) -> None:
    program = """
        from opentelemetry.sdk.trace import TracerProvider
        import newsdrop, sys
        with TracerProvider().get_tracer("theirs").start_as_current_span("order") as span:
            context = span.get_span_context()
            newsdrop.enqueue(sys.stdin.buffer.read() or b"x", name="theirs.md")
            print(f"{context.trace_id:032x} {context.span_id:016x}")
    """
    assert stack.redis is not None
    environment: dict[str, Any] = {"NEWSDROP_REDIS_URL": stack.redis.url, "PYTHONPATH": str(ROOT / "workers")}
    printed = run(stack.base, sys.executable, "-c", textwrap.dedent(program), **environment)
    drop = drop_span(collector, "theirs.md")
    assert f"{drop.trace} {drop.parent}" == printed.strip()


def test_members_of_a_bundle_belong_to_the_trace_of_the_bundle(
    stack: Stack, collector: OtlpCollector
) -> None:
    from zipfile import ZipFile

    path = stack.drops / "two.zip"
    with ZipFile(path.with_suffix(".part"), "w") as bundle:
        for number in (7, 8):
            bundle.writestr(f"{number}.md", seed_like(number, html_bytes=1_500))
    path.with_suffix(".part").rename(path)
    whole = drop_span(collector, path)
    for number in (7, 8):
        assert drop_span(collector, f"{path}!{number}.md").trace == whole.trace


def test_spans_of_the_last_batch_are_sent_when_a_worker_ends(
    tmp_path: Path, collector: OtlpCollector
) -> None:
    patient = collector.environment | {"OTEL_BSP_SCHEDULE_DELAY": "600000"}
    stack = Stack(tmp_path, redis=RedisServer().start(), extra=patient)
    try:
        stack.start("worker", "worker")
        path = stack.drops / "last.md"
        path.write_bytes(seed_like(9, html_bytes=1_500))
        assert stack.run("enqueue", str(path)).returncode == 0
        until(stack.settled(1), "indexed")
        assert stack.stop("worker") == 0
        drop = drop_span(collector, path)
        (enqueue,) = until(lambda: [span for span in collector.spans if span.id == drop.parent], "enqueue")
        assert enqueue.service == "newsdrop-command"
    finally:
        stack.close()


def test_a_collector_that_is_away_costs_no_drop(tmp_path: Path) -> None:
    away = {"NEWSDROP_TRACE_ENABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
    stack = Stack(tmp_path, extra=away | {"OTEL_EXPORTER_OTLP_TIMEOUT": "2"})
    try:
        (stack.drops / "a.md").write_bytes(seed_like(1, html_bytes=1_500))
        done = stack.run("up", str(stack.drops), "--until-idle")
        assert done.returncode == 0, done.stderr
        assert stack.states() == {"indexed": 1}
    finally:
        stack.close()
