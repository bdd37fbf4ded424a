"""What runs before every page: only our own host, the security headers, and who is signed in.

Host of another name          421   DNS rebinding: a stranger's page must not talk to us as its own site
no token, no session          sign-in page, or 401 for programs
another site's sub-request    403   nobody may embed, probe or time our pages
a form without its signature  403   (pages; programs send a token instead)
"""

from __future__ import annotations

import secrets
import time
from typing import Final
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from newsdrop.web.access import FailureLimiter, Seal, bare_host, same
from newsdrop.web.answers import ProblemError, problem
from newsdrop.web.rendering import FORM_SIGNATURE, HAS_TOKEN

__all__ = ["FORM_COOKIE", "POLICY", "SESSION_COOKIE", "Gatekeeper", "Guard", "client_address"]

SESSION_COOKIE: Final = "newsdrop_session"
FORM_COOKIE: Final = "newsdrop_form"
#: Reachable without a session: the sign-in page and its styles.
_OPEN: Final = ("/sign-in", "/static/")
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_UNSENT: Final = "Send the token: Authorization: Bearer …"
_TOKENLESS: Final = "A program needs a token, and this server has none: set web.token (NEWSDROP_WEB_TOKEN)."
_HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-DNS-Prefetch-Control": "off",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}


class Gatekeeper:
    """Decides whom this server lets in.

    Args:
        token: None: everyone who reaches us may use the pages, and no program may send.
        hosts: from access.allowed_hosts.
    """

    def __init__(self, token: str | None, hosts: frozenset[str]) -> None:
        self._token = token
        self.hosts = hosts
        self.seal = Seal(token)
        self.failures = FailureLimiter()

    @property
    def has_token(self) -> bool:
        """Whether people must sign in, and programs can."""
        return self._token is not None

    def knows(self, token: str, address: str) -> bool:
        """Whether this is the token.

        Raises:
            ProblemError: too many wrong ones have come from this address.
        """
        now_s = time.monotonic()
        wait_s = self.failures.wait_s(address, now_s)
        if wait_s > 0:
            raise ProblemError(
                429,
                f"Too many wrong tokens from this address: try again in {wait_s:.0f} s.",
                headers={"Retry-After": f"{wait_s:.0f}"},
            )
        if self._token is not None and same(token, self._token):
            return True
        self.failures.failed(address, now_s)
        return False

    def bearer(self, request: Request) -> bool:
        """Whether a program sent the token.

        Raises:
            ProblemError: it sent a wrong one, or none where one is needed.
        """
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return False
        if not self.has_token:
            raise ProblemError(403, _TOKENLESS)
        if not self.knows(token.strip(), client_address(request)):
            raise ProblemError(401, "This is not the server's token.", headers={"WWW-Authenticate": "Bearer"})
        return True

    def check_program(self, request: Request) -> None:
        """Return if the request comes from a program that may send files.

        Raises:
            ProblemError: it may not.
        """
        if not self.has_token:
            raise ProblemError(403, _TOKENLESS)
        if not self.bearer(request):
            raise ProblemError(401, _UNSENT, headers={"WWW-Authenticate": "Bearer"})

    def signed_in(self, request: Request) -> bool:
        """Whether a person may use the pages."""
        if not self.has_token:
            return True
        return self.seal.in_session(request.cookies.get(SESSION_COOKIE), time.time())

    def check_form(self, request: Request, given: str | None) -> None:
        """Return if a form came from one of our pages.

        Raises:
            ProblemError: it didn't, or its page was from before a restart.
        """
        if not self.seal.is_form(request.cookies.get(FORM_COOKIE), given):
            raise ProblemError(
                403,
                "This form is outdated or comes from another site. Go back, reload the page, and try again.",
            )


class Guard:
    """The ASGI middleware."""

    def __init__(self, app: ASGIApp, gatekeeper: Gatekeeper) -> None:
        self._app = app
        self._gatekeeper = gatekeeper

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        cookie = self._form_cookie(scope)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                _complete(MutableHeaders(scope=message), scope, cookie)
            await send(message)

        try:
            refusal = self._refusal(Request(scope))
        except ProblemError as error:
            refusal = problem(Request(scope), error.status, error.detail, error.headers)
        await (refusal or self._app)(scope, receive, send_guarded)

    def _refusal(self, request: Request) -> Response | None:
        headers, path = request.headers, request.url.path
        if bare_host(headers.get("host")) not in self._gatekeeper.hosts:
            return problem(
                request,
                421,
                "This server doesn't answer to this host name: add it to web.hosts (NEWSDROP_WEB_HOSTS).",
            )
        if self._gatekeeper.bearer(request):
            return None
        if _from_elsewhere(headers, request.method):
            return problem(
                request, 403, "This was requested by another site's page: open it in a tab of its own."
            )
        if self._gatekeeper.signed_in(request) or path.startswith(_OPEN):
            return None
        if path.startswith("/api/"):
            return problem(request, 401, _UNSENT, {"WWW-Authenticate": "Bearer"})
        after = f"{path}?{request.url.query}" if request.url.query else path
        return RedirectResponse(f"/sign-in?after={quote(after)}", 303)

    def _form_cookie(self, scope: Scope) -> str | None:
        """The cookie to set, if the browser has none; pages find the value for their forms in the scope."""
        held = Request(scope).cookies.get(FORM_COOKIE)
        value = held or secrets.token_urlsafe(24)
        scope[FORM_SIGNATURE] = self._gatekeeper.seal.form(value)
        scope[HAS_TOKEN] = self._gatekeeper.has_token
        return None if held else value


def client_address(request: Request) -> str:
    """The address that a request comes from; behind a proxy on this machine, the one that it names."""
    return request.client.host if request.client else ""


def _complete(headers: MutableHeaders, scope: Scope, cookie: str | None) -> None:
    for name, value in _HEADERS.items():
        headers.setdefault(name, value)
    if cookie and headers.get("content-type", "").startswith("text/html"):
        secure = "; Secure" if scope.get("scheme") == "https" else ""
        headers.append("Set-Cookie", f"{FORM_COOKIE}={cookie}; Path=/; HttpOnly; SameSite=Strict{secure}")


def _from_elsewhere(headers: Headers, method: str) -> bool:
    """Whether the browser says that another site's page sent the request, not a person following a link."""
    site = headers.get("sec-fetch-site", "none")
    if site in ("none", "same-origin"):
        return False
    return method not in ("GET", "HEAD") or headers.get("sec-fetch-mode") != "navigate"
