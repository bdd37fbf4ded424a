"""The page as a visitor meets it, over real servers and both indexes: search, read, take away."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from urllib.parse import quote

import pytest
from tests.inputs.web_pages import BRIDGE, LONG_LINE
from tests.servers.web_server import Browser, Page
from tests.waiting import until

pytestmark = pytest.mark.redis


def found(browser: Browser, query: str) -> list[str]:
    page = browser.get(f"/?q={quote(query)}")
    assert page.status == 200, page.text
    return [link for link in page.links if link.startswith("/articles/")]


def article_of(browser: Browser, query: str) -> str:
    links = until(lambda: found(browser, query), f"{query} is found")
    return links[0]


def policy(page: Page) -> str:
    return page.headers["content-security-policy"]


def test_either_script_finds_the_article_and_its_words_are_marked(browser: Browser) -> None:
    assert len(until(lambda: found(browser, "香港"), "it is found")) == 1
    assert len(found(browser, "香港 大桥")) == len(found(browser, "大橋")) == 1
    page = browser.get(f"/?q={quote('香港')}")
    assert "<mark>香港</mark>" in page.text
    assert 'lang="zh-Hant"' in page.text
    assert "1 article" in page.words


def test_values_and_years_narrow_the_search_and_are_its_address(browser: Browser) -> None:
    until(lambda: len(found(browser, "")) == 3, "all are there")
    page = browser.get("/")
    assert "/?site=example.com" in page.links
    assert "/?since=2019&until=2019" in page.links
    assert "/?author=Ann+Li" in page.links
    assert "Ann Li 1" in page.words
    narrowed = browser.get("/?since=2019&until=2019")
    assert "The harbour opens" in narrowed.words
    assert "香港的橋" not in narrowed.words
    assert "1 article" in browser.get("/?author=Ann+Li").words
    assert "2 articles" in browser.get("/?site=example.com").words


def test_a_query_that_cant_be_understood_says_why_and_keeps_what_was_typed(browser: Browser) -> None:
    page = browser.get(f"/?q={quote('(香港')}")
    assert page.status == 400
    assert 'value="(香港"' in page.text
    assert 'role="alert"' in page.text


def test_an_article_is_read_with_its_headings_quotes_lists_and_captions(browser: Browser) -> None:
    address = article_of(browser, "香港")
    # On a busy machine who reads files is still starting, and paragraphs are shown meanwhile.
    page = until(lambda: one if "<h2>" in (one := browser.get(address)).text else None, "its headings")
    for markup in ("<h2>歷史</h2>", "<blockquote><p>我從來沒有見過", "<ul><li>第一點是橋的長度"):
        assert markup in page.text, page.text
    assert "張潔平" in page.words
    assert "2021-03-04" in page.words
    assert "橋的照片" in page.words
    assert "https://www.example.com/more" in page.links


def test_pictures_are_loaded_only_when_asked_for(browser: Browser) -> None:
    address = article_of(browser, "香港")
    before = browser.get(address)
    assert "<img" not in before.text
    assert "img-src 'self';" in policy(before)
    assert f"{address}?pictures=yes#pictures" in before.links
    after = browser.get(f"{address}?pictures=yes")
    assert 'src="https://pictures.example.com/bridge.jpg"' in after.text
    assert "img-src 'self' https: http:;" in policy(after)


def test_how_an_article_was_read_is_told(browser: Browser) -> None:
    told = browser.get(f"{article_of(browser, '香港')}/explanation")
    assert "Where each field comes from" in told.words
    assert "og:title" in told.words or "head" in told.words


def test_the_archived_page_is_shown_without_any_right(browser: Browser) -> None:
    address = article_of(browser, "香港")
    assert 'sandbox=""' in browser.get(address).text
    frame = browser.get(f"{address}/original")
    assert policy(frame).startswith("sandbox; default-src 'none'")
    assert "香港與澳門" in frame.text


def test_an_article_is_taken_away_in_three_ways(browser: Browser) -> None:
    address = article_of(browser, "香港")
    assert browser.get(f"{address}/download/markdown").text.startswith("# 香港的橋")
    assert browser.get(f"{address}/download/json").json()["title"] == "香港的橋"
    original = browser.get(f"{address}/download/original")
    assert original.body == BRIDGE
    assert original.headers["content-type"] == "application/octet-stream"
    assert original.headers["content-disposition"].startswith("attachment")
    assert browser.get(f"{address}/download/pdf").status == 404


def test_everything_found_is_taken_away(browser: Browser) -> None:
    until(lambda: len(found(browser, "")) == 3, "all are there")
    search = "sort=oldest&until=2021&q=-Hostile"
    lines = browser.get(f"/export/ndjson?{search}").text.splitlines()
    assert [json.loads(line)["title"] for line in lines] == ["The harbour opens", "香港的橋"]
    table = browser.get(f"/export/csv?{search}").body.decode("utf-8-sig")
    assert [row["title"] for row in csv.DictReader(io.StringIO(table))] == ["The harbour opens", "香港的橋"]
    with zipfile.ZipFile(io.BytesIO(browser.get("/export/markdown?q=harbour").body)) as archive:
        (name,) = archive.namelist()
        assert archive.testzip() is None
        assert name.startswith("2019-07-01-The-harbour-opens-")
        assert archive.read(name).decode().startswith("# The harbour opens")
    assert browser.get("/export/csv?q=(").status == 400
    assert browser.get("/export/pdf").status == 404


def test_the_status_says_where_everything_stands(browser: Browser) -> None:
    page = browser.get("/status")
    assert "indexed 3" in page.words
    assert "dead 1" in page.words
    piece = browser.get("/status", **{"HX-Request": "true"})
    assert "<html" not in piece.text
    assert "indexed 3" in piece.words


def test_a_hostile_article_can_neither_run_nor_restyle_the_page(browser: Browser) -> None:
    address = article_of(browser, "Hostile")
    pages = [browser.get("/?q=Hostile"), browser.get(address), browser.get(f"{address}?pictures=yes")]
    for page in pages:
        assert "<script>" not in page.text
        assert "<img src=x" not in page.text
        assert "<style" not in page.text
        assert "\u202e" not in page.text
        assert "script-src 'self';" in policy(page)
        assert not [link for link in page.links if link.lower().startswith(("javascript:", "data:"))]
    assert LONG_LINE in pages[1].text
    assert "&lt;script&gt;alert(3)&lt;/script&gt;" in pages[1].text
    table = browser.get("/export/csv?q=Hostile").body.decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(table)) for cell in row]
    assert len(cells) > 12
    assert [cell for cell in cells if cell[:1] in ("=", "+", "@")] == []


def test_a_letter_names_its_file_and_says_why_it_failed_once(browser: Browser) -> None:
    page = browser.get("/letters")
    assert page.words.count("bad.txt") == 1
    assert "unknown-dialect/text-without-header" in page.words
    assert "read-UnknownDialectError" not in page.words
    (address,) = {link for link in page.links if link.startswith("/letters/") and len(link) == 9 + 32}
    letter = browser.get(address)
    assert letter.words.count("bad.txt") == 1
    assert letter.words.count("is text without a header") == 1
    assert "group unknown-dialect/text-without-header" in letter.words


@pytest.mark.parametrize("wrong", ["newer=1e400", "older=soon", "stage=nowhere"])
def test_letters_asked_for_wrongly_are_the_askers_mistake(browser: Browser, wrong: str) -> None:
    assert browser.get(f"/letters?{wrong}").status == 400
