"""The text of a caption: its blocks joined by spaces, without the credits and pictures inside it.

Doesn't decide whose caption it is: gallery.py does. An inline element among other words isn't a caption,
whatever its class: its words belong to the sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import takewhile

from selectolax.lexbor import LexborNode

from newsdrop.parse.elements import BLOCK_TAGS, SKIPPED
from newsdrop.parse.fieldwords import is_inline, says_nothing
from newsdrop.parse.text import BREAK, normal

__all__ = ["caption_text", "credits_picture", "in_a_sentence", "reads_as_caption"]

#: A span that is displayed as a block is one.
_BLOCK_STYLE = re.compile(r"display\s*:\s*block")
#: How many pieces of text before an element, and elements after it, are examined.
_NEAR = 12
Visit = Callable[[LexborNode], object]

#: The buttons of a caption.
_BUTTONS = re.compile(
    r"\s*(?:\[\+\]\s?enlarge|^enlarge)(?=\s|$)|\s*\b(?:(?:hide|toggle|show)\scaption|view\simage\sin\sfullscreen|enlarge\sthis\simage|open\sthis\sphoto\sin\sgallery:?"
    r"|click\sto\s(?:enlarge|expand)(?:\simage)?)(?=\s|$)",
    re.IGNORECASE,
)
_LONGEST = 200
#: In letters of which a sentence needs more.
_LONGEST_CREDITED = 400
#: How captions in Chinese begin and end: with what they are, or with who took the picture.
_CAPTION = re.compile(
    r"""
      ^\s*[▲△▵▼↑⬆◎]\s*\S(?!.*[▲▼]\s*$)
    | ^[（(]?(?:[上下左右]|本)?[图圖]
      (?:[说說为為注註源]|片(?:[说說]明|[来來]源)?|[上下左右一二三四五六七八九十\d]{1,3})?\s?[：:︰/／｜|]
    | ^[图圖][为為](?![了何什])
    | ^(?:[资資]料|示意|[题題配])[图圖]
    | (?<![拍翻自被])(?<!文[/／])[摄攝]影?\s*[）)】\]]?[。.]?$
    | [摄攝]影\s?[：:/／]\s?\S{2,12}[）)]?$
    | (?:供[图圖]|[资資]料[图圖照]片?|制[图圖]|截[图圖]|[网網][络絡][图圖]片?|示意[图圖])\s*[）)】\]]?[。.]?$
    | [（(【\[][^（()）]{0,8}(?:[图圖]片?|照片?)\s?(?:[／/|｜]|[来來]源)[^（()）]{2,30}[）)】\]]$
    | ^.{0,60}[（(【\[][图圖]片?[：:][^（()）]{2,30}[）)】\]]$
    | [（(][^（()）]{2,24}提供[）)]$
    | (?:撮影|写真|提供|[共時][同事]|ロイター)\s?[）)】\]]$ | [＝=][^。]{0,24}(?:撮影|提供|写真)$
    | ^(?:写真|画像)\s?[：:＝=]
    | 사진\s?[=:/] | [(\[<]사진[^()\[\]<>]{0,24}[)\]>]\s?$ | 사진\s?(?:제공|출처|캡처)
    | ⓒ\s?\S{2,30}$ | (?:제공|캡처|연합뉴스|뉴시스|뉴스1)\s?[)\]>]?$
    | (?:新[华華]社[发發]|(?:[视視][觉覺]中[国國]|人民[视視][觉覺]|澎湃影像|IC\s?photo|CFP|Getty\s?Images
      |[东東]方IC|[图圖][虫蟲][创創]意)(?:\s?(?:[资資]料|[图圖]))?)\s*[）)】\]]?$
    """,
    re.VERBOSE,
)


#: Who made a picture, in languages of Europe, in a line of its own.
_CREDIT = re.compile(
    r"""^\W{0,2}(?:(?:lead|featured?|header|main|cover|top)\s)?(?:
      (?:photo(?:graph(?:er|y)?)?s?|images?|pictures?|illustrations?|(?:photo\s|image\s)?credits?|fotos?|fotograf[íi]as?|bild(?:er|material)?
       |cr[ée]dit(?:o|os|s)?\s(?:photos?|foto)|фото|foto(?:grafie)?\sdi)
      (?:\s(?:credits?|courtesy(?:\sof)?|by|via|source))?\s{0,2}[:/|]\s?\S.{1,80}
    | (?:photo(?:graph(?:s|y)?)?s?|images?|pictures?|illustrations?)\s
      (?:credits?|courtesy(?:\sof)?|by|via|©|by\s©)\s(?-i:(?=(?:©\s?)?(?:\w+\s){0,2}[A-Z])).{2,60}
    | courtesy\s(?:of\s)?(?-i:(?=[A-Z])).{2,40}
    )$""",
    re.VERBOSE | re.IGNORECASE,
)
#: The same behind what the picture shows.
_CREDITED = re.compile(
    r"(?:^|[\s.(])(?:(?:photo|image|picture)s?\s)?credits?:\s[^.:]{2,60}\.?$"
    r"|(?:^|[\s.(/])(?<![&+]\s)(?<!\b(?:and|und|\sen|\set)\s)(?:fotos?|fotograf[íi]a|bild|фото|photos?)\s?:\s[^.:]{2,60}\.?$"
    r"|(?-i:\b(?:REUTERS|AFP|AP(?:\sPhoto)?|EPA|EFE|Xinhua))\s?/\s?(?-i:[A-Z])[^.]{2,40}\.?$"
    r"|\((?:file|archive|stock|handout)(?:\s(?:photo|image|picture))?\)\.?$|[.)]\s©\s?[^.©]{2,60}$"
    r"|[.|—–]\s?(?:via\s)?(?-i:Getty\sImages|AFP|AP|Reuters|REUTERS|Shutterstock|Xinhua|dpa)$"
    r"|\((?:photo|image|picture|foto)s?(?:\s(?:by|credit|courtesy(?:\sof)?))?:?\s[^()]{2,60}\)$"
    r"|(?:/\s?|via\s|\()(?:Getty(?:\sImages)?|AP|AFP|Reuters|EPA|dpa|Shutterstock|Corbis|iStock(?:photo)?)\)?\.?$"
    r"|\((?:AP|AFP|Reuters)(?:\sPhotos?)?\s?/\s?[^()]{2,60}\)$",
    re.IGNORECASE,
)


def reads_as_caption(text: str) -> bool:
    """Whether a paragraph below a picture says in its words that it describes it."""
    if len(text) > _LONGEST:
        return len(text) <= _LONGEST_CREDITED and _CREDITED.search(text) is not None
    return _CAPTION.search(text) is not None or credits_picture(text) or _CREDITED.search(text) is not None


def credits_picture(text: str) -> bool:
    """Whether a line only says, in a language of Europe, who made a picture."""
    return len(text) <= _LONGEST and _CREDIT.match(text) is not None


def in_a_sentence(node: LexborNode, roles: Mapping[int, str], before: Sequence[str]) -> bool:
    """Whether a caption's element is just words in a line. `before`: the text of its block so far."""
    if _BLOCK_STYLE.search(node.attributes.get("style") or "") or not is_inline(node):
        return False
    line = list(takewhile(lambda piece: piece != BREAK, reversed(before[-_NEAR:])))
    return not says_nothing(" ".join(line)) or not says_nothing(_following(node, roles))


def _following(node: LexborNode, roles: Mapping[int, str]) -> str:
    """The words after an element in its line; nothing in a figure, where everything describes the picture."""
    pieces: list[str] = []
    at: LexborNode | None = node
    for _ in range(_NEAR):
        while at is not None and at.next is None:
            at = at.parent
            if at is None or at.tag in BLOCK_TAGS:
                return "" if at is not None and at.tag == "figure" else " ".join(pieces)
        at = at.next if at is not None else None
        if at is None or at.tag in BLOCK_TAGS or at.tag in ("br", "img", "picture"):
            break
        if at.mem_id not in roles:
            pieces.append((at.text_content or "") if at.tag == "-text" else at.text())
    return " ".join(pieces)


def caption_text(start: LexborNode, roles: Mapping[int, str], see: Visit, credit: Visit | None) -> str:
    """The text of a caption or credit.

    Args:
        see: called with each picture in it.
        credit: called with each credit in it; None if it is a credit itself. Credits in it are then its text,
            or a page could nest them deeper than Python calls can go.
    """
    pieces: list[str] = []
    pending: list[LexborNode | None] = []
    node = start.first_child
    while True:
        if node is None:
            if not pending:
                return normal(_BUTTONS.sub("", normal("".join(pieces))))
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
