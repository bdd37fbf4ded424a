"""The page in a real Chromium: both scripts, pointer, keyboard alone, no JavaScript, hostile articles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, Request, expect
from tests.inputs.web_pages import BRIDGE, HARBOUR, HOSTILE, saved_page
from tests.servers.chromium import running_chromium
from tests.servers.cli_installation import CliInstallation
from tests.servers.redis_server import RedisServer
from tests.servers.web_server import WebServer
from tests.waiting import until

pytestmark = [pytest.mark.redis, pytest.mark.slow]

TOKEN = "a token of more than sixteen"
#: Longer than Playwright's own 5 s: the machine may be busy.
PATIENCE_MS = 60_000
SCHEMES = ("light", "dark")
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with running_chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, own_redis: RedisServer) -> CliInstallation:
    place = CliInstallation(tmp_path_factory.mktemp("browser"), own_redis.url, NEWSDROP_WEB_TOKEN=TOKEN)
    place.file("bridge.html", BRIDGE)
    place.file("harbour.html", HARBOUR)
    place.file("hostile.html", HOSTILE)
    for number in range(4):
        address, text = f"https://www.example.com/{number}", "年表中的一段話，說明了這一年發生的事情。" * 3
        published = f"20{14 + number}-05-01T08:00:00+00:00"
        place.file(
            f"{number}.html", saved_page(address, f"年表 {number}", f"<p>{text}</p>", published=published)
        )
    for number in range(2):
        place.file(f"bad-{number}.txt", f"neither header nor markup {number}".encode())
    assert place.json("ingest", place.drops, code=1)["states"] == {"indexed": 7, "dead": 2}
    return place


@pytest.fixture(scope="module")
def server(place: CliInstallation) -> Iterator[WebServer]:
    with WebServer(place) as server:
        yield server


@pytest.fixture(scope="module")
def signed_in(chromium: Browser, server: WebServer) -> dict[str, object]:
    """The cookies of somebody who typed the token."""
    context = chromium.new_context(base_url=server.address)
    page = context.new_page()
    page.goto("/?q=香港", timeout=PATIENCE_MS)
    page.get_by_label("The server's token").fill(TOKEN)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("searchbox")).to_have_value("香港")
    state = context.storage_state()
    context.close()
    return dict(state)


#: What the browser says of a framed page that wanted more than it may.
DENIED = re.compile("violates the following Content Security Policy|(?:document|frame) is sandboxed")


class Visit:
    """One visitor's page, what it did that no page may do, and what the archived page in it was denied."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.page = context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.strangers: list[str] = []
        self.faults: list[str] = []
        self.denied: list[str] = []
        self.framed = False
        self._address = address
        self.page.on("request", self._asked)
        self.page.on("requestfailed", self._failed)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("dialog", self._opened)
        self.page.on("console", self._said)

    def _opened(self, dialog: Dialog) -> None:
        self.faults.append(dialog.message)
        dialog.dismiss()

    def _said(self, message: ConsoleMessage) -> None:
        # That a page answers 404 is no fault of it; a policy that was broken is.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            (self.denied if DENIED.search(message.text) else self.faults).append(message.text)

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self._address + "/", "data:", "about:")):
            self.strangers.append(request.url)

    def _failed(self, request: Request) -> None:
        # What the policy forbids never leaves the browser.
        if request.failure == "csp":
            self.strangers.remove(request.url)


@pytest.fixture
def visit(
    request: pytest.FixtureRequest, chromium: Browser, server: WebServer, signed_in: dict[str, object]
) -> Iterator[Visit]:
    """A visitor who is signed in; parameters are options of the browser."""
    options = getattr(request, "param", {})
    context = chromium.new_context(base_url=server.address, storage_state=signed_in, **options)  # type: ignore[arg-type]
    visit = Visit(context, server.address)
    yield visit
    context.close()
    assert visit.strangers == []
    assert visit.faults == []
    if not visit.framed:
        assert visit.denied == []


@pytest.fixture
def page(visit: Visit) -> Page:
    return visit.page


def hits(page: Page) -> list[str]:
    return page.locator(".hits .list h2").all_inner_texts()


def parameters(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def shows_headings(page: Page) -> bool:
    """Whether its file was read: on a busy machine who reads files is still starting."""
    page.reload()
    return page.get_by_role("heading", name="歷史").count() == 1


def widths(page: Page) -> tuple[int, int]:
    """How wide the page is, and how wide the window."""
    found: list[int] = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    return found[0], found[1]


@pytest.mark.parametrize("query", ["大橋", "大桥", "香港 歷史"])
def test_either_script_finds_and_marks(page: Page, query: str) -> None:
    page.goto("/")
    page.get_by_role("searchbox").fill(query)
    page.get_by_role("searchbox").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("1 article")
    assert hits(page) == ["香港的橋"]
    assert page.locator("mark").count() > 0
    assert page.locator(".hits h2").first.get_attribute("lang") == "zh-Hant"


def test_an_article_is_read_and_how_it_was_read_folds_out(page: Page) -> None:
    page.goto("/?q=大橋")
    page.get_by_role("link", name="香港的橋").click()
    expect(page.get_by_role("heading", name="香港的橋")).to_be_visible()
    until(lambda: shows_headings(page), "its headings")
    page.get_by_text("How it was read").click()
    expect(page.get_by_text("Where each field comes from")).to_be_visible()


def test_the_archived_page_stands_in_a_frame_without_rights(page: Page, visit: Visit) -> None:
    page.goto("/?q=Hostile")
    page.locator(".hits h2 a").click()
    page.get_by_text("As it was archived").click()
    frame = page.frame_locator(".original iframe")
    expect(frame.get_by_text("Hostile words")).to_be_attached()
    assert "/articles/" in page.url
    visit.framed = True
    assert any("redirect" in one for one in visit.denied)


def test_pictures_come_after_a_click_and_from_nowhere_before(page: Page, visit: Visit) -> None:
    page.context.route(re.compile("^https://pictures"), lambda route: route.abort())
    page.goto("/?q=大橋")
    page.get_by_role("link", name="香港的橋").click()
    expect(page.get_by_text("橋的照片")).to_be_visible()
    assert page.locator("article img").count() == 0
    page.get_by_role("link", name="Load 1 picture").click()
    expect(page.locator("article img")).to_have_count(1)
    page.locator("article img").scroll_into_view_if_needed()
    assert set(visit.strangers) == {"https://pictures.example.com/bridge.jpg"}
    visit.strangers.clear()
    visit.faults.clear()


def test_a_span_of_time_is_chosen_by_dragging_over_the_bars(page: Page) -> None:
    page.goto("/?q=年表")
    expect(page.get_by_role("status")).to_contain_text("4 articles")
    first = page.locator('rect.span[data-start="2015-05"]').bounding_box()
    last = page.locator('rect.span[data-start="2016-05"]').bounding_box()
    assert first is not None
    assert last is not None
    page.mouse.move(first["x"] + first["width"] / 2, first["y"] + 5)
    page.mouse.down()
    page.mouse.move(last["x"] + last["width"] / 2, last["y"] + 5, steps=5)
    page.mouse.up()
    page.wait_for_url("**since=**")
    assert parameters(page) == {"q": ["年表"], "since": ["2015-05"], "until": ["2016-05"]}
    expect(page.get_by_role("status")).to_contain_text("2 articles")


def test_one_bar_is_a_link_to_its_time(page: Page) -> None:
    page.goto("/?q=年表")
    page.get_by_role("link", name="2017-05: 1 article").click()
    page.wait_for_url("**since=2017-05**")
    assert hits(page) == ["年表 3"]


def test_the_keyboard_alone_is_enough(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type("年表")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=**")
    titles = hits(page)
    for key in "jjjk":
        page.keyboard.press(key)
    expect(page.locator(".hits .here h2")).to_have_text(titles[1])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(titles[1])
    # The heading may be there before the page's script listens.
    page.wait_for_load_state()
    page.keyboard.press("/")
    page.wait_for_url(re.compile("/$"))


@pytest.mark.parametrize("visit", [{"java_script_enabled": False}], indirect=True, ids=["no JavaScript"])
def test_without_javascript_one_can_search_read_and_mend(page: Page, visit: Visit) -> None:
    # Frames are lazy with JavaScript only.
    visit.framed = True
    page.goto("/")
    page.get_by_role("searchbox").fill("大橋")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="香港的橋").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("香港的橋")
    page.get_by_text("How it was read").click()
    page.get_by_role("link", name="Which rule was used, and why").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("How it was read")
    page.go_back()
    page.get_by_role("link", name="Read it again …").click()
    page.get_by_role("button", name="Read it again").click()
    expect(page.get_by_role("status")).to_contain_text("queued")


def test_a_group_of_dead_letters_is_tried_again(page: Page, place: CliInstallation) -> None:
    page.goto("/letters")
    page.locator("td.group a").first.click()
    page.get_by_role("link", name="Replay these …").click()
    expect(page.get_by_text("2 dead letters")).to_be_visible()
    page.get_by_role("button", name="Replay").click()
    expect(page.get_by_role("status")).to_contain_text("2 queued again")
    expect(page.get_by_text("0 open dead letters")).to_be_visible()
    assert place.json("status")["states"]["dead"] == 0


def test_a_file_is_sent_as_an_extension_of_the_browser_sends_it(page: Page) -> None:
    page.goto("/")
    receipt = page.evaluate(
        """async ([token, content]) => {
            const form = new FormData();
            form.append("file", new Blob([content], {type: "text/html"}), "saved.html");
            form.append("url", "https://www.example.com/saved");
            const headers = {Accept: "application/json", Authorization: `Bearer ${token}`};
            const answer = await fetch("/api/drops", {method: "POST", body: form, headers});
            return [answer.status, await answer.json()];
        }""",
        [TOKEN, BRIDGE.decode()],
    )
    status, said = receipt
    assert status == 201
    waiting = page.request.get(said["address"], headers={"Authorization": f"Bearer {TOKEN}"})
    assert waiting.json()["state"] == "waiting"


def test_what_stands_is_shown_live(page: Page) -> None:
    page.goto("/status")
    with page.expect_response(lambda answer: answer.url.endswith("/status"), timeout=PATIENCE_MS) as piece:
        pass
    assert "<html" not in piece.value.text()
    expect(page.get_by_role("heading", name="Files by state")).to_have_count(1)


@pytest.mark.parametrize("visit", [{"viewport": {"width": 360, "height": 640}}], indirect=True, ids=["phone"])
def test_a_hostile_article_runs_nothing_restyles_nothing_and_fits_a_phone(page: Page) -> None:
    page.goto("/?q=Hostile")
    plain = page.evaluate("getComputedStyle(document.body).display")
    assert page.evaluate("document.querySelectorAll('.hits script, .hits style, .hits img').length") == 0
    assert widths(page)[0] <= widths(page)[1]
    page.locator(".hits h2 a").click()
    expect(page.get_by_text("Hostile words")).to_be_visible()
    page.wait_for_load_state()
    assert page.evaluate("getComputedStyle(document.body).display") == plain == "block"
    assert page.evaluate("document.querySelectorAll('article script, article style').length") == 0
    assert page.evaluate("[...document.links].filter(one => !/^https?:$/.test(one.protocol)).length") == 0
    assert widths(page)[0] <= widths(page)[1]


@pytest.mark.parametrize("visit", [{"viewport": {"width": 1280, "height": 800}}], indirect=True, ids=["desk"])
def test_a_line_of_chinese_has_no_more_than_thirty_eight_characters(page: Page) -> None:
    page.goto("/?q=大橋")
    page.get_by_role("link", name="香港的橋").click()
    # Until it is loaded, a page may have its text without its style.
    page.wait_for_url("**/articles/**")
    ems = page.evaluate(
        """() => { const text = document.querySelector(".text p");
        return text.getBoundingClientRect().width / parseFloat(getComputedStyle(text).fontSize); }"""
    )
    assert 20 < ems <= 38


@pytest.mark.parametrize("visit", [{"color_scheme": one} for one in SCHEMES], indirect=True, ids=SCHEMES)
def test_axe_finds_nothing_serious(page: Page) -> None:
    page.goto("/?q=大橋")
    article = page.locator(".hits h2 a").get_attribute("href")
    addresses = [
        *("/?q=大橋", "/?q=(", "/status", "/letters", "/letters/replay/ask", "/nothing"),
        *(f"{article}{piece}" for piece in ("", "/forget", "/explanation")),
    ]
    found = []
    for address in addresses:
        page.goto(address)
        answer = Axe().run(page)
        found += [
            (address, one["id"], one["nodes"][0]["html"], one["nodes"][0]["failureSummary"])
            for one in answer.response["violations"]
            if one["impact"] in ("serious", "critical")
        ]
    assert found == []
