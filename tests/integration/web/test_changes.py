"""What a visitor changes, over real servers and both indexes: articles and dead letters."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
import redis
from tests.servers.cli_installation import CliInstallation
from tests.servers.web_server import Browser, Page, WebServer
from tests.waiting import until

from newsdrop.ledger.deadletters import DeadLetters
from newsdrop.ledger.ledger import Ledger

pytestmark = pytest.mark.redis


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
