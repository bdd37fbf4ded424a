"""Pictures of the page, from a real run over the synthetic corpus, taken by a real Chromium.

    python -m docs.make.page_pictures      (a part of `make pictures`)

`images/page-search.png` and `images/page-article.png`, light and dark.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser
from tests.corpus import CorpusSpec, write_corpus
from tests.servers.chromium import running_chromium
from tests.servers.cli_installation import CliInstallation
from tests.servers.web_server import WebServer

IMAGES = Path(__file__).resolve().parents[2] / "docs/images"
_QUERY = "琥珀燈塔"
_WINDOW = {"width": 1_080, "height": 720}


def main() -> None:
    """Ingest, serve, and take both pictures."""
    with tempfile.TemporaryDirectory() as folder:
        place = CliInstallation(Path(folder))
        report = write_corpus(place.drops, CorpusSpec(articles=1_000))
        done = place.process("up", place.drops, "--until-idle", timeout_s=1_200)
        sys.stdout.write(f"{report.files} files, exit code {done.returncode}\n")
        with WebServer(place) as server, running_chromium() as browser:
            _search(browser, server.address)
            _article(browser, server.address)


def _search(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport=_WINDOW, color_scheme="light")  # type: ignore[arg-type]
    page.goto(f"{address}/?q={_QUERY}")
    page.locator(".hits h2").first.wait_for()
    page.screenshot(path=IMAGES / "page-search.png")
    page.close()


def _article(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport=_WINDOW, color_scheme="dark")  # type: ignore[arg-type]
    page.goto(f"{address}/?q={_QUERY}&lang=zh-Hant")
    page.locator(".hits h2 a").first.click()
    page.locator(".read .text p").first.wait_for()
    page.screenshot(path=IMAGES / "page-article.png")
    page.close()


if __name__ == "__main__":
    main()
