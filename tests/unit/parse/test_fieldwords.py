"""Words of a sentence stay in it, whatever field their element may be read as elsewhere."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser
from tests.inputs.saved_pages import shipped_parser

from newsdrop.documents import Page
from newsdrop.parse.links import Base
from newsdrop.parse.walker import Options, Walker

ROLES = {"a[rel=tag]": "tag", "[rel=author]": "byline", "time": "published", ".s": "section"}


def walk(html: str) -> Walker:
    document = LexborHTMLParser(html)
    roles = {node.mem_id: role for selector, role in ROLES.items() for node in document.css(selector)}
    walker = Walker(roles, Options(base=Base("https://www.example.org/a")))
    assert document.body is not None
    walker.walk(document.body)
    return walker


@pytest.mark.parametrize(
    ("html", "wanted"),
    [
        ("<p>新设的“<a rel=tag href=/t>灯油税</a>”从六月起征收。", ["新设的“灯油税”从六月起征收。"]),
        ("<p>昨天<a rel=author href=/u>林舟</a>说：<time>三日</time>退潮。", ["昨天林舟说：三日退潮。"]),
        ("<p>In <b><a rel=tag href=/t>Ebb</a></b> we trust", ["In Ebb we trust"]),
        ("<p><a rel=tag href=/t>退潮</a>！", ["退潮！"]),
        ("<h2><a rel=tag href=/t>灯</a>与油的来历</h2>", ["灯与油的来历"]),
        ("<li>见<span class=s>海<br>事</span>栏", ["见海 事栏"]),
        ("<p><a rel=author href=/u>Lin</a> reports from the pier", ["Lin reports from the pier"]),
        # A line of links isn't torn apart.
        ("<p><a rel=tag href=/t>灯档案</a> | <a href=/x>林远舟</a>", ["灯档案 | 林远舟"]),
    ],
)
def test_words_among_other_words_stay(html: str, wanted: list[str]) -> None:
    assert [block.text for block in walk(html).blocks] == wanted


@pytest.mark.parametrize(
    "line",
    [
        "<a rel=tag href=/t>灯</a>",
        "<b><a rel=tag href=/t>灯</a></b>",
        "标签：<a rel=tag href=/t>灯</a>、<a rel=tag href=/t2>油</a>",
        "Tags: <a rel=tag href=/t>Lamp</a>, <a rel=tag href=/t2>Oil</a>",
        "Filed under <a rel=tag href=/t>Lamp</a> and <span class=s>Sea</span>",
        "By <a rel=author href=/u>Ann Li</a> | <time>Friday</time> May 5, 2023, 9:30 am",
        "作者：<a rel=author href=/u>林舟</a> 发表于 2023年5月5日",
        "文 / <a rel=author href=/u>林舟</a>和<a rel=author href=/u2>陈河</a>",
    ],
)
def test_a_line_of_fields_is_no_text_and_has_no_links(line: str) -> None:
    walker = walk(f"<p>前<p>{line}<p>后")
    assert [block.text for block in walker.blocks] == ["前", "后"]
    assert walker.links == []


def test_what_holds_blocks_is_no_word_of_a_sentence() -> None:
    walker = walk("<p>前</p><span rel=author><div>林舟</div><img src=/face.jpg></span><p>后</p>")
    assert [block.text for block in walker.blocks] == ["前", "后"]
    assert walker.images == []


def test_a_picture_of_a_writer_is_no_picture_of_the_article() -> None:
    walker = walk("<p>当时<a rel=author href=/u><img src=/face.jpg>林舟</a>在场。")
    assert ([block.text for block in walker.blocks], walker.images) == (["当时林舟在场。"], [])
    assert walker.links == []


@pytest.mark.parametrize(
    ("html", "words", "note"),
    [
        ("<p>照片由<span class=c>林舟</span>拍摄，他说水退了。", ["照片由林舟拍摄，他说水退了。"], None),
        ("<p><b><span class=c>林舟</span></b>拍了它。", ["林舟拍了它。"], None),
        ("<p>他拍了<em class=c>《灯》</em>", ["他拍了《灯》"], None),
        ("<p><span class=c>林舟</span></p>", [], "林舟"),
        ("<p>摄影：<span class=c>林舟</span> | <i>2020</i></p>", ["摄影： | 2020"], "林舟"),
        ("<p>灯下。<br><span class=c>林舟</span><br>灯上。</p>", ["灯下。", "灯上。"], "林舟"),
        ("<p>灯下。<span class=c style='display:block'>林舟</span></p>", ["灯下。"], "林舟"),
        ("<div class=c>林舟</div>灯下。", ["灯下。"], "林舟"),
    ],
)
def test_words_are_no_note_of_a_picture_in_the_middle_of_a_sentence(
    html: str, words: list[str], note: str | None
) -> None:
    document = LexborHTMLParser(f"<img src=/a.jpg>{html}")
    roles = {node.mem_id: "credit" for node in document.css(".c")}
    walker = Walker(roles, Options(base=Base("https://www.example.org/a")))
    assert document.body is not None
    walker.walk(document.body)
    assert [block.text for block in walker.blocks] == words
    assert [image.credit for image in walker.images] == [note]


def page(body: str) -> Page:
    return Page(html=f"<div>{body}</div>", title="灯", url="https://www.example.org/a", dialect="html")


def test_whoever_a_sentence_speaks_of_didnt_write_it() -> None:
    article = shipped_parser().parse(
        page("<p>昨天<a rel=author href=/u>林舟</a>在桥头说，水位退了。<p><a rel=author href=/v>陈河</a>")
    )
    assert article.author == ["陈河"]
    assert [block.text for block in article.blocks] == ["昨天林舟在桥头说，水位退了。"]


def test_a_tag_in_a_sentence_is_a_tag_and_one_in_a_line_of_links_isnt() -> None:
    article = shipped_parser().parse(
        page(
            "<p>新设的<a rel=tag href=/t>灯油税</a>从六月起征收。"
            "<p><a rel=tag href=/c>灯档案</a> | <a href=/x>林远舟</a>"
        )
    )
    assert article.tags == ["灯油税"]
    assert article.blocks[1].text == "灯档案 | 林远舟"


def test_a_short_line_that_also_says_other_things_still_names_its_writer() -> None:
    article = shipped_parser().parse(page("<p><a rel=author href=/u>Ann Li</a>, 5 min read<p>The sea fell."))
    assert article.author == ["Ann Li"]


def test_what_stayed_in_the_text_isnt_explained_as_left_out() -> None:
    html = "<p>新设的<a rel=tag href=/t>灯油税</a>从六月起征收。<p>标签：<a rel=tag href=/u>码头</a>"
    dropped = shipped_parser().explain(page(html)).dropped
    assert [one.text for one in dropped if one.role == "tag"] == ["码头"]
