"""News in Chinese name their reporters inside a sentence; whoever else stands there is no author."""

from __future__ import annotations

import time

import pytest
from tests.inputs.saved_pages import page_of, shipped_parser

from newsdrop.documents import Block
from newsdrop.parse.reporters import reporters

REST = "港口昨天重新开放，守人换了三位。"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("某社巴黎12月9日电（记者林舟）法国的港口昨天关闭。", ["林舟"]),
        ("某社河边五月四日電（記者陳河、林小舟）港口昨天關閉。", ["陳河", "林小舟"]),
        ("河边网10月4日讯（记者林舟 整合） 港口昨天关闭。", ["林舟"]),
        ("本报讯 (记者 林舟 通讯员 陈河) 港口昨天关闭。", ["林舟"]),
        ("本报讯(记者 通讯员 林舟 陈河)港口昨天关闭。", ["林舟", "陈河"]),
        ("某社河边5月19日电（林舟、陈河）港口昨天关闭。", ["林舟", "陈河"]),
        ("某社河边5月19日电（港口、陈河）港口昨天关闭。", []),
        ("河边网讯 实习生陈河、记者林舟报道：港口昨天关闭。", ["林舟"]),
        ("（河边社記者林小舟仁川富平29日專電）港口昨天關閉。", ["林小舟"]),
        ("（河边社記者林舟台南4日電）港口昨天關閉。", ["林舟"]),
        ("新河边报快讯（见习记者 林舟 摄影 陈河）港口昨天关闭。", ["林舟"]),
        ("【河边时报驻柏林特约记者 林舟 河边时报记者 陈河】港口昨天关闭。", ["林舟", "陈河"]),
        ("港口昨天关闭。（本报记者 林舟）", ["林舟"]),
        ("港口昨天关闭。（文 / 林舟 陈小河）", ["林舟", "陈小河"]),
        ("港口昨天关闭。（文/港口）", []),
        ("【ソウル＝小池和樹】港は３日夜に閉じられた。", ["小池和樹"]),
        ("【パリ＝小池和樹、林花子】港は３日夜に閉じられた。", ["小池和樹", "林花子"]),
        ("【ソウル共同】港は３日夜に閉じられた。", []),
        ("【ソウル＝共同】港は３日夜に閉じられた。", []),
        ("〔記者林舟／高雄報導〕港口昨天關閉。", ["林舟"]),
        ("【林舟╱綜合外電報導】港口昨天關閉。", ["林舟"]),
        ("（林舟、陳河／台北報導）港口昨天關閉。", ["林舟", "陳河"]),
        ("（某社记者 林舟）港口昨天关闭。", ["林舟"]),
        ("【某報2020年03月05日訊】（某報記者林舟綜合報導）港口昨天關閉。", ["林舟"]),
        ("（记者问：港口何时开放）港口昨天关闭。", []),
        ("【港口／台北報導】港口昨天關閉。", []),
        ("〔編譯林舟／綜合報導〕港口昨天關閉。", ["林舟"]),
        ("［記者林舟、陳河／台北報導］港口昨天關閉。", ["林舟", "陳河"]),
        ("（某社記者林舟高雄6日電）港口昨天關閉。", ["林舟"]),
        ("（某社記者林舟、陳小河台北16日專電）港口昨天關閉。", ["林舟", "陳小河"]),
        ("某社巴黎电（记者让·杜邦）港口昨天关闭。", ["让·杜邦"]),
        ("港口昨天关闭（记者问他何时开放），守人说不知道。", []),
        ("他在电话中（对记者说的都是实话）讲了很久。", []),
        ("【河边时报综合报道】港口昨天关闭。", []),
        ("某社电（记者站供稿）港口昨天关闭。", []),
    ],
)
def test_the_first_or_last_paragraph_names_who_reports(text: str, names: list[str]) -> None:
    assert reporters([Block("p", text)]) == names
    if text[-1] == "。":
        assert reporters([Block("h", "港口"), Block("p", text), Block("p", REST)]) == names


@pytest.mark.parametrize(
    "line",
    [
        "（某社記者林舟高雄6日電）",
        "某社巴黎12月9日电（记者林舟）",
        "某報訊（記者 林舟）",
        "〔記者林舟／高雄報導〕",
    ],
)
def test_the_beginning_may_be_a_line_of_its_own(line: str) -> None:
    assert reporters([Block("p", line), Block("p", REST)]) == ["林舟"]


def test_the_words_stay_and_a_byline_counts_more() -> None:
    news = f"<p>某社河边5月4日电（记者林舟）{REST}</p>" + f"<p>{REST}</p>" * 3
    for byline, author in [("", ["林舟"]), ("<p>文/陈河</p>", ["陈河"])]:
        page = f"<!doctype html><title>港口</title><article><h1>港口开放</h1>{byline}{news}</article>"
        article = shipped_parser().parse(page_of(page.encode()))
        assert article.author == author
        assert article.blocks[0].text.startswith("某社河边5月4日电（记者林舟）")


def test_no_text_takes_long() -> None:
    begun = time.process_time()
    for text in ("（记者" * 20_000, "【" * 50_000, "电（" * 30_000 + "记者", "（" + "记者" * 30_000):
        reporters([Block("p", text)])
    assert time.process_time() - begun < 1
