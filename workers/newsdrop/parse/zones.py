"""What classes and ids say elements of an unknown page are: what stands beside articles, or captions.

Names are cut into their words: `relatedPosts`, `related-posts` and `related_posts` are one. The word that
counts stands at the end, or is followed only by words that say nothing: `related-posts-list` and
`article-sidebar` are such names, `comments-enabled`, `sidebar-grid` and `sharing-with-others` are not.

A name alone decides nothing: evidence.py asks how much of the page's prose stands under it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from newsdrop.parse.selection import within

__all__ = ["COMMENTS", "HIDDEN", "Named", "named", "named_elements"]

#: What readers wrote is never the article while there is another.
COMMENTS = "comments"
#: Not shown, or not until a script says so.
HIDDEN = "hidden"

_COMMENT_WORDS = "comments?|disqus|respond|replies"
_ZONE_WORDS = (
    # other stories
    "related|recirc|recirculation|recommend|recommended|recommendations?|popular|trending|most-?read|"
    "more-?(?:stories|news|articles|posts|from|on)|read-?(?:more|next|also)|also-?read|up-?next|teasers?|"
    # the site
    "sidebar|side-bar|footer|foot|nav|navbar|navigation|menu|breadcrumbs?|pagination|pager|toolbar|tools|"
    "widgets?|copyright|disclaimer|"
    # what the reader shall do
    "share|sharing|social|newsletters?|subscribe|subscription|signup|sign-?up|login|register|cta|"
    "cookies?|consent|gdpr|modal|popup|popover|tooltip|dialog|overlay|lightbox|placeholder|"
    # what shall be sold
    "promos?|promotion|sponsor|sponsored|adverts?|advertisements?|advertising|ads?|outbrain|taboola|"
    # what fields hold
    "authors?|profile|bio|biography|byline|tags?|topics"
)
_EMPTY_WORDS = (
    "articles?|stor(?:y|ies)|posts?|news|contents?|items?|lists?|links?|buttons?|btns?|bars?|box(?:es)?|cards?|"
    "blocks?|areas?|sections?|wrap|wrappers?|containers?|widgets?|modules?|inner|outer|title|header|form|groups?|"
    "panel|column|col|row|holder|component|icons?|media|networks?|count|meta|info|details?|description|names?|"
    "image|bio|biography|profile|left|right|top|bottom|main|primary|secondary|v?[0-9]+"
)
_ZONE = re.compile(
    rf"(?:^|[\s_-])(?:(?P<comments>{_COMMENT_WORDS})|(?P<zone>{_ZONE_WORDS}))(?:[_-]+(?:{_EMPTY_WORDS}))*(?=$|\s)",
    re.IGNORECASE,
)
_CAPTION = re.compile(
    r"(?:^|[\s_-])(?:captions?|legend|cutline|(?:image|photo|img|picture|gallery|figure)[_-]?(?:desc|description|info|legend))"
    r"(?:[_-]+(?:text|wrap|wrappers?|containers?|inner|content|box))*(?=$|\s)",
    re.IGNORECASE,
)
_NEW_WORD = re.compile("(?<=[a-z])(?=[A-Z])")
#: Classes that say what scripts and styles do with an element, not what it is.
_STATE = re.compile(r"(?:^|(?<=\s))(?:js|has|no|not|with|without|is|qa)-\S+")
_LONGEST = 500


class Named(NamedTuple):
    """What a name says. `zone`: the word that makes an element stand beside the article, or nothing."""

    zone: str
    caption: bool


@lru_cache(16_384)
def named(name: str) -> Named:
    """What a class attribute or an id says of its element."""
    plain = _NEW_WORD.sub("-", _STATE.sub("", name[:_LONGEST]))
    found = _ZONE.search(plain)
    zone = "" if found is None else COMMENTS if found["comments"] else found["zone"].lower()
    return Named(zone, not zone and _CAPTION.search(plain) is not None)


def named_elements(
    document: LexborHTMLParser, dropped: Iterable[LexborNode]
) -> tuple[dict[int, str], list[int]]:
    """The word that makes a zone of each element that is one, and the captions; all by `mem_id`.

    `dropped`: what the rule takes for noise already. Its word is what a class or id says, else its tag.
    """
    zones = {node.mem_id: HIDDEN if _is_hidden(node) else node.tag or "" for node in dropped}
    captions: list[int] = []
    for node in within(document, "[id]"):
        zone = named(node.id or "").zone
        if zone:
            zones[node.mem_id] = zone
    for node in within(document, "[class]"):
        zone, caption = named(node.attributes["class"] or "")
        if zone:
            zones[node.mem_id] = zone
        elif caption:
            captions.append(node.mem_id)
    return zones, captions


def _is_hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    return (
        "hidden" in attributes or "aria-hidden" in attributes or "display" in (attributes.get("style") or "")
    )
