"""OpenTelemetry traces, from handing a drop over to its outcome: an extra (`newsdrop[otel]`), off by default.

    enqueue      the watcher, a command or the inbox puts drops on the queue      (producer)
      └ drop     a worker's try of one of them, from opening to outcome           (consumer; links its batch)
          ├ prepare    read, parse, enrich
          └ index      the bulk it went with
    batch        what a worker took at once

A drop carries its context, 55 characters, in the batch's record (`Drop.trace`), through retries and crashes;
a producer of another program may give it its own. Off, it costs a comparison with None. Where spans go and
how many are kept is said by OpenTelemetry's own variables (OTEL_EXPORTER_OTLP_ENDPOINT and the like).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from newsdrop.documents import Drop, Outcome, State
from newsdrop.errors import ConfigError

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Tracer

__all__ = ["TRACEPARENT", "BatchTrace", "Traces", "current_traceparent", "open_traces"]

#: W3C Trace Context, version 00: https://www.w3.org/TR/trace-context/#traceparent-header
TRACEPARENT: Final = r"\A00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}\Z"
_HEADER: Final = "traceparent"


def current_traceparent() -> str | None:
    """The context of the span that is open in this program, if it uses OpenTelemetry at all."""
    if "opentelemetry.trace" not in sys.modules:
        return None
    return _traceparent(None)


def open_traces(
    *, enabled: bool, service: str, version: str, exporter: SpanExporter | None = None
) -> Traces | None:
    """What spans are made with; None when they are off. Call it after a fork, not before.

    Args:
        service: names this kind of process, unless OTEL_SERVICE_NAME does.
        exporter: where spans go, else to the OTLP collector that OpenTelemetry's variables name.

    Raises:
        ConfigError: it is switched on and the extra isn't installed.
    """
    if not enabled:
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import OTELResourceDetector, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise ConfigError(
            "trace.enabled (NEWSDROP_TRACE_ENABLED) is on, and OpenTelemetry isn't installed: "
            "pip install 'newsdrop[otel]'."
        ) from None
    about = Resource.create({"service.name": f"newsdrop-{service}", "service.version": version})
    # What the user's variables say counts more.
    provider = TracerProvider(resource=about.merge(OTELResourceDetector().detect()), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter or OTLPSpanExporter()))
    return Traces(provider, version)


class Traces:
    """Makes spans; belongs to the process that opened it."""

    def __init__(self, provider: TracerProvider, version: str) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("newsdrop", version)

    def handing_over(self, drops: Sequence[Drop], lane: str) -> list[Drop]:
        """The drops, each with a context; those without one get that of a span `enqueue` of this moment."""
        from opentelemetry.trace import SpanKind, set_span_in_context

        fresh = sum(drop.trace is None for drop in drops)
        if not fresh:
            return list(drops)
        attributes = {**_messaging("send", lane), "messaging.batch.message_count": fresh}
        with self._tracer.start_span("enqueue", kind=SpanKind.PRODUCER, attributes=attributes) as span:
            trace = _traceparent(set_span_in_context(span))
        return [drop if drop.trace else msgspec.structs.replace(drop, trace=trace) for drop in drops]

    def batch(self, batch: str, drops: int, begun_ns: int) -> BatchTrace:
        """The trace of one batch; it tells nothing before `BatchTrace.recorded`."""
        return BatchTrace(self._tracer, batch, drops, begun_ns)

    def close(self) -> None:
        """Send what is still to be sent, for at most some seconds."""
        self._provider.shutdown()


class BatchTrace:
    """Collects when what was done in a batch, and makes its spans once its outcomes are recorded.

    All times are epoch nanoseconds.
    """

    def __init__(self, tracer: Tracer, batch: str, drops: int, begun_ns: int) -> None:
        self._tracer = tracer
        self._batch = batch
        self._drops = drops
        self._begun_ns = begun_ns
        self._prepared: dict[str, tuple[int, int]] = {}
        self._committed: tuple[int, int] | None = None

    def prepared(self, drop: str, begun_ns: int, ended_ns: int) -> None:
        """A drop was read, parsed and enriched, or failed at it."""
        self._prepared[drop] = (begun_ns, ended_ns)

    def committed(self, begun_ns: int, ended_ns: int) -> None:
        """The bulk was written; the last one counts."""
        self._committed = (begun_ns, ended_ns)

    def recorded(self, outcomes: Sequence[Outcome], ended_ns: int) -> None:
        """The batch's outcomes are in the ledger: make the spans."""
        from opentelemetry.trace import Link

        span = self._tracer.start_span(
            "batch",
            start_time=self._begun_ns,
            attributes={"newsdrop.batch": self._batch, "newsdrop.drops": self._drops},
        )
        span.end(ended_ns)
        for outcome in outcomes:
            self._record_drop(outcome, Link(span.get_span_context()), ended_ns)

    def _record_drop(self, outcome: Outcome, link: Any, ended_ns: int) -> None:
        from opentelemetry.trace import SpanKind, StatusCode, set_span_in_context

        times = self._prepared.get(outcome.drop.id)
        if times is None:
            return
        span = self._tracer.start_span(
            "drop",
            context=_context(outcome.drop.trace),
            kind=SpanKind.CONSUMER,
            links=[link],
            start_time=times[0],
            attributes=_about(outcome, self._batch),
        )
        if outcome.failure is not None:
            span.set_status(StatusCode.ERROR, outcome.failure.message)
        inside = set_span_in_context(span)
        self._tracer.start_span("prepare", inside, start_time=times[0]).end(times[1])
        if self._committed is not None and _went_to_the_index(outcome):
            begun_ns, committed_ns = self._committed
            self._tracer.start_span("index", inside, kind=SpanKind.CLIENT, start_time=begun_ns).end(
                committed_ns
            )
        span.end(ended_ns)


def _about(outcome: Outcome, batch: str) -> dict[str, Any]:
    failure = outcome.failure
    about: dict[str, Any] = {
        **_messaging("process", ""),
        "newsdrop.batch": batch,
        "newsdrop.drop": outcome.drop.id,
        "newsdrop.attempt": outcome.drop.attempts + 1,
        "newsdrop.state": outcome.state.value if outcome.state else "failed",
        # A name that is no UTF-8 can't be exported otherwise.
        "file.path": outcome.drop.source.encode("utf-8", "backslashreplace").decode(),
    }
    if failure is not None:
        about |= {"error.type": failure.type, "newsdrop.stage": failure.stage.value}
    return about


def _messaging(operation: str, lane: str) -> dict[str, Any]:
    about = {"messaging.system": "redis", "messaging.operation.type": operation}
    return about | ({"messaging.destination.name": lane} if lane else {})


def _went_to_the_index(outcome: Outcome) -> bool:
    if outcome.failure is not None:
        return outcome.failure.stage == "index"
    return outcome.state in (State.INDEXED, State.SUPERSEDED, State.REMOVED)


def _traceparent(context: Context | None) -> str | None:
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier, context)
    return carrier.get(_HEADER)


def _context(traceparent: str | None) -> Context:
    from opentelemetry.context import Context
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    # Never what happens to be open in this process: a drop without a context begins a trace of its own.
    empty = Context()
    if traceparent is None:
        return empty
    return TraceContextTextMapPropagator().extract({_HEADER: traceparent}, empty)
