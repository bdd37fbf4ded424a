"""What programs ask and send, over real servers: search, articles, files in, and what became of them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import urllib3
from jsonschema import Draft202012Validator
from tests.inputs.web_pages import BRIDGE, HARBOUR
from tests.servers.cli_installation import CliInstallation
from tests.servers.redis_server import RedisServer
from tests.servers.web_server import Browser, Page, WebServer
from tests.waiting import until

pytestmark = pytest.mark.redis

TOKEN = "a token of more than sixteen"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def place(tmp_path: Path, redis_server: RedisServer) -> CliInstallation:
    variables = {"NEWSDROP_WEB_TOKEN": TOKEN, "NEWSDROP_LIMITS_FILE_BYTES": "100000"}
    place = CliInstallation(tmp_path, redis_server.url, **variables)
    place.file("bridge.html", BRIDGE)
    place.json("ingest", place.drops)
    return place


@pytest.fixture
def program(place: CliInstallation) -> Iterator[Browser]:
    with WebServer(place) as server:
        yield server.browser()


def as_form(file: bytes, name: str = "page.html", **fields: str) -> tuple[bytes, dict[str, str]]:
    """A form as SingleFile's extension sends it: the file, and the page's address in a field of its own."""
    parts: dict[str, object] = {"file": (name, file, "text/html"), **fields}
    body, kind = urllib3.encode_multipart_formdata(parts)  # type: ignore[arg-type]
    return body, {**BEARER, "Content-Type": kind, "Accept": "application/json"}


def holds(program: Browser, page: Page, schema: str) -> None:
    """The answer is what the OpenAPI document says it is."""
    document = program.get("/api/openapi.json", **BEARER).json()
    Draft202012Validator({**document, "$ref": f"#/components/schemas/{schema}"}).validate(page.json())


def test_a_search_is_answered_as_described(program: Browser) -> None:
    page = program.get("/api/search?q=%E9%A6%99%E6%B8%AF&counts=yes", **BEARER)
    assert page.status == 200
    assert page.json()["total"] == 1
    assert page.json()["hits"][0]["title"] == "香港的橋"
    assert page.json()["facets"]["url.domain"] == [{"value": "example.com", "count": 1}]
    holds(program, page, "SearchPage")


def test_an_article_is_answered_by_its_id_or_the_beginning_of_it(program: Browser) -> None:
    name = program.get("/api/search", **BEARER).json()["hits"][0]["id"]
    page = program.get(f"/api/articles/{name[:8]}", **BEARER)
    assert page.json()["id"] == name
    holds(program, page, "Article")
    for other in ("0" * 32, "zz", "..%2f..%2fetc"):
        missing = program.get(f"/api/articles/{other}", **BEARER)
        assert missing.status == 404
        holds(program, missing, "Problem")


@pytest.mark.parametrize("as_multipart", [False, True], ids=["body", "form"])
def test_a_file_that_is_sent_is_read_and_found(
    place: CliInstallation, program: Browser, as_multipart: bool
) -> None:
    if as_multipart:
        body, headers = as_form(HARBOUR, url="https://news.example.org/harbour")
        sent = program.ask("POST", "/api/drops", body, headers=headers)
    else:
        sent = program.ask("POST", "/api/drops?name=harbour.html&key=h1", HARBOUR, headers=dict(BEARER))
    assert sent.status == 201, sent.text
    holds(program, sent, "Receipt")
    address = sent.headers["location"]
    assert program.get(address, **BEARER).json()["state"] == "waiting"
    with place.start("worker", "--processes", "1") as worker:
        try:
            state = until(lambda: _settled(program, address), "the file is settled")
        finally:
            worker.terminate()
            worker.communicate(timeout=60)
    holds(program, state, "Sent")
    assert state.json()["state"] == "indexed"
    assert program.get("/api/search?q=harbour", **BEARER).json()["total"] == 1


def _settled(program: Browser, address: str) -> Page | None:
    page = program.get(address, **BEARER)
    return page if page.json()["settled"] else None


def test_a_file_is_sent_once_even_if_redis_does_not_answer_in_time(
    place: CliInstallation, redis_server: RedisServer
) -> None:
    place.variables["NEWSDROP_REDIS_TIMEOUT_S"] = "1"
    with WebServer(place) as server, redis_server.client() as client:
        program = server.browser()
        send = partial(program.ask, "POST", "/api/drops?name=harbour.html", HARBOUR, headers=dict(BEARER))
        # So that there is a connection, over which the next file leaves before anybody waits for an answer.
        assert send().status == 201
        redis_server.pause()
        resumed = threading.Timer(1.4, redis_server.resume)
        resumed.start()
        answer = send()
        resumed.join()
        # 503: the file may have been accepted, and whoever sent it decides whether to send it again.
        assert answer.status in (201, 503), answer.text
        until(lambda: client.xlen("newsdrop:inbox") > 1, "what was sent has been read")
        assert client.xlen("newsdrop:inbox") == 2


@pytest.mark.parametrize(
    ("query", "body", "headers", "status"),
    [
        ("?name=a.md", b"", BEARER, 422),
        ("", b"# a", BEARER, 422),
        ("?name=a.md", b"x" * 100_001, BEARER, 413),
        (f"?name={'n' * 513}", b"# a", BEARER, 422),
        ("?name=a.md&key=", b"# a", BEARER, 422),
        ("", b"--x", {**BEARER, "Content-Type": "multipart/form-data; boundary=y"}, 422),
        ("", b"--x", {**BEARER, "Content-Type": "multipart/form-data"}, 422),
        ("?name=a.md", b"# a", {}, 401),
        ("?name=a.md", b"# a", {"Authorization": "Bearer wrong"}, 401),
    ],
    ids=[
        "empty",
        "nameless",
        "large",
        "long name",
        "empty key",
        "broken form",
        "no boundary",
        "no token",
        "wrong token",
    ],
)
def test_what_cant_be_taken_is_a_problem(
    program: Browser, query: str, body: bytes, headers: dict[str, str], status: int
) -> None:
    page = program.ask("POST", f"/api/drops{query}", body, headers=dict(headers))
    assert page.status == status, page.text
    assert page.headers["content-type"] == "application/problem+json"
    holds(program, page, "Problem")


def test_a_large_form_is_refused_before_it_is_held(program: Browser) -> None:
    body, headers = as_form(b"x" * 300_000)
    assert program.ask("POST", "/api/drops", body, headers=headers).status == 413


def test_what_was_never_sent_is_unknown(program: Browser) -> None:
    page = program.get("/api/drops/1-1", **BEARER)
    assert page.status == 404
    assert page.json()["state"] in ("unknown", "forgotten")


def test_an_address_that_is_none_is_a_problem(program: Browser) -> None:
    holds(program, program.get("/api/nothing", **BEARER), "Problem")
    assert program.ask("DELETE", "/api/search", headers=dict(BEARER)).status == 405
