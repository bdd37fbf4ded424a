"""What classes and ids say the elements of an unknown page are: beside the article, captions, or pictures.

Names are split into their words: `relatedPosts`, `related-posts` and `related_posts` are the same. The word
that counts is at the end, or is followed only by words that say nothing: `related-posts-list` and
`article-sidebar` are such names, `comments-enabled`, `sidebar-grid` and `sharing-with-others` are not.

A name alone decides nothing: evidence.py checks how much of the page's prose is under it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache, partial
from itertools import islice
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from newsdrop.parse.elements import FORM_ID, by_tag_id
from newsdrop.parse.selection import within
from newsdrop.parse.survey import Names, Survey

__all__ = ["COMMENTS", "HIDDEN", "Named", "Zones", "named", "read_classes", "read_names"]

#: What readers wrote is never the article if there is another.
COMMENTS = "comments"
#: Not shown, or not until a script says so.
HIDDEN = "hidden"
CONSENT = "consent"

#: Each may also have an s, and a hyphen may be missing.
_COMMENT_WORDS = (
    "comment", "disqus", "respond", "replies", "pinglun", "comentario", "commentaires", "kommentare",
    "leserkommentar", "commenti", "reacties", "yorumlar",
)  # fmt: skip
#: What asks readers to agree to something: on some pages it is longer than the article.
_CONSENT_WORDS = (
    "cookie",
    "consent",
    "gdpr",
    "onetrust",
    "didomi",
    "cookiebot",
    "privacy-policy",
    "privacy-notice",
)
_ZONE_WORDS = (
    *_CONSENT_WORDS,
    # other stories
    "related", "recirc", "recirculation", "recommend", "recommended", "recommendation", "popular",
    "trending", "most-read", "more-stories", "more-news", "more-article", "more-post", "more-from",
    "more-on", "read-more", "read-next", "read-also", "also-read", "up-next", "teaser",
    # the site
    "sidebar", "side-bar", "footer", "foot", "nav", "navbar", "navigation", "menu", "breadcrumb",
    "pagination", "pager", "toolbar", "tool", "widget", "copyright", "article-licensing", "disclaimer",
    # what readers are asked to do
    "share", "sharing", "social", "newsletter", "subscribe", "subscription", "sign-up", "login", "register",
    "cta", "modal", "popup", "popover", "tooltip", "dialog", "overlay",
    "lightbox", "placeholder",
    # what plays a video
    "player-control", "player-bottom", "video-js", "danmu", "danmaku",
    # what is for sale
    "promo", "promotion", "sponsor", "sponsored", "advert", "advertisement", "advertising", "ad",
    "outbrain", "taboola",
    # the same in the pinyin of Chinese sites, and what they ask for
    "tuijian", "xiangguan", "paihang", "redian", "fenxiang", "dianzan", "guanggao", "daohang", "erweima",
    "ewm", "qrcode", "qr", "wxfollow", "follow",
    # what fields hold
    "author", "author-profile", "author-bio", "avatar", "profile", "bio", "biography", "byline", "tag",
    "topic", "keyword",
)  # fmt: skip
_CAPTION_WORDS = ("caption", "legend", "cutline")
_PICTURE_WORDS = ("image", "photo", "img", "picture", "pic", "gallery", "figure")
#: What holds one picture, and what is said about it.
_BOX_WORDS = ("image", "photo", "img", "picture", "pic", "figure", "tupian")
#: What may follow such a word without changing what it says.
_EMPTY_WORDS = (
    "article", "story", "stories", "post", "new", "content", "item", "list", "link", "button", "btn", "bar",
    "box", "boxe", "card", "block", "area", "section", "wrap", "wrapper", "container", "widget", "module",
    "inner", "outer", "title", "header", "form", "group", "panel", "column", "col", "row", "holder",
    "component", "lista", "liste",
    "icon", "media", "network", "count", "meta", "info", "detail", "description", "name",
    "image", "bio", "biography", "profile", "left", "right", "top", "bottom", "main", "primary",
    "secondary", "sdk",
)  # fmt: skip


def _any_of(words: Iterable[str]) -> str:
    return f"(?:{'|'.join(word.replace('-', '-?') for word in words)})s?"


_ZONE = re.compile(
    rf"(?:^|[\s_-])(?:(?P<comments>{_any_of(_COMMENT_WORDS)})|(?P<zone>{_any_of(_ZONE_WORDS)}))"
    rf"(?:[_-]+(?:{_any_of(_EMPTY_WORDS)}|v?[0-9]+))*(?=$|\s)",
    re.IGNORECASE,
)
_CAPTION = re.compile(
    rf"(?:^|[\s_-])(?:{_any_of(_CAPTION_WORDS)}|{_any_of(_PICTURE_WORDS)}[_-]?(?:descr?|description|info|legend)|pic[_-]?(?:text|txt|note))"
    r"(?:[_-]+(?:text|wrap|wrapper|container|inner|content|box))*(?=$|\s)",
    re.IGNORECASE,
)
_BOX = re.compile(
    rf"(?:^|[\s_-]){_any_of(_BOX_WORDS)}(?:[_-]+(?:{_any_of(_EMPTY_WORDS)}|v?[0-9]+))*(?=$|\s)", re.IGNORECASE
)


def _hints(*words: str) -> frozenset[str]:
    """What a name with one of these words has between two hyphens; most names have nothing of it."""
    parts = {part for word in words for part in (word.replace("-", ""), word.partition("-")[0])}
    return frozenset(part + plural for part in parts for plural in ("", "s"))


_ZONE_HINTS = _hints(*_COMMENT_WORDS, *_ZONE_WORDS)
_CAPTION_HINTS = _hints(*_CAPTION_WORDS, *_PICTURE_WORDS, "pic-text", "pic-txt") | {
    f"{word}{said}" for word in _PICTURE_WORDS for said in ("desc", "descr", "description", "info", "legend")
}
_BOX_HINTS = _hints(*_BOX_WORDS)
_HINTS = _ZONE_HINTS | _CAPTION_HINTS | _BOX_HINTS
_NEW_WORD = re.compile("(?<=[a-z])(?=[A-Z])")
#: What build tools add to the classes of a component.
_HASH = re.compile(r"__(?=\w*[A-Z0-9])[\w-]{5}(?=\s|$)")
#: Classes that say what scripts and styles do with an element, not what it is; and what Drupal calls posts
#: that may be commented on.
_STATE = re.compile(r"(?:js|has|no|not|with|without|is|qa)-.|comment-[012]$")
_LONGEST = 500


class Named(NamedTuple):
    """What a name says. `zone`: the word that puts an element beside the article, or nothing."""

    zone: str
    caption: bool
    picture: bool = False


class Zones(NamedTuple):
    """What names say on a page, by `mem_id`. `words`: for each zone, the word that makes it one."""

    words: dict[int, str]
    captions: list[int]
    pictures: list[int]


_NOTHING = Named("", caption=False)
#: What may hold a picture and its caption.
_BOX_IDS = frozenset(
    by_tag_id(dict.fromkeys(["div", "p", "dl", "table", "td", "li", "section", "center", "span"], True))
)
_FORM_ID = frozenset((FORM_ID,))
_TABLE_ID = frozenset(by_tag_id({"table": True}))
_MOST_TABLES = 100


def named(name: str) -> Named:
    """What a class attribute or an id says: its first class that names a zone, else a caption or picture."""
    rest = _NOTHING
    for one in name.split():
        said = _token(one)
        if said is not _NOTHING:
            if said.zone:
                return said
            rest = rest if rest.caption else said
    return rest


def _word(found: str) -> str:
    word = found.lower()
    return CONSENT if word.rstrip("s") in _CONSENT_WORDS else word


# Sites share their vocabulary; only the combinations are their own.
@lru_cache(32_768)
def _token(token: str) -> Named:
    """What one class says."""
    plain = token[:_LONGEST]
    if not plain.islower():
        plain = _NEW_WORD.sub("-", _HASH.sub("", plain))
    parts = plain.lower().replace("_", "-").split("-")
    if _HINTS.isdisjoint(parts) or _STATE.match(plain):
        return _NOTHING
    found = None if _ZONE_HINTS.isdisjoint(parts) else _ZONE.search(plain)
    zone = "" if found is None else COMMENTS if found["comments"] else _word(found["zone"])
    if zone:
        return Named(zone, caption=False)
    caption = not _CAPTION_HINTS.isdisjoint(parts) and _CAPTION.search(plain) is not None
    picture = not (caption or _BOX_HINTS.isdisjoint(parts)) and _BOX.search(plain) is not None
    return Named(zone, caption, picture) if caption or picture else _NOTHING


def read_names(
    survey: Survey, classes: Mapping[str, tuple[str, ...]], found: dict[str, list[LexborNode]]
) -> Zones:
    """What the classes and ids of an unknown page say.

    Args:
        classes: the roles that a class gives an element; the element is added to those roles in `found`.

    Returns:
        The zones include forms and what the rule takes for noise.
    """
    zones: dict[int, str] = {}
    captions: list[int] = []
    pictures: list[int] = []
    for node, (roles, zone, caption, picture) in survey.named_by(partial(_said, classes)):
        for role in roles:
            found.setdefault(role, []).append(node)
        if zone:
            zones[node.mem_id] = zone
        if caption:
            captions.append(node.mem_id)
        if picture and node.tag_id in _BOX_IDS:
            pictures.append(node.mem_id)
    tables = (survey.nodes[place] for place in islice(survey.tagged(_TABLE_ID), _MOST_TABLES))
    pictures += [table.mem_id for table in tables if _holds_one_picture(table)]
    for place in survey.tagged(_FORM_ID):
        zones.setdefault(survey.nodes[place].mem_id, "form")
    for role in ("drop", "related"):
        for node in found.get(role, ()):
            zones.setdefault(node.mem_id, HIDDEN if _is_hidden(node) else node.tag or "")
    return Zones(zones, captions, pictures)


def _holds_one_picture(table: LexborNode) -> bool:
    """Whether a table has one picture and no columns: it may be there for the picture and its caption."""
    return len(within(table, "img")) == 1 and not within(table, "td + td, th")


def read_classes(
    document: LexborHTMLParser, classes: Mapping[str, tuple[str, ...]], found: dict[str, list[LexborNode]]
) -> None:
    """Add the elements of a page of a known site to their roles in `found`, as `read_names` does."""
    for node in within(document, "[class]") if classes else ():
        for role in _roles(node.attributes["class"] or "", classes):
            found.setdefault(role, []).append(node)


def _roles(name: str, classes: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The roles of an element with this class attribute."""
    tokens = name.split()
    # Most elements have none.
    if classes.keys().isdisjoint(tokens):
        return ()
    return tuple(role for one in tokens for role in classes.get(one, ()))


def _said(
    classes: Mapping[str, tuple[str, ...]], names: Names
) -> tuple[tuple[str, ...], str, bool, bool] | None:
    """The roles and zone of an element with these names; whether it is a caption or a picture; or nothing."""
    class_, id_, _ = names
    roles = _roles(class_, classes) if class_ else ()
    said = named(class_) if class_ else _NOTHING
    zone = said.zone or (named(id_).zone if id_ else "")
    told = (roles, zone, said.caption, said.picture and not zone)
    return told if any(told) else None


def _is_hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    return (
        "hidden" in attributes or "aria-hidden" in attributes or "display" in (attributes.get("style") or "")
    )
