"""Signing in with the server's token, and out again."""

from __future__ import annotations

import time

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from newsdrop.web.access import SESSION_S
from newsdrop.web.guard import SESSION_COOKIE, Gatekeeper, client_address
from newsdrop.web.rendering import render

__all__ = ["sign_in", "sign_in_page", "sign_out"]


def sign_in_page(request: Request) -> Response:
    """`/sign-in`"""
    return render("sign_in.html", request, {"after": _inside(request.query_params.get("after")), "error": ""})


def sign_in(request: Request, form: dict[str, str], gatekeeper: Gatekeeper) -> Response:
    """Handle the submitted form.

    Raises:
        ProblemError: too many wrong tokens have come from this address.
    """
    after = _inside(form.get("after"))
    if not gatekeeper.knows(form.get("token", ""), client_address(request)):
        values = {"after": after, "error": "This is not the server's token."}
        return render("sign_in.html", request, values, status=403)
    answer = RedirectResponse(after, 303)
    answer.set_cookie(
        SESSION_COOKIE,
        gatekeeper.seal.session(time.time()),
        max_age=SESSION_S,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return answer


def sign_out(_request: Request) -> Response:
    """`/sign-out`, with POST."""
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(SESSION_COOKIE, httponly=True, samesite="strict")
    return answer


def _inside(after: str | None) -> str:
    """Where to go after signing in: only to one of our pages."""
    inside = after is not None and after.startswith("/") and not after.startswith(("//", "/\\"))
    return after if inside and after is not None and after.isprintable() else "/"
