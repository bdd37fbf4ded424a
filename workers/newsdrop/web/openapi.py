"""The OpenAPI document of the API, with schemas made from the structs of the answers."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from newsdrop.ledger.receipts import Sent
from newsdrop.version import VERSION
from newsdrop.web.answers import Problem
from newsdrop.web.api import Receipt, SearchPage
from newsdrop.web.searching import FACET_PARAMETERS

__all__ = ["openapi"]

_STRUCTS: Final = (SearchPage, Receipt, Sent, Problem)
_BEARER: Final[list[dict[str, list[str]]]] = [{"token": []}]


def openapi() -> dict[str, Any]:
    """The whole document."""
    _, schemas = msgspec.json.schema_components(_STRUCTS, ref_template="#/components/schemas/{name}")
    schemas["Article"] = {
        "title": "Article",
        "description": "A document as the index has it (docs/mapping.md), with its id and version.",
        "type": "object",
        "required": ["id", "version", "title"],
        "properties": {
            "id": {"type": "string"},
            "version": {"type": "integer"},
            "title": {"type": "string"},
            "text": {"type": "string"},
        },
        "additionalProperties": True,
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "newsdrop", "version": VERSION},
        "paths": {
            "/api/search": {"get": _search()},
            "/api/articles/{id}": {"get": _article()},
            "/api/drops": {"post": _send()},
            "/api/drops/{receipt}": {"get": _drop()},
        },
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _search() -> dict[str, Any]:
    said = {
        "q": "A query as in `newsdrop search` (docs/query.md).",
        "since": "From this date on, or 7d: the last seven days.",
        "until": "Up to the end of this date.",
        "sort": "relevance, newest or oldest.",
        "counts": "yes: also count values and months over all results.",
        **{name: f"A value of `{field}`; may be repeated." for name, field in FACET_PARAMETERS.items()},
    }
    parameters = [_query(name, {"type": "string"}, text) for name, text in said.items()]
    parameters += [
        _query(name, {"type": "integer", "minimum": 1}, text)
        for name, text in (("page", "From 1."), ("size", "Articles per page, at most 100."))
    ]
    return {
        "summary": "Search the articles",
        "operationId": "search",
        "security": [{}, *_BEARER],
        "parameters": parameters,
        "responses": _answers("SearchPage", 200, 400, 401, 503),
    }


def _article() -> dict[str, Any]:
    return {
        "summary": "One article",
        "operationId": "article",
        "security": [{}, *_BEARER],
        "parameters": [_in_path("id", "The id, or its beginning (four characters or more).")],
        "responses": _answers("Article", 200, 401, 404, 409, 503),
    }


def _send() -> dict[str, Any]:
    file = {"type": "string", "format": "binary"}
    named = [
        ("name", "The name of the file; a file in a form has its own."),
        ("collection", "The collection of its article."),
    ]
    named.append(("key", "Identifies the file permanently, so that sending it twice makes one drop."))
    return {
        "summary": "Send one file to be read and indexed",
        "operationId": "send",
        "security": _BEARER,
        "parameters": [_query(name, {"type": "string", "maxLength": 512}, text) for name, text in named],
        "requestBody": {
            "required": True,
            "content": {
                "application/octet-stream": {"schema": file},
                "multipart/form-data": {"schema": {"type": "object", "properties": {"file": file}}},
            },
        },
        "responses": _answers("Receipt", 201, 401, 403, 413, 422, 503),
    }


def _drop() -> dict[str, Any]:
    return {
        "summary": "The state of a file that was sent",
        "operationId": "drop",
        "security": [{}, *_BEARER],
        "parameters": [_in_path("receipt", "The receipt, or a drop's id.")],
        "responses": _answers("Sent", 200, 401, 404, 503),
    }


def _answers(schema: str, good: int, *bad: int) -> dict[str, Any]:
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    answers: dict[str, Any] = {
        str(good): {
            "description": "Done.",
            "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
        }
    }
    return answers | {str(status): {"description": "A problem.", "content": problem} for status in bad}


def _query(name: str, schema: dict[str, Any], text: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema, "description": text}


def _in_path(name: str, text: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}, "description": text}
