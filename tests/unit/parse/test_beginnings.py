"""Lines before an article that only say when and by whom go; whatever says more stays."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.inputs.saved_pages import shipped_parser

from newsdrop.documents import Block, Moment, Page
from newsdrop.parse.beginnings import beginnings

DAY = Moment(datetime(2023, 4, 28, 16, 11, tzinfo=UTC), "minute")
TEXT = ("The river rose by two metres in one night, and nobody along its banks had been told of it.",)


def left(
    *texts: str, moments: tuple[Moment, ...] = (DAY,), names: tuple[str, ...] = ("Ann Li",)
) -> list[str]:
    blocks = [Block("p", text) for text in texts]
    gone = beginnings(blocks, moments, names, names)
    return [text for number, text in enumerate(texts) if number not in gone]


@pytest.mark.parametrize(
    "line",
    [
        "Stand: 28.04.2023 18:11 Uhr",
        "Von Ann Li 28.04.2023, 18:11 Uhr",
        "By Ann Li, Friday, 28 April 2023 08:05 GMT",
        "Published on: April 28, 2023",
        "Publié le 28/04/2023 - 16:00",
        "-Aktualisiert am 28.04.2023-19:20",
        "Publisert 28. april 2023 - 13:26 Sist oppdatert 28. april 2023 - 20:24",
        "2023-04-28T16:11:00Z",
        "2023年4月28日 01時28分 (4月28日 01時40分更新)",
        "公開日：2023/04/28 11:30 更新日：2023/04/28 11:30",
        "发布时间：2023年4月28日 星期五 15:05 记者：Ann Li",
        "입력 2023.04.28 18:11",
        "2023-04-28 18:11 来源: 河边网",
        "http://www.river.example 2023-04-28 18:11 来源： 河边网 【字号：大 中 小】",
        "調整字體︰大 中 小 2023-04-28",
        "河邊時報Ann Li／台北報導 2023年4月28日 04:09",
        "河廣Ann Li 2023年4月28日 18:24",
        "الجمعة، 28 أبريل 2023 06:11 م",
        "7 days ago",
        "28 April 2023 Last updated at 18:11 GMT",
        "3小时前",
        "02:11 PM",
        "Ann Li 243 days ago. 3759 views.",
        "“← →” 可实现快速翻页",
        "昨天 18:11",
        "5 min read",
        "Volume 0%",
        "Add to favorites",
        "/",
        "0人参与0条评论打印转发",
        "這篇文章在...",
        "Play Video",
        "（点击上方公众号，可快速关注）",
        "最新更新：2016/03/19 10:48",
        "頭條要聞 〉",
        "关注",
        "'正在加载中...'",
        "“← →” 可以实现快速翻页",
        "(聲明：刊用《河邊周刊》稿件務經書面授權)",
        "2023-04-28 18:11 来源：河边网 作者：林一 浏览：1665 字号：大中小",
        "Von Ann Li, Hamburg 28.04.2023, 18:11 Uhr",
        "出版：2023-04-28 18:11更新：2023-04-28 19:11",
        "Ann Li",
        "/ Ann Li",
        "Von Ann Li, Hamburg",
        "Par Ann Li avec AFP",
        "Texto: Ann Li",
        "撰文：",
        "配信",
    ],
)
def test_a_line_of_the_articles_time_and_writer_goes(line: str) -> None:
    assert left(line, *TEXT) == [*TEXT]
    assert left(TEXT[0], line, *TEXT) == [TEXT[0], *TEXT]


def test_of_several_names_the_second_is_no_town_of_the_first() -> None:
    line = "River Daily, Ann Li | 28.04.2023, 18:11 Uhr"
    blocks = [Block("p", line), Block("p", TEXT[0])]
    assert list(beginnings(blocks, (DAY,), ("River Daily", "Ann Li"))) == [0]


def test_the_last_line_may_be_that_of_the_date() -> None:
    line = "28 aprile 2023 (modifica il 29 aprile 2023 | 15:24)"
    text = [*TEXT, *TEXT]
    assert left(*text, line) == text
    for line in ("28 aprile 2023, pioggia", "2023年4月28日", "Berlin, 28.04.2023 18:11"):
        assert left(*text, line) == [*text, line]


@pytest.mark.parametrize(
    "line",
    [
        "28 April 2023, rain",
        "2023年4月28日 晴",
        "武汉，2023年4月28日",
        "3 May 2021",
        "By Bo Chen, 28 April 2023",
        "It happened on 28 April 2023.",
        "Published",
        "Ann Li, who kept the harbour",
        "Ann Li und die Fische",
        "Ann Li, Bo Chen",
        "Hamburg",
    ],
)
def test_a_line_that_says_more_or_another_day_stays(line: str) -> None:
    assert left(line, *TEXT) == [line, *TEXT]


def test_only_what_stands_before_the_text_is_looked_at_and_something_is_left() -> None:
    line = "Stand: 28.04.2023 18:11 Uhr"
    assert left(*TEXT, *TEXT, line, *TEXT) == [*TEXT, *TEXT, line, *TEXT]
    assert left(line) == [line]
    assert left(line, *TEXT, moments=()) == [line, *TEXT]
    assert beginnings([Block("h", line), Block("p", TEXT[0])], [DAY], ()) == {}


def test_a_page_says_when_it_was_published_once() -> None:
    html = (
        "<!doctype html><html><head><title>The river</title>"
        '<meta property="article:published_time" content="2023-04-28T16:11:00Z">'
        '<meta name=author content="Ann Li">'
        f"</head><body><article><h1>The river</h1><p>Ann Li, 28.04.2023 18:11 Uhr</p><p>{TEXT[0]}</p>"
        f"<p>{TEXT[0]}</p></article></body></html>"
    )
    page = Page(dialect="saved", html=html, title="The river", url="https://e.org/river", whole=True)
    assert [block.text for block in shipped_parser().parse(page).blocks] == [TEXT[0], TEXT[0]]
    left_out = {one.selector for one in shipped_parser().explain(page).dropped}
    assert "the line of its date" in left_out


def test_the_paper_and_the_kind_of_report_belong_to_the_line_of_the_date() -> None:
    line = "河邊時報林小舟／特稿 2023年04月28日 05:40"
    assert left(line, *TEXT, names=("林小舟",)) == [*TEXT]
    assert left("第1節", *TEXT) == ["第1節", *TEXT]


@pytest.mark.parametrize("line", ["来源：河边社", "来源 | 某报等外媒综合", "责任编辑 | X博士", "编辑 | 林舟"])
def test_a_line_of_credits_before_the_first_sentence_goes(line: str) -> None:
    assert left(line, "2023年4月28日", *TEXT) == [*TEXT]
    assert left(*TEXT, line, *TEXT) == [*TEXT, line, *TEXT]


def test_what_a_text_was_called_before_stays() -> None:
    assert left("（原标题：河水上涨）", *TEXT) == ["（原标题：河水上涨）", *TEXT]
