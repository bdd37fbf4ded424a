"""Who reports, as news in Chinese say it inside their first or last sentence instead of a line of its own.

    某社巴黎12月9日电（记者林舟、陈河）法国……    本报讯（记者 林舟 通讯员 陈河）……    【某报记者 林舟】……
    （某社記者林舟高雄6日電）……    〔記者林舟／高雄報導〕……    【林舟╱綜合外電報導】……
    某社巴黎12月9日电（林舟、陈河）……    某网讯 实习生林舟、记者陈河报道：……    ……昨日结束。（本报记者林舟）

The words stay in the text. Refuses whoever has no surname: these brackets also hold what was told to whom.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from newsdrop.documents import Block
from newsdrop.parse.places import PLACES
from newsdrop.parse.surnames import has_surname, is_talk

__all__ = ["reporters"]

_WHO = r"[^（）()【】〔〕［］\[\]。]{0,12}?(?:[记記]者|編譯)(?P<who>[^（）()【】〔〕［］\[\]。]{2,40})"
_NAMES = r"[\u3400-\u9fff]{2,4}(?:[、\s][\u3400-\u9fff]{2,4}){0,5}"
_BEGINNING = re.compile(
    rf"[^。！？：]{{0,40}}?(?:[电電]|[讯訊]|消息)[】\]］]?\s?[（(](?:{_WHO}|(?P<plain>{_NAMES}))[）)]"
    rf"|[【〔［\[（(]{_WHO.replace('who', 'whom')}[】〕］\]）)]"
    rf"|[^。！？：（(]{{0,24}}?[记記]者\s?(?P<reports>{_NAMES}?)\s?[报報][道导導][：:]"
)
#: An agency's line: the names are glued to the town and the day.
_WIRE = re.compile(
    rf"[（(][^（）()\d]{{0,8}}?[记記]者(?P<who>[^（）()\d]{{2,20}}?){PLACES}\d{{1,2}}日[专專]?[电電][）)]"
)
#: The same with a town that isn't a frequent one: most names have three letters.
_WIRE_FROM = re.compile(
    r"[（(][^（）()\d]{0,8}?[记記]者(?P<who>[\u3400-\u9fff]{3})[\u3400-\u9fff]{2,5}\d{1,2}日[专專]?[电電][）)]"
)
#: A paper's beginning in Taiwan, without the word for who it is.
_REPORTED_FROM = re.compile(
    rf"[【〔［\[（(](?P<who>{_NAMES})[／/╱][\u3400-\u9fff]{{2,6}}[報报][導导道][】〕］\]）)]"
)
#: A Japanese paper's beginning: 【ソウル＝小池和樹】.
_JAPANESE = re.compile(r"【[^】＝=]{1,12}[＝=](?P<who>[^】＝=]{2,30})】")
_AGENCY = re.compile(r"共同|時事|ロイター|[A-Za-z]+")
_FROM = re.compile(r"[／/][^／/]{2,8}[报報][道导導]$")
_END = re.compile(rf"[（(](?:{_WHO}|文\s?[/／]\s?(?P<wrote>{_NAMES}))[）)]$")
#: From here on, others are named, or what is done.
_OTHERS = re.compile(
    r"[摄攝]影|[编編][辑輯译譯]|[实實][习習]|通[讯訊][员員]|翻[译譯]|[图圖]|整[理合]|[综綜]合|[报報][道導]"
)
#: Among so many paragraphs is the first with a sentence.
_FIRST = 4
_LONGEST_LINE = 60
_END_CHARS = 80
_BETWEEN = re.compile(r"[\s、，,;；/／╱]+|[记記]者|[和与與]")
_FOREIGN = re.compile(r"[\u3400-\u9fff]{1,8}[·•．][\u3400-\u9fff]{1,8}")


def reporters(blocks: Sequence[Block]) -> list[str]:
    """The reporters that the first paragraph names, else the last."""
    paragraphs = [block.text for block in blocks if block.kind == "p"]
    # The line of the date may come first; it has no sentence. So has a beginning on a line of its own.
    begins = next((at for at, text in enumerate(paragraphs[:_FIRST]) if "。" in text), None)
    if begins is None:
        return []
    lines = [*(line for line in paragraphs[:begins] if len(line) <= _LONGEST_LINE), paragraphs[begins]]
    return next(filter(None, (_beginning(line) for line in lines)), None) or _end(paragraphs[-1])


def _beginning(first: str) -> list[str]:
    """The reporters that the beginning of a paragraph names."""
    if (japanese := _JAPANESE.match(first)) is not None:
        return [name for name in re.split("[、，,]", japanese["who"]) if name and not _AGENCY.fullmatch(name)]
    wire = _WIRE.match(first) or _WIRE_FROM.match(first) or _REPORTED_FROM.match(first)
    match = wire or _BEGINNING.match(first)
    told = next(filter(None, match.groups()), "") if match else ""
    names = _told(told)
    # Without the word that says who they are, all must be names.
    plain = match is not None and match is not wire and told == match["plain"]
    return names if not plain or len(names) == len(_BETWEEN.split(told)) else []


def _end(last: str) -> list[str]:
    match = _END.search(last[-_END_CHARS:])
    return _told(next(filter(None, match.groups()), "")) if match else []


def _told(told: str) -> list[str]:
    return list(dict.fromkeys(_names(told)))


def _names(told: str) -> Iterator[str]:
    parts = (part.strip(" ：:|｜") for part in _OTHERS.split(_FROM.sub("", told)))
    for name in _BETWEEN.split(next(filter(None, parts), "")):
        if (has_surname(name) or _FOREIGN.fullmatch(name)) and not is_talk(name):
            yield name
