"""WeChat's short messages, posts of pictures and reprints are read though only a script would show them."""

from __future__ import annotations

import time

import pytest
from selectolax.lexbor import LexborHTMLParser
from tests.inputs.saved_pages import page_of, shipped_parser

from newsdrop.documents import Article
from newsdrop.errors import InterstitialError
from newsdrop.parse.messages import shown_messages

ACCOUNT = '<div class="wx_follow_nickname"> 港口来信 </div>'
TIME = "<script>window.appmsg_type = '9' || ''; window.ct = '1761790349' || '';</script>"


def read(content: str, head: str = "", body: str = "") -> Article:
    script = f"<script>cgiData = {{ desc: JsDecode(''), content_noencode: JsDecode('{content}') }};</script>"
    page = f"<!doctype html><html><head>{head}{TIME}</head><body>{body}{ACCOUNT}{script}</body></html>"
    return shipped_parser().parse(page_of(page.encode()))


def texts(article: Article) -> list[str]:
    return [block.text for block in article.blocks]


def test_a_post_of_pictures_has_its_text_its_pictures_its_account_and_its_time() -> None:
    lines = r"今天船终于靠了岸。\x0a\x0a码头上站着\x22老人\x22和孩子，等了一天。"
    head = (
        '<meta property="og:title" content="船靠岸了">'
        f'<meta name="description" content="{lines}"><meta property="og:description" content="{lines}">'
    )
    listed = (
        "<script>window.picture_page_info_list = [ { width: '2' * 1, height: '3' * 1, "
        r"cdn_url: 'https://pic.example.net/a/0?wx_fmt=jpeg\x26amp;from=appmsg', poi: [ ], "
        "share_cover: { cdn_url: 'https://pic.example.net/cover' } } ];"
        "other = [ { height: '3' * 1, cdn_url: 'https://pic.example.net/other' } ];</script>"
    )
    article = read(lines, head, listed)
    assert article.title == "船靠岸了"
    assert texts(article) == ["今天船终于靠了岸。", '码头上站着"老人"和孩子，等了一天。']
    assert [image.url for image in article.images] == ["https://pic.example.net/a/0?wx_fmt=jpeg&from=appmsg"]
    assert article.author == ["港口来信"]
    assert article.published is not None
    assert article.published.at.isoformat() == "2025-10-30T10:12:29+08:00"
    assert article.dek is None


def test_a_message_without_a_title_is_called_by_its_first_line() -> None:
    head = r'<meta property="og:title" content="船靠岸了，人都来了\n\n码头上站着很多人，等了一天。">'
    place = '<div id="js_content"><div class="x">，</div></div><p>向上滑动看下一个</p>'
    article = read(r"船靠岸了，人都来了\x0a\x0a码头上站着很多人，等了一天。", head, place)
    assert (article.title, texts(article)) == ("船靠岸了，人都来了", ["码头上站着很多人，等了一天。"])


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("船明天靠岸。等的人可以先回家，后天再来。", "船明天靠岸。"),
        ("船明天靠岸", "船明天靠岸…"),
    ],
)
def test_a_message_of_one_line_is_text_and_lends_its_beginning_as_title(line: str, title: str) -> None:
    article = read(line, f'<meta property="og:title" content="{line}">')
    assert (article.title, texts(article)) == (title, [line])


def test_a_reprint_is_read_as_the_html_it_is() -> None:
    html = "<section><p>船终于靠了岸，人都来了。</p><p>码头上站着老人，等了一天。</p></section>"
    escaped = html.replace("<", r"\x3c").replace(">", r"\x3e")
    article = read(escaped, "<title>船靠岸了</title>", '<div id="js_content" aria-hidden="true"></div>')
    assert texts(article) == ["船终于靠了岸，人都来了。", "码头上站着老人，等了一天。"]


def test_a_page_that_shows_its_text_has_it_once() -> None:
    shown = '<div id="js_content"><p>船终于靠了岸，人都来了。</p><p>码头上站着老人，等了一天。</p></div>'
    article = read("船终于靠了岸，人都来了。", "<title>船靠岸了</title>", shown)
    assert texts(article) == ["船终于靠了岸，人都来了。", "码头上站着老人，等了一天。"]


def test_a_link_over_several_lines_leaves_them_text() -> None:
    linked = r"\x3ca href=\x22/a\x22\x3e码头上站着老人，等了一天。\x0a孩子们在水边，等了一天。\x3c/a\x3e"
    linked = rf"船靠岸了，人都来了。\x0a{linked}"
    assert len(texts(read(linked, "<title>船期</title>"))) == 3


@pytest.mark.parametrize(
    "notice",
    ["该内容已被发布者删除", "此内容因违规无法查看", "此内容被投诉且经审核涉嫌侵权，无法查看", "链接已过期"],
)
def test_a_notice_without_a_title_is_no_article(notice: str) -> None:
    page = f"<!doctype html><html><head><title></title></head><body><h2>{notice}</h2><p>查看对应规则</p>"
    with pytest.raises(InterstitialError, match=notice):
        shipped_parser().parse(page_of(page.encode()))


HOSTILE = {
    "backslashes": "\\\\" * 100_000,
    "ends of lines": r"\x0a" * 50_000,
    "links": "<a>" * 60_000,
    "brackets": "<" * 100_000,
    "beginnings of tags": "<a <meta " * 20_000,
    "letters": "a" * 200_000,
}


@pytest.mark.parametrize("content", HOSTILE)
@pytest.mark.parametrize(
    "around", ["{}", "船。{}", "船{}\n", "<p>船{}"], ids=["alone", "after", "line", "html"]
)
def test_scripts_made_to_take_time_take_none(content: str, around: str) -> None:
    text = around.format(HOSTILE[content])
    metas = "<meta " * 20_000 + "<meta content='' " * 5_000 + f'<meta content="{text[:20_000]}">'
    page = f"<html><head>{metas}<script>content_noencode: '{text}'</script></head><body>船</body>"
    document = LexborHTMLParser("<p>船")
    begun = time.process_time()
    shown_messages(page, document)
    assert time.process_time() - begun < 2


def test_a_character_that_javascript_writes_as_two_is_one() -> None:
    assert texts(read(r"渡口今天重新开放。\ud83d\ude00\x0a守塔人说，风再大也要走。")) == [
        "渡口今天重新开放。😀",
        "守塔人说，风再大也要走。",
    ]
