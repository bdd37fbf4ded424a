"""Lines that are a site's tools or notices go wherever they stand; sentences with the same words stay."""

from __future__ import annotations

import pytest

from newsdrop.documents import Block
from newsdrop.parse.furniture import furniture

TEXT = Block("p", "The ferry crosses the river at eight.")


@pytest.mark.parametrize(
    "line",
    [
        "播放 00:00 / 03:25", "听新闻 5分钟", "Listen to this article", "Artikel anhören", "点击播放视频",
        "Your browser does not support the video tag.", "您的浏览器不支持 video 标签。",
        "Ihr Browser unterstützt das Video-Element nicht.", "This content requires JavaScript.",
        "5 min read", "Lesezeit: 3 Minuten", "Temps de lecture : 3 min", "本文约1200字，阅读时间约3分钟",
        "1,234 views", "阅读 10万+", "赞 12 收藏 评论 3", "赞12收藏", "评论(12)",
        "[广告]", "PUBLICIDAD", "광고", "La suite après la publicité", "廣告（請繼續閱讀本文）",
        "Weiterlesen nach der Anzeige", "Skip to next section", "Sign up for our newsletter",
        "Empfohlener redaktioneller Inhalt", "※ 點擊看大圖", "向右滑动查看更多", "Image 1 of 5",
    ],
)  # fmt: skip
def test_a_tool_of_the_site_goes(line: str) -> None:
    assert list(furniture([TEXT, Block("p", line), TEXT])) == [1]


@pytest.mark.parametrize(
    "line",
    [
        "播放音乐的人走了。", "听新闻的人很多。", "收藏。", "评论员说。", "赞成", "分享", "5 min", "3:1",
        "10:00",
        "我喜欢在看海的时候听歌。", "广告牌在风里摇晃。", "继续阅读的人", "12 views of the sea", "play",
        "Your browser history is public.", "Subscribe to nothing.", "Listen now, he said, and I did.",
        "It was a 5 minute read of the meter.", "滑动",
    ],
)  # fmt: skip
def test_what_only_looks_like_one_stays(line: str) -> None:
    assert not furniture([TEXT, Block("p", line), TEXT])


def test_a_page_of_nothing_else_is_left_whole() -> None:
    assert not furniture([Block("p", "广告"), Block("p", "5 min read")])
