"""Who gets in, and who doesn't: hosts, tokens, sessions, forms of other sites, other sites' pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.servers.cli_installation import CliInstallation
from tests.servers.redis_server import RedisServer
from tests.servers.web_server import Browser, WebServer

pytestmark = pytest.mark.redis

TOKEN = "a token of more than sixteen"


@pytest.fixture
def place(tmp_path: Path, redis_server: RedisServer) -> CliInstallation:
    return CliInstallation(tmp_path, redis_server.url)


@pytest.fixture
def open_browser(place: CliInstallation) -> Iterator[Browser]:
    """A visitor to a page without a token."""
    with WebServer(place) as server:
        yield server.browser()


@pytest.fixture
def guarded(place: CliInstallation) -> Iterator[WebServer]:
    """A page with a token."""
    place.variables |= {"NEWSDROP_WEB_TOKEN": TOKEN, "NEWSDROP_WEB_HOSTS": "news.example.org"}
    with WebServer(place) as server:
        yield server


def test_beyond_this_machine_it_refuses_to_start_without_a_token(place: CliInstallation) -> None:
    done = place.run("web", "--host", "0.0.0.0", "--port", "0")
    assert done.exit_code == 2
    assert "web.token" in done.stderr
    assert "TLS" in done.stderr


def test_a_port_that_is_taken_is_said(place: CliInstallation) -> None:
    with WebServer(place) as server:
        port = server.address.rpartition(":")[2]
        done = place.run("web", "--port", port)
        assert done.exit_code == 2
        assert f"127.0.0.1:{port}" in done.stderr


def test_a_request_for_another_host_is_refused(open_browser: Browser) -> None:
    for host in ("evil.example", "evil.example:8765", "127.0.0.1.evil.example", ""):
        assert open_browser.get("/", Host=host).status in (400, 421)
        assert open_browser.get("/api/search", Host=host).status in (400, 421)
    assert open_browser.get("/", Host="localhost:99").status == 200


def test_every_answer_forbids_what_no_page_needs(open_browser: Browser) -> None:
    for path in ("/", "/status", "/nothing", "/api/search", "/static/style.css", "/sign-in", "/?q=("):
        headers = open_browser.get(path).headers
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        assert "server" not in headers


def test_no_page_has_script_or_style_of_its_own(open_browser: Browser) -> None:
    for path in ("/", "/status", "/letters", "/sign-in"):
        text = open_browser.get(path).text
        assert "<style" not in text
        assert " style=" not in text
        assert " onclick=" not in text
        assert text.count("<script") == text.count('<script src="/static/')


def test_a_form_of_another_site_changes_nothing(open_browser: Browser) -> None:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    bare = open_browser.ask("POST", "/letters/discard", b"all=yes", headers=kind)
    assert bare.status == 403
    forged = open_browser.ask("POST", "/letters/discard", b"all=yes&form_signature=00", headers=kind)
    assert forged.status == 403
    open_browser.get("/sign-in")
    other = Browser(open_browser.base)
    other.get("/sign-in")
    other.cookies = dict.fromkeys(other.cookies, "chosen-by-somebody-else")
    assert other.ask("POST", "/letters/discard", b"all=yes&form_signature=00", headers=kind).status == 403
    other.close()
    assert open_browser.post("/letters/discard", {"all": "yes"}).status == 303


def test_another_sites_page_can_neither_embed_nor_probe(open_browser: Browser) -> None:
    elsewhere = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    assert open_browser.get("/static/style.css", **elsewhere).status == 403
    assert open_browser.get("/api/search", **elsewhere).status == 403
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert open_browser.get("/", **followed).status == 200
    assert open_browser.ask("POST", "/sign-in", b"", headers=followed).status == 403


def test_without_a_token_no_program_may_send(open_browser: Browser) -> None:
    refused = open_browser.ask("POST", "/api/drops?name=a.md", b"# a")
    assert refused.status == 403
    assert "web.token" in refused.json()["detail"]


def test_with_a_token_people_sign_in_and_out(guarded: WebServer) -> None:
    browser = guarded.browser()
    turned = browser.get("/status?x=1")
    assert (turned.status, turned.headers["location"]) == (303, "/sign-in?after=/status%3Fx%3D1")
    assert browser.post("/sign-in", {"token": "wrong", "after": "/status"}).status == 403
    for after, goes_to in (("/status", "/status"), ("//evil.example/", "/"), ("https://evil.example/", "/")):
        let_in = browser.post("/sign-in", {"token": TOKEN, "after": after})
        assert (let_in.status, let_in.headers["location"]) == (303, goes_to)
    assert "httponly" in let_in.headers["set-cookie"].lower()
    assert "samesite=strict" in let_in.headers["set-cookie"].lower()
    assert browser.get("/status").status == 200
    assert browser.post("/sign-out").status == 303
    browser.cookies.pop("newsdrop_session", None)
    assert browser.get("/status").status == 303


def test_a_session_that_somebody_made_up_is_none(guarded: WebServer) -> None:
    browser = guarded.browser()
    for cookie in ("", "9999999999", "9999999999.", "9999999999." + "0" * 64):
        browser.cookies["newsdrop_session"] = cookie
        assert browser.get("/status").status == 303


def test_programs_show_the_token(guarded: WebServer) -> None:
    browser = guarded.browser()
    assert browser.get("/api/search").status == 401
    assert browser.get("/api/search", Authorization="Bearer wrong").status == 401
    assert browser.get("/api/search", Authorization=f"Bearer {TOKEN}").status == 200


def test_whoever_guesses_tokens_has_to_wait(guarded: WebServer) -> None:
    browser = guarded.browser()
    statuses = [browser.get("/api/search", Authorization=f"Bearer {number}").status for number in range(14)]
    assert statuses[:10] == [401] * 10
    assert 429 in statuses[10:]
    waits = browser.get("/api/search", Authorization="Bearer again")
    assert int(waits.headers["retry-after"]) >= 1


def test_a_host_that_a_proxy_serves_is_named(guarded: WebServer) -> None:
    browser = guarded.browser()
    assert browser.get("/sign-in", Host="news.example.org").status == 200
    assert browser.get("/sign-in", Host="other.example.org").status == 421


def test_behind_tls_the_cookies_say_so(guarded: WebServer) -> None:
    browser = guarded.browser()
    answer = browser.get("/sign-in", **{"X-Forwarded-Proto": "https", "Host": "news.example.org"})
    assert "; Secure" in answer.headers["set-cookie"]
