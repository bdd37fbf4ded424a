"""The text of a caption: its blocks a space apart; credits and pictures inside it taken out of it.

Refuses to say whose caption it is: gallery.py does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from selectolax.lexbor import LexborNode

from newsdrop.parse.elements import BLOCK_TAGS, SKIPPED
from newsdrop.parse.text import BREAK, normal

__all__ = ["caption_text"]

Visit = Callable[[LexborNode], object]


def caption_text(start: LexborNode, roles: Mapping[int, str], see: Visit, credit: Visit | None) -> str:
    """The text of a caption or credit.

    Args:
        see: told of the pictures in it.
        credit: told of the credits in it; None where it is a credit itself. Those in it are its text then,
            or a page could nest them deeper than Python calls go.
    """
    pieces: list[str] = []
    pending: list[LexborNode | None] = []
    node = start.first_child
    while True:
        if node is None:
            if not pending:
                return normal("".join(pieces))
            node = pending.pop()
            continue
        tag = node.tag or ""
        role = roles.get(node.mem_id)
        if tag == "-text":
            pieces.append(node.text_content or "")
        elif role == "credit" and credit is not None:
            credit(node)
        elif tag in ("img", "amp-img") and role is None:
            see(node)
        elif role != "drop" and tag not in SKIPPED and node.first_child is not None:
            pieces.append(BREAK if tag in BLOCK_TAGS else "")
            pending.append(node.next)
            node = node.first_child
            continue
        elif tag == "br":
            pieces.append(BREAK)
        node = node.next
