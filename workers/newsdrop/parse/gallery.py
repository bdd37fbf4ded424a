"""The pictures of one page while it is walked, and which caption belongs to which of them.

A caption belongs to the picture in its <figure>, or else to the one before it with no text in between, or
else to the next. A caption below a video, or of a picture whose address the file doesn't tell, belongs to
none and is kept by itself. A paragraph right below a picture is its caption if its words say so or are its
`alt`, or if it is set as captions are (lines_beside.py), unless no other paragraph has a sentence: a page of
pictures says there what it has to say. Each picture counts once, however often the page shows it.
A credit that begins with what the picture shows is a caption: readers search for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from newsdrop.documents import Block, Image
from newsdrop.parse.captions import credits_picture
from newsdrop.parse.text import squeezed

__all__ = ["Gallery", "Part", "Shot"]

_SENTENCE_CHARS = 30
#: An `alt` of fewer letters may repeat a name or a heading, one of more the text of a slide.
_LONG_ALT = 15
_LONG_HAN_ALT = 4
_LONGEST_ALT = 200
_SENTENCE = re.compile(r"[。！？.!?]")
_LETTER = re.compile(r"\w")
Part = Literal["caption", "credit"]

#: What begins the caption of the picture below it.
_DOWN = ("▼", "▽", "↓", "⬇")
_LONGEST_DOWN = 200
#: What stands in the place of an advertisement.
_ADVERTISES = re.compile(
    r"\W*(?:advertisement|scroll to continue|anzeige|werbung|publicit[éà]|publicidad|广告|廣告)",
    re.IGNORECASE,
)
_SAYS_WHENCE = frozenset("图圖来來网網")
#: What a picture shows, then where it is from: "桥上的标语 图/某社".
_SHOWS = re.compile(
    r"(?![（(]?(?:图|圖|来源|來源)).+?"
    r"(?:[\s（()）。](?:[图圖]片?|[图圖]?片?(?:来源|來源))\s?[：:/／]|\s[网網][络絡路][图圖]片)"
)


class Shot:
    """A picture whose captions are still being found."""

    __slots__ = ("alt", "beside", "caption", "credit", "following", "told", "url")

    def __init__(self, url: str, alt: str) -> None:
        self.url = url
        self.alt = alt
        self.told = ""
        #: The number of the block that follows it; None if that is the line it stands in.
        self.following: int | None = None
        #: Finds the lines that are its caption if they come right after it.
        self.beside: Callable[[], Iterable[str]] = tuple
        #: The keys of a dict: in order, each once; and a page may have any number of them.
        self.caption: dict[str, None] = {}
        self.credit: dict[str, None] = {}

    def give(self, part: Part, text: str) -> None:
        """Add a caption or credit, unless it only repeats one."""
        texts = self.caption if part == "caption" else self.credit
        texts[text] = None


def _is_long(alt: str) -> bool:
    return len(alt) >= _LONG_ALT or sum(char > "\u2e80" for char in alt) >= _LONG_HAN_ALT


class Gallery:
    """Pictures in page order. The walker tells it what it passes; nothing is looked up in the page.

    `blocks`: the text so far. Pictures are few and blocks are many, so the gallery checks whether text came
    in between when it is told of a picture, instead of being told of every block.
    """

    __slots__ = ("_blocks", "_current", "_deaf", "_early", "_lone", "_passed", "_shots")

    def __init__(self, blocks: Sequence[Block]) -> None:
        self._shots: dict[str, Shot] = {}
        self._current: Shot | None = None
        #: Captions met before any picture they could belong to.
        self._early: list[tuple[Part, str]] = []
        #: Captions of what isn't in the file; the keys of a dict, as a picture's.
        self._lone: dict[str, None] = {}
        self._deaf = False
        self._blocks = blocks
        self._passed = 0

    def add(
        self,
        url: str,
        alt: str,
        *,
        in_line: bool = False,
        in_caption: bool = False,
        beside: Callable[[], Iterable[str]] = tuple,
        told: str = "",
    ) -> None:
        """Add a picture at this point.

        Args:
            beside: finds the lines that are its caption if they come right after it, if somebody asks.
            told: its caption by an attribute, which counts if it has no other.
            in_line: whether it follows words whose block hasn't ended yet.
            in_caption: whether it is in a caption, which describes the picture before it, if there is one.
        """
        self._pass_text()
        self._passed += in_line
        # The same picture under both schemes counts as one; a path has none.
        scheme, _, place = url.partition("://")
        place = place or url
        shot = self._shots.get(place)
        if shot is None:
            shot = self._shots[place] = Shot(url, alt)
        elif scheme == "https":
            shot.url = url
        shot.following = None if in_line else len(self._blocks)
        shot.beside = beside
        shot.told = shot.told or told
        if not (in_caption and self._current is not None):
            self._turn_to(shot)

    @property
    def is_empty(self) -> bool:
        """Whether there has been no picture yet."""
        return not self._shots

    def describe(self, part: Part, text: str) -> None:
        """Add a caption or credit at this point, unless it is only a line of dots."""
        self._pass_text()
        if _LETTER.search(text) is None:
            return
        if part == "credit" and not _SAYS_WHENCE.isdisjoint(text) and _SHOWS.match(text):
            part = "caption"
        if self._current is not None:
            self._current.give(part, text)
        elif not self._deaf:
            self._early.append((part, text))
        elif part == "caption":
            self._lone[text] = None

    def follow(self, text: str) -> bool:
        """Add a text as the caption of what is before it with no text in between, if there is something."""
        self._pass_text()
        if text:
            if self._current is not None:
                self._current.give("caption", text)
            elif self._deaf:
                self._lone[text] = None
        return self._current is not None or self._deaf

    def pass_embed(self) -> None:
        """Pass a video or another foreign part: what follows describes that."""
        self._pass_text()
        self._leave_alone()
        self._current, self._deaf = None, True

    def pass_unknown(self) -> None:
        """Pass a picture without an address: what follows describes it, unless another came just before."""
        self._pass_text()
        self._deaf = self._current is None

    def enter_figure(self) -> Shot | None:
        """Begin a figure; returns what `leave_figure` needs."""
        self._pass_text()
        before = self._current
        self._current, self._deaf = None, False
        return before

    def leave_figure(self, before: Shot | None) -> None:
        """End a figure; one that has only a caption describes the picture just before it."""
        self._pass_text()
        if self._current is None and before is not None and self._early:
            self._turn_to(before)

    def leave_out_from(self, number: int) -> None:
        """Leave out the picture right before a block, and those after it."""
        self._shots = {
            place: shot
            for place, shot in self._shots.items()
            if shot.following is None or shot.following < number
        }

    def take_below(self, are_captions: Callable[[str], bool]) -> list[int]:
        """Give pictures the blocks below them that describe them, unless no sentence is left then."""
        below = {
            shot.following: shot
            for shot in self._shots.values()
            if shot.following is not None and shot.following < len(self._blocks)
        }
        found = [
            number for number in below if self._describes(self._blocks[number], below[number], are_captions)
        ]
        above = {
            shot.following - 1: shot
            for shot in self._shots.values()
            if shot.following and self._points_down(shot.following - 1)
        }
        found += [number for number in above if number not in found]
        below |= above
        kept = (block.text for number, block in enumerate(self._blocks) if number not in found)
        if not any(len(text) >= _SENTENCE_CHARS and _SENTENCE.search(text) for text in kept):
            return []
        for number in found:
            text = self._blocks[number].text
            below[number].give("credit" if credits_picture(text) else "caption", text)
        return found

    def _describes(self, block: Block, shot: Shot, are_captions: Callable[[str], bool]) -> bool:
        if block.kind not in ("p", "li"):
            return False
        text, alt = squeezed(block.text), squeezed(shot.alt)
        if text == alt and _is_long(alt) and len(alt) <= _LONGEST_ALT:
            return True
        return block.kind == "p" and (are_captions(block.text) or text in map(squeezed, shot.beside()))

    def _points_down(self, number: int) -> bool:
        """Whether a block says that it describes what is below it."""
        block = self._blocks[number] if number < len(self._blocks) else None
        if block is None or block.kind != "p" or len(block.text) > _LONGEST_DOWN:
            return False
        return block.text.startswith(_DOWN) and not block.text.endswith(_DOWN)

    def images(self) -> list[Image]:
        """The pictures so far."""
        return [
            Image(
                url=shot.url,
                caption=" ".join(shot.caption) or shot.told or None,
                credit=" ".join(shot.credit) or None,
                alt=shot.alt or None,
            )
            for shot in self._shots.values()
        ]

    def lone_captions(self) -> list[str]:
        """The captions so far that belong to no picture, each once."""
        self._leave_alone()
        own = {text for shot in self._shots.values() for text in shot.caption}
        return [text for text in self._lone if text not in own and not _ADVERTISES.match(text)]

    def _leave_alone(self) -> None:
        """Keep the captions that no picture followed."""
        self._lone.update((text, None) for part, text in self._early if part == "caption")
        self._early.clear()

    def _pass_text(self) -> None:
        # Captions don't reach across text.
        if len(self._blocks) > self._passed:
            self._passed = len(self._blocks)
            self._current, self._deaf = None, False
            self._leave_alone()

    def _turn_to(self, shot: Shot) -> None:
        self._current, self._deaf = shot, False
        for part, text in self._early:
            shot.give(part, text)
        self._early.clear()
