"""The links of an article: absolute, with redirectors resolved and tracking parameters removed.

Refuses links that don't lead to a page: scripts, mail and telephone addresses, places on the same page,
`…/undefined`.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urljoin, urlsplit

from newsdrop.hosts import HOST, host_of, registrable_domain
from newsdrop.parse.repair import mended_url
from newsdrop.tracking import is_tracking, may_track

__all__ = ["Base", "absolute", "clean_link", "is_mark", "one_line"]

_REDIRECTS = re.compile(
    r"https?://(?:(?:l|lm)\.facebook\.com/l\.php|(?:www\.)?google\.[a-z.]{2,6}/url|"
    r"cdn\.embedly\.com/widgets/media\.html|link\.zhihu\.com/|(?:www\.)?youtube\.com/redirect)\?",
    re.IGNORECASE,
)
_TARGET_KEYS = ("u", "q", "url", "target")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_HTTP = re.compile(r"https?://[^/?#\s\[]", re.IGNORECASE)

_ROOTED = re.compile(r"/(?!/)(?!.*/\.\.?(?:/|$))", re.DOTALL)
#: White space and control characters, which browsers take out of addresses or never send.
_BLANKS = re.compile(r"[\s\0-\x1f\x7f-\x9f]+")


_MARKS = frozenset("↩↑^⤴↵¶#§")
#: White space, and what asks for a sign in text or as an emoji.
_MARK_EDGES = " \xa0\n\t\ufe0e\ufe0f"


class Base:
    """What the URLs of a page are relative to.

    `url`: the page's own, or what its <base href> makes of it; `origin`: the scheme and host of `url`.
    `home`: the scheme and host of the page itself, which may have its pictures elsewhere; `domain`: its
    registrable domain, or nothing.
    """

    __slots__ = ("domain", "home", "origin", "url")

    def __init__(self, url: str | None, href: str | None = None) -> None:
        match = HOST.match(url) if url else None
        self.url = url if match else None
        self.origin = match[0] if match else ""
        self.home = self.origin
        self.domain = registrable_domain(host_of(url))
        told = absolute(href, self) if href else None
        match = HOST.match(told) if told else None
        if match is not None:
            self.url, self.origin = told, match[0]


def absolute(url: str, base: Base) -> str | None:
    """The URL resolved against the page's own, or None if that gives no http(s) URL."""
    url = url.strip()
    if "#038;" in url or not url.isascii():
        url = mended_url(url)
    if not _HTTP.match(url):
        joined = _joined(url, base)
        if joined is None:
            return None
        url = joined
    return one_line(url)


def one_line(url: str) -> str:
    """The address with its spaces escaped, and without line ends and control characters."""
    return url if url.isprintable() and " " not in url else _BLANKS.sub("", url.replace(" ", "%20"))


def _joined(url: str, base: Base) -> str | None:
    # Nearly all relative addresses begin at the root; urljoin takes longer than all the rest done to a link.
    if base.origin and _ROOTED.match(url):
        return base.origin + url
    if (base.url is None and not url.startswith("//")) or url[:5].lower() in ("http:", "https"):
        return None
    try:
        url = urljoin(base.url or "https:", one_line(url))
    except ValueError:
        return None
    return url if _HTTP.match(url) else None


def clean_link(href: str, base: Base) -> str | None:
    """The page that a link leads to, or None if it leads to none."""
    href = href.strip()
    if not href or href[0] == "#" or (_SCHEME.match(href) and href[:4].lower() != "http"):
        return None
    url = absolute(href, base)
    for _ in range(3):
        if url is None or not _REDIRECTS.match(url):
            break
        url = _redirect_target(url)
    if url is None or url.endswith("/undefined"):
        return None
    return _without_tracking(url) if may_track(url) else url


def is_mark(text: str) -> bool:
    """Whether a link within its page is only a mark: back from a footnote (↩), or of a heading itself (¶)."""
    return text.strip(_MARK_EDGES) in _MARKS


def _redirect_target(url: str) -> str | None:
    try:
        query = parse_qs(urlsplit(url).query)
    except ValueError:
        return None
    targets = (query[key][0] for key in _TARGET_KEYS if key in query)
    # What was escaped in the redirector's address is unescaped here.
    return next((one_line(target) for target in targets if _HTTP.match(target)), None)


def _without_tracking(url: str) -> str:
    head, _, fragment = url.partition("#")
    path, _, query = head.partition("?")
    kept = "&".join(pair for pair in query.split("&") if pair and not is_tracking(pair))
    return path + (f"?{kept}" if kept else "") + (f"#{fragment}" if fragment else "")
