"""Errors as answers: a page for people, a JSON problem (RFC 9457) for programs. Never a traceback."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from newsdrop.errors import (
    ConfigError,
    ForbiddenPathError,
    GoneError,
    InvalidMessageError,
    NewsdropError,
    OutageError,
    PermanentError,
    TooLargeError,
    TransientError,
    printable,
)
from newsdrop.index.query import QueryError
from newsdrop.web.rendering import render

__all__ = ["Problem", "ProblemError", "json_answer", "problem", "status_of"]

#: The HTTP status of each kind of error; the first match counts.
_STATUSES: tuple[tuple[type[NewsdropError], int], ...] = (
    (QueryError, 400),
    (GoneError, 404),
    (TooLargeError, 413),
    (InvalidMessageError, 422),
    (ForbiddenPathError, 403),
    # What a file has become since it was indexed, and what may pass by itself.
    (PermanentError, 422),
    (TransientError, 503),
    (OutageError, 503),
    # A person has to act first.
    (ConfigError, 409),
)


class Problem(msgspec.Struct, frozen=True):
    """Why a request failed: `detail` in a sentence, `status` the HTTP status."""

    type: str
    title: str
    status: int
    detail: str


class ProblemError(NewsdropError):
    """An error with an HTTP status of its own."""

    def __init__(self, status: int, detail: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})


def status_of(error: NewsdropError) -> int:
    """The HTTP status that tells a program which kind of failure this was."""
    if isinstance(error, ProblemError):
        return error.status
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), 500)


def problem(request: Request, status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """The answer to a request that failed."""
    title = HTTPStatus(status).phrase
    detail = printable(detail)
    if request.url.path.startswith("/api/"):
        body = Problem("about:blank", title, status, detail)
        return json_answer(body, status, headers, media_type="application/problem+json")
    template = "error_piece.html" if request.headers.get("hx-request") else "error.html"
    return render(template, request, {"title": title, "detail": detail}, status=status, headers=headers)


def json_answer(
    value: object,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    *,
    media_type: str = "application/json",
) -> Response:
    """A JSON answer for programs."""
    return Response(msgspec.json.encode(value), status, dict(headers or {}), media_type)
