"""The search page: results, facets, and the histogram over time."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from newsdrop.desk.dates import date_of
from newsdrop.errors import ConfigError
from newsdrop.index.search import MOST_PAGED, SearchAnswer, SearchRequest, sorting
from newsdrop.times import wall_clock
from newsdrop.web.answers import status_of
from newsdrop.web.backends import Desk
from newsdrop.web.histogram import chart, years
from newsdrop.web.rendering import render
from newsdrop.web.searching import FACET_PARAMETERS, Search

__all__ = ["search_page"]

_NAMES = {"lang": "language"}


class _Choice(msgspec.Struct, frozen=True):
    """A value to filter by, or one that is active; `address` adds or removes the filter."""

    value: str
    count: int | None
    address: str
    chosen: bool = False


def search_page(desk: Desk, request: Request, _form: dict[str, str]) -> Response:
    """`/`"""
    search = Search.read(request.query_params.multi_items())
    done = {"forgotten": request.query_params.get("done") == "forget"}
    try:
        asked = search.request(wall_clock(), counted=True)
        answer = desk.store.search(asked)
    except ConfigError as error:
        # The form keeps what was typed.
        return render(
            "search.html", request, done | _unanswered(search, error.message), status=status_of(error)
        )
    return render("search.html", request, done | _answered(search, asked, answer))


def _answered(search: Search, asked: SearchRequest, answer: SearchAnswer) -> dict[str, Any]:
    last = min(answer.total, MOST_PAGED) // search.size + bool(min(answer.total, MOST_PAGED) % search.size)
    return {
        "search": search,
        "error": "",
        "total": answer.total,
        "hits": [(hit, date_of(hit)) for hit in answer.hits],
        "first": asked.start + 1,
        "order": sorting(asked),
        "last_page": last,
        "facets": _facets(search, answer),
        "years": _years(search, answer),
        "chart": chart(answer.histogram, lambda start: f"/?{search.address(since=start, until=start)}"),
        "exports": search.address(),
    }


def _unanswered(search: Search, error: str) -> dict[str, Any]:
    nothing: dict[str, Any] = {"total": 0, "hits": [], "first": 1, "order": "relevance", "last_page": 0}
    return {
        **nothing,
        "search": search,
        "error": error,
        "facets": [],
        "years": [],
        "chart": None,
        "exports": "",
    }


def _facets(search: Search, answer: SearchAnswer) -> list[tuple[str, list[_Choice]]]:
    found = []
    for parameter, field in FACET_PARAMETERS.items():
        chosen = [value for name, value in search.chosen if name == parameter]
        held = [
            _Choice(value, None, f"/?{search.without_value(parameter, value)}", chosen=True)
            for value in chosen
        ]
        others = [
            _Choice(one.value, one.count, f"/?{search.with_value(parameter, one.value)}")
            for one in answer.facets.get(field, [])
            if one.value not in chosen
        ]
        if held or others:
            found.append((_NAMES.get(parameter, parameter), held + others))
    return found


def _years(search: Search, answer: SearchAnswer) -> list[_Choice]:
    if search.since and re.fullmatch(r"\d{4}", search.since) and search.since == search.until:
        return [_Choice(search.since, None, f"/?{search.address(since='', until='')}", chosen=True)]
    return [
        _Choice(year, count, f"/?{search.address(since=year, until=year)}")
        for year, count in years(answer.histogram).items()
    ]
