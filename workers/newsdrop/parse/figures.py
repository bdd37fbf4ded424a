"""What a figure's caption describes: a picture; or a table, quote or listing, whose caption is text.

Looks no further than a few elements around a caption.
"""

from __future__ import annotations

from itertools import islice

from selectolax.lexbor import LexborNode

from newsdrop.parse.selection import ancestors, within

__all__ = ["describes_text", "holds_text"]

_AROUND = 4
_TEXT = "table, blockquote, pre"
_PICTURE = "img, picture, video, iframe, amp-img"


def describes_text(caption: LexborNode) -> bool:
    """Whether a caption belongs to a table, a quote or a listing, and not to a picture."""
    if caption.tag == "caption":
        return True
    around = islice(ancestors(caption), _AROUND)
    figure = next((holder for holder in around if holder.tag == "figure"), None)
    return figure is not None and holds_text(figure) and not within(figure, _PICTURE)


def holds_text(figure: LexborNode) -> bool:
    """Whether a figure holds a table, a quote or a listing."""
    return bool(within(figure, _TEXT))
