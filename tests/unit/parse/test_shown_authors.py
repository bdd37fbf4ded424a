"""Unknown sites name an article's writers where readers see them; writers of other things are left alone."""

from __future__ import annotations

import pytest
from tests.inputs.saved_pages import page_of, shipped_parser

PROSE = "".join(
    f"<p>The harbour was closed for a year, and sentence {n} says so at length.</p>" for n in "123"
)


def authors(body: str, head: str = "") -> list[str]:
    page = f"<!doctype html><html lang=en><head><title>A harbour</title>{head}</head><body>{body}"
    return shipped_parser().parse(page_of(page.encode())).author


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("<div class=c-byline><span class=c-byline__author-name>Ann Li</span> @annli</div>", ["Ann Li"]),
        ("<div class=detail__meta><span class=detail__meta__author>by Ann Li</span></div>", ["Ann Li"]),
        ("<div>By <a href=/author/ann-li>Ann Li</a>, 3 May 2024</div>", ["Ann Li"]),
        ("<div class=x1><a href='/about/editors/ann-li/'>Ann Li</a></div>", ["Ann Li"]),
        ("<p class=css-4anu6l>By Ann Li, Bo Chen and Cy O'Neill</p>", ["Ann Li", "Bo Chen", "Cy O'Neill"]),
        ("<address><a href=/staff/ann>Ann Li</a><div>Senior Reporter</div></address>", ["Ann Li"]),
        ("<div class=byline><p class=author-name>By <a href=/u/1>Ann Li</a>Staff Writer</div>", ["Ann Li"]),
        ("<div class=by-line><b class=a_name>Ann Li</b><i class=a_title>CEO</i></div>", ["Ann Li"]),
        ("<ul><li class=author>Ann Li</li><li class=author>Bo Chen</li></ul>", ["Ann Li", "Bo Chen"]),
        ("<div class=author><b>Ann Li</b> <a href=/author/ann>More stories by Ann Li</a></div>", ["Ann Li"]),
        ("<div class=byline>By Ann Li, December 16th 2016</div>", ["Ann Li"]),
        ("<div class=author>Written by Ann Li in Valve on 1 June 2019. 51 Comments</div>", ["Ann Li"]),
        ("<div class=top__footer><div class=byline>By <a href=/profiles/ann>Ann Li</a></div>", ["Ann Li"]),
        ("<span class=writer>林小舟</span>", ["林小舟"]),
        ("<div class=info>作者：林小舟</div>", ["林小舟"]),
        ("<div>2022-01-26 作者：记者 林小舟 来源：河边网</div>", ["林小舟"]),
        ("<div>来源：河边网 <b id=author>作者：林小舟</b> <b id=admin_name>编辑：陈河</b></div>", ["林小舟"]),
        ("<div>2022-01-26 01:16河邊時報【林小舟／高雄報導】</div>", ["林小舟"]),
        ("<table><tr><td><b>【河邊報╱記者林小舟／高雄報導】</b></td></tr></table>", ["林小舟"]),
        ("<p>◎ 記者林小舟/採訪報導</p>", ["林小舟"]),
        ("<h4 class='vcard author'>vom <span class=fn>annli</span></h4>", ["annli"]),
        ("<div class=meta>Posted in Harbour by annli on 3 August 2019</div>", ["annli"]),
        ("<div class=submitted>Gespeichert von <b class=username>annli</b> am 4. Juli 2017</div>", ["annli"]),
        ("<p><em>von Ann Li</em></p>", ["Ann Li"]),
        ("<ul class=meta><li>von Ann Li</li><li>09.03.2022</li></ul>", ["Ann Li"]),
        ("<time><h4>By Ann Li | 12/10/2020</h4></time>", ["Ann Li"]),
        ("<p>ByAnn Li</p>", ["Ann Li"]),
        ("<div class=author>von Ann</div>", ["Ann"]),
        ("<div class=author_date_block>Datum: 19.11.2021 Autor: Ann Li</div>", ["Ann Li"]),
        ("<div class=gallery-page-author>Posted by Ann Li</div>", ["Ann Li"]),
        ("<div class=byline>By Ann Li, Bo Chen - the harbour team at the gate</div>", ["Ann Li", "Bo Chen"]),
        ("<div class=byline>By <b>Ann Li</b><script>a = 'By Dee Fox, Daily';</script></div>", ["Ann Li"]),
        ("<div class=author><b class=author-name>Ann Li</b><i class=tag-name>Tools</i></div>", ["Ann Li"]),
        ("<div class=meta><a href='/find?q=By Ann Li'>By Ann Li</a> Delhi Print Edition</div>", ["Ann Li"]),
        ("<div class=meta><a href=/bio/2781/Ann+Li>Ann Li</a> <span>Contributor</span></div>", ["Ann Li"]),
        ("<div class=author><b>Ann Li</b> · <a href=/feed/1>View the website</a></div>", ["Ann Li"]),
        ("<div><p class=top-author>文｜某报 林小舟</p><b id=author_x>作者：林小舟</b></div>", ["林小舟"]),
        (
            "<div class=authors><span class=author><span class=given-names>Ann</span> "
            "<span class=surname>Li</span></span></div>",
            ["Ann Li"],
        ),
    ],
)  # fmt: skip
def test_the_line_that_names_the_authors_is_found(line: str, expected: list[str]) -> None:
    for page in (
        f"<article><h1>A harbour</h1>{line}{PROSE}</article>",
        f"<h1>A harbour</h1>{line}<article>{PROSE}</article>",
        f"<body class='has-sidebar menu-open'><div><h1>A harbour</h1>{line}</div><article>{PROSE}</article>",
    ):
        assert authors(page) == expected, page


@pytest.mark.parametrize(
    "other",
    [
        "<aside><div class=x-author-name>Dee Fox</div></aside>",
        "<div class=related><h3>More</h3><span class=byline>By Dee Fox</span></div>",
        "<section class=comments><b class=author>Dee Fox</b></section>",
        "<footer><a href=/author/dee-fox>Dee Fox</a></footer>",
        "<p>Reviewed by Dee Fox</p>",
        "<div class=author><a href=/author/dee>Follow</a><a href=/author/dee>View all posts</a></div>",
        "<p>It was <a href=/author/dee-fox>Dee Fox</a> who had said so to the committee, a long time ago,"
        " in a speech that nobody in the town has forgotten.</p>",
        "<div class=tweet><span class=x-author>Dee Fox</span></div>",
        "<div class=tie-author><label><input type=checkbox>自动登录</label> <a href=#>登录并发表</a>"
        "<p class=author-tips>我的跟贴</p></div>",
        "<div class=reply-author-login>自动登录</div>",
        "<div id=jh-author><b>林舟</b>的原贴：<br>以前怕坐船，太拥挤了。</div>",
        "<p>记者：今年的船多不多？林舟：很多。</p>",
        "<p><cite class=citation><a href=//a.test/people/profiles/dee.html>Dee Fox</a></cite></p>",
        "<span class='credit contributor'><span class=fn>Dee Fox</span> / AP</span>",
        "<div class=author-news><div class=author><a href=#>相关文章</a></div></div>",
        "<div id=author><a href=/room/1>Alle Storys</a></div>",
        "<div style='display:none'><li><a href=/author/dee>Dee Fox</a>: <a>A story</a></li></div>",
        "".join(f"<li><a href=/author/dee{one}>Dee {one}ox</a>: <a>A story</a></li>" for one in "FGHIJ"),
    ],
)
def test_writers_of_other_things_are_none_of_the_articles(other: str) -> None:
    page = f"<article><h1>A harbour</h1>{PROSE}</article>{other}"
    inside = f"<article><h1>A harbour</h1>{PROSE}{other}</article>"
    assert authors(page) == []
    assert authors(inside) == []


def test_the_line_before_the_text_counts_before_the_card_behind_it() -> None:
    card = "<div class=author-card><b class=author-name>Dee Fox</b><p class=bio>Edits the pages.</p></div>"
    line = "<div class=byline>By Ann Li</div>"
    assert authors(f"<article><h1>A harbour</h1>{line}{PROSE}{card}</article>") == ["Ann Li"]
    assert authors(f"<article><h1>A harbour</h1>{PROSE}{card}</article>") == ["Dee Fox"]


def test_an_outlet_gives_way_to_whoever_signs_the_text() -> None:
    text = "<p>某社河边5月19日电（记者林小舟）港口关了一年，这句话说得很长，长得足够成为一段文字。</p>"
    outlet = "<h1>A harbour</h1><div class=author>河边社</div>"
    assert authors(f"{outlet}<article>{text}{PROSE}</article>") == ["林小舟"]
    assert authors(f"{outlet}<article>{PROSE}</article>") == ["河边社"]
    person = outlet.replace("河边社", "陈河")
    assert authors(f"{person}<article>{text}{PROSE}</article>") == ["陈河"]


def test_what_the_page_tells_machines_goes_first() -> None:
    person = '{"@type":"NewsArticle","author":{"@type":"Person","name":"Bo Chen"}}'
    head = f"<script type=application/ld+json>{person}</script>"
    assert authors(f"<article><h1>A harbour</h1><div class=byline>Ann Li</div>{PROSE}</article>", head) == [
        "Bo Chen"
    ]


def test_the_footer_of_an_article_names_its_author_and_the_pages_names_none() -> None:
    footer = "<div class=text-footer><span class=text-author>Posted by <b class=fn>Ann Li</b></span></div>"
    assert authors(f"<article><h1>A harbour</h1>{PROSE}{footer}</article>") == ["Ann Li"]
    assert authors(f"<article><h1>A harbour</h1>{PROSE}</article>{footer}") == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("发表于<i>2014-08-24 21:30</i>| 来源<i>某网</i>| <i>0 条评论</i>| 作者<i>林舟</i>", ["林舟"]),
        ("发表于2014-08-24| 作者林舟 | 港口", ["林舟"]),
        ("发表于2014-08-24| 作者们都在等 | 港口", []),
    ],
)
def test_a_label_without_its_colon_names_who_follows_a_bar(line: str, expected: list[str]) -> None:
    assert authors(f"<h1>A harbour</h1><h4><div class=tit_bar>{line}</div></h4>{PROSE}") == expected
