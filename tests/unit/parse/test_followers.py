"""What accounts say to their followers goes from both ends of a text; sentences with the same words stay."""

from __future__ import annotations

import pytest

from newsdrop.documents import Block
from newsdrop.parse.beginnings import beginnings
from newsdrop.parse.endings import endings
from newsdrop.parse.followers import addresses_followers


@pytest.mark.parametrize(
    "line",
    [
        "新朋友点击↑↑蓝字关注我们", "点击👆河边书院👆关注我，加★星标★", "欢迎点击上面River关注",
        "点击上方 “河边 ” → 点右上角“...” → 点选“设为星标 ★ ”", "点击河边的人，关注守夜人的圈子",
        "点击文末左下角阅读原文可在河边书店订阅",
        "后台回复“hi” 领取河边的地图", "ID：river2020",
        "防失联 加备号 → →",
        "▼ 点击“阅读原文\"精彩不断", "▼ 点击阅读原文，进入河边书店，购买更多好书。",
        "点击图片直达往期精选",
        "其他联系方式，请点击下方图片链接☟", "→ 点选“设为星标 ”，就更容易找到我们啦！", "长按并识别关注",
        "扫描图片二维码，即可享受特价优惠", "该二维码24小时内有效", "公众号后台回复“招聘”即可查看。",
        "推荐原创（可点击查看）", "推荐精品号:河边纵横",
        "更多精彩内容↘", "更多河边资讯，关注河边频道微信推送",
        "这些内容也值得读 戳开看看吧", "喜欢这些↓↓文章，点击阅读：", "✬如果你喜欢这篇文章，欢迎分享到朋友圈✬",
        "点赞↓ 在看↓", "越赞越好看", "PS：新号无留言功能，请随手点个好看，谢谢~~", "打赏不设上限， 支持河边",
        "合作微信：river99", "投稿邮箱：post@river.example；",
        "微信：river_9647（小河）", "联系人微信号：river_gz7",
        "读微信：河边广播", "微信号：", "-订阅精选邮件，再也不怕404-", "文章已于2019-02-02修改",
        "对于此事，你怎么看？欢迎留言区发表看法", "欢迎您在文章下方评论，与河边团队交流讨论",
        "评论功能现已开启，但需要关注☺",
        "由于微信篇幅限制，只能发到这里啦！", "{阅读原文}免费领“学历提升”名额",
        "↓↓↓", "▼",
    ],
)  # fmt: skip
def test_a_line_to_followers_goes_from_both_ends(line: str) -> None:
    assert addresses_followers(line)
    text = Block("p", "河边的旧书里有虫，虫也读书。")
    assert beginnings([Block("p", line), text], [], []) == {0: "a prompt at the beginning"}
    assert list(endings([text, text, Block("p", line)])) == [2]


@pytest.mark.parametrize(
    "line",
    [
        "他点击了上方的按钮，灯亮了。", "原文来自微信公众号 RiverSYSU", "来源｜河边社（ID：river0-1）",
        "他生前最后一条微博发于遇害前3天。", "更多的人走了。", "喜欢这座桥的人很多。", "守夜人说：“点击这里”",
        "你点赞了吗？", "HIDE CAPTION", "VIDÉO RECOMMANDÉE",
        "EmailTwitterPostsKeys", "推荐信写好了", "河边的公众号",
        "关注河边的人越来越多，守夜人也多了", "……", "",
    ],
)  # fmt: skip
def test_a_line_that_says_something_stays(line: str) -> None:
    assert not addresses_followers(line)


def test_inside_a_text_the_same_words_are_what_somebody_says() -> None:
    text = Block("p", "河边的旧书里有虫，虫也读书。")
    blocks = [text, Block("p", "点击阅读原文"), text]
    assert beginnings(blocks, [], []) == {}
    assert endings(blocks) == {}


TEXT = [Block("p", f"河边的旧书里有虫，虫也读书{number}。") for number in range(6)]


@pytest.mark.parametrize(
    "lines",
    [
        ["点击封面图，一键下单", "「河边那些小小的忧伤」"],
        ["点击公众号底部菜单，可进入社群", "推荐精品号:河边纵横", "渡轮界的老船长▼"],
        ["长按并识别关注", "河边：只选好文"],
    ],
)
def test_what_a_prompt_to_tap_offers_goes_with_it(lines: list[str]) -> None:
    blocks = [*TEXT, *(Block("p", line) for line in lines)]
    assert set(endings(blocks)) == set(range(len(TEXT), len(blocks)))


@pytest.mark.parametrize(
    "lines",
    [
        ["邮箱：post@river.example", "北河大学 林舟"],
        ["点击封面图，一键下单", "渡轮八点开，守夜人每天走两遍。"],
        ["点击封面图，一键下单", "2018年4月23日"],
        ["点击封面图，一键下单", "林舟", "陈河", "守夜人"],
    ],
)
def test_a_signature_or_a_sentence_below_a_prompt_stays(lines: list[str]) -> None:
    assert endings([*TEXT, *(Block("p", line) for line in lines)]) == {}
