"""Prompts after the end of an article go; the same words in its text stay."""

from __future__ import annotations

import re
import time

import pytest

from newsdrop.documents import Block
from newsdrop.parse.endings import endings, without_button

TEASERS = [
    Block("p", "A bridge is to be built where the ferry crosses the river today, and nobody has asked…"),
    Block("p", "2 hours ago"),
    Block("p", "1 day ago"),
    Block("h", "The fish that nobody wanted"),
    Block("p", "vor 3 Stunden"),
]


@pytest.mark.parametrize(
    ("heading", "cut"), [("More River", True), ("Related stories", True), ("More water in the river", False)]
)
def test_teasers_after_a_heading_of_other_stories_go_however_long_they_are(heading: str, cut: bool) -> None:
    blocks = [Block("p", "The ferry crosses the river at eight."), Block("h", heading), *TEASERS]
    assert (min(endings(blocks), default=0) == 1) is cut


def test_a_heading_below_each_of_several_posts_ends_only_its_own() -> None:
    post = [
        Block("p", "The ferry crosses the river at eight, and nobody waits for it."),
        Block("h", "Related stories"),
    ]
    assert list(endings([*post * 4, *post])) == [9]


def left(*texts: str, pattern: str | None = None) -> list[str]:
    blocks = [Block("p", text.removeprefix("@")) for text in texts]
    linked = [index for index, text in enumerate(texts) if text.startswith("@")]
    gone = set(endings(blocks, linked, re.compile(pattern) if pattern else None))
    return [text for index, text in enumerate(texts) if index not in gone]


LONG = "河边的旧书里有虫，虫也读书，守夜人每天走两遍，风再大也要走。" * 3
TEXT = ("旧书里有虫。", "虫也读书。")


@pytest.mark.parametrize(
    "lines",
    [
        ["往期文章", "来领，免费课程试看，开学福利！", "这里有课程的免费试听"],
        ["往期回顾：", "河边的一天", "守夜人说了什么"],
        ["推荐阅读", "@河边的一天"],
        ["长按识别二维码关注"],
        ["关注公众号“河边”", "点个在看吧"],
        ["点击阅读原文"],
        ["欢迎转发"],
        ["編按︰在下面點擊「拍手」就可以支持我們繼續寫作！"],
        ["喜欢本文，请点赞转发"],
        ["Follow us on the river."],
        ["To read more, sign up for free River newsletters and alerts."],
        ["- THE END -", "转载请注明出处：河边科技"],
        ["图片来自网络，如有侵权，请联系删除。"],
        ["来源：网络"],
        ["编辑 林小舟 校对 陈河"],
        ["本文仅代表作者个人观点。"],
        ["特别声明：以上内容为自媒体平台用户上传并发布，本平台仅提供信息存储服务。"],
        ["平台声明：该文观点仅代表作者本人，本站系信息发布平台。"],
        ["河边新闻，未经授权不得转载"],
        ["本網站之文字、圖片及影音，非經授權，不得轉載、公開播送或公開傳輸及利用。"],
        ["本刊載內容版權為河邊週刊所有，未經編輯部授權，請勿轉載或複製，否則即為侵權。"],
        ["如需转载，请联系本报授权，侵权必究"],
        ["河边原创文章，转载请申请授权"],
        ["转载请私信获取授权", "未经授权谢绝转载", "本文未经允许请勿转载"],
        ["*文章为作者独立观点，不代表河边网立场"],
        ["申明：以上内容为转发，如有侵权请联系小编删除"],
        ["<Copyright ⓒ 강변신문. All rights reserved. 무단 전재 및 재배포 금지>"],
        ["本誌掲載の記事・写真の無断転載を禁じます。"],
        ["点击进入专题：", "@河边的水"],
        ["精彩视频推荐", "【河边作品的中文权益归本公司所有。未经授权，不得转载、摘编等。】"],
        ["この記事は有料記事です。残り500文字"],
        ["有料会員になると会員限定の有料記事もお読みいただけます。"],
        ["▼往期推荐▼", "旧河道"],
        ["河边新闻公众号"],
        ["（本文来自河边网，更多原创资讯请下载“河边”APP）"],
        ["安装河边客户端第一时间接收最全面的消息"],
        ["点击进入专题："],
        ["【免责声明】本文仅代表作者本人观点，与本网无关。"],
        ["声明：本报力求信息真实、准确，文章提及内容仅供参考，不构成实质性建议，据此操作风险自担。"],
        [
            "免责声明：本文仅代表作者个人观点，与河边网无关。其中的文字和内容未经本站证实，"
            + "本站不作任何保证，" * 9
            + "请读者仅作参考。"
        ],
        ["河边网声明：河边网转载上述内容，不表明证实其描述，投资者据此操作，风险自担。"],
        ["[责任编辑：robot] 标签：河边 渡轮 旧书", "m.river.example 用手机随时随地看新闻"],
        [
            "声明：",
            "• 凡注明为其他媒体来源的信息，均为转载，本网不对其真实性负责。",
            "请您对该文章评分：",
            "/ 0 人已评",
        ],
        ["• 您若对该稿件内容有任何疑问或质疑，请即与河边网联系，本网将迅速处理。"],
        ["河邊新聞現已開設Facebook專頁，讓你即時掌握新聞、天氣、交通，與朋友分享！… Like我們的專頁！"],
        ["(本文来源：河边日报)", "相关新闻"],
        ["来源 | 综合河边日报、旧书报"],
        ["[稿源：河边网] [编辑：林舟]"],
        ["（責任編輯 林舟）"],
        ["编辑 林舟 ｜ 排版 陈河", "监 制：林河", "审 读：陈舟"],
        ["上一页 1 2 下一页"],
        ["本网站所刊载信息，不代表本社观点。 刊用本网站稿件，务经书面授权。"],
        ["…更多新聞請看《河報》"],
        ["還想看更多新聞嗎？歡迎下載河邊APP，現在看新聞還能抽獎：", ">>加入河報粉絲團94即時94狂！"],
        ["【更多精彩新聞，都在《河邊》粉絲團】", "《河報》G+搬家囉！快點+1下"],
        ["◆ 追蹤更多河邊影音及圖文新聞： 1.用噗浪追蹤", "您所瀏覽的新聞已過查詢時效。建議您加入會員。"],
        ["最近修改：2014-01-31 21:00:25", "我要評比", "4848 點閱"],
        ["觉得本文对你有帮助？请分享给更多人", "关注「河边大全」，提升写字技能"],
        ["本新聞文字、照片、影片專供會員閱覽，版權所有，禁止任何媒體轉貼分享，違者必究！"],
        ["更多“渡轮怎么坐到河的对岸去”的相关资讯请关注河边网"],
        ["不用抽 現在用APP看新聞 保證天天中獎點我下載APP 按我看活動辦法", "【熱門點閱】"],
        ["分享工具"],
        ["喜歡這則新聞，請幫我們按個讚！", "按讚加入河邊粉絲團"],
        ["欢迎爆料，一经采用即有奖励", "爆料热线：12345678"],
    ],
)
def test_prompts_at_the_end_go(lines: list[str]) -> None:
    assert left(*TEXT, *lines) == [*TEXT]


@pytest.mark.parametrize(
    "lines",
    [
        ["关注公众号的人越来越多，他说。", "水退了。"],
        ["他呼吁大家关注我们的河。"],
        ["她为守夜人点赞。"],
        ["推荐阅读", "这本书讲一条河。", "水退了。"],
        ["往期文章都在网上。"],
        ["声明发表后，他说自己不代表任何人。", "水退了。"],
        ["水位记录如下：", "2019-09-30"],
        ["学校宣布，今后课程免费。"],
        ["他点了点头。"],
        ["他说这些消息来自网络。", "法院判他侵权，照片必须删除，还要道歉。"],
        ["法院认定照片侵权，判令报社删除。"],
        ["这些谣言来自网络，警方说。"],
        ["The end of the river"],
        ["他未经许可进入，警方请他离开。"],
        ["法院说，未经作者同意不得出版这本书。"],
        ["法院说，未经授权不得转载。"],
        ["进入专题：", "这本书讲一条河。", "水退了。"],
        ["编辑 这本书的人走了"],
        ["外交部声明：这件事与我们无关。"],
        ["他们的Facebook专页已被关闭。"],
        ["“我们的微博主页被封了，”她说。"],
        ["网友评论", "读者说：" + "这条河应当留着，谁也不许填它，" * 3],
        ["他要求转载时注明出处。"],
        ["有人向报社爆料，说奖金从未发下来。"],
        ["预订电话：12345678"],
        ["300人参与了救援。"],
        ["已有多位专家评论此事。"],
        ["总编辑：我们会把报纸办下去。"],
        ["时间：五月一日", "地点：河边"],
        ["大家欢迎转发这个消息的人。"],
        ["許多網友按讚支持這項決定。"],
        ["市長獲民眾按讚肯定"],
        ["关注《红楼梦》的读者越来越多"],
        ["關注「小王子」的人越來越多"],
        ["他在Facebook專頁上說我們不會放棄"],
        ["更多的新聞工作者請辭"],
        ["加入河邊的粉絲團後，他退出了"],
        ["他呼籲大家別再爆料，並公布檢舉信箱"],
        ["校对：他说这份工作并不容易"],
        ["来源：他说，这笔钱的来源不明"],
        [
            "他们欢迎投稿，也欢迎批评，三十年来读者的信堆满了半间屋子，谁都可以翻，谁都可以带走一封，只要写下名字"
        ],
    ],
)
def test_text_stays(lines: list[str]) -> None:
    assert left(*TEXT, *lines) == [*TEXT, *lines]


def test_what_others_read_goes_with_its_heading_if_it_is_a_list() -> None:
    entries = [Block("li", LONG), Block("li", "旧河道")]
    for heading, gone in (("最熱門新聞", {1, 2, 3}), ("相关新闻", set()), ("河的历史", set())):
        assert set(endings([Block("p", "水退了。"), Block("h", heading), *entries])) == gone


@pytest.mark.parametrize(
    "heading",
    [
        "Related Articles", "More from the harbour", "You may also like", "Up next", "MOST READ",
        "More to explore", "Das könnte Sie auch interessieren", "À lire aussi", "Te puede interesar",
        "関連記事", "관련기사",
    ],
)  # fmt: skip
def test_other_pieces_go_with_their_heading_if_they_are_shorter_than_the_text(heading: str) -> None:
    others = [
        Block("h", heading),
        Block("h", "Fish is dearer"),
        Block("p", "It was cheap a year ago. Read on."),
    ]
    text = [Block("p", LONG), Block("p", LONG)]
    assert list(endings([*text, *others])) == [2, 3, 4]
    assert endings([Block("p", "Short."), *others]) == {}
    assert endings([*text, Block("h", f"{heading}: what the fishers say"), *others[1:]]) == {}
    assert endings([*text, Block("p", heading), *others[1:]]) == {}


def test_readers_comments_go_if_they_arent_longer_than_the_text() -> None:
    assert left(LONG, "新聞討論", "林舟 好文", "陳河 還好不是河") == [LONG]
    assert left(LONG, "评论 (12)", "林舟 好文") == [LONG]
    assert left(LONG, "【评论】", "水退了。") == [LONG, "【评论】", "水退了。"]
    assert left("水退了。", "网友评论", "林舟：好文") == ["水退了。", "网友评论", "林舟：好文"]


def test_a_line_of_credits_names_no_writer_until_bylines_are_out() -> None:
    blocks = [Block("p", "水退了。"), Block("p", "【作者：河边综合报道 】 (责任编辑：林舟)")]
    assert endings(blocks) == {}
    assert endings(blocks, signed=True) == {1: "a line of credits"}


def test_a_list_of_older_pieces_doesnt_take_sentences_along() -> None:
    lines = ["延伸阅读", "@河边的一天", "@守夜人说：水退了。"]
    assert left(*TEXT, *lines) == [*TEXT, *lines]


def test_what_follows_a_heading_of_further_pieces_must_lead_to_them() -> None:
    lines = ["延伸阅读", "@河边的一天", "鸣谢：守夜人"]
    assert left(*TEXT, *lines) == [*TEXT, *lines]


def test_a_rules_pattern_joins_the_row_and_what_is_nothing_else_stays_whole() -> None:
    assert left(*TEXT, "欢迎转发", "Feed: x", pattern="^Feed:") == [*TEXT]
    assert left(*TEXT, "Feed: x", "水退了。", pattern="^Feed:") == [*TEXT, "Feed: x", "水退了。"]
    assert left("欢迎转发", "点击阅读原文") == ["欢迎转发", "点击阅读原文"]


@pytest.mark.parametrize(
    "lines",
    [
        ["河边的一天", "2019-09-30", "守夜人说了什么", "2019-09-29"],
        ["河边的一天", "守夜人从早走到晚...", "2019-09-3007:42", "旧河道", "船来了。", "2019-09-2907:42"],
    ],
)
def test_a_list_of_dated_pieces_at_the_end_goes(lines: list[str]) -> None:
    assert left(LONG, *lines) == [LONG]
    # A chronicle is the article.
    assert left("水文记录。", *lines) == ["水文记录。", *lines]


def test_the_heading_of_a_dated_list_goes_with_it() -> None:
    entries = [Block("p", text) for number in "123" for text in (f"旧事第{number}件", f"2019-09-0{number}")]
    assert set(endings([Block("p", LONG), Block("h", "为你推荐"), *entries])) == set(range(1, 8))


@pytest.mark.parametrize(
    "button",
    [
        "返回河边，查看更多",
        "返回河边网首页>>",
        " (接下一頁)",
        "【责任编辑:林舟】",
        "（责编：林舟、陈河）",
        "[责任编辑：林舟]",
    ],
)
def test_a_button_in_the_last_paragraph_goes(button: str) -> None:
    assert without_button(f"水退了。{button}") == "水退了。"


@pytest.mark.parametrize(
    "text", ["水退了。（他说）", "他说：返回河边吧。", "（责任编辑部的人走了，水也退了，河边再也没有人）"]
)
def test_the_last_paragraphs_own_words_stay(text: str) -> None:
    assert without_button(text) == text


@pytest.mark.parametrize(
    "line",
    [
        "分享到: 更多... 该篇文章已被网友分享次数：0",
        "Today's Visitors: 0 Total Visitors: 3",
        "[网上传播视听节目许可证(0106168)] [京ICP证040655号]",
        "河公网安备 33010802002345号",
        "登录后获取已订阅的阅读权限",
        "成为河边会员，畅读全站内容",
        "立即订阅",
    ],
)
def test_counters_and_licences_at_the_end_go(line: str) -> None:
    assert list(endings([Block("p", "船没有来。"), Block("p", line)])) == [1]


def test_headings_at_the_end_go_on_whole_pages_but_not_from_lists_of_headings() -> None:
    text = [Block("p", f"第{n}天，船没有来。") for n in range(6)]
    rest = [Block("h", "港口的旧书"), Block("h", "河边")]
    assert sorted(endings([*text, *rest], whole=True)) == [6, 7]
    assert endings([*text, *rest]) == {}
    assert endings([*text, Block("h", "船没有来。谁也不知道为什么。")], whole=True) == {}
    assert endings([*text[:4], *rest[:1]], whole=True) == {}
    assert list(endings([*text, Block("h", "Letters from river.example every day.")], whole=True)) == [6]
    assert endings([*text, *rest, text[0]], whole=True) == {}
    assert endings([Block("h", f"第{n}张") for n in range(9)], whole=True) == {}
    begun = time.process_time()
    assert endings([*text, Block("h", "。" * 100_000 + "船")], whole=True) == {}
    assert time.process_time() - begun < 2
