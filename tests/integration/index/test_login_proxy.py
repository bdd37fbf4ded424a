"""A proxy that from some moment on answers everything with a page to log in, and calls that a success."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.inputs.index_samples import make_document
from tests.servers.http_server import Answer, HttpServer, Request, as_json

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


class Proxy(HttpServer):
    """Elasticsearch's first page until `kind` names the type of the page to log in."""

    kind = ""

    def answer(self, request: Request) -> Answer:
        if not self.kind:
            return as_json(200, {"cluster_uuid": "ours"})
        return Answer(200, PAGES[self.kind], {"content-type": self.kind})


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with Proxy() as proxy:
        yield proxy


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
    options = ElasticsearchOptions(url=proxy.url)
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
