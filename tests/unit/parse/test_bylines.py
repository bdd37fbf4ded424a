"""Lines that sign an article are told from its text by their form; questions and answers are text."""

from __future__ import annotations

import re
import time

import pytest

from newsdrop.documents import Block
from newsdrop.parse.bylines import signatures, signed_by


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("文/林远舟", ["林远舟"]),
        ("特約撰稿人 林遠舟 陳河 發自北京 上海", ["林遠舟", "陳河"]),
        ("《河边》记者 林远舟 陈河/文", ["林远舟", "陈河"]),
        ("《河边》记者 林远舟/文 陈河/编辑", ["林远舟"]),
        ("河边新闻记者 | 林远舟", ["林远舟"]),
        ("撰文、摄影：林远舟", ["林远舟"]),
        ("摄影、撰文：林远舟", ["林远舟"]),
        ("撰文 林遠舟　攝影 陳河", ["林遠舟"]),
        ("〔記者林遠舟／高雄報導〕", ["林遠舟"]),
        ("河邊報 記者林遠舟／高雄即時報導", ["林遠舟"]),
        ("河边01記者 林遠舟 報道", ["林遠舟"]),
        ("作者：林远舟 河边新闻实验室", ["林远舟"]),
        ("河边新闻编辑 | 林远舟", []),
        ("文｜林远舟", ["林远舟"]),
        ("文 | 林 舟", ["林舟"]),
        ("▲ 文丨林舟", ["林舟"]),
        ("作者：林舟 来源：河边日报", ["林舟"]),
        ("作者: 林舟 | 来源: 河边 | 2020-05-05", ["林舟"]),
        ("作者：林舟编辑：陈河", ["林舟"]),
        ("作者：林舟和陈河", ["林舟", "陈河"]),
        ("作者：李和平", ["李和平"]),
        ("作者：林舟，独立学者", ["林舟"]),
        ("作者：林舟（河边大学）", ["林舟"]),
        ("記者：林舟、陳河 責編：何晚", ["林舟", "陳河"]),
        ("记者｜林舟 陈河", ["林舟", "陈河"]),
        ("作者丨林舟 编辑丨陈河 校对丨何晚", ["林舟"]),
        ("采访、撰文｜林舟", ["林舟"]),
        ("文/图：林舟", ["林舟"]),
        ("文/記者林舟", ["林舟"]),
        ("社會中心／綜合報導", []),
        ("河边社记者林舟、林小舟、陈河", ["林舟", "林小舟", "陈河"]),
        ("文/圖記者林小舟、陳河實習生何晚", ["林小舟", "陳河"]),
        ("(林舟 撰稿)", ["林舟"]),
        ("（林舟 编辑）", []),
        ("图｜陈河 文｜林舟", ["林舟"]),
        ("特约撰稿 林舟", ["林舟"]),
        ("本报记者 林舟 陈河 发自北京", ["林舟", "陈河"]),
        ("（本报记者 林舟）", ["林舟"]),
        ("（作者：林舟）", ["林舟"]),
        ("文/一只会飞的猪", ["一只会飞的猪"]),
        ("撰文：亚历山大·贝尔、Ann Li", ["亚历山大·贝尔", "Ann Li"]),
        ("By Ann Li and Bo Chen", ["Ann Li", "Bo Chen"]),
        ("記者林舟／高雄報導", ["林舟"]),
        ("某報／ 記者林舟／高雄即時報導", ["林舟"]),
        ("김민수 기자", ["김민수"]),
        ("김민수 기자 외 1명", ["김민수"]),
        ("김민수·이영희 기자 minsu@daily.example", ["김민수", "이영희"]),
        ("순천, 광양 김민수 기자 minsu@daily.example", ["김민수"]),
        ("부산=김민수 선임기자", ["김민수"]),
        ("By ANN LI, Bo Chen & Cy Wu", ["ANN LI", "Bo Chen", "Cy Wu"]),
        ("By Ann Li, News Reporter", ["Ann Li"]),
        ("By Ann LiStaff Writer", ["Ann Li"]),
        ("编辑丨陈河 校对丨何晚", []),
        ("文｜ 河边周末记者 林舟", ["林舟"]),
        ("作者 | 河边大学水利研究中心研究员 林舟", ["林舟"]),
        ("文/林舟 河边社总干事", ["林舟"]),
        ("河边周末记者 林舟 陈河", ["林舟", "陈河"]),
        ("东岸网·河边新闻记者 林舟", ["林舟"]),
        ("河边周末实习生 林舟 陈河", []),
        ("原作者：Ann Li", ["Ann Li"]),
        ("原作者：Ann Li 授权翻译", ["Ann Li"]),
        ("作者：林舟 来源：微信公众号“河边”", ["林舟"]),
        ("作者：林舟 2020年5月6日 10:20", ["林舟"]),
        ("本文作者：林舟", ["林舟"]),
        ("作 者：林舟", ["林舟"]),
        ("作者丨林舟丨河边周刊", ["林舟"]),
        ("作者┃林舟", ["林舟"]),
        ("作者︰AB Lin", ["AB Lin"]),
        ("口述｜何晚 采写｜林舟", ["林舟"]),
        ("转载自：河边 作者：林舟", ["林舟"]),
        ("林舟｜文", ["林舟"]),
        ("by 林舟", ["林舟"]),
    ],
)
def test_a_line_of_labels_names_its_writers(line: str, names: list[str]) -> None:
    assert signed_by(line, begins=True, ends=False) == names


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("林舟/陈河（法新社）", ["林舟", "陈河"]),
        ("林舟（综合报道）", ["林舟"]),
        ("林舟、陈河（德新社，路透社等）", ["林舟", "陈河"]),
        ("某某电台记者林舟巴黎报导 责编：陈河 网编：何晚", ["林舟"]),
        ("某某电台特约记者：林舟 责编：陈河", ["林舟"]),
        ("某某电台记者林舟远河边报道 责编：陈河", []),
        ("某某电台记者家舟华盛顿报道 责编：陈河 网编：何晚", ["家舟"]),
        ("（本报记者林舟）", ["林舟"]),
        ("本报记者林舟", ["林舟"]),
        ("某某电台记者家舟华盛顿报道。 责编：陈河 网编：何晚", ["家舟"]),
        ("记者林舟巴黎报道。", ["林舟"]),
    ],
)
def test_some_forms_count_at_the_end(line: str, names: list[str]) -> None:
    assert signed_by(line, begins=False, ends=True) == names


@pytest.mark.parametrize(
    "line",
    [
        "记者：谢谢", "记者：方便", "记者：为什么", "记者：后来", "作者：这本书写了三年", "作者：佚名",
        "文/武之道，一张一弛。", "文学是什么", "文化 历史 社会", "作者已死", "作者 读者 编辑", "记者从现场",
        "外国记者 提问环节", "记者安全", "武装/文化", "作者：“这条河”", "他的朋友是记者 昨天来了",
        "记者从现场报道", "本台记者从北京现场报道。", "（作者系独立学者）", "文章来源：河边",
        "上海（新华社）", "By the river we sat", "By River", "By The Numbers",
        "记者林舟从桥头发回的报道说：“水退了。”", "本报记者获悉",
        "作者：" + "长" * 130,
    ],
)  # fmt: skip
def test_what_may_be_text_stays_text(line: str) -> None:
    assert signed_by(line, begins=True, ends=True) is None


def blocks(*texts: str) -> list[Block]:
    return [Block("p", text) for text in texts]


BODY = [f"第{number}段，水退了。" for number in range(12)]


def test_bylines_stand_at_the_ends_of_a_text_and_their_editors_beside_them() -> None:
    found = signatures(blocks("文｜林舟", "编辑｜陈河", *BODY, "（作者：何晚）"))
    assert found == (["林舟", "何晚"], {0: "a byline", 1: "a line of credits", 14: "a byline"})
    assert signatures(blocks(*BODY, "作者：林舟", *BODY)) == ([], {})
    assert signatures(blocks(*BODY, "林舟/陈河（法新社）", *BODY[:2])).names == ["林舟", "陈河"]


def test_mottoes_may_stand_before_a_byline() -> None:
    mottoes = [Block("quote", text) for text in BODY[:7]]
    assert signatures([*mottoes, *blocks("文/林舟", *BODY)]).names == ["林舟"]


def test_a_place_before_an_agency_begins_a_text() -> None:
    assert signatures(blocks("河口（法新社）", *BODY)).blocks == {}


def test_an_editor_alone_is_no_byline() -> None:
    assert signatures(blocks(*BODY, "编辑：陈河")).blocks == {}


def test_a_label_that_introduces_several_blocks_is_a_speaker() -> None:
    asked = ["记者：水退了吗？", "答：退了。", "记者：船呢？", "答：在。", "记者：人呢？", "答：也在。"]
    assert signatures(blocks("记者：林舟", "答：是我。", *BODY, *asked)) == ([], {})
    assert signatures(blocks("记者：林舟", "答：是我。", *BODY, "记者：陈河", "答：不是我。")) == ([], {})


@pytest.mark.parametrize(
    "lines",
    [
        ("作者：安·李（Ann Li） 譯者：陳河 出版社：河邊文化",),
        ("作者：安·李 出版社：河邊文化",),
        ("书名：《灯》", "作者：安·李", "译者：陈河"),
        ("作者：安·李", "出版社：河边文化", "出版日期：2020年5月"),
        ("書本: 《燈》", "作者: A. Li"),
        ("本書介紹：", "燈塔: 海邊的書", "作者 ／ 安井一郎/ 林舟 Ann Li/ Bo Chen"),
    ],
)
def test_the_lines_that_describe_a_book_are_text(lines: tuple[str, ...]) -> None:
    assert signatures(blocks(*lines, *BODY)) == ([], {})
    assert signatures(blocks("文/林舟", BODY[0], *lines, *BODY)) == (["林舟"], {0: "a byline"})


def test_a_quoted_line_signs_nothing() -> None:
    assert signatures([Block("quote", "文/林舟"), *blocks(*BODY)]).blocks == {}


@pytest.mark.parametrize("source", ["原文来自公众号「河边」：水退了", "原文链接：水退了", "本文由某某转码"])
def test_a_quoted_note_on_where_the_article_is_from_signs_it(source: str) -> None:
    note = [Block("quote", source), Block("quote", "作者：林舟，编辑：陈河")]
    assert signatures([*note, *blocks(*BODY)]) == (["林舟"], {1: "a byline"})


def test_a_byline_at_both_ends_may_be_spaced_in_two_ways() -> None:
    assert signatures(blocks("作者： 林舟", *BODY, "作者：林舟")).names == ["林舟", "林舟"]


def test_an_article_may_stand_in_one_quotation() -> None:
    assert signatures([Block("quote", text) for text in ("文/林舟", *BODY)]).names == ["林舟"]


def test_a_rules_own_pattern_names_authors_too() -> None:
    found = signatures(blocks("守夜：甲", *BODY, "守夜：乙"), re.compile("^守夜：(\\w)$"))
    assert found == ([], {})  # two different ones: speakers
    assert signatures(blocks(*BODY, "守夜：乙"), re.compile("^守夜：(\\w)$")) == (["乙"], {12: "byline_text"})


@pytest.mark.parametrize(
    "line", ["文 " * 59, "作者：" + "、" * 110, "记者" * 58, "图/" * 58, "A " * 59, "编辑、" * 39]
)
def test_no_line_takes_long_to_judge(line: str) -> None:
    began = time.process_time()
    signed_by(line, begins=True, ends=True)
    assert time.process_time() - began < 2
