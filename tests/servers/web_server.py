"""`newsdrop web` as a real process, and a browser without a screen: it keeps cookies and fills in forms."""

from __future__ import annotations

import html
import re
from types import TracebackType
from typing import Any
from urllib.parse import urlencode

import msgspec
import urllib3
from tests.servers.cli_installation import CliInstallation
from tests.servers.rigged import python_path
from tests.servers.warm_start import Process, start_warm
from tests.waiting import until

__all__ = ["Browser", "Page", "WebServer"]

_ADDRESS = re.compile(r"The web interface is at (http://\S+)")
_FIELD = re.compile(r'<input type="hidden" name="form_signature" value="([^"]+)">')


class Page(msgspec.Struct, frozen=True):
    """What a server answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")

    @property
    def words(self) -> str:
        """The text that people see."""
        shown = re.sub(r"<(script|style|title)\b.*?</\1>|<[^>]*>", " ", self.text, flags=re.DOTALL)
        return " ".join(html.unescape(shown).split())

    @property
    def links(self) -> list[str]:
        return [html.unescape(one) for one in re.findall(r'<a [^>]*?href="([^"]*)"', self.text)]

    def json(self) -> Any:
        return msgspec.json.decode(self.body)


class Browser:
    """One visitor."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.cookies: dict[str, str] = {}
        self._http = urllib3.PoolManager(retries=False, timeout=60)

    def get(self, path: str, **headers: str) -> Page:
        return self.ask("GET", path, headers=headers)

    def post(self, path: str, fields: dict[str, str] | None = None, *, form_at: str = "/sign-in") -> Page:
        """Send a form, with the signature that the page at `form_at` gave us."""
        page = self.get(form_at)
        found = _FIELD.search(page.text)
        assert found, page.text
        sent = urlencode({**(fields or {}), "form_signature": html.unescape(found[1])})
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", path, sent.encode(), headers=kind)

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Page:
        sent = dict(headers or {})
        if self.cookies:
            sent.setdefault("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        answer = self._http.request(method, self.base + path, body=body, headers=sent, redirect=False)
        for cookie in answer.headers.getlist("set-cookie"):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value.strip('"')
        named = {name.lower(): value for name, value in answer.headers.items()}
        return Page(answer.status, named, answer.data)

    def close(self) -> None:
        self._http.clear()


class WebServer:
    """The server of one installation; a context manager."""

    def __init__(self, place: CliInstallation, *arguments: str) -> None:
        self._place = place
        self._arguments = arguments
        self._log = place.base / "web.log"
        self._process: Process | None = None
        self._browsers: list[Browser] = []
        self.address = ""

    def __enter__(self) -> WebServer:
        with self._log.open("w") as log:
            self._process = start_warm(
                "newsdrop",
                ("web", "--port", "0", *self._arguments),
                environment=self._place.environment() | {"PYTHONPATH": python_path()},
                folder=self._place.base,
                output=log.fileno(),
            )
        self.address = until(self._said, self.log)
        # It listens before it serves; ended in between it has no handler of its own for that yet.
        first = Browser(self.address)
        first.get("/static/style.css")
        first.close()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for browser in self._browsers:
            browser.close()
        code = self.stop()
        if kind is None:
            assert code == 0, self.log()
            assert "Traceback" not in self.log(), self.log()

    def stop(self) -> int:
        """End it as a service manager does; its exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(60)

    def browser(self) -> Browser:
        one = Browser(self.address)
        self._browsers.append(one)
        return one

    def log(self) -> str:
        return self._log.read_text("utf-8", "replace")

    def _said(self) -> str:
        assert self._process is not None
        assert self._process.poll() is None, self.log()
        found = _ADDRESS.search(self.log())
        return found[1] if found else ""
