from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from newsdrop.documents import Drop, ErrorClass, Failure, Outcome, Stage, Stamp, State
from newsdrop.errors import ConfigError
from newsdrop.traces import Traces, open_traces

THEIRS = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def drop(name: str, trace: str | None = None) -> Drop:
    return Drop(id=name * 32, path=f"/in/{name}.md", stamp=Stamp(1, 1), trace=trace)


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def traces(exporter: InMemorySpanExporter) -> Traces:
    made = open_traces(enabled=True, service="test", version="1", exporter=exporter)
    assert made is not None
    return made


def test_off_there_is_nothing_and_the_exporter_is_not_even_imported() -> None:
    assert open_traces(enabled=False, service="test", version="1") is None
    # redis-py imports the API and the SDK by itself where they are installed; the exporter is ours alone.
    code = "import newsdrop.worker.batch, sys; print('opentelemetry.exporter' in sys.modules)"
    environment = {"PYTHONPATH": str(Path(__file__).parents[2] / "workers")}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.strip() == "False"


def test_without_the_extra_the_switch_is_refused_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(ConfigError, match=r"newsdrop\[otel\]"):
        open_traces(enabled=True, service="test", version="1")


def test_drops_without_a_context_share_one_enqueue_and_the_others_keep_theirs(
    traces: Traces, exporter: InMemorySpanExporter
) -> None:
    handed = traces.handing_over([drop("a"), drop("b", THEIRS), drop("c")], "lane")
    assert handed[1].trace == THEIRS
    assert handed[0].trace == handed[2].trace != THEIRS
    traces.close()
    (span,) = exporter.get_finished_spans()
    assert (span.name, span.kind) == ("enqueue", SpanKind.PRODUCER)
    assert span.attributes is not None
    assert span.attributes["messaging.batch.message_count"] == 2
    assert handed[0].trace is not None
    assert handed[0].trace.startswith(f"00-{span.context.trace_id:032x}-{span.context.span_id:016x}-0")


def test_nothing_is_told_when_all_have_a_context(traces: Traces, exporter: InMemorySpanExporter) -> None:
    drops = [drop("a", THEIRS)]
    assert traces.handing_over(drops, "lane") == drops
    traces.close()
    assert exporter.get_finished_spans() == ()


def test_each_drop_goes_on_with_its_own_trace_and_times(
    traces: Traces, exporter: InMemorySpanExporter
) -> None:
    batch = traces.batch("b-1", 3, 1_000)
    for at, name in enumerate("abc"):
        batch.prepared(name * 32, 2_000 + at, 3_000 + at)
    batch.committed(5_000, 6_000)
    failure = Failure(stage=Stage.PARSE, kind=ErrorClass.PERMANENT, type="NoArticleError", message="No text.")
    batch.recorded(
        [
            Outcome(drop=drop("a", THEIRS), state=State.INDEXED),
            Outcome(drop=drop("b", THEIRS), failure=failure),
            Outcome(drop=drop("c"), state=State.GONE),
        ],
        9_000,
    )
    traces.close()
    spans = exporter.get_finished_spans()
    assert sorted(span.name for span in spans) == [
        "batch",
        "drop",
        "drop",
        "drop",
        "index",
        "prepare",
        "prepare",
        "prepare",
    ]
    whole = next(span for span in spans if span.name == "batch")
    tries = {
        str(span.attributes["file.path"])[4]: span
        for span in spans
        if span.name == "drop" and span.attributes
    }
    for name in "ab":
        parent = tries[name].parent
        assert parent is not None
        assert f"{tries[name].context.trace_id:032x}" == THEIRS.split("-")[1]
        assert f"{parent.span_id:016x}" == THEIRS.split("-")[2]
    assert tries["c"].parent is None
    assert (tries["b"].start_time, tries["b"].end_time) == (2_001, 9_000)
    assert not tries["b"].status.is_ok
    assert all(span.links[0].context.span_id == whole.context.span_id for span in tries.values())


def test_a_name_that_is_no_utf_8_can_be_exported(traces: Traces, exporter: InMemorySpanExporter) -> None:
    odd = Drop(id="d" * 32, path="/in/\udce9.md", stamp=Stamp(1, 1))
    batch = traces.batch("b-1", 1, 1)
    batch.prepared(odd.id, 2, 3)
    batch.recorded([Outcome(drop=odd, state=State.INDEXED)], 4)
    traces.close()
    span = next(span for span in exporter.get_finished_spans() if span.name == "drop")
    assert span.attributes is not None
    assert span.attributes["file.path"] == "/in/\\udce9.md"
