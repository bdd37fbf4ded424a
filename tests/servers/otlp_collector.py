"""A collector that takes OTLP over HTTP and keeps every span, for the tests."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from tests.servers.http_server import Answer, HttpServer, Request


@dataclass(frozen=True)
class CollectedSpan:
    """What a test asks of a span; ids in hex, '' for no parent."""

    service: str
    name: str
    trace: str
    id: str
    parent: str
    kind: int
    error: bool
    start_ns: int
    end_ns: int
    attributes: dict[str, Any] = field(hash=False)
    links: tuple[str, ...] = ()


class OtlpCollector(HttpServer):
    """A server on a port of its own; `spans` grows."""

    def __init__(self) -> None:
        self.spans: list[CollectedSpan] = []
        super().__init__()

    def answer(self, request: Request) -> Answer:
        packed = request.headers.get("content-encoding") == "gzip"
        body = gzip.decompress(request.body) if packed else request.body
        self._take(ExportTraceServiceRequest.FromString(body))
        return Answer(200, headers={"content-type": "application/x-protobuf"})

    @property
    def environment(self) -> dict[str, str]:
        """The variables that let newsdrop's processes send their spans here, soon."""
        return {
            "NEWSDROP_TRACE_ENABLED": "true",
            "OTEL_EXPORTER_OTLP_ENDPOINT": self.url,
            "OTEL_BSP_SCHEDULE_DELAY": "200",
        }

    def named(self, name: str) -> list[CollectedSpan]:
        return [span for span in self.spans if span.name == name]

    def _take(self, request: Any) -> None:
        for resource in request.resource_spans:
            service = _values(resource.resource.attributes)["service.name"]
            for scope in resource.scope_spans:
                self.spans += [_span(service, span) for span in scope.spans]


def _span(service: str, span: Any) -> CollectedSpan:
    return CollectedSpan(
        service=service,
        name=span.name,
        trace=span.trace_id.hex(),
        id=span.span_id.hex(),
        parent=span.parent_span_id.hex(),
        kind=span.kind,
        error=span.status.code == 2,
        start_ns=span.start_time_unix_nano,
        end_ns=span.end_time_unix_nano,
        attributes=_values(span.attributes),
        links=tuple(link.span_id.hex() for link in span.links),
    )


def _values(attributes: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}
