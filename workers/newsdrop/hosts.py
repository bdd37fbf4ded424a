"""Hosts of addresses: the name that a site has, whatever its page is made for and however it is spelled.

    WWW.Example.org.   m.example.org   amp.example.org   zh.m.example.org → zh.example.org
    bücher.example     full-width letters, ideographic full stops → xn--bcher-kva.example

Only labels below the domain that somebody registered are taken off: `m.me` and `mobile.de` are such domains.
Refuses the whole Public Suffix List, which would be much for what hangs on it.
"""

from __future__ import annotations

import re
from typing import Final
from unicodedata import normalize
from urllib.parse import unquote

__all__ = ["HOST", "canonical_host", "host_of", "is_web", "registrable_domain"]

#: The host of a web address.
HOST: Final = re.compile(r"https?://(?:[^/?#@]*@)?([^/?#:]+)", re.IGNORECASE)
#: Second levels under which anybody may register.
_SECOND_LEVELS = frozenset(
    ["ac", "co", "com", "edu", "gob", "gov", "idv", "mil", "ne", "net", "nom", "or", "org"]
)
#: Labels of the copies of a site that are made for small screens.
_SMALL_SCREENS = frozenset(("m", "amp", "mobile", "wap"))
_LONGEST = 253
_FULL_STOPS = re.compile("[\u3002\uff0e\uff61]")
_NO_HOST = re.compile(r"[\s/?#@:\[\]%]")


def is_web(url: str | None) -> bool:
    """Whether it is the address of something on the web: http or https, and a host."""
    return bool(url) and HOST.match(url or "") is not None


def host_of(url: str | None) -> str:
    """The host of a URL in lower case without `www.`, or nothing."""
    match = HOST.match(url) if url else None
    return match[1].lower().rstrip(".").removeprefix("www.") if match else ""


def registrable_domain(host: str) -> str:
    """The part of a host name that somebody registered: bbc.co.uk, chinadigitaltimes.net."""
    labels = host.split(".")
    if len(labels) < 3 or labels[-1].isdigit():
        return host
    keep = 3 if len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVELS else 2
    return ".".join(labels[-keep:])


def canonical_host(host: str) -> str:
    """One spelling for all the names under which a site serves one page."""
    host = _in_ascii(host.lower()).rstrip(".") or host
    while host.startswith("www.") and "." in host[4:]:
        host = host[4:]
    domain = registrable_domain(host)
    below = host.removesuffix(domain).split(".")[:-1]
    if _SMALL_SCREENS.isdisjoint(below):
        return host
    return canonical_host(".".join([*(label for label in below if label not in _SMALL_SCREENS), domain]))


def _in_ascii(host: str) -> str:
    """Other letters as domain names carry them (RFC 3492); a host that is none, as it is."""
    if "%" in host and not _NO_HOST.search(decoded := unquote(host)):
        host = decoded.lower()
    if host.isascii() or len(host) > _LONGEST:
        return host
    named = _FULL_STOPS.sub(".", normalize("NFKC", host)).lower()
    if _NO_HOST.search(named):
        return host
    try:
        return ".".join(_label(label) for label in named.split("."))
    except UnicodeError:
        return host


def _label(label: str) -> str:
    return label if label.isascii() else f"xn--{label.encode('punycode').decode('ascii')}"
