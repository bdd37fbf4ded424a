"""What a visitor changes, over real servers and both indexes: articles and dead letters."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest
import redis
from tests.inputs.bundle_files import zipped
from tests.inputs.index_samples import make_document
from tests.inputs.web_pages import BRIDGE, HARBOUR
from tests.servers.cli_installation import CliInstallation
from tests.servers.redis_server import RedisServer
from tests.servers.web_server import Browser, Page, WebServer
from tests.waiting import until

from newsdrop.index.local import LocalStore
from newsdrop.ledger.deadletters import DeadLetters
from newsdrop.ledger.ledger import Ledger

pytestmark = pytest.mark.redis


@pytest.fixture
def place(tmp_path: Path, redis_server: RedisServer) -> CliInstallation:
    """An installation without an article, with an embedded index."""
    return CliInstallation(tmp_path, redis_server.url)


def article_of(browser: Browser, query: str) -> str:
    def links() -> list[str]:
        page = browser.get(f"/?q={quote(query)}")
        return [link for link in page.links if link.startswith("/articles/")]

    return until(links, f"{query} is found")[0]


def bytes_of(page: Page) -> str:
    found = re.search(r'<pre class="bytes">(.*?)</pre>', page.text, re.DOTALL)
    return found[1] if found else ""


def test_a_file_is_read_again_after_it_was_asked(changed_place: CliInstallation) -> None:
    place = changed_place
    with WebServer(place) as server:
        browser = server.browser()
        address = article_of(browser, "香港")
        asked = browser.get(f"{address}/reparse")
        assert "read once more" in asked.words
        done = browser.post(f"{address}/reparse", form_at=f"{address}/reparse")
        assert (done.status, done.headers["location"]) == (303, f"{address}?done=reparse")
        assert place.json("status")["states"]["queued"] == 1


def test_an_article_is_forgotten_after_it_was_asked(changed_place: CliInstallation) -> None:
    place = changed_place
    with WebServer(place) as server:
        browser = server.browser()
        address = article_of(browser, "香港")
        assert "for good" in browser.get(f"{address}/forget").words
        done = browser.post(f"{address}/forget", form_at=f"{address}/forget")
        assert done.status == 303
        assert "The article is forgotten" in browser.get(done.headers["location"]).words
        until(lambda: browser.get(address).status == 404, "it is gone")
        (forgotten,) = place.json("forget", "--list")
        assert forgotten["title"] == "香港的橋"
        assert forgotten["by"].endswith("(web)")


def test_a_letter_that_can_not_be_replayed_is_told_of(
    changed_place: CliInstallation, redis_client: redis.Redis
) -> None:
    letter_id = DeadLetters(redis_client, Ledger(redis_client)).quarantine(b"rubbish", "It is not JSON.")
    with WebServer(changed_place) as server:
        browser = server.browser()
        done = browser.post("/letters/replay", {"id": letter_id}, form_at="/letters/replay/ask")
        assert done.headers["location"] == "/letters?done=replay&changed=0&left=1"
        assert "1 can't be replayed" in browser.get(done.headers["location"]).words


@pytest.mark.parametrize("piece", ["explanation", "original", "download/original"])
def test_an_article_that_came_without_a_file_has_none_to_show(place: CliInstallation, piece: str) -> None:
    document = make_document("sent", title="Sent in a message")
    sent = msgspec.structs.replace(document, source={**document.source, "file": {"size": 1, "name": "a.md"}})
    with closing(LocalStore(place.state / "index.sqlite3")) as store:
        store.put([sent])
    with WebServer(place) as server:
        page = server.browser().get(f"/articles/{sent.id}/{piece}")
        assert page.status == 404
        assert "Sent in a message came without a file: its bytes were sent in a message" in page.words


def test_a_file_that_has_become_something_else_is_no_mistake_of_the_page(place: CliInstallation) -> None:
    place.file("bridge.html", BRIDGE)
    place.file("harbour.html", HARBOUR)
    place.json("ingest", place.drops)
    place.file("bridge.html", b"\x89PNG\r\n\x1a\n" + bytes(100))
    place.file("harbour.html", zipped({"a.md": HARBOUR, "b.md": BRIDGE}))
    with WebServer(place) as server:
        browser = server.browser()
        for piece in ("explanation", "original"):
            for query in ("香港", "harbour"):
                page = browser.get(f"{article_of(browser, query)}/{piece}")
                assert page.status in (404, 422), (piece, query, page.words)


def test_only_the_letters_that_were_counted_are_changed(place: CliInstallation) -> None:
    place.file("first.md", b"")
    place.json("ingest", place.drops, code=1)
    with WebServer(place) as server:
        browser = server.browser()
        asked = browser.get("/letters/discard/ask")
        assert "1 dead letter would be discarded" in asked.words
        hidden = dict(re.findall(r'<input type="hidden" name="(all|latest)" value="([^"]*)">', asked.text))
        place.file("second.md", b"")
        place.json("ingest", place.drops / "second.md", code=1)
        done = browser.post("/letters/discard", hidden, form_at="/letters/discard/ask")
        assert done.headers["location"] == "/letters?done=discard&changed=1"
        (left,) = place.json("dead", "list")
        assert left["path"].endswith("second.md")


def test_dead_letters_are_looked_through_and_tried_again(changed_place: CliInstallation) -> None:
    place = changed_place
    with WebServer(place) as server:
        browser = server.browser()
        page = browser.get("/letters")
        assert "1 open dead letter" in page.words
        (letter,) = {link for link in page.links if link.startswith("/letters/") and len(link) == 9 + 32}
        shown = browser.get(letter)
        assert "UnknownDialectError" in shown.words
        assert "neither header nor markup" in until(lambda: bytes_of(browser.get(letter)), "its bytes")
        dump = bytes_of(browser.get(f"{letter}?as=hex"))
        assert dump.startswith("00000000  6e 65 69 74 68 65 72 20")
        asked = browser.get(f"/letters/replay/ask?id={letter[9:]}")
        assert "1 dead letter would be replayed" in asked.words
        none_chosen = browser.post("/letters/replay", form_at="/letters/replay/ask")
        assert none_chosen.status == 400
        for empty in ({"error": ""}, {"id": letter[9:], "path": " "}):
            assert browser.post("/letters/replay", empty, form_at="/letters/replay/ask").status == 400
        assert browser.get("/letters/discard/ask?error=").status == 400
        done = browser.post("/letters/replay", {"id": letter[9:]}, form_at="/letters/replay/ask")
        assert done.headers["location"] == "/letters?done=replay&changed=1"
        assert place.json("status")["states"]["queued"] == 1
