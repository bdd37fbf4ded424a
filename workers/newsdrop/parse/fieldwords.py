"""The words of elements that a rule reads as a field, if they are inside a line of text.

Sites also link the tags, writers and sections of an article in its sentences, with the same `rel` and the
same classes as in the lines that list them. What else is in the line decides:

    only such elements, what separates them and what labels them ("标签：", "By")    not text
    a few other words, as in "By A. B., five minutes to read"    text, and still the field
    a sentence    text, but not a field: it only mentions somebody; still a tag: sites link tags automatically
    links to other places beside them    text, but not a tag

Such an element links to the site's own page about a tag or writer, which isn't a link of the article.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from selectolax.lexbor import LexborNode

from newsdrop.parse.elements import BLOCK_TAGS, SKIPPED
from newsdrop.parse.text import BREAK, squeezed

__all__ = ["FieldWords", "is_inline", "says_nothing", "words"]

_LABELS = re.compile(
    r"""(?:
        \b(?: (?:written|posted|published|reported|edited|photographs?|filed)\s)?(?: by | on | in | under )\b
      | \b(?: and | tags? | tagged | topics? | categor(?:y|ies) | sections? | authors? | updated | posted )\b
      | \b(?: photo(?:graph)?s? | image | picture | credit | source | courtesy\sof )\b
      | [摄攝]影 | [图圖](?:片|像)? | [来來]源
      | 作者 | 撰文 | 文字 | [记記]者 | [标標][签籤] | 分[类類] | [栏欄]目 | [专專话話][题題]
      | [关關][键鍵][词詞字]
      | (?:[发發][布佈表]|更新)(?:于|於|[时時][间間]|日期)? | 文(?=\s*[/／|｜:：]) | [和与與及]
      # what dates and clocks are made of
      | \d | [年月日時时分秒] | 上午 | 下午
      | \b(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)(?:uary|ruary|ch|il|ust|ember|ober)?\b
      | \b[ap]m\b
      # what separates, but ends no sentence
      | [^\w。！？!?…] | _
    )*+""",
    re.IGNORECASE | re.VERBOSE,
)  # fmt: skip

_SENTENCE = re.compile(r"[。！？!?，；]|\w{3}[.;](?:\s|$)")
_LONGEST_NOTE = 40
_NONE: Mapping[int, int] = {}


class FieldWords:
    """The elements of fields in the block that is being read, by the pieces of text they hold."""

    __slots__ = ("_linked", "_places", "linked_only", "spoken_of")

    def __init__(self) -> None:
        #: The number of a piece → the element whose words it holds.
        self._places: dict[int, int] = {}
        #: Where links begin and end, alternately: the number of pieces before that.
        self._linked: list[int] = []
        #: Of the elements that stay text, by `mem_id`: those that aren't tags, and those that aren't other
        #: fields.
        self.linked_only: set[int] = set()
        self.spoken_of: set[int] = set()

    def refuses(self, role: str, place: int) -> bool:
        """Whether an element isn't what its role says, judging by where its words are."""
        return place in (self.linked_only if role == "tag" else self.spoken_of)

    def add(self, piece: int, place: int) -> None:
        """Note that the piece with this number holds the words of this element, by `mem_id`."""
        self._places[piece] = place

    def turn_link(self, piece: int) -> None:
        """Note that a link begins or ends before the piece with this number."""
        self._linked.append(piece)

    def end_block(self, pieces: list[str], *, within_link: bool) -> Mapping[int, int]:
        """Judge the elements of a block that ends. If it holds only fields: piece → element; else nothing."""
        places, linked = self._places, self._linked
        if not places:
            if linked:
                self._linked = [0] if within_link else []
            return _NONE
        self._places, self._linked = {}, [0] if within_link else []
        rest = _without(pieces, places)
        if says_nothing(rest):
            return places
        if says_nothing(_without(pieces, {*places, *_between(linked, len(pieces))})):
            self.linked_only.update(places.values())
        if _SENTENCE.search(rest) or len(squeezed(rest)) > _LONGEST_NOTE:
            self.spoken_of.update(places.values())
        return _NONE


def is_inline(node: LexborNode) -> bool:
    """Whether an element and everything in it may be part of a line."""
    return node.tag not in BLOCK_TAGS and all(inner.tag not in BLOCK_TAGS for inner in node.traverse())


def words(node: LexborNode) -> str:
    """The text of an inline element."""
    pieces: list[str] = []
    for inner in node.traverse(include_text=True):
        if inner.tag == "-text" and (inner.parent is None or inner.parent.tag not in SKIPPED):
            pieces.append(inner.text_content or "")
        elif inner.tag == "br":
            pieces.append(BREAK)
    return "".join(pieces)


def _without(pieces: list[str], left_out: Collection[int]) -> str:
    return " ".join(piece for number, piece in enumerate(pieces) if number not in left_out)


def says_nothing(text: str) -> bool:
    """Whether a text holds only what separates and labels fields."""
    return _LABELS.fullmatch(text) is not None


def _between(turns: list[int], end: int) -> list[int]:
    starts, ends = turns[::2], [*turns[1::2], end]
    return [number for start, stop in zip(starts, ends, strict=False) for number in range(start, stop)]
