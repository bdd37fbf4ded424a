"""The lines beside a picture that look like its caption: alone centred with it, or set as captions are.

    <p align="center"><img><br>The harbour</p>     <p><img></p><p><em>The harbour at dawn. A. Li</em></p>

Asked only where a paragraph follows a picture. Refuses what else is set in italics or in small grey letters
below a picture: a line that leads on to the next, a note of the editors', and a whole passage set alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from selectolax.lexbor import LexborNode

from newsdrop.parse.elements import SKIPPED
from newsdrop.parse.shown import short_lines
from newsdrop.parse.text import normal

__all__ = ["lines_beside"]

_WRAPS = frozenset(("a", "span", "b", "strong", "font"))
_CENTRED = re.compile(r"text-align\s*:\s*center", re.IGNORECASE)
_LINE_CHARS = 60
_SENTENCE_END = re.compile(r"[。！？.!?;；]$")
#: How captions are set: by an element, or by a style.
_SET_APART = frozenset(("cite", "em", "figcaption", "i", "small"))
_STYLE = re.compile(
    r"font-style\s*:\s*italic|font-size\s*:\s*(?:small|x-small|smaller|0?\.\d+r?em|[78]\d%|(?:[89]|1[0-3])(?:\.\d+)?px)"
    r"|(?:^|;)\s*color\s*:\s*(?:gr[ae]y|#([6-9a-b])\1{2}\b|#([6-9a-b][\da-f])\2{2}\b|rgb\(\s*(1[0-7]\d)\s*,\s*\3\s*,\s*\3\s*\))",
    re.IGNORECASE,
)
_LONGEST_CHARS = 240
#: What isn't said of a picture.
_NO_CAPTION = re.compile(
    r"[：:]$|^\W{0,3}(?:[编編](?:者)?按|[作编編]者|本文|按[：:]|editor|note\b|this\s(?:article|story|piece|post)|by\s|"
    r"update|correction)|[^\s。]{1,4}[说說][：:，]|^[“\"「『].*[”\"」』]$",
    re.IGNORECASE,
)
#: How far from the picture the line may be, in elements that hold nothing else.
_DEPTH = 5
_LOOKED_AT = 60
_SIBLINGS = 6


def lines_beside(picture: LexborNode) -> Iterator[str]:
    """The lines of which each is the picture's caption if it is what comes right after the picture."""
    if centred := _centred_with(picture):
        yield centred
    below = _following(picture)
    if below is None or not _is_set_apart(below):
        return
    text = "" if _holds_picture(below) else normal(" ".join(short_lines(below, _LONGEST_CHARS)))
    if text and not _NO_CAPTION.search(text):
        beyond = _following(below)
        if beyond is None or _holds_picture(beyond) or not _is_set_apart(beyond):
            yield text


def _centred_with(picture: LexborNode) -> str:
    """The line that is centred with a picture and nothing else; none if it is a sentence."""
    holder = picture.parent
    while holder is not None and holder.tag in _WRAPS:
        holder = holder.parent
    if holder is None or not _is_centred(holder):
        return ""
    lines = short_lines(holder, _LINE_CHARS)
    return lines[0] if len(lines) == 1 and not _SENTENCE_END.search(lines[0]) else ""


def _is_centred(node: LexborNode) -> bool:
    attributes = node.attributes
    return (
        node.tag == "center"
        or (attributes.get("align") or "").lower() in ("center", "middle")
        or _CENTRED.search(attributes.get("style") or "") is not None
    )


def _following(node: LexborNode) -> LexborNode | None:
    """The element after a node, outside elements that hold nothing after it; None if words come first."""
    at: LexborNode | None = node
    for _ in range(_DEPTH):
        if at is None or at.tag == "body":
            return None
        after = at.next
        for _ in range(_SIBLINGS):
            if after is None or not _says_nothing(after):
                break
            after = after.next
        if after is not None:
            return None if after.tag == "-text" else after
        at = at.parent
    return None


def _says_nothing(node: LexborNode) -> bool:
    tag = node.tag or ""
    if tag == "-text":
        return not (node.text_content or "").strip()
    return tag in SKIPPED or tag in ("br", "noscript") or not (_holds_picture(node) or _has_words(node))


def _has_words(node: LexborNode) -> bool:
    inside = islice(node.traverse(include_text=True), _LOOKED_AT)
    return any(one.tag == "-text" and not (one.text_content or "").isspace() for one in inside)


def _holds_picture(node: LexborNode) -> bool:
    return node.tag in ("img", "amp-img") or node.css_first("img, amp-img, iframe, video") is not None


def _is_set_apart(node: LexborNode) -> bool:
    """Whether all words of an element are set as captions are."""
    at: LexborNode | None = node
    for _ in range(_DEPTH):
        if at is None or at.tag == "-text":
            return False
        if at.tag in _SET_APART or _STYLE.search(at.attributes.get("style") or ""):
            return True
        children = [
            child for child in islice(at.iter(include_text=True), _SIBLINGS) if not _says_nothing(child)
        ]
        at = children[0] if len(children) == 1 else None
    return False
