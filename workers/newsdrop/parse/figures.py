"""What a figure's caption describes: a picture, or a table, a quote or a listing, whose caption is text.

Refuses to look further than a few elements around a caption.
"""

from __future__ import annotations

from selectolax.lexbor import LexborNode

from newsdrop.parse.selection import within

__all__ = ["describes_text"]

_AROUND = 4
_TEXT = "table, blockquote, pre"
_PICTURE = "img, picture, video, iframe, amp-img"


def describes_text(caption: LexborNode) -> bool:
    """Whether a caption is that of a table, a quote or a listing, and of no picture."""
    if caption.tag == "caption":
        return True
    holder = caption.parent
    for _ in range(_AROUND):
        if holder is None:
            return False
        if holder.tag == "figure":
            return bool(within(holder, _TEXT)) and not within(holder, _PICTURE)
        holder = holder.parent
    return False
