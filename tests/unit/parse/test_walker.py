"""The walker gives the text in document order, as typed blocks, with pictures and their captions."""

from __future__ import annotations

import re

import pytest
from selectolax.lexbor import LexborHTMLParser

from newsdrop.documents import Image
from newsdrop.errors import TooLargeError
from newsdrop.parse.links import Base
from newsdrop.parse.walker import Options, Walker


def walk(html: str, roles: dict[str, str] | None = None, **flags: bool | int) -> Walker:
    document = LexborHTMLParser(html)
    marked = {
        node.mem_id: role for selector, role in (roles or {}).items() for node in document.css(selector)
    }
    walker = Walker(marked, Options(base=Base("https://www.example.org/a"), **flags))  # type: ignore[arg-type]  # flags
    assert document.body is not None
    walker.walk(document.body)
    return walker


def blocks(html: str, roles: dict[str, str] | None = None, **flags: bool | int) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in walk(html, roles, **flags).blocks]


@pytest.mark.parametrize(
    ("html", "wanted"),
    [
        ("<p>一<b>二</b><span>三</span></p>", [("p", "一二三")]),
        ("前<p>一</p>后", [("p", "前"), ("p", "一"), ("p", "后")]),
        (
            "<p><span>一<figure><img src=/a.jpg></figure>二<br/><br/>三</span></p>四",
            [("p", "一"), ("p", "二"), ("p", "三"), ("p", "四")],
        ),
        ("<p>一<br>二<br><br>三<br> \n<br>四</p>", [("p", "一 二"), ("p", "三"), ("p", "四")]),
        ("<p><br>一<br></p>", [("p", "一")]),
        ("<p>&nbsp;</p><p> </p><p>\u200b</p>", []),
        ("<h2>题</h2><h4>小题</h4>", [("h", "题"), ("h", "小题")]),
        ("<h2>题<a href=#t>¶</a></h2><p>书。<a href='#r1'>↩\ufe0e</a></p>", [("h", "题"), ("p", "书。")]),
        ("<p>书<a href=#n1>[1]</a>和<a href='#x'>河</a><a href=/c>#</a></p>", [("p", "书[1]和河#")]),
        (
            "<ul><li>一</li><li>二<ol><li>三</li></ol>四</li></ul>",
            [("li", "一"), ("li", "二"), ("li", "三"), ("li", "四")],
        ),
        ("<ul><li><p>一</p><p>二</p></li></ul>三", [("li", "一"), ("li", "二"), ("p", "三")]),
        ("<blockquote>一<p>二</p></blockquote><p>三</p>", [("quote", "一"), ("quote", "二"), ("p", "三")]),
        ("<div>一<div>二</div>三</div>", [("p", "一"), ("p", "二"), ("p", "三")]),
        ("<dl><dt>一</dt><dd>二</dd></dl>", [("p", "一"), ("p", "二")]),
        ("<table><tr><td>一<td>二<tr><td><p>三</p></table>", [("p", "一 二"), ("p", "三")]),
        ("一<hr>二", [("p", "一"), ("p", "二")]),
        ("<custom-tag>一</custom-tag>二", [("p", "一二")]),
        ("<p>一<script>x</script><style>y</style><!-- z --><template>t</template>二</p>", [("p", "一二")]),
        ("<p>一<img class=wp-smiley alt=':)' src=/s.png>二</p>", [("p", "一:)二")]),
        ("<p><ruby>漢<rt>かん</rt>字<rp>（</rp><rt>じ</rt><rp>）</rp></ruby>だ</p>", [("p", "漢字だ")]),
        ("<h2><button>题</button></h2><button>按</button><p>一", [("h", "题"), ("p", "一")]),
        ("<p>一</p><noframes><p>二</noframes><noembed><b>三</b></noembed>", [("p", "一")]),
        ("一<xmp><p>二 &amp; <b>三</b></xmp>四", [("p", "一"), ("p", "二 & 三"), ("p", "四")]),
        (
            "<p>设<math><semantics><mi>x</mi><annotation encoding=tex>x</annotation></semantics></math>大",
            [("p", "设x大")],
        ),
        ("<figure><table><tr><td>一</table><figcaption>表</figcaption></figure>", [("p", "一"), ("p", "表")]),
        (
            "<figure><blockquote>一</blockquote><figcaption>孔子</figcaption></figure>",
            [("quote", "一"), ("p", "孔子")],
        ),
        ("<pre>a\nb</pre>", [("p", "a b")]),
        ("<div><section><p><b>一</b></p></section></div>", [("p", "一")]),
    ],
)  # fmt: skip
def test_blocks_end_where_readers_see_them_end(html: str, wanted: list[tuple[str, str]]) -> None:
    assert blocks(html) == wanted


@pytest.mark.parametrize(
    "html",
    [
        "　　一<br>　　二<br>　　三",
        "<p>一<br>\n　　二<br>\n<font>　　三</font></p>",
        "一<br><span> <b>　　二</b></span><br/>&nbsp;&nbsp;&nbsp;&nbsp;三",
        "一<br>&nbsp; &nbsp; 二<br>&emsp;&emsp;三",
        "　　一\n　　二\n　　三",
        "<p>　　一\n　　二\r\n　　三</p>",
        "<div>一<br>　　二\n　　<b>三</b></div>",
    ],
)
def test_lines_that_begin_indented_are_paragraphs(html: str) -> None:
    assert blocks(html) == [("p", "一"), ("p", "二"), ("p", "三")]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("一<br>　二", "一 二"),
        ("一<br>&nbsp;&nbsp;二<br>&nbsp;三", "一 二 三"),
        ("一<br>\n        二\n        三", "一 二三"),
        ("一　　二", "一 二"),
        ("一<br><img src=/a.jpg>　　二", "一 二"),
    ],
)
def test_lines_that_begin_otherwise_are_none(html: str, text: str) -> None:
    assert blocks(html) == [("p", text)]


def test_the_lines_of_a_heading_are_one() -> None:
    assert blocks("<h2>一<br>　　——二\n　　三</h2>") == [("h", "一 ——二三")]


def test_links_go_with_the_paragraph_that_they_stand_in() -> None:
    html = "© <a href=/1>某社</a><br>　　文<a href=/2>链</a>"
    walker = patterned(html, drop_text="^©")
    assert ([block.text for block in walker.blocks], walker.links) == (
        ["文链"],
        ["https://www.example.org/2"],
    )


@pytest.mark.parametrize("html", ["<p>一<br><br>二</p>", "<p>一<br>　　二</p>", "<p>一 \u2028\n　　二</p>"])
def test_breaks_can_be_plain_spaces_for_a_site(html: str) -> None:
    assert [block.text for block in walk(html, br_paragraphs=False).blocks] in (["一 二"], ["一二"])


def test_roles_drop_cut_and_retype_parts() -> None:
    html = (
        "<p>一</p><p class=ad>二</p><p class=head>三</p><div class=say>四</div><p class=end>五</p><p>六</p>"
    )
    roles = {".ad": "drop", ".head": "heading", ".say": "quote", ".end": "cut_after"}
    assert blocks(html, roles) == [("p", "一"), ("h", "三"), ("quote", "四")]


def test_a_dropped_inline_part_leaves_its_paragraph_whole() -> None:
    assert blocks("<p>一<i>二</i>三</p>", {"i": "drop"}) == [("p", "一三")]
    assert blocks("一<div>二</div>三", {"div": "drop"}) == [("p", "一"), ("p", "三")]


def test_links_of_kept_text_count_each_time_and_those_of_captions_and_pictures_dont() -> None:
    html = (
        "<p>看<a href=/x>这</a>和<a href=/x>那</a></p><p><a href=/big.jpg><img src=/s.jpg></a></p>"
        "<figcaption><a href=/cap>图</a></figcaption><p class=ad><a href=/ad>广告</a></p>"
        "<a href=/card><p>卡片</p></a>"
    )
    walker = walk(html, {"figcaption": "caption", ".ad": "drop"})
    assert walker.links == ["https://www.example.org/x"] * 2 + ["https://www.example.org/card"]


def test_lists_that_only_link_home_are_related_and_others_are_text() -> None:
    home = "<ul><li><a href=/1>一</a></li><li><b><a href='https://m.example.org/2'>二</a></b></li></ul>"
    padded = "<ul><li><i> </i><a href=/3>五</a> <b><i></i></b></li><li><a href=/4>六</a><br></li></ul>"
    twice = "<ul><li><a href=/1>七</a><a href=/2>八</a></li></ul>"
    abroad = "<ul><li><a href='https://other.org/1'>三</a></li></ul>"
    mixed = "<ul><li><a href=/1>四</a>：说明</li></ul>"
    walker = walk(home + padded + twice + abroad + mixed)
    assert walker.related == [
        "https://www.example.org/1",
        "https://m.example.org/2",
        "https://www.example.org/3",
        "https://www.example.org/4",
    ]
    assert [block.text for block in walker.blocks] == ["七八", "三", "四：说明"]
    assert [block.text for block in walk(home, link_lists=False).blocks] == ["一", "二"]


CAPTIONS = {"figcaption": "caption", ".c": "caption", ".k": "credit", "cite": "credit"}


@pytest.mark.parametrize(
    ("html", "wanted"),
    [
        ("<figure><img src=/1.jpg><figcaption>一<cite>摄</cite></figcaption></figure>", [("1", "一", "摄")]),
        ("<figure><figcaption>一</figcaption><img src=/1.jpg></figure>", [("1", "一", None)]),
        ("<img src=/1.jpg><p class=c>一<b class=k>摄：<cite>甲</cite></b>", [("1", "一", "摄：甲")]),
        (
            "<figure><figcaption>一</figcaption><img src=/1.jpg></figure>"
            "<figure><figcaption>二</figcaption><img src=/2.jpg></figure>",
            [("1", "一", None), ("2", "二", None)],
        ),
        ("<img src=/1.jpg><figure><figcaption>一</figcaption></figure><p>文</p>", [("1", "一", None)]),
        ("<p><img src=/1.jpg><span class=c>一</span><span class=k>摄</span></p>", [("1", "一", "摄")]),
        ("<img src=/1.jpg><p class=k>河上的桥 图/某社</p>", [("1", "河上的桥 图/某社", None)]),
        ("<img src=/1.jpg><p class=k>桥（图片来源：某社）", [("1", "桥（图片来源：某社）", None)]),
        ("<img src=/1.jpg><p class=k>（图：某社） 图片来源：甲", [("1", None, "（图：某社） 图片来源：甲")]),
        ("<img src=/1.jpg><p>文</p><p class=c>失</p>", [("1", None, None)]),
        ("<p class=c>一</p><img src=/1.jpg>", [("1", "一", None)]),
        ("<img src=/1.jpg><p class=c>一，<b class=k>甲摄</b>，二</p>", [("1", "一，，二", "甲摄")]),
        ("<img src=/1.jpg><p class=c>一</p><p class=c>二</p>", [("1", "一 二", None)]),
        ("<img src=/1.jpg><iframe src=/v></iframe><p class=c>视频说明</p>", [("1", None, None)]),
        ("<figcaption><p>一</p><img src=/1.jpg></figcaption>", [("1", "一", None)]),
        ("<img src=/1.jpg><img src=/2.jpg><p class=c>二</p>", [("1", None, None), ("2", "二", None)]),
    ],
)  # fmt: skip
def test_captions_and_credits_find_their_picture(
    html: str, wanted: list[tuple[str, str | None, str | None]]
) -> None:
    found = walk(html, CAPTIONS).images
    assert found == [
        Image(url=f"https://www.example.org/{name}.jpg", caption=caption, credit=credit)
        for name, caption, credit in wanted
    ]


def test_a_lazy_picture_and_its_noscript_copy_are_one_and_noscript_text_is_none() -> None:
    html = (
        "<p><img src='data:,x' data-src=/1.jpg><noscript><img src=/1.jpg>请开启脚本</noscript></p>"
        "<noscript><img src=/2.jpg></noscript>"
    )
    walker = walk(html)
    assert [image.url for image in walker.images] == [
        "https://www.example.org/1.jpg",
        "https://www.example.org/2.jpg",
    ]
    assert walker.blocks == []
    assert len(walk(html, noscript=False).images) == 1


def test_a_picture_without_an_address_takes_its_source_elements() -> None:
    html = "<picture><source srcset='/1.webp 100w, /2.webp 200w'><img alt='图'></picture>"
    assert walk(html).images == [Image(url="https://www.example.org/2.webp", alt="图")]


def test_embeds_are_listed_once_and_never_text() -> None:
    video = "<iframe src=//v.org/1>替代</iframe>"
    html = f"{video}<video><source src=/m.mp4>替代</video>{video}"
    walker = walk(html)
    assert walker.embeds == ["https://v.org/1", "https://www.example.org/m.mp4"]
    assert walker.blocks == []
    lazy = "<iframe src=about:blank data-src=//v.org/1></iframe><iframe data-lazy-src=//v.org/2></iframe>"
    assert walk(lazy).embeds == ["https://v.org/1", "https://v.org/2"]


NOTES = {"figcaption, .c": "caption", ".k": "credit"}


@pytest.mark.parametrize(
    ("html", "own", "lone"),
    [
        ("<figure><video src=/1.mp4></video><figcaption>开幕</figcaption></figure>", [], ["开幕"]),
        ("<iframe src=//v.org/1></iframe><p class=c>开幕</p>", [], ["开幕"]),
        ("<audio src=/1.mp3></audio><p class=c>访谈</p><p class=k>某社</p>", [], ["访谈"]),
        ("<figure><img><figcaption>桥</figcaption></figure>", [], ["桥"]),
        ("<figure><img src=data:image/gif;base64,R0><figcaption>桥</figcaption></figure>", [], ["桥"]),
        ("<figure><figcaption>桥</figcaption></figure><p>文", [], ["桥"]),
        ("<p>文</p><p class=c>桥</p>", [], ["桥"]),
        ("<figure><video src=/1.mp4></video><p>开幕</p></figure>", [], ["开幕"]),
        ("<figure><img><p>桥</p></figure>", [], ["桥"]),
        ("<figure><img><figcaption>Advertisement</figcaption></figure>", [], []),
        ("<img src=/1.jpg><p class=c>The bridge hide caption toggle caption</p>", ["The bridge"], []),
        ("<img src=/1.jpg><p class=c>桥</p><video></video><p class=c>桥</p>", ["桥"], []),
        (
            "<figure><img><figcaption>桥</figcaption></figure>"
            "<figure><img src=/2.jpg><figcaption>船</figcaption></figure>",
            ["船"],
            ["桥"],
        ),
        (
            "<figure><noscript><img src=/1.jpg></noscript><img src=data:,>"
            "<figcaption>桥</figcaption></figure>",
            ["桥"],
            [],
        ),
        ("<p class=c>桥</p><img src=/1.jpg><img src=/2.jpg width=1 height=1>", ["桥"], []),
    ],
)
def test_a_caption_of_what_is_not_in_the_file_is_kept_by_itself(
    html: str, own: list[str], lone: list[str]
) -> None:
    walker = walk(html, NOTES)
    assert [image.caption for image in walker.images if image.caption] == own
    assert walker.pictures.lone_captions == lone


def test_the_address_of_a_picture_is_in_its_sources_if_its_own_only_stands_in() -> None:
    html = "<picture><source srcset=/1.webp><img src=data:image/gif;base64,R0></picture>"
    assert [image.url for image in walk(html).images] == ["https://www.example.org/1.webp"]


def test_amp_pictures_and_videos_are_what_they_stand_for() -> None:
    html = (
        "<p>一</p><amp-img src=/1.jpg alt=图><noscript><img src=/1.jpg></noscript></amp-img>"
        "<p class=c>说明</p><figure><amp-anim srcset='/s.gif 1x,/2.gif 2x'></amp-anim></figure>"
        "<figure><figcaption>二<amp-img src=/3.jpg></amp-img>"
        "</figcaption></figure><amp-iframe src=https://v.org/1><p placeholder>请稍候</p></amp-iframe>"
        "<amp-video><source src=/m.mp4><div fallback>不支持</div></amp-video>"
        "<amp-youtube data-videoid='a/b'></amp-youtube><amp-fit-text>文<b>字</b></amp-fit-text>"
    )
    walker = walk(html, CAPTIONS)
    assert walker.images == [
        Image(url="https://www.example.org/1.jpg", alt="图", caption="说明"),
        Image(url="https://www.example.org/2.gif"),
        Image(url="https://www.example.org/3.jpg", caption="二"),
    ]
    assert walker.embeds == [
        "https://v.org/1",
        "https://www.example.org/m.mp4",
        "https://www.youtube.com/embed/a%2Fb",
    ]
    assert [block.text for block in walker.blocks] == ["一", "文字"]


def patterned(html: str, **patterns: str) -> Walker:
    document = LexborHTMLParser(html)
    compiled = {name: re.compile(pattern) for name, pattern in patterns.items()}
    options = Options(base=Base("https://www.example.org/a"), **compiled)  # type: ignore[arg-type]  # patterns
    walker = Walker({}, options)
    assert document.body is not None
    walker.walk(document.body)
    return walker


def test_a_block_whose_text_fits_a_pattern_goes_with_its_links() -> None:
    walker = patterned("<p><a href=/1>一</a><p>© <a href=/2>某社</a><p>三<a href=/3>四</a>", drop_text="^©")
    assert [block.text for block in walker.blocks] == ["一", "三四"]
    assert walker.links == ["https://www.example.org/1", "https://www.example.org/3"]


def test_a_block_may_say_that_the_article_has_ended() -> None:
    walker = patterned("<p>一<div><p>推荐<p><img src=/a.jpg>二</div><p>三", cut_text="^推荐$")
    walker.walk(LexborHTMLParser("<p>另一处").body)  # type: ignore[arg-type]  # a parsed page has a body
    assert [block.text for block in walker.blocks] == ["一"]
    assert walker.images == []


def test_words_before_a_picture_in_its_line_dont_stand_between_it_and_its_caption() -> None:
    walker = walk(
        "<p>第二页：<a href=/k><img src=/a.jpg></a></p><p class=c>图纸</p><p>一</p><p class=c>题</p>",
        {".c": "caption"},
    )
    assert walker.images == [Image(url="https://www.example.org/a.jpg", caption="图纸")]
    assert [block.text for block in walker.blocks] == ["第二页：", "一"]


def test_blocks_are_left_out_again_with_their_links() -> None:
    walker = walk("<p>记者：甲<a href=/x>主页</a><p>一<a href=/1>链</a><p>二<p>完<a href=/e>接</a>")
    walker.body.leave_out({2: "a byline", 0: "a byline"})
    assert [block.text for block in walker.blocks] == ["一链", "完接"]
    assert walker.links == [f"https://www.example.org/{name}" for name in (1, "e")]
    assert [place for place in range(9) if place in walker.body.linked] == [0, 1]
    walker.body.leave_out({0: "a byline"})
    assert walker.links == ["https://www.example.org/e"]
    assert [place for place in range(9) if place in walker.body.linked] == [0]


def test_an_unlinked_anchor_keeps_its_text_and_its_pictures() -> None:
    walker = walk("<p>看<a class=u href=/api>这<b>里</b></a>。<a href=/b>那</a>", {".u": "unlink"})
    assert [block.text for block in walker.blocks] == ["看这里。那"]
    assert walker.links == ["https://www.example.org/b"]


@pytest.mark.parametrize(
    ("role", "kind"),
    [
        ("drop", "p"), ("dek", "p"), ("byline", "p"), ("embed", "p"), ("related", "p"), ("caption", "p"),
        ("credit", "p"), ("cut_after", "p"), ("unlink", "p"), ("heading", "h"), ("quote", "quote"),
    ],
)  # fmt: skip
def test_a_walk_reads_where_it_starts_whatever_its_role_and_nothing_beside(role: str, kind: str) -> None:
    document = LexborHTMLParser("<article class=x><p>一<p>二</article><p>三</p>")
    start = document.css_first("article")
    assert start is not None
    walker = Walker({start.mem_id: role}, Options(base=Base("https://www.example.org/a")))
    walker.walk(start)
    assert [(block.kind, block.text) for block in walker.blocks] == [(kind, "一"), (kind, "二")]


def test_text_over_its_limit_is_refused_by_the_settings_name() -> None:
    with pytest.raises(TooLargeError, match=r"limits\.text_chars"):
        walk("<p>" + "字" * 50 + "<p>" + "字" * 51, text_chars=100)
