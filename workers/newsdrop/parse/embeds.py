"""Where the videos and other foreign parts of a page are.

Of AMP's many elements only those are known that say so simply.
"""

from __future__ import annotations

from urllib.parse import quote

from selectolax.lexbor import LexborNode

from newsdrop.parse.links import Base, clean_link
from newsdrop.parse.selection import within

__all__ = ["embed_url"]


def embed_url(node: LexborNode, base: Base) -> str | None:
    """The address of what a foreign element shows, or None when it names none."""
    attributes = node.attributes
    if node.tag == "amp-youtube":
        video = attributes.get("data-videoid")
        return f"https://www.youtube.com/embed/{quote(video, safe='')}" if video else None
    sources = [attributes.get("src") or attributes.get("data-src")]
    if not sources[0]:
        sources += [inner.attributes.get("src") for inner in within(node, "source")]
    return next((url for source in sources if source and (url := clean_link(source, base))), None)
