"""Which picture an <img> shows: proxies opened, lazy loading undone, pictures that are none left out.

Left out are trackers, spacers, `data:` images, avatars, share icons and smileys. images.weserv.nl and
WordPress's Photon (i0–i3.wp.com) only pass on what another host has; that host's URL is the picture's,
without the proxy's own parameters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote

from selectolax.lexbor import LexborNode

from newsdrop.parse.links import Base, absolute

__all__ = ["ImageSources", "first_source", "image_url", "is_smiley", "open_proxy"]

_WESERV = re.compile(r"https?://images\.weserv\.nl/?\?(?:[^#]*&)?url=([^&#]+)", re.IGNORECASE)
_PHOTON = re.compile(r"https?://i[0-3]\.wp\.com/([^?#]+)", re.IGNORECASE)
_PROXIED = re.compile(r"https?://(?:images\.weserv\.nl|i[0-3]\.wp\.com)[/?]", re.IGNORECASE)
_ESCAPED_START = re.compile(r"(?:https?%3a|[^/]*%2f)", re.IGNORECASE)

#: Where lazy loaders keep the real address, the most telling first.
_LAZY = ("data-src", "data-lazy-src", "data-original", "data-actualsrc", "data-orig-file", "data-url")
_LAZY_SETS = ("data-srcset", "data-lazy-srcset", "srcset")
#: As HTML has it: an address may hold commas and ends at white space; unless it ends in a comma, its sizes
#: follow, up to the next one.
_CANDIDATE = re.compile(r"[\s,]*+(\S++)(?:(?<!,)([^,]*+))?")
_NO_ADDRESS = ("data:", "about:", "javascript:")
_PLACEHOLDER_NAME = re.compile(
    r"(?:^|[-_])(?:blank|spacer|placeholder|transparent|clear|lazyload|loading|pixel|1x1|gr[ae]y)"
    r"(?:[-_.]\w+)*\.(?:gif|png|svg|jpe?g)$",
    re.IGNORECASE,
)
_NO_PICTURE = re.compile(
    r"(?:https?:)?//(?:pixel\.wp\.com|stats?\.|(?:[^/]*\.)?gravatar\.com|b\.scorecardresearch|www\.google-analytics|"
    r"(?:[^/]*\.)?doubleclick\.net|feeds\.feedburner\.com/~|s\.w\.org/images/core/emoji|medium\.com/_/stat|"
    r"www\.facebook\.com/tr|twemoji)",
    re.IGNORECASE,
)
_NO_PICTURE_CLASS = re.compile(
    r"(?:^|[\s_-])(?:avatar|emoji|smiley|icon|tracker|tracking)(?:$|[\s_-])", re.IGNORECASE
)
_SMILEY_CLASS = re.compile(r"\b(?:wp-smiley|emoji)\b")
_TINY_PX = 3


def image_url(attributes: Mapping[str, str | None], base: Base) -> str | None:
    """The absolute address of the picture, or None when this is no picture of the article."""
    if _is_tiny(attributes) or _NO_PICTURE_CLASS.search(attributes.get("class") or ""):
        return None
    raw = _address(attributes)
    if raw is None or _NO_PICTURE.match(raw):
        return None
    url = absolute(raw, base)
    return open_proxy(url) if url else None


def first_source(picture: LexborNode, base: Base) -> str | None:
    """The address that the first of a <picture>'s sources with one gives; its own, as in browsers."""
    child = picture.first_child
    while child is not None:
        if child.tag == "source":
            url = image_url({"srcset": child.attributes.get("srcset")}, base)
            if url:
                return url
        child = child.next
    return None


def open_proxy(url: str) -> str:
    """The picture's own address where `url` is a proxy's; else `url`."""
    for _ in range(3):
        if not _PROXIED.match(url):
            break
        inner = _inner(url)
        if inner is None:
            break
        url = (
            inner
            if inner.startswith(("http://", "https://"))
            else f"https://{inner.removeprefix('ssl:').lstrip('/')}"
        )
    return url


def is_smiley(attributes: Mapping[str, str | None]) -> bool:
    """Whether the image stands for a character: its `alt` is then part of the text."""
    classes = attributes.get("class")
    return bool(classes and _SMILEY_CLASS.search(classes))


def _inner(url: str) -> str | None:
    photon = _PHOTON.match(url)
    if photon:
        return photon[1]
    weserv = _WESERV.match(url)
    if not weserv:
        return None
    inner = weserv[1]
    # A whole escaped URL is unescaped; a plain path keeps the escapes that belong to it.
    return unquote(inner) if _ESCAPED_START.match(inner) else inner


def _address(attributes: Mapping[str, str | None]) -> str | None:
    source = (attributes.get("src") or "").strip()
    if source and not _is_placeholder(source):
        return source
    for name in _LAZY:
        value = (attributes.get(name) or "").strip()
        if value and not _is_placeholder(value):
            return value
    for name in _LAZY_SETS:
        widest = _widest(attributes.get(name) or "")
        if widest:
            return widest
    return None


def _is_placeholder(address: str) -> bool:
    if address[:11].lower().startswith(_NO_ADDRESS):
        return True
    name = address.partition("?")[0].rpartition("/")[2]
    return bool(_PLACEHOLDER_NAME.search(name[-100:]))


def _widest(srcset: str) -> str | None:
    best, best_width = None, -1.0
    for candidate in _CANDIDATE.finditer(srcset[:20_000]):
        address, size = candidate[1].rstrip(","), (candidate[2] or "").split()
        try:
            width = float(size[0].rstrip("wx") if size else 1)
        except ValueError:
            width = 0.0
        if address and not _is_placeholder(address) and width > best_width:
            best, best_width = address, width
    return best


def _is_tiny(attributes: Mapping[str, str | None]) -> bool:
    for name in ("width", "height"):
        value = attributes.get(name)
        if value and len(value) <= 4:
            digits = value.removesuffix("px")
            if digits.isdecimal() and digits.isascii() and int(digits) < _TINY_PX:
                return True
    return False


class ImageSources:
    """Where the pictures of one page are."""

    def __init__(self, base: Base) -> None:
        self._base = base
        self._of_pictures: dict[int, str | None] = {}

    def address(self, node: LexborNode, attributes: Mapping[str, str | None]) -> str | None:
        """The address that an <img> names, or the <picture> around it."""
        return image_url(attributes, self._base) or self._of_picture(node.parent, attributes)

    def _of_picture(self, parent: LexborNode | None, attributes: Mapping[str, str | None]) -> str | None:
        if parent is None or parent.tag != "picture" or attributes.get("src"):
            return None
        # By picture: one with many <img> asks its sources once.
        if parent.mem_id not in self._of_pictures:
            self._of_pictures[parent.mem_id] = first_source(parent, self._base)
        return self._of_pictures[parent.mem_id]
