"""The API for programs: search, articles, uploads; answers are JSON, failures are problems (RFC 9457)."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from newsdrop.documents import Hit
from newsdrop.index.search import Bucket, ValueCount
from newsdrop.ledger.receipts import SentState
from newsdrop.times import wall_clock
from newsdrop.web.answers import json_answer
from newsdrop.web.backends import Desk
from newsdrop.web.searching import Search
from newsdrop.web.uploads import Upload

__all__ = ["Receipt", "SearchPage", "get_article", "get_drop", "get_search", "post_drop"]


class SearchPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of results. Counts are included only if requested (`counts=yes`)."""

    total: int
    page: int
    size: int
    hits: list[Hit]
    facets: dict[str, list[ValueCount]] = {}
    histogram: list[Bucket] = []


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """The receipt of an upload, and the URL for looking it up."""

    receipt: str
    address: str


def get_search(desk: Desk, request: Request, _form: dict[str, str]) -> Response:
    """`GET /api/search`"""
    search = Search.read(request.query_params.multi_items())
    counted = request.query_params.get("counts") == "yes"
    asked = search.request(wall_clock(), counted=counted)
    answer = desk.store.search(asked)
    page = SearchPage(
        total=answer.total,
        page=search.page,
        size=search.size,
        hits=answer.hits,
        facets=answer.facets,
        histogram=answer.histogram,
    )
    return json_answer(page)


def get_article(desk: Desk, request: Request, _form: dict[str, str]) -> Response:
    """`GET /api/articles/{id}`"""
    document = desk.article(request.path_params["id"])
    return json_answer({**document.source, "id": document.id, "version": document.version})


def get_drop(desk: Desk, request: Request, _form: dict[str, str]) -> Response:
    """`GET /api/drops/{receipt}`"""
    sent = desk.backends.look_up(request.path_params["receipt"])
    return json_answer(sent, 404 if sent.state is SentState.UNKNOWN else 200)


def post_drop(desk: Desk, upload: Upload) -> Response:
    """`POST /api/drops`, once its body has been read."""
    receipt = desk.backends.send(upload.data, name=upload.name, key=upload.key, collection=upload.collection)
    address = f"/api/drops/{receipt}"
    return json_answer(Receipt(receipt=receipt, address=address), 201, {"Location": address})
