"""What sites in Chinese, Japanese and Korean say to readers goes at either end; what news says stays."""

from __future__ import annotations

import pytest

from newsdrop.documents import Block
from newsdrop.parse.beginnings import beginnings
from newsdrop.parse.endings import endings

TEXT = Block("p", "灯塔今天重新开放，守人换了三位，来的人很多。")


@pytest.mark.parametrize(
    "line",
    [
        "原文链接：https://ri.ver/1", "特此声明", "分享到：微信 微博 QQ空间", "关键词：灯塔，码头",
        "暂无评论",
        "发表评论", "查看更多", "海边日报 版权所有", "联系电话：010-12345678", "新闻线索：news@ri.ver",
        "题图：海边社", "关注海边日报，获取更多资讯", "如果你也喜欢海，就点个关注吧！",
        "我们每天早上八点推送，欢迎关注海边日报公众号，与十万读者一起看海。",
        "如果您有新闻线索，欢迎向我们爆料，一经采纳有费用酬谢。",
        "訂閱電子報", "加入海邊LINE好友", "☞點我加入海邊LINE好友", "追蹤海邊IG", "更多海邊新聞", "贊助我們",
        "※海邊提醒您：喝酒不開車，安全有保障", "本文由海邊授權轉載", "我要留言",
        "この記事をシェアする", "続きを読む", "残り：500文字／全文：1200文字", "人気記事ランキング",
        "写真：海辺新聞",
        "[관련기사] 등대의 역사", "ⓒ해변일보", "▶ 해변일보 구독하기", "기사제보", "사진=해변일보",
        "hong@ri.ver",
    ],
)  # fmt: skip
def test_a_line_that_only_prompts_readers_goes(line: str) -> None:
    assert list(endings([TEXT, Block("p", line)])) == [1]
    assert not endings([TEXT, Block("p", line), TEXT])


@pytest.mark.parametrize(
    "line",
    [
        "他关注了一个公众号，每天等待推送。", "他说：“请关注我们的公众号。”",
        "下载客户端的人数去年增加了一倍。",
        "公众号“海边”昨天被封，关注者超过十万。", "关注我们的老人，是她一生的心愿。", "支持者在频道里欢呼。",
        "捐款的人排成了长队，我们站在最后。", "标签：这是他给自己贴的，他不喜欢。", "更多的消息还没有传来。",
        "如果有线索，请联系警方，电话110。", "我们的读者群里有渔民，也有教师，他们支持灯塔。",
        "你愿意支持这座灯塔吗？", "请您转告大家，灯塔还在。", "热线：这个词已经没人用了。", "灯塔 码头 游客",
        "有害健康的不只是菸。", "提醒您：這是他常掛在嘴邊的話。", "加入會員的好處，他說不出來。",
        "写真：海と空だけの一枚、と彼は言う。", "続きを読む気にはなれなかった。",
        "コメントは控えたい、と町長は話した。",
        "제보는 끊이지 않았다.", "관련 기사가 쏟아졌다.", "구독하기로 했다고 그는 말했다.",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_prompt_stays(line: str) -> None:
    assert not endings([TEXT, Block("p", line)])
    assert not beginnings([Block("p", line), TEXT], (), ())


@pytest.mark.parametrize(
    "line", ["首页 > 新闻 > 正文", "您的位置：首页 > 新闻", "Home > News", "印刷", "Print"]
)
def test_the_same_above_a_text_goes(line: str) -> None:
    assert list(beginnings([Block("p", line), TEXT], (), ())) == [0]
