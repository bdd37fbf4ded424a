"""Copies from web archives: what an archive did to a page is undone, so that it is the page again.

    https://web.archive.org/web/20200506101112/https://a.example/1    https://a.example/1, saved at that time
    /web/20200506101112im_/https://a.example/1.jpg                    https://a.example/1.jpg
    https://archive.ph/2020.05.06-101112/https://a.example/1          https://a.example/1

That is the Wayback Machine, whatever answers as it does (pywb, OpenWayback: those of libraries and nations),
and archive.today. Only a page that is a copy itself is changed. Where another page leads to a copy, it does
so on purpose: what it leads to may be gone.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import msgspec

from newsdrop.archive.header import Layout
from newsdrop.moments import epoch_ms, read_moment

__all__ = ["restored"]

_SLASH = r"\\?/"
_TIME = r"\d{14}|\d{4}\.\d\d\.\d\d-\d{6}"
#: How the copy of a style sheet, a script, a picture … is asked for, or the list of all copies.
_KIND = r"(?:[a-z]{2,3}_|\*)?"
_COPY = re.compile(
    rf"https?://(?P<host>[^/\s\"'<>]{{3,100}})(?P<path>(?:/[\w.-]{{1,40}}){{0,4}}?)/(?P<time>{_TIME}){_KIND}/"
    r"(?P<url>https?:/{1,2}[^\s/\"'<>][^\s\"'<>]{0,2000})",
    re.IGNORECASE,
)
#: Where a page says that it is a copy: its own address, or what the Wayback Machine calls its script with.
_OWN = re.compile(
    rf"<(?:link|meta)\s[^<>]{{0,200}}?(?:canonical|og:url)[^<>]{{0,200}}?(?:href|content)\s*=\s*[\"']?{_COPY.pattern}"
    r"|__wm\.wombat\(\"(?P<wombat>https?:[^\"]{4,2000})\",\s?\"(?P<when>\d{14})\"",
    re.IGNORECASE,
)
#: The names of archive.today, of which a copy uses several.
_TODAY = re.compile(r"(?:www\.)?archive\.(?:today|ph|is|md|vn|fo|li)", re.IGNORECASE)
_WAYBACK = ("web.archive.org", "/web")
_TOOLBAR = ("<!-- BEGIN WAYBACK TOOLBAR INSERT -->", "<!-- END WAYBACK TOOLBAR INSERT -->")
_HEAD_CHARS = 65_536


class _Copy(NamedTuple):
    host: str
    path: str
    time: str
    #: Of the page that it is a copy of.
    url: str


def restored(layout: Layout) -> Layout:
    """The page that this one is a copy of, with when it was copied; another page as it is. Idempotent."""
    said = _COPY.fullmatch(layout.header.url or "")
    copy = _copy_of(said) if said else _own_copy(layout)
    if copy is None:
        return layout
    header = msgspec.structs.replace(layout.header, url=copy.url)
    if header.archived_at_ms is None:
        header = msgspec.structs.replace(header, archived_at_ms=_ms(copy.time))
    return msgspec.structs.replace(layout, header=header, body=_undone(layout.body, copy))


def _own_copy(layout: Layout) -> _Copy | None:
    """What a whole page without an address of its own says that it is a copy of."""
    if not layout.whole or layout.header.url is not None:
        return None
    # Hardly any other page has one of these, and finding that out takes microseconds.
    if all(layout.body.find(hint, 0, _HEAD_CHARS) < 0 for hint in ("/http", "__wm")):
        return None
    own = _OWN.search(layout.body, 0, _HEAD_CHARS)
    if own is None:
        return None
    return _Copy(*_WAYBACK, own["when"], own["wombat"]) if own["wombat"] else _copy_of(own)


def _copy_of(match: re.Match[str]) -> _Copy:
    scheme, _, rest = match["url"].partition(":")
    return _Copy(match["host"], match["path"], match["time"], f"{scheme}://{rest.lstrip('/')}")


def _ms(time: str) -> int | None:
    digits = re.sub(r"\D", "", time)
    return epoch_ms(read_moment(f"{digits}Z"))


def _undone(html: str, copy: _Copy) -> str:
    """The HTML with its own addresses, and without the archive's bar."""
    begin, end = (html.find(mark) for mark in _TOOLBAR)
    if 0 <= begin < end:
        html = html[:begin] + html[end + len(_TOOLBAR[1]) :]
    host = _TODAY.pattern if _TODAY.fullmatch(copy.host) else re.escape(copy.host)
    path = copy.path.replace("/", _SLASH)
    asked = rf"{_SLASH}(?:{_TIME}|o{_SLASH}\w{{4,8}}){_KIND}{_SLASH}"
    written = re.compile(
        rf"(?:(?:https?:)?{_SLASH}{_SLASH}{host}|(?<=[\"'(=\s,])){path}{asked}(?=https?:|{_SLASH}{_SLASH})",
        re.IGNORECASE,
    )
    return written.sub("", html)
