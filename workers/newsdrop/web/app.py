"""The URLs of the web interface, and how requests are handled: read, processed by a thread, answered."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Lifespan

from newsdrop.errors import NewsdropError
from newsdrop.web.answers import ProblemError, json_answer, problem, status_of
from newsdrop.web.api import get_article, get_drop, get_search, post_drop
from newsdrop.web.backends import Backends, Desk
from newsdrop.web.crew import Crew
from newsdrop.web.guard import Gatekeeper, Guard
from newsdrop.web.openapi import openapi
from newsdrop.web.pages.article import (
    article_page,
    ask_page,
    change_article,
    download,
    explanation_piece,
    original_frame,
)
from newsdrop.web.pages.exports import begin_export, export_asked
from newsdrop.web.pages.letters import change_letters, letter_page, letters_page, preview_piece
from newsdrop.web.pages.search import search_page
from newsdrop.web.pages.sign_in import sign_in, sign_in_page, sign_out
from newsdrop.web.pages.status import status_page
from newsdrop.web.rendering import FORM_FIELD, STATIC
from newsdrop.web.uploads import read_upload

__all__ = ["build_app"]

_FORM_BYTES: Final = 65_536

Handler = Callable[[Desk, Request, dict[str, str]], Response]
Endpoint = Callable[[Request], Awaitable[Response]]


def build_app(
    backends: Backends, gatekeeper: Gatekeeper, crew: Crew, lifespan: Lifespan[Starlette] | None = None
) -> ASGIApp:
    """The application behind its guard; the caller also starts the crew."""
    web = _Web(backends, gatekeeper, crew)
    read, change = web.reading, web.changing
    routes = [
        Route("/", read(search_page)),
        Route("/export/{kind}", web.export),
        Route("/articles/{id}", read(article_page)),
        Route("/articles/{id}/explanation", read(explanation_piece)),
        Route("/articles/{id}/original", read(original_frame)),
        Route("/articles/{id}/download/{kind}", read(download)),
        Route("/articles/{id}/{change}", read(ask_page), methods=["GET"]),
        Route("/articles/{id}/{change}", change(change_article), methods=["POST"]),
        Route("/status", read(status_page)),
        Route("/letters", read(letters_page)),
        Route("/letters/{change}/ask", read(preview_piece)),
        Route("/letters/{id}", read(letter_page), methods=["GET"]),
        Route("/letters/{change}", change(change_letters), methods=["POST"]),
        Route("/sign-in", web.sign_in_page, methods=["GET"]),
        Route("/sign-in", web.sign_in, methods=["POST"]),
        Route("/sign-out", web.sign_out, methods=["POST"]),
        Route("/api/search", read(get_search)),
        Route("/api/articles/{id}", read(get_article)),
        Route("/api/drops", web.send, methods=["POST"]),
        Route("/api/drops/{receipt}", read(get_drop)),
        Route("/api/openapi.json", web.openapi),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    handlers = {NewsdropError: _told, HTTPException: _http, Exception: _mistake}
    # The guard is outermost, so that even the answer to a bug of ours has its headers.
    return Guard(Starlette(routes=routes, exception_handlers=handlers, lifespan=lifespan), gatekeeper)


class _Web:
    """Turns requests into work for the crew."""

    def __init__(self, backends: Backends, gatekeeper: Gatekeeper, crew: Crew) -> None:
        self._backends = backends
        self._gatekeeper = gatekeeper
        self._crew = crew
        self._openapi = openapi()

    def reading(self, handler: Handler) -> Endpoint:
        """An endpoint that changes nothing."""

        async def endpoint(request: Request) -> Response:
            return await self._crew.do(lambda store: handler(Desk(store, self._backends), request, {}))

        return endpoint

    def changing(self, handler: Handler) -> Endpoint:
        """An endpoint that changes something, through one of our forms."""

        async def endpoint(request: Request) -> Response:
            form = await self._form(request)
            return await self._crew.do(lambda store: handler(Desk(store, self._backends), request, form))

        return endpoint

    async def export(self, request: Request) -> Response:
        """`/export/{kind}`"""
        export = export_asked(request)
        pieces = self._crew.stream(lambda store: begin_export(store, request, export))
        # Errors in the search show up before the first piece, while they can still be reported.
        first = await anext(pieces, b"")
        headers = {"Content-Disposition": f'attachment; filename="newsdrop.{export.suffix}"'}
        return StreamingResponse(_chained(first, pieces), 200, headers, export.media_type)

    async def send(self, request: Request) -> Response:
        """`POST /api/drops`"""
        self._gatekeeper.check_program(request)
        upload = await read_upload(request, self._backends.limits)
        return await self._crew.do(lambda store: post_drop(Desk(store, self._backends), upload))

    async def openapi(self, _request: Request) -> Response:
        """`/api/openapi.json`"""
        return json_answer(self._openapi)

    async def sign_in_page(self, request: Request) -> Response:
        """`/sign-in`"""
        return sign_in_page(request)

    async def sign_in(self, request: Request) -> Response:
        """Handle the submitted form."""
        return sign_in(request, await self._form(request), self._gatekeeper)

    async def sign_out(self, request: Request) -> Response:
        """`/sign-out`"""
        await self._form(request)
        return sign_out(request)

    async def _form(self, request: Request) -> dict[str, str]:
        """The fields of one of our forms.

        Raises:
            ProblemError: it isn't one, or is too large.
        """
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > _FORM_BYTES:
                raise ProblemError(413, "The form is too large.")
        fields = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=100))
        self._gatekeeper.check_form(request, fields.pop(FORM_FIELD, None))
        return fields


async def _chained(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece


async def _told(request: Request, error: Any) -> Response:
    """Answer with an error that a person or a program can act on."""
    headers = error.headers if isinstance(error, ProblemError) else None
    return problem(request, status_of(error), error.message, headers)


async def _http(request: Request, error: Any) -> Response:
    details = {404: f"There is nothing at {request.url.path}.", 405: "This method is not allowed here."}
    return problem(request, error.status_code, details.get(error.status_code, error.detail), error.headers)


async def _mistake(request: Request, _error: Exception) -> Response:
    # Starlette raises it again after this answer, and the server logs it.
    return problem(request, 500, "This is a bug in newsdrop; its log says more. Please report it.")
