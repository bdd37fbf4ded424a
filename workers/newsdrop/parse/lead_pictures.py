"""The pictures that an article begins with, outside its body: between its title and its text, or above both.

Themes set an article's main picture beside the element that holds the text. It counts if it stands in a
<figure> or in an element that is named as a picture's, or if the page's head names it as the page's picture.
Refuses those in zones (evidence.py) and bylines, and those that lead to other pages: teasers look alike.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice, takewhile
from urllib.parse import unquote

from selectolax.lexbor import LexborNode

from newsdrop.parse.elements import by_tag_id
from newsdrop.parse.evidence import Weights
from newsdrop.parse.images import SOURCES, is_icon
from newsdrop.parse.selection import ancestors
from newsdrop.parse.survey import Survey, called
from newsdrop.parse.zones import named

__all__ = ["lead_pictures"]

_IMAGE_IDS = frozenset(by_tag_id({"img": True}))
_WHOLE = frozenset(("body", "html", "main"))
_BOXES = frozenset(("hero", "featured", "feature", "lead", "cover", "thumbnail", "poster"))
_NO_LEAD = frozenset(("drop", "related", "caption", "credit", "byline"))
_DEPTH = 12
#: At most this many elements before the text are examined, and this many pictures taken.
_FAR = 400
_MOST = 10
#: The size that a server adds to the name of a picture.
_SIZE = re.compile(r"[-_](\d{2,4})x(\d{2,4})(?=\.\w+$)")
#: Square pictures up to this size are somebody's face.
_FACE_PX = 200
_SHORTEST_NAME = 6
#: A link that shows the picture itself, or nothing.
_OWN_LINK = re.compile(r"#|javascript:|[^?#]*\.(?:avif|gif|jpe?g|png|webp)(?:$|[?#])|$", re.IGNORECASE)


def lead_pictures(
    survey: Survey,
    weights: Weights,
    heading: int,
    root: int,
    roles: Mapping[int, str],
    told: Sequence[str],
) -> list[LexborNode]:
    """The elements that hold the pictures before the text, in page order.

    Args:
        heading, root: the places of the title and of the text among the weighed elements.
        roles: those that the rule's selectors give elements.
        told: the addresses of the page's pictures in its head.
    """
    titled = weights.around(heading)
    common = weights.nodes[max(titled & weights.around(root))]
    nodes = survey.nodes
    start, title, text = (
        survey.place_of(node) for node in (common, weights.nodes[heading], weights.nodes[root])
    )
    if start is None or title is None or text is None or text <= start:
        return []
    loose = common.tag in _WHOLE
    names = {name for url in told if len(name := _name(url)) >= _SHORTEST_NAME}
    found: dict[str, tuple[float, LexborNode]] = {}
    taken: set[int] = set()
    for place in survey.tagged(_IMAGE_IDS):
        if place <= max(start, text - _FAR):
            continue
        if place >= text or len(found) == _MOST:
            break
        image = nodes[place]
        holder = _holder(image, common, weights, roles, titled, names, near=place > title or not loose)
        if holder is not None and holder.mem_id not in taken:
            taken.add(holder.mem_id)
            # Of one picture in several sizes, the largest.
            width, name = _size(image)[0], next(_names(image), "")
            if name not in found or found[name][0] < width:
                found[name] = width, holder
    return [holder for _, holder in found.values()]


def _holder(
    image: LexborNode,
    common: LexborNode,
    weights: Weights,
    roles: Mapping[int, str],
    titled: Collection[int],
    names: Collection[str],
    *,
    near: bool,
) -> LexborNode | None:
    """The element that a picture before the text is in with its caption; None if it isn't the article's.

    Args:
        common: the element that holds both title and text.
        names: what the page's head calls its pictures.
        near: whether it stands where no other story does.
    """
    if is_icon(image.attributes) or image.mem_id in roles or _is_face(image):
        return None
    is_told = any(name in names for name in _names(image))
    around = list(takewhile(lambda one: one.mem_id != common.mem_id, islice(ancestors(image), _DEPTH)))
    if len(around) == _DEPTH or not (near or is_told):
        return None
    for one in around:
        place = weights.places.get(one.mem_id)
        if (place is not None and weights.dead[place]) or roles.get(one.mem_id) in _NO_LEAD:
            return None
        if one.tag == "a" and not is_told and not _OWN_LINK.match(one.attributes.get("href") or ""):
            return None
    own = [one for one in around if weights.places.get(one.mem_id) not in titled]
    box = next((one for one in own if one.tag == "figure"), None) or next(filter(_is_box, own), None)
    return box if box is not None else image if is_told else None


def _is_box(node: LexborNode) -> bool:
    return not _BOXES.isdisjoint(called(node)) or named(node.attributes.get("class") or "").picture


def _size(image: LexborNode) -> tuple[float, float]:
    """How wide and high a picture is by its address; without a size it is the original."""
    sized = _SIZE.search((image.attributes.get("src") or "").partition("?")[0][-100:])
    return (int(sized[1]), int(sized[2])) if sized else (math.inf, math.inf)


def _is_face(image: LexborNode) -> bool:
    width, height = _size(image)
    return width == height <= _FACE_PX


def _names(image: LexborNode) -> Iterator[str]:
    for source in SOURCES:
        if address := image.attributes.get(source):
            yield _name(address.strip().partition(" ")[0])


def _name(address: str) -> str:
    """The name of a picture's file, without the size."""
    path = unquote(address[-500:]).partition("?")[0]
    return _SIZE.sub("", path.rpartition("/")[2]).casefold()
