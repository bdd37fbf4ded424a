"""Invented stories: a small grammar over the corpus's words, the same for the same seed on every machine.

Clauses are rendered once per seed, in windows by topic; a story draws from the windows of its two topics, so
a word of one topic stands in about a tenth of the stories. Only `Random.random` is used, the one method
whose sequence Python promises to keep.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from random import Random
from typing import Final, NamedTuple, TypeVar

from tests.corpus.words import ENGLISH_TOPICS, GIVEN, PLACES, SURNAMES, TOPICS, Topic

__all__ = ["Story", "chinese_story", "english_story", "random_for"]

T = TypeVar("T")

_WINDOW = 120

_OPENERS: Final = (
    "{place}{body}{day}表示，",
    "{person}在{place}对记者说，",
    "据{place}{body}公开的材料，",
    "{day}，{place}{body}决定{deed}，",
    "围绕{thing}的争论仍在继续，",
    "多名知情人士说，",
    "{person}认为，",
    "在{place}召开的会议上，",
    "{body}的报告写道，",
    "与{thing}有关的文件{day}公开后，",
    "居住在{place}的{person}回忆，",
    "另一方面，",
    "据当地媒体{day}报道，",
    "{place}的{body}负责人{person}称，",
)
_MAINS: Final = (
    "{body}正在就{thing}与{place}方面磋商",
    "{thing}比去年同期增加百分之{number}",
    "{place}当局准备{deed}",
    "有{number}人受到{thing}的影响",
    "{thing}和{thing2}应当分开处理",
    "没有证据显示{body}曾经{deed}",
    "{body}要求{place}在{number}天内{deed}",
    "{thing}已经成为{place}最受关注的话题",
    "{person}提交了一份关于{thing}的意见书",
    "{place}与{place2}之间的{thing}将于下月启动",
    "{body}计划投入{number}万元用于{thing}",
    "调查人员在{place}检查了{thing}",
    "“如果不{deed}，{thing}还会恶化”",
    "专家对{thing}的看法并不一致",
    "{place}从未公开{thing}的完整名单",
    "{body}是否会{deed}取决于{thing2}",
)
_TAILS: Final = (
    "。",
    "。",
    "，具体日期尚未确定。",
    "，{person}没有回应置评请求。",
    "，但{body}否认这一说法。",
    "，相关费用由{place}承担。",
    "，约{number}人到场旁听。",
    "，下一次会议定在{place}举行。",
    "，这在{place}还是第一次。",
    "，{body}对此保持沉默。",
)
_TITLES: Final = (
    "{place}{body}{deed}：{thing}引发关注",
    "{thing}：{place}为何{deed}",
    "{person}谈{thing}与{thing2}",
    "{place}{thing}调查，{body}准备{deed}",
    "观察：{place2}{body}眼中的{thing}",
)
_DAYS: Final = ("星期一", "星期二", "星期三", "星期四", "星期五", "周末", "上月底", "当天", "清晨", "本月初")
_ENGLISH: Final = (
    "{Body} in {place} {deed} after a dispute over {thing}.",
    "“Nobody had expected {thing} to matter this much,” said {person}.",
    "According to {body}, {number} people were affected by {thing}.",
    "{person} told reporters that {body} {deed} on {day}.",
    "Documents seen in {place} suggest that {thing} will be reviewed within {number} days.",
    "Critics say {thing} was never explained to residents of {place}.",
    "Whether {body} can settle {thing} remains an open question.",
)
_ENGLISH_TITLES: Final = (
    "Why {body} {deed}",
    "{place}: the fight over {thing}",
    "After {thing}, {body} {deed}",
)
_ENGLISH_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
_ENGLISH_NAMES: Final = ("Ada Thornbury", "Milan Osei", "Greta Lindqvist", "Tomas Arkwright", "Ines Calloway")
_ENGLISH_PLACES: Final = ("Harrowgate Bay", "Port Selwyn", "Eastmarch", "Nanling County", "Taipei", "Kowloon")


class Story(NamedTuple):
    """What a page tells, before any HTML. How sentences make paragraphs is the page's choice."""

    number: int
    title: str
    section: str
    author: str
    sentences: list[str]
    captions: list[str]


def random_for(seed: int, number: int) -> Random:
    """A generator of its own for each thing made, so that one more article changes no other."""
    return Random((seed << 32) ^ (number * 2_654_435_761))


def pick(random: Random, items: Sequence[T]) -> T:
    """One of the items."""
    return items[int(random.random() * len(items))]


def chinese_story(number: int, *, seed: int, bytes_: int) -> Story:
    """A story of about that many UTF-8 bytes, never more, in Simplified characters."""
    random = random_for(seed, number)
    first, second = pick(random, range(len(TOPICS))), pick(random, range(len(TOPICS)))
    openers, mains, tails = _clauses(seed)
    sentences: list[str] = []
    left, draw = bytes_, random.random
    while left > 0:
        topic = first if draw() < 0.75 else second
        start = topic * _WINDOW
        sentence = (
            openers[start + int(draw() * _WINDOW)]
            + mains[start + int(draw() * _WINDOW)]
            + tails[start + int(draw() * _WINDOW)]
        )
        left -= 3 * len(sentence)
        sentences.append(sentence)
    if len(sentences) > 1:
        sentences.pop()
    slots = _slots(random, TOPICS[first])
    title = f"{pick(random, _TITLES).format_map(slots)}（之{number}）"
    captions = [f"{slots['place']}的{thing}，资料图片。" for thing in TOPICS[first].things]
    return Story(number, title, TOPICS[first].section, slots["person"], sentences, captions)


def english_story(number: int, *, seed: int, bytes_: int) -> Story:
    """A story of about that many bytes in English."""
    random = random_for(seed, number)
    topic = pick(random, ENGLISH_TOPICS)
    sentences: list[str] = []
    left = bytes_
    while left > 0:
        sentence = pick(random, _ENGLISH).format_map(_english_slots(random, topic))
        left -= len(sentence)
        sentences.append(sentence[0].upper() + sentence[1:])
    slots = _english_slots(random, topic)
    title = f"{pick(random, _ENGLISH_TITLES).format_map(slots)}, part {number}"
    captions = [f"A file photo of {thing}." for thing in topic.things]
    return Story(number, title, topic.section, slots["person"], sentences, captions)


@lru_cache(maxsize=4)
def _clauses(seed: int) -> tuple[list[str], list[str], list[str]]:
    random = random_for(seed, -1)
    openers, mains, tails = (
        [pick(random, forms).format_map(_slots(random, topic)) for topic in TOPICS for _ in range(_WINDOW)]
        for forms in (_OPENERS, _MAINS, _TAILS)
    )
    return openers, mains, tails


def _slots(random: Random, topic: Topic) -> dict[str, str]:
    return {
        "place": pick(random, PLACES),
        "place2": pick(random, PLACES),
        "person": pick(random, SURNAMES) + pick(random, GIVEN),
        "body": pick(random, topic.bodies),
        "thing": pick(random, topic.things),
        "thing2": pick(random, topic.things),
        "deed": pick(random, topic.deeds),
        "day": pick(random, _DAYS),
        "number": str(2 + int(random.random() * 88)),
    }


def _english_slots(random: Random, topic: Topic) -> dict[str, str]:
    body = pick(random, topic.bodies)
    return {
        "place": pick(random, _ENGLISH_PLACES),
        "person": pick(random, _ENGLISH_NAMES),
        "body": body,
        "Body": body[0].upper() + body[1:],
        "thing": pick(random, topic.things),
        "deed": pick(random, topic.deeds),
        "day": pick(random, _ENGLISH_DAYS),
        "number": str(2 + int(random.random() * 88)),
    }
