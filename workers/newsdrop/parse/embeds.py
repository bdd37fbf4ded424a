"""Where the videos and other foreign parts of a page are.

Of AMP's many elements, it knows only those that say so plainly.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from selectolax.lexbor import LexborNode

from newsdrop.parse.links import Base, clean_link
from newsdrop.parse.selection import within

__all__ = ["OTHER_EMBEDS", "embed_url"]

#: Elements that name what they show, and what to put before the name.
_NAMED = {
    "lite-youtube": ("videoid", "https://www.youtube.com/embed/"),
    "amp-youtube": ("data-videoid", "https://www.youtube.com/embed/"),
    "amp-twitter": ("data-tweetid", "https://twitter.com/i/status/"),
    "amp-instagram": ("data-shortcode", "https://www.instagram.com/p/"),
}
#: Elements of their own that show what is elsewhere.
OTHER_EMBEDS = ("amp-iframe", "amp-video", "amp-audio", *_NAMED)
#: What a frame shows until its script loads what it is for, and where that is told.
_BLANK = ("about:", "data:", "javascript:")
_LAZY = ("data-src", "data-lazy-src", "data-litespeed-src", "data-original", "data-url")
#: What a tweet becomes on a page that was saved after its scripts had run.
_TWEET_FRAME = re.compile(r"https://platform\.(?:twitter|x)\.com/embed/.*?[?&]id=(\d+)")


def embed_url(node: LexborNode, base: Base) -> str | None:
    """The address of what a foreign element shows, or None if it names none."""
    attributes = node.attributes
    named = _NAMED.get(node.tag or "")
    if named is not None:
        name = attributes.get(named[0])
        return named[1] + quote(name, safe="") if name else None
    source = attributes.get("src") or ""
    if not source or source.startswith(_BLANK):
        source = next((told for name in _LAZY if (told := attributes.get(name))), "")
    sources: list[str | None] = [source]
    if not source:
        sources += [inner.attributes.get("src") for inner in within(node, "source")]
    url = next((url for source in sources if source and (url := clean_link(source, base))), None)
    tweet = _TWEET_FRAME.match(url) if url is not None else None
    return f"https://twitter.com/i/status/{tweet[1]}" if tweet else url
