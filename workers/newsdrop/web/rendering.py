"""The one way to make HTML: templates that escape everything, and filters for texts, times and URLs.

Nothing from an article reaches a page unescaped, and only http and https URLs become links.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from newsdrop.desk.article_formats import readable_url
from newsdrop.errors import printable
from newsdrop.hosts import is_web
from newsdrop.monitor.alarms import ago
from newsdrop.monitor.rates import rate_words
from newsdrop.plurals import counted
from newsdrop.times import shown_ms, shown_time
from newsdrop.version import VERSION

__all__ = [
    "FORM_FIELD",
    "FORM_SIGNATURE",
    "HAS_TOKEN",
    "STATIC",
    "language_tag",
    "marked",
    "plain",
    "render",
    "web_address",
]

STATIC: Final = Path(__file__).parent / "static"
#: What the guard adds to a request's scope: the signature for forms, and whether there is a token.
FORM_SIGNATURE: Final = "newsdrop.form_signature"
#: The field of a form that contains the signature.
FORM_FIELD: Final = "form_signature"
HAS_TOKEN: Final = "newsdrop.has_token"  # noqa: S105  a name
_TAG = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}")
#: Characters that change the direction of text, or break a line.
_TURNING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def render(
    template: str,
    request: Request,
    values: Mapping[str, Any],
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """Render a page, or a piece of one."""
    common = {
        "path": request.url.path,
        "signature": lambda: _signature(request.scope.get(FORM_SIGNATURE, "")),
        "has_token": request.scope.get(HAS_TOKEN, False),
    }
    html = _ENVIRONMENT.get_template(template).render(common | dict(values))
    return HTMLResponse(html.encode("utf-8", "backslashreplace"), status, dict(headers or {}))


def marked(text: str, marks: Sequence[tuple[int, int]]) -> Markup:
    """A text with the matches highlighted."""
    parts, at = [], 0
    for begin, stop in marks:
        parts += [escape(plain(text[at:begin])), Markup("<mark>"), escape(plain(text[begin:stop]))]
        parts.append(Markup("</mark>"))
        at = stop
    return Markup("").join([*parts, escape(plain(text[at:]))])


def plain(value: object) -> str:
    """A text from outside that is safe to show: no control characters, none that change the direction."""
    return _TURNING.sub("\ufffd", printable(str(value)))


def web_address(url: object) -> str:
    """The URL, if it is safe to link to; otherwise nothing."""
    return url if isinstance(url, str) and is_web(url) and url.isprintable() else ""


def language_tag(tag: object) -> Markup:
    """The attribute with the language of a text, if it is known."""
    return Markup(' lang="{}"').format(tag) if isinstance(tag, str) and _TAG.fullmatch(tag) else Markup("")


def _signature(value: str) -> Markup:
    """The signature field of every form that changes something."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FORM_FIELD, value)


def _number(value: float) -> str:
    return f"{value:,}"


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: value if isinstance(value, Markup) else plain(value),
    )
    environment.filters |= {
        "marked": marked,
        "web_address": web_address,
        "readable_url": readable_url,
        "lang": language_tag,
        "when": shown_time,
        "number": _number,
        "counted": counted,
        "rate": rate_words,
        "moment": shown_ms,
        "span": ago,
    }
    # Static files may be cached for long: their URLs change with the version.
    environment.globals["version"] = VERSION
    return environment


_ENVIRONMENT: Final = _environment()
