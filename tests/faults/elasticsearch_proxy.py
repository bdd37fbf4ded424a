"""A proxy before a real Elasticsearch that answers for it, or swallows its answers, when told.

    Mode.PASS              everything goes through
    Mode.DOWN              503 to everything, the ping too
    Mode.BULKS_DOWN        503 to bulks only
    Mode.BULKS_BUSY        429 to bulks
    Mode.PART_BUSY         a third of a bulk's operations never reach the server, and are answered by 429
    Mode.SWALLOW           a bulk is applied, and the connection closed before the answer
    Mode.SWALLOW_DELETES   likewise, only bulks that delete

Speaks what elasticsearch-py speaks: HTTP/1.1, lengths given, nothing packed.
"""

from __future__ import annotations

import http.client
import json
from dataclasses import replace
from enum import Enum, auto
from typing import Any
from urllib.parse import urlsplit

from tests.servers.http_server import Answer, HttpServer, Request, as_json

__all__ = ["FaultProxy", "Mode"]

_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host"}
_BUSY = {"status": 429, "error": {"type": "es_rejected_execution_exception", "reason": "told to say so"}}


class Mode(Enum):
    PASS = auto()
    DOWN = auto()
    BULKS_DOWN = auto()
    BULKS_BUSY = auto()
    PART_BUSY = auto()
    SWALLOW = auto()
    SWALLOW_DELETES = auto()


class FaultProxy(HttpServer):
    """Listens on a port of its own; `struck` counts the requests that a mode other than PASS touched."""

    def __init__(self, upstream: str) -> None:
        self.mode = Mode.PASS
        self.struck = 0
        self._upstream = urlsplit(upstream)
        super().__init__()

    def answer(self, request: Request) -> Answer | None:
        mode, bulk = self.mode, urlsplit(request.path).path.endswith("/_bulk")
        if mode is Mode.PASS or (mode is not Mode.DOWN and not bulk):
            return self._forward(request)
        if mode is Mode.SWALLOW_DELETES and not deletes(request.body):
            return self._forward(request)
        self.struck += 1
        if mode in (Mode.DOWN, Mode.BULKS_DOWN):
            return _refusal(503, "told to be unavailable")
        if mode is Mode.BULKS_BUSY:
            return _refusal(429, "told to be busy")
        if mode is Mode.PART_BUSY:
            return self._part(request)
        self._forward(request)
        return None

    def _part(self, request: Request) -> Answer | None:
        operations = split_bulk(request.body)
        passed = [operation for number, operation in enumerate(operations) if number % 3]
        items: list[Any] = []
        if passed:
            answer = self._forward(replace(request, body=b"".join(passed)))
            if answer is None or answer.status != 200:
                return answer
            items = json.loads(answer.body)["items"]
        real = iter(items)
        whole = [next(real) if number % 3 else {"index": _BUSY} for number in range(len(operations))]
        return as_json(200, {"errors": True, "items": whole})

    def _forward(self, request: Request) -> Answer | None:
        connection = http.client.HTTPConnection(
            self._upstream.hostname or "", self._upstream.port, timeout=60
        )
        try:
            passed = {name: value for name, value in request.headers.items() if name not in _HOP}
            connection.request(request.method, request.path, request.body, passed)
            answer = connection.getresponse()
            kept = {name: value for name, value in answer.getheaders() if name.lower() not in _HOP}
            return Answer(answer.status, answer.read(), kept)
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()


def _refusal(status: int, reason: str) -> Answer:
    return as_json(status, {"error": {"type": "test_exception", "reason": reason}, "status": status})


def split_bulk(body: bytes) -> list[bytes]:
    """The operations of a bulk request, each with its source line if it has one."""
    lines = iter(body.splitlines(keepends=True))
    operations = []
    for line in lines:
        source = b"" if "delete" in json.loads(line) else next(lines)
        operations.append(line + source)
    return operations


def deletes(body: bytes) -> bool:
    """Whether any operation of a bulk takes a document away."""
    return any(next(iter(json.loads(one.splitlines()[0]))) == "delete" for one in split_bulk(body))
