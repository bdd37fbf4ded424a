"""The invented articles of `newsdrop demo`: two layouts, three ways of writing, and files nobody can read.

Enough for a first look and for searches that find something; nothing is quoted from anybody. Refuses to be a
test's input: what newsdrop can read is wider than this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

import msgspec

from newsdrop.times import iso_8601

__all__ = ["QUERY", "DemoReport", "write_demo"]

#: Stands in some of the Chinese articles, in either script; a search for one spelling finds both.
QUERY: Final = "琥珀灯塔"
_QUERY_EVERY: Final = 7
_OLDER_EVERY: Final = 20
_COPY_EVERY: Final = 30
_BROKEN_EVERY: Final = 100
_FIRST_DAY: Final = datetime(2020, 1, 1, 8, tzinfo=UTC)


class DemoReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was written. `found`: how many of the articles contain `QUERY`."""

    files: int
    bytes: int
    articles: int
    older: int
    copies: int
    broken: int
    found: int


class _Tongue(NamedTuple):
    """One way of writing: the site's host and name, titles, sentences, and what is filled into them."""

    host: str
    site: str
    titles: tuple[str, ...]
    sentences: tuple[str, ...]
    places: tuple[str, ...]
    things: tuple[str, ...]
    query: str


_HANS: Final = _Tongue(
    "ribao.example",
    "海港日报",
    ("{place}启动{thing}工程", "{place}公布{thing}报告", "{thing}如何改变{place}"),
    (
        "{place}市政府星期三宣布，{thing}工程将在{number}天内开始。",
        "当地居民对记者说，{thing}给他们的生活带来了变化。",
        "据公开的文件，去年共有{number}人参加了{thing}的讨论。",
        "专家认为，{place}的经验值得其他城市参考。",
        "不过，也有人担心{thing}的费用会超过预算。",
        "负责人没有回答有关{thing}的问题。",
    ),
    ("青石港", "云岭", "白沙", "柳溪"),
    ("港口改造", "夜校", "海水淡化", "老城保护"),
    "当地人称之为琥珀灯塔计划。",
)
_HANT: Final = _Tongue(
    "wanbao.example",
    "松山晚報",
    ("{place}的{thing}引起關注", "{thing}：{place}居民的選擇", "{place}討論{thing}"),
    (
        "{place}的居民上週末討論了{thing}，約有{number}人到場。",
        "主辦單位表示，{thing}將於下個月開始。",
        "有學者認為，這項計劃對{place}的影響還需要觀察。",
        "一位不願透露姓名的商人說，{thing}讓他的生意好轉。",
        "{place}過去{number}年裡沒有過類似的嘗試。",
    ),
    ("松山", "龍潭", "鹽埕", "金瓜寮"),
    ("古蹟修復", "漁村節", "電車路線", "山林步道"),
    "當地人稱之為琥珀燈塔計劃。",
)
_ENGLISH: Final = _Tongue(
    "weekly.example",
    "Harbour Weekly",
    ("{place} opens its {thing}", "What the {thing} means for {place}", "{place} debates a {thing}"),
    (
        "The council of {place} said on Tuesday that the {thing} would open within {number} days.",
        "Residents have waited for the {thing} for years.",
        "About {number} people came to the first meeting in {place}.",
        "Critics say that the {thing} costs more than the town can afford.",
        "Nobody at the ministry would comment on the {thing}.",
    ),
    ("Port Ellery", "Westmarsh", "Dunholm", "Cray"),
    ("tidal barrier", "night school", "tram line", "public archive"),
    "",
)
_TONGUES: Final = (_HANS, _HANS, _HANT, _ENGLISH)

#: What nobody can read → its bytes.
_BROKEN: Final[dict[str, Callable[[int], bytes]]] = {
    "empty": lambda _: b"",
    "picture": lambda n: b"\x89PNG\r\n\x1a\n" + bytes((0, n % 256)) * 64,
    "no-header": lambda n: f"这里只有一段话，没有任何文件头。编号{n}。\n".encode(),
    "cut-off": lambda n: f"[写到一半的标题{n}](https://{_HANS.host}".encode(),
}


class _Article(NamedTuple):
    tongue: _Tongue
    number: int
    title: str
    sentences: list[str]

    @property
    def url(self) -> str:
        return f"https://{self.tongue.host}/news/{self.number:06d}"

    @property
    def holds_query(self) -> bool:
        return bool(self.tongue.query) and self.number % _QUERY_EVERY == 1


def write_demo(folder: Path, articles: int) -> DemoReport:
    """Write the files below `folder` (made if missing); the same number gives the same files."""
    report = DemoReport(files=0, bytes=0, articles=articles, older=0, copies=0, broken=0, found=0)
    counted = msgspec.structs.asdict(report)
    for kind, path, data, found in _files(articles):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        counted["files"] += 1
        counted["bytes"] += len(data)
        counted["found"] += found
        if kind:
            counted[kind] += 1
    return DemoReport(**counted)


def _files(articles: int) -> Iterator[tuple[str, str, bytes, bool]]:
    """What to count it as (none: an article), its path, its bytes, and whether an article holds the query."""
    for number in range(1, articles + 1):
        article = _article(number)
        day = _FIRST_DAY + timedelta(hours=7 * number)
        name = f"{article.tongue.host}/{number:06d}.md"
        data = _laid_out(article, day, article.url)
        yield "", name, data, article.holds_query
        if number % _COPY_EVERY == 1:
            yield "copies", f"mirror/{name}", data, False
        if number % _OLDER_EVERY == 4:
            # The same page a day earlier, with less text and under another spelling of its address.
            shorter = article._replace(sentences=article.sentences[: len(article.sentences) // 2])
            earlier = _laid_out(shorter, day - timedelta(days=1), f"{article.url}?utm_source=feed")
            yield "older", f"older/{name}", earlier, False
    for number in range(-(-articles // _BROKEN_EVERY)):
        for name, make in _BROKEN.items():
            yield "broken", f"broken/{name}-{number:03d}.md", make(number), False


def _article(number: int) -> _Article:
    draw = Random(number)  # noqa: S311  no secret: the same number gives the same article
    tongue = _TONGUES[number % len(_TONGUES)]

    def filled(form: str) -> str:
        return form.format(
            place=draw.choice(tongue.places), thing=draw.choice(tongue.things), number=draw.randrange(12, 900)
        )

    title = filled(draw.choice(tongue.titles))
    article = _Article(tongue, number, f"{title}（{number}）" if tongue.query else f"{title} ({number})", [])
    sentences = [filled(draw.choice(tongue.sentences)) for _ in range(draw.randrange(12, 40))]
    return article._replace(sentences=[*([tongue.query] if article.holds_query else []), *sentences])


def _laid_out(article: _Article, day: datetime, url: str) -> bytes:
    """As a page under a line of Markdown, or under front matter."""
    joined = " " if article.tongue is _ENGLISH else ""
    paragraphs = [joined.join(article.sentences[at : at + 4]) for at in range(0, len(article.sentences), 4)]
    page = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    if article.number % 3:
        stamp_ms = int(day.timestamp() * 1000)
        return f"<!--{stamp_ms}-->\n[{article.title}]({url})\n------\n\n<div>{page}</div>\n".encode()
    head = f'layout: post\ntitle: "{article.title}"\ndate: {iso_8601(day)}\nauthor: {article.tongue.site}'
    return f"---\n{head}\nfrom: {url}\ntags: [ {article.tongue.site} ]\n---\n\n<div>{page}</div>\n".encode()
