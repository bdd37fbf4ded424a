"""The pictures of a page while it is walked: where their addresses are, and which text beside them is theirs.

Most captions are told by an element or a class of their own. Those that aren't stand with their picture in a
<figure>, or in a small element that is named as a picture's (zones.py); there, whatever follows the picture
describes it. Refuses figures of tables, quotes and listings, and any that hold more than a caption: a figure
that is never closed holds the rest of the page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from html import unescape

from selectolax.lexbor import LexborNode

from newsdrop.documents import Block, BlockKind, Image
from newsdrop.parse.captions import caption_text, reads_as_caption
from newsdrop.parse.evidence import weight_of
from newsdrop.parse.explanation import Record
from newsdrop.parse.figures import holds_text
from newsdrop.parse.gallery import Gallery, Part, Shot
from newsdrop.parse.images import ImageSources, is_icon, is_smiley, is_unknown
from newsdrop.parse.lines_beside import lines_beside
from newsdrop.parse.selection import within
from newsdrop.parse.shown import short_lines
from newsdrop.parse.text import normal

__all__ = ["Pictures"]

#: The most text in a <figure>, or in an element that is named as a picture's, for it to be a caption; a
#: letter of Chinese, Japanese or Korean weighs three. And how many lines it may have there.
_FIGURE_WEIGHT = 700
_BOX_WEIGHT = 360
_BOX_LINES = 3
#: Which of several pictures this is.
_COUNT = re.compile(r"\d{1,3}(?:\s?[/|]\s?\d{1,3})?")
#: How many pieces of text before a picture are searched for words: any number of them may be white space.
_NEAR_PIECES = 20


#: What is said beside a square of black and white.
_SCAN = re.compile(r"二[维維][码碼]|[扫掃](?:[码碼一描]|下)|[长長]按|[识識][别別]|[赞讚][赏賞]|\bQR\b")
_CAPTIONS = ("data-caption", "data-image-caption")
_TAG = re.compile(r"<[^<>]*+>")
_LONGEST_TOLD = 1_000
#: A caption with so many letters and the end of a sentence says something of its own.
_SENTENCE_CHARS = 20
_SENTENCE = re.compile(r"[。！？.!?](?:[”\"」』’)）]|\s|$)")


class Pictures:
    """The pictures met so far. `roles`: those of the page's elements, by `mem_id`."""

    def __init__(
        self, gallery: Gallery, sources: ImageSources, roles: Mapping[int, str], record: Record | None
    ) -> None:
        self._gallery = gallery
        self._sources = sources
        self._roles = roles
        self._record = record
        #: For each open figure, whether the text in it is its picture's.
        self._open: list[bool] = []
        #: Whether the last figure has a caption of its own.
        self._captioned = False
        #: What is open is beside the text: there, nothing else counts.
        self.aside = False

    @property
    def images(self) -> list[Image]:
        """The pictures, each once."""
        return self._gallery.images()

    @property
    def lone_captions(self) -> list[str]:
        """The captions of videos, sounds and pictures that aren't in the file, each once."""
        return self._gallery.lone_captions()

    def as_text(self) -> list[Block]:
        """The captions that are sentences: what a page says that only shows pictures."""
        captions = [*(image.caption for image in self.images), *self.lone_captions]
        return [
            Block("p", text)
            for text in dict.fromkeys(filter(None, captions))
            if len(text) >= _SENTENCE_CHARS and _SENTENCE.search(text)
        ]

    def see(self, node: LexborNode, pieces: list[str], *, in_caption: bool = False) -> None:
        """Pass an <img>. `pieces`: the text of its block so far; a smiley is added to it."""
        attributes = node.attributes
        alt = (attributes.get("alt") or "").strip()
        if is_smiley(attributes):
            pieces.append(alt)
            return
        url = self._sources.address(node, attributes, first=self._gallery.is_empty)
        if url is None and not in_caption and is_unknown(attributes):
            self._gallery.pass_unknown()
        elif url is not None and not (in_caption and is_icon(attributes)):
            in_line = any(not piece.isspace() for piece in pieces[-_NEAR_PIECES:])
            beside = partial(lines_beside, node)
            self._gallery.add(
                url,
                normal(alt),
                in_line=in_line,
                in_caption=in_caption,
                beside=beside,
                told=_told_caption(attributes),
            )

    def see_background(self, node: LexborNode) -> None:
        """Pass an element that is named as a picture's and isn't a box: its background may be the picture."""
        url = self._sources.background(node.attributes)
        if url and not node.text().strip() and not _is_teaser(node.parent):
            self._gallery.add(url, "")

    def describe(self, node: LexborNode, part: Part, pieces: list[str]) -> LexborNode | None:
        """Read a caption or a credit; returns what follows it."""
        if self._record is not None:
            self._record.element(node, part)
        credit = (lambda inner: self.describe(inner, "credit", pieces)) if part == "caption" else None
        see = partial(self.see, pieces=pieces, in_caption=node.tag == "figcaption")
        if text := caption_text(node, self._roles, see, credit):
            self._gallery.describe(part, text)
        return node.next

    def is_box(self, node: LexborNode) -> bool:
        """Whether an element that is named as a picture's holds one and little text."""
        return _is_short(node, _BOX_WEIGHT, _BOX_LINES) and bool(within(node, "img, amp-img"))

    def enter(self, figure: LexborNode) -> Shot | None:
        """Begin a figure; returns what `leave` needs."""
        named = figure.tag != "figure"
        self._captioned = bool(within(figure, "figcaption"))
        # What holds another figure holds more than a picture.
        alone = not holds_text(figure) and not within(figure, "figure figure")
        self._open.append(named or (alone and _is_short(figure, _FIGURE_WEIGHT)))
        return self._gallery.enter_figure()

    def leave(self, before: Shot | None) -> None:
        """End a figure."""
        self._open.pop()
        self._gallery.leave_figure(before)

    def take_below(self) -> dict[int, str]:
        """Give pictures the paragraphs below them that describe them: their numbers → what they are."""
        return dict.fromkeys(self._gallery.take_below(reads_as_caption), "a caption below its picture")

    def leave_out_end(self, prompts: Mapping[int, str]) -> None:
        """Leave out the pictures beside a prompt to scan at the end, and all that follow.

        Args:
            prompts: the text of each prompt, by its number.
        """
        first = min((at for at, text in prompts.items() if _SCAN.search(text)), default=None)
        if first is not None:
            self._gallery.leave_out_from(first)

    def pass_embed(self) -> None:
        """Pass a video or another foreign part: what follows describes that."""
        self._gallery.pass_embed()

    @property
    def is_open(self) -> bool:
        """Whether blocks of text must be asked for (`takes`)."""
        return self.aside or (bool(self._open) and self._open[-1])

    def takes(self, text: str, kind: BlockKind) -> bool:
        """Whether a block in a figure isn't text; it describes the picture before it, if there is one."""
        if not self.is_open or (kind != "p" and not self.aside):
            return False
        said = "" if _COUNT.fullmatch(text) or (self.aside and self._captioned) else text
        taken = kind == "p" and self._gallery.follow(said)
        if taken and self._record is not None:
            self._record.block("beside its picture", text)
        return taken or self.aside


def _is_teaser(holder: LexborNode | None) -> bool:
    """Whether an element has a link and hardly any text: teasers have a link that covers them."""
    return holder is None or (_is_short(holder, _BOX_WEIGHT) and bool(within(holder, "a[href]")))


def _told_caption(attributes: Mapping[str, str | None]) -> str:
    """The caption in an attribute, where scripts that show a picture alone look for it."""
    told = next((text for name in _CAPTIONS if (text := attributes.get(name))), "")
    return normal(_TAG.sub("", unescape(told[:_LONGEST_TOLD])))


def _is_short(node: LexborNode, most: int, most_lines: int | None = None) -> bool:
    lines = short_lines(node, most)
    if most_lines is not None and len(lines) > most_lines:
        return False
    return sum(map(weight_of, lines)) <= most and (bool(lines) or not node.text().strip())
