"""A proxy that from some moment on answers everything with a page to log in, and calls that a success."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.inputs.index_samples import make_document

from newsdrop.documents import Fingerprint
from newsdrop.errors import ConfigError
from newsdrop.index.elasticsearch import ElasticsearchStore
from newsdrop.index.search import SearchRequest
from newsdrop.index.store import ElasticsearchOptions
from newsdrop.options import IndexOptions

PAGES = {
    "text/html": b"<html>Please log in.</html>",
    "text/plain": b"log in",
    "application/json": b'{"message": "Please log in."}',
}


class Proxy:
    """Elasticsearch's first page until `kind` names the type of the page to log in."""

    def __init__(self) -> None:
        self.kind = ""
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def _handler(proxy) -> type[BaseHTTPRequestHandler]:  # noqa: N805  `self` is the handler's
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                body = PAGES.get(proxy.kind, json.dumps({"cluster_uuid": "ours"}).encode())
                self.send_response(200)
                self.send_header("Content-Type", proxy.kind or "application/json")
                if not proxy.kind:
                    self.send_header("X-Elastic-Product", "Elasticsearch")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def do_POST(self) -> None:
                self.do_GET()

            def do_PUT(self) -> None:
                self.do_GET()

            def do_HEAD(self) -> None:
                self.do_GET()

            def do_DELETE(self) -> None:
                self.do_GET()

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    proxy = Proxy()
    yield proxy
    proxy.close()


PRINT = Fingerprint(content="c", minhash=["0" * 17])
WORK: dict[str, Callable[[ElasticsearchStore], object]] = {
    "put": lambda store: store.put([make_document(1)]),
    "remove": lambda store: store.remove("0" * 32, "/a.md"),
    "stored": lambda store: store.stored(["0" * 32]),
    "member_of": lambda store: store.member_of("0" * 32),
    "files_under": lambda store: list(store.files_under("/drops")),
    "originals": lambda store: store.originals([PRINT]),
    "search": lambda store: store.search(SearchRequest()),
    "all_hits": lambda store: list(store.all_hits(SearchRequest())),
    "find": lambda store: store.find("ab"),
    "count": lambda store: store.count(),
    "identity": lambda store: store.identity(),
    "check": lambda store: store.check(),
    "init": lambda store: store.init(),
    "status": lambda store: store.status(),
    "migrate": lambda store: store.migrate(),
    "mirror_home": lambda store: store.mirror_home(),
}


@pytest.mark.parametrize("kind", PAGES)
@pytest.mark.parametrize("work", WORK)
def test_a_page_to_log_in_is_never_taken_for_an_answer(
    proxy: Proxy, tmp_path: Path, work: str, kind: str
) -> None:
    options = ElasticsearchOptions(url=f"http://127.0.0.1:{proxy.server.server_port}")
    store = ElasticsearchStore(options, IndexOptions(), tmp_path)
    try:
        # What answers has been found to be Elasticsearch, so that the client asks no more.
        assert store.identity().id == "ours"
        # And so has the index, as it is while work goes on.
        store._checked_s = float("inf")
        proxy.kind = kind
        with pytest.raises(ConfigError, match=r"is not Elasticsearch: .* whether a proxy before it asks"):
            WORK[work](store)
    finally:
        store.close()
