"""What classes and ids say elements of an unknown page are: what stands beside articles, or captions.

Names are cut into their words: `relatedPosts`, `related-posts` and `related_posts` are one. The word that
counts stands at the end, or is followed only by words that say nothing: `related-posts-list` and
`article-sidebar` are such names, `comments-enabled`, `sidebar-grid` and `sharing-with-others` are not.

A name alone decides nothing: evidence.py asks how much of the page's prose stands under it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from newsdrop.parse.elements import FORM_ID
from newsdrop.parse.selection import within

__all__ = ["COMMENTS", "HIDDEN", "Named", "named", "read_names"]

#: What readers wrote is never the article while there is another.
COMMENTS = "comments"
#: Not shown, or not until a script says so.
HIDDEN = "hidden"

#: Each also with an s, and a hyphen may be missing.
_COMMENT_WORDS = ("comment", "disqus", "respond", "replies")
_ZONE_WORDS = (
    # other stories
    "related", "recirc", "recirculation", "recommend", "recommended", "recommendation", "popular",
    "trending", "most-read", "more-stories", "more-news", "more-article", "more-post", "more-from",
    "more-on", "read-more", "read-next", "read-also", "also-read", "up-next", "teaser",
    # the site
    "sidebar", "side-bar", "footer", "foot", "nav", "navbar", "navigation", "menu", "breadcrumb",
    "pagination", "pager", "toolbar", "tool", "widget", "copyright", "disclaimer",
    # what the reader shall do
    "share", "sharing", "social", "newsletter", "subscribe", "subscription", "sign-up", "login", "register",
    "cta", "cookie", "consent", "gdpr", "modal", "popup", "popover", "tooltip", "dialog", "overlay",
    "lightbox", "placeholder",
    # what shall be sold
    "promo", "promotion", "sponsor", "sponsored", "advert", "advertisement", "advertising", "ad",
    "outbrain", "taboola",
    # what fields hold
    "author", "author-profile", "author-bio", "profile", "bio", "biography", "byline", "tag", "topic",
)  # fmt: skip
_CAPTION_WORDS = ("caption", "legend", "cutline")
_PICTURE_WORDS = ("image", "photo", "img", "picture", "gallery", "figure")
#: What may follow such a word without changing what it says.
_EMPTY_WORDS = (
    "article", "story", "stories", "post", "new", "content", "item", "list", "link", "button", "btn", "bar",
    "box", "boxe", "card", "block", "area", "section", "wrap", "wrapper", "container", "widget", "module",
    "inner", "outer", "title", "header", "form", "group", "panel", "column", "col", "row", "holder",
    "component", "icon", "media", "network", "count", "meta", "info", "detail", "description", "name",
    "image", "bio", "biography", "profile", "left", "right", "top", "bottom", "main", "primary",
    "secondary",
)  # fmt: skip


def _any_of(words: Iterable[str]) -> str:
    return f"(?:{'|'.join(word.replace('-', '-?') for word in words)})s?"


_ZONE = re.compile(
    rf"(?:^|[\s_-])(?:(?P<comments>{_any_of(_COMMENT_WORDS)})|(?P<zone>{_any_of(_ZONE_WORDS)}))"
    rf"(?:[_-]+(?:{_any_of(_EMPTY_WORDS)}|v?[0-9]+))*(?=$|\s)",
    re.IGNORECASE,
)
_CAPTION = re.compile(
    rf"(?:^|[\s_-])(?:{_any_of(_CAPTION_WORDS)}|{_any_of(_PICTURE_WORDS)}[_-]?(?:desc|description|info|legend))"
    r"(?:[_-]+(?:text|wrap|wrapper|container|inner|content|box))*(?=$|\s)",
    re.IGNORECASE,
)
#: What the names of interest have in them: most names have none of it.
_HINTS = frozenset(
    part + plural
    for word in (*_COMMENT_WORDS, *_ZONE_WORDS, *_CAPTION_WORDS, *_PICTURE_WORDS)
    for part in (word.replace("-", ""), word.partition("-")[0])
    for plural in ("", "s")
)
_WORD = re.compile("[a-z]+")
_NEW_WORD = re.compile("(?<=[a-z])(?=[A-Z])")
#: What build tools add to the classes of a component.
_HASH = re.compile(r"__(?=\w*[A-Z0-9])[\w-]{5}(?=\s|$)")
#: Classes that say what scripts and styles do with an element, not what it is.
_STATE = re.compile(r"(?:^|(?<=\s))(?:js|has|no|not|with|without|is|qa)-\S+")
_LONGEST = 500


class Named(NamedTuple):
    """What a name says. `zone`: the word that makes an element stand beside the article, or nothing."""

    zone: str
    caption: bool


_NOTHING = Named("", caption=False)


@lru_cache(32_768)
def named(name: str) -> Named:
    """What a class attribute or an id says of its element."""
    plain = name[:_LONGEST]
    if not plain.islower():
        plain = _NEW_WORD.sub("-", _HASH.sub("", plain))
    if _HINTS.isdisjoint(_WORD.findall(plain.lower())):
        return _NOTHING
    plain = _STATE.sub("", plain)
    found = _ZONE.search(plain)
    zone = "" if found is None else COMMENTS if found["comments"] else found["zone"].lower()
    return Named(zone, not zone and _CAPTION.search(plain) is not None)


def read_names(
    document: LexborHTMLParser,
    classes: Mapping[str, tuple[str, ...]],
    found: dict[str, list[LexborNode]],
    *,
    unknown: bool,
) -> tuple[dict[int, str], list[int]]:
    """What the classes and ids of a page say, in one look at each.

    Args:
        classes: the roles of an element with a class; it is added to theirs in `found`.
        unknown: whether the page is of a site that has no rule.

    Returns:
        The word that makes a zone of each element that is one, and the captions; all by `mem_id`, and
        nothing of a page that isn't unknown.
    """
    zones: dict[int, str] = {}
    captions: list[int] = []
    for node in within(document, "[class]") if classes or unknown else ():
        name = node.attributes["class"] or ""
        for one in name.split():
            for role in classes.get(one, ()):
                found.setdefault(role, []).append(node)
        zone, caption = named(name) if unknown else _NOTHING
        if zone:
            zones[node.mem_id] = zone
        elif caption:
            captions.append(node.mem_id)
    if unknown:
        _read_others(document, found, zones)
    return zones, captions


def _read_others(
    document: LexborHTMLParser, found: Mapping[str, list[LexborNode]], zones: dict[int, str]
) -> None:
    """Add the zones that an id names, forms, and what the rule takes for noise, by its tag."""
    for node in within(document, "[id], form"):
        zone = named(node.id or "").zone or ("form" if node.tag_id == FORM_ID else "")
        if zone:
            zones.setdefault(node.mem_id, zone)
    for role in ("drop", "related"):
        for node in found.get(role, ()):
            zones.setdefault(node.mem_id, HIDDEN if _is_hidden(node) else node.tag or "")


def _is_hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    return (
        "hidden" in attributes or "aria-hidden" in attributes or "display" in (attributes.get("style") or "")
    )
