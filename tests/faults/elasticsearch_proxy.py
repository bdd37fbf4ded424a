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
import threading
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

__all__ = ["FaultProxy", "Mode"]

#: Status, headers, body.
Answer = tuple[int, dict[str, str], bytes]

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


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that breaks is what this server is for."""


class FaultProxy:
    """Listens on a port of its own; `struck` counts the requests that a mode other than PASS touched."""

    def __init__(self, upstream: str) -> None:
        self.mode = Mode.PASS
        self.struck = 0
        self._upstream = urlsplit(upstream)
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer | None:
        """Status, headers and body; None to close the connection without a word."""
        mode, bulk = self.mode, urlsplit(path).path.endswith("/_bulk")
        if mode is Mode.PASS or (mode is not Mode.DOWN and not bulk):
            return self._forward(method, path, headers, body)
        if mode is Mode.SWALLOW_DELETES and not deletes(body):
            return self._forward(method, path, headers, body)
        self.struck += 1
        if mode in (Mode.DOWN, Mode.BULKS_DOWN):
            return _refusal(503, "told to be unavailable")
        if mode is Mode.BULKS_BUSY:
            return _refusal(429, "told to be busy")
        if mode is Mode.PART_BUSY:
            return self._part(method, path, headers, body)
        self._forward(method, path, headers, body)
        return None

    def _part(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer | None:
        operations = split_bulk(body)
        passed = [operation for number, operation in enumerate(operations) if number % 3]
        items: list[Any] = []
        if passed:
            answer = self._forward(method, path, headers, b"".join(passed))
            if answer is None or answer[0] != 200:
                return answer
            items = json.loads(answer[2])["items"]
        real = iter(items)
        whole = [next(real) if number % 3 else {"index": _BUSY} for number in range(len(operations))]
        return 200, _OURS, json.dumps({"errors": True, "items": whole}).encode()

    def _forward(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer | None:
        connection = http.client.HTTPConnection(
            self._upstream.hostname or "", self._upstream.port, timeout=60
        )
        try:
            connection.request(
                method, path, body, {n: v for n, v in headers.items() if n.lower() not in _HOP}
            )
            answer = connection.getresponse()
            kept = {name: value for name, value in answer.getheaders() if name.lower() not in _HOP}
            return answer.status, kept, answer.read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def _handler(proxy) -> type[BaseHTTPRequestHandler]:  # noqa: N805  `self` is the handler's
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                answer = proxy.answer(self.command, self.path, dict(self.headers), body)
                if answer is None:
                    self.close_connection = True
                    return
                status, headers, data = answer
                self.send_response_only(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(data)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _serve  # noqa: N815  http.server's names

            def log_message(self, *_: object) -> None:
                """Nobody listens."""

        return Handler


_OURS = {
    "x-elastic-product": "Elasticsearch",
    "content-type": "application/vnd.elasticsearch+json;compatible-with=8",
}


def _refusal(status: int, reason: str) -> Answer:
    error = {"type": "test_exception", "reason": reason}
    return status, _OURS, json.dumps({"error": error, "status": status}).encode()


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
