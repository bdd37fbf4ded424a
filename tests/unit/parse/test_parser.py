"""A page becomes an article: title, times, names and body, each from the right place."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.inputs.saved_pages import read_whole, shipped_parser

from newsdrop.documents import Article, Moment, Page
from newsdrop.errors import NoArticleError
from newsdrop.parse.parser import Parser
from newsdrop.parse.rules import load_rules

HEADER_TIME = Moment(datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC))


def parse(html: str, **facts: Any) -> Article:
    facts = {"title": "标题", "url": "https://www.example.org/a", "published": HEADER_TIME, **facts}
    return shipped_parser().parse(Page(dialect="d", html=html, **facts))


def with_rule(folder: Path, rule: str) -> Parser:
    (folder / "sites").mkdir()
    (folder / "sites" / "default.toml").write_text('root = ["body"]\n')
    (folder / "sites" / "e.toml").write_text(f'name = "某站"\nhosts = ["e.com"]\n{rule}')
    return Parser(load_rules([folder]))


@pytest.mark.parametrize(
    ("title", "html", "shown"),
    [
        ("一篇文章 - 某站", "<h1>一篇文章</h1>", "一篇文章"),
        ("一篇文章 | 某站", "<h1>\n 一篇\n 文章 </h1>", "一篇文章"),
        ("一篇文章 - 某站", "<h1>别的</h1>", "一篇文章 - 某站"),
        ("一篇文章 - 某站", "", "一篇文章 - 某站"),
        ("来源｜标题", "<h1>来源</h1>", "来源｜标题"),
        ("a &amp; b\t c", "", "a & b c"),
        ("", "<h1>页面的题目</h1>", "页面的题目"),
        ("", "<title>页签</title><p>x</p>", "页签"),
    ],
)
def test_the_title_is_the_headers_without_the_sites_name(title: str, html: str, shown: str) -> None:
    assert parse(html + "<p>正文</p>", title=title).title == shown


@pytest.mark.parametrize(
    ("tab", "html", "shown"),
    [
        ("真题目 - 示例网", "<header><h1>示例网</h1></header><article><h2>真题目</h2>{}</article>", "真题目"),
        ("真题目 - 示例网", "<header><h1>示例网</h1></header><article><h1>真题目</h1>{}</article>", "真题目"),
        ("真题目 | 要闻 | 示例网", "<div><h1>示例网</h1></div><h2>热门</h2><h2>真题目</h2>{}", "真题目"),
        ("真题目", "<header><h1>示例网</h1></header><article><h2>真题目</h2>{}</article>", "真题目"),
        ("示例网 - 真题目", "<header><h1>示例网</h1></header><article><h1>真题目</h1>{}</article>", "真题目"),
        ("真题目 - 示例网", "<h1>示例网</h1>{}", "真题目"),
        ("真题目 - 示例网", "<article><h1>真题目：副题</h1><h2>真题目</h2>{}</article>", "真题目：副题"),
        ("真题目 - 示例网", "<h1>热门</h1><article><h1>真题目</h1>{}</article>", "真题目"),
        ("首页", "<header><h1>真题目</h1></header>{}", "真题目"),
        ("首页", "<article><header><h1>真题目</h1></header>{}</article><h1>别的</h1>", "真题目"),
        ("示例网", "<h1>示例网</h1>{}", "示例网"),
        ("", "<h1>示例网</h1>{}", "示例网"),
    ],
)  # fmt: skip
def test_a_heading_of_the_sites_name_is_not_the_title(tab: str, html: str, shown: str) -> None:
    page = f"<html><head><title>{tab}</title></head><body>{html.format('<p>正文</p>')}</body></html>"
    assert parse(page, title="").title == shown


def test_the_name_that_the_head_gives_the_site_is_not_the_title() -> None:
    head = "<meta property=og:site_name content=示例网><title>真题目</title>"
    assert parse(f"<html><head>{head}</head><body><h1>示例网</h1><p>正文</p>", title="").title == "真题目"


def test_a_rule_may_name_the_sites_own_suffixes(tmp_path: Path) -> None:
    parser = with_rule(tmp_path, 'title_suffix = [" – 某站"]\n')
    page = Page(dialect="d", html="<p>x", title="一篇 – 某站", url="https://e.com/")
    assert parser.parse(page).title == "一篇"


def test_the_title_is_not_repeated_in_the_body_but_may_be_quoted_there() -> None:
    html = "<h1>标 题</h1><p>标题</p><p>正文</p><p>标题</p><h3>标题</h3>"
    assert [block.text for block in parse(html).blocks] == ["正文", "标题"]


@pytest.mark.parametrize(
    ("html", "header", "at", "precision"),
    [
        (
            "<time class=published datetime=2019-01-01T00:00:00Z>",
            HEADER_TIME,
            "2019-01-01T00:00:00+00:00",
            "second",
        ),
        ("<time class=published datetime=2019-01-01>", HEADER_TIME, "2020-01-02T03:04:05+00:00", "second"),
        (
            "<time class=published datetime=2019-01-01T00:00:00>",
            HEADER_TIME,
            "2020-01-02T03:04:05+00:00",
            "second",
        ),
        ("<time class=published datetime=2019-01-01>", None, "2019-01-01T00:00:00+00:00", "day"),
        (
            "<p>2018-01-01T00:00:00Z</p><time>3 分钟前</time>",
            HEADER_TIME,
            "2020-01-02T03:04:05+00:00",
            "second",
        ),
    ],
)
def test_a_complete_named_time_wins_then_the_headers_then_a_named_day(
    html: str, header: Moment | None, at: str, precision: str
) -> None:
    published = parse(f"{html}</time><p>正文</p>", published=header).published
    assert published is not None
    assert (published.at.isoformat(), published.precision) == (at, precision)


def test_dates_in_text_captions_and_comments_are_never_believed() -> None:
    html = "<p>2014-02-28 发生</p><div id=comments><time datetime=2019-04-25T00:00:00Z>x</time></div>"
    assert parse(html, published=None).published is None


def test_the_rules_zone_completes_a_clock_without_one(tmp_path: Path) -> None:
    parser = with_rule(tmp_path, 'zone = "Europe/Paris"\npublished = [".d"]\n')
    page = Page(
        dialect="d", html="<div class=d>13/10/2020 - 14:05</div><p>x", title="t", url="https://e.com/"
    )
    published = parser.parse(page).published
    assert published is not None
    assert (published.at.isoformat(), published.precision) == ("2020-10-13T14:05:00+02:00", "minute")


@pytest.mark.parametrize(
    ("told", "html", "author"),
    [
        (["甲"], "<a rel=author>乙</a>", ["甲"]),
        ([], "<a rel=author>文／乙</a>", ["乙"]),
        ([], "<a rel=author>By Ann Li, null Bo Chen</a>", ["Ann Li", "Bo Chen"]),
        (["Anonymous"], "<a rel=author>乙</a>", ["乙"]),
        (["Anonymous"], "", ["Anonymous"]),
        ([], "<a rel=author>" + "长" * 200 + "</a>", []),
        ([], "", []),
    ],
)
def test_the_author_is_the_headers_else_the_bylines(told: list[str], html: str, author: list[str]) -> None:
    assert parse(f"{html}<p>正文</p>", author=told).author == author


def test_those_who_sign_the_text_are_named_beside_the_account_that_posts_it() -> None:
    article = parse("<p>文｜林舟</p><p>水退了。</p><p>编辑｜陈河</p>", author=["桥边"])
    assert (article.author, [block.text for block in article.blocks]) == (["桥边", "林舟"], ["水退了。"])
    assert parse("<p>作者：林舟</p><p>水退了。</p>", author=["林舟"]).author == ["林舟"]
    told = "<p>某社巴黎12月9日电（记者林舟）水退了，船都搁浅在岸边。</p>"
    assert parse(told, author=["桥边"]).author == ["桥边"]


def test_the_author_of_a_book_is_the_author_of_an_excerpt_and_not_of_a_review() -> None:
    html = "<p>作者：林舟 译者：陈河 出版社：河边文化</p><p>水退了。</p>"
    assert parse(html).author == ["林舟"]
    assert parse(html, author=["桥边"]).author == ["桥边"]
    assert parse(html).text == "作者：林舟 译者：陈河 出版社：河边文化\n水退了。"


@pytest.mark.parametrize(
    ("html", "author"),
    [
        # around the root: the innermost element that holds a name
        ("<a class=by>甲</a><main><a class=by>乙</a><div class=body>文</div></main>", ["乙"]),
        ("<a class=by>甲</a><main><article><div class=body>文</div></article></main>", ["甲"]),
        # the root's article as a whole
        (
            "<article><a class=by>甲</a><div><div class=body><a class=by>乙</a>文</div></div></article>",
            ["甲", "乙"],
        ),
        (
            "<div class=lead><a class=by>甲</a></div><a class=by>乙</a><div><p class=body>文</div>",
            ["甲"],
        ),
        # never in what the rule says is about other things
        ("<div class=body>文</div><div class=more><a class=by>甲</a></div>", []),
        ("<div class=body>文</div><div class=readers><p><a class=by>甲</a></p></div>", []),
        ("<article class=readers><a class=by>甲</a><div class=body>文</div></article>", ["甲"]),
        # a meta element of the page, but not one of another thing
        ("<meta name=by content=甲><article><div class=body>文</div></article>", ["甲"]),
        ("<p>x<meta itemprop=by content=甲></p><main><div class=body>文</div></main>", ["甲"]),
        ("<div class=readers><meta itemprop=by content=甲></div><div class=body>文</div>", []),
    ],
)
def test_a_fact_is_read_where_it_stands_nearest_to_the_root(
    html: str, author: list[str], tmp_path: Path
) -> None:
    parser = with_rule(
        tmp_path,
        'root = [".body"]\nlead = [".lead"]\nrelated = [".more"]\nelsewhere = [".readers"]\n'
        'byline = [".by", "[name=by]@content", "[itemprop=by]@content"]\n',
    )
    assert parser.parse(Page(dialect="d", html=html, title="t", url="https://e.com/")).author == author


def test_a_nearer_fact_of_a_later_selector_wins(tmp_path: Path) -> None:
    parser = with_rule(tmp_path, 'root = [".body"]\nsection = ["h4", "h5"]\n')
    html = "<h4>别栏</h4><article><h5>本栏</h5><div class=body>文</div></article>"
    assert parser.parse(Page(dialect="d", html=html, title="t", url="https://e.com/")).section == "本栏"


def test_a_label_that_introduces_several_lines_is_a_speakers_and_signs_nothing() -> None:
    talk = ["桥修了多久？", "记者：后来", "答：塌了。", "记者：结果", "答：又修。"]
    article = parse("".join(f"<p>{line}</p>" for line in talk))
    assert ([block.text for block in article.blocks], article.author) == (talk, [])
    article = parse("<p>作者：张三</p><p>桥修了三年。</p><p>记者：李四</p><p>作者：张三</p>")
    assert ([block.text for block in article.blocks], article.author) == (["桥修了三年。"], ["张三", "李四"])


def test_a_lead_stands_before_the_root_and_the_rest_outside_is_left_out(tmp_path: Path) -> None:
    parser = with_rule(tmp_path, 'lead = [".lead"]\nroot = [".none", ".body"]\n')
    html = "<p>外</p><div class=body><p>正文</p></div><div class=lead><img src=/1.jpg><p>导语</p></div>"
    article = parser.parse(Page(dialect="d", html=html, title="t", url="https://e.com/"))
    assert [block.text for block in article.blocks] == ["导语", "正文"]
    assert [image.url for image in article.images] == ["https://e.com/1.jpg"]


def test_of_several_containers_the_one_with_most_text_is_the_article() -> None:
    html = "<article>预告</article><article><p>这才是正文，长得多。</p></article><article>又一则</article>"
    assert [block.text for block in parse(html).blocks] == ["这才是正文，长得多。"]


def test_neither_title_nor_text_is_no_article() -> None:
    with pytest.raises(NoArticleError):
        parse("<p>&nbsp;</p><img src=/1.jpg>", title=" ")
    assert parse("", title="只有标题").blocks == []
    assert parse("<p>只有正文</p>", title="").title == ""


def test_a_page_without_an_article_is_named_by_the_beginning_of_its_title() -> None:
    page = Page(dialect="d", html="<html><body></body></html>", title="题" * 9_000, whole=True)
    with pytest.raises(NoArticleError, match="题题") as caught:
        shipped_parser().parse(page)
    assert len(str(caught.value)) < 500


def test_what_the_header_says_is_passed_on() -> None:
    article = parse("<p>x</p>", tags=["a"], section="s", archived_at_ms=7)
    assert (article.tags, article.section, article.archived_at_ms) == (["a"], "s", 7)
    assert (article.domain, article.dialect, article.rule) == ("example.org", "d", "default")
    assert article.source_name is None


def test_a_page_without_a_url_still_parses() -> None:
    article = parse("<p>见<a href=/x>这里</a></p><img src=/1.jpg>", url=None)
    assert (article.url, article.domain, article.links) == (None, None, [])
    assert [image.url for image in article.images] == ["/1.jpg"]


def test_an_explanation_says_what_matched_where_facts_are_from_and_what_was_dropped() -> None:
    page = Page(
        dialect="d",
        html="<nav>菜单</nav><article><p>x</p><a rel=author>乙</a><a rel=tag>标签</a></article>",
        title="t",
        url="https://www.example.org/a",
        published=HEADER_TIME,
        archived_at_ms=7,
        tags=["甲"],
        section="s",
        dek="导语",
        encoding="gb18030",
    )
    explanation = shipped_parser().explain(page)
    assert (explanation.rule, explanation.era) == ("default", 1)
    assert (explanation.dialect, explanation.encoding) == ("d", "gb18030")
    counts = {(match.role, match.selector): match.count for match in explanation.matches}
    assert counts["drop", "nav"] == counts["root", "article"] == 1
    assert {origin.field: origin.place for origin in explanation.origins} == {
        "text": "rule: root article",
        "title": "header",
        "url": "header",
        "domain": "header",
        "archived_at": "header",
        "published": "header",
        "author": "rule: byline a[rel=author]",
        "tags": "header and rule: tag a[rel=tag]",
        "section": "header",
        "dek": "header",
    }
    assert [(one.role, one.selector, one.text) for one in explanation.dropped] == [
        ("drop", "nav", "菜单"),
        ("byline", "a[rel=author]", "乙"),
        ("tag", "a[rel=tag]", "标签"),
    ]


def test_an_explanation_names_the_place_of_a_named_time_and_of_warc_records() -> None:
    html = "<p>x</p><time class=published datetime=2019-01-01T00:00:00Z>x</time><img src=/a.jpg class=ads_>"
    page = Page(dialect="warc", html=html, title="t", url="https://www.example.org/a", archived_at_ms=7)
    explanation = shipped_parser().explain(page)
    places = {origin.field: origin.place for origin in explanation.origins}
    assert places["published"] == "rule: published time.published@datetime"
    assert places["url"] == places["archived_at"] == "WARC record"
    assert places["text"] == "the whole body"
    dropped = [(one.role, one.selector, one.text) for one in explanation.dropped]
    assert ("drop", "[class^=ads_]", "<img src=/a.jpg>") in dropped


def test_the_base_in_a_pages_head_holds_for_its_links_and_pictures() -> None:
    html = (
        "<!doctype html><html><head><base target=_top><base href='https://cdn.e.com/x/'><base href=/no/>"
        "<body><p>文<a href=2.html>链</a><img src=/a.jpg></p><ul><li><a href=/b>推荐</a></li></ul>"
    )
    article = parse(html, whole=True)
    assert article.links == ["https://cdn.e.com/x/2.html", "https://cdn.e.com/b"]
    assert [image.url for image in article.images] == ["https://cdn.e.com/a.jpg"]
    assert (article.url, article.related) == ("https://www.example.org/a", [])


VIDEO = "https://www.youtube.com/watch?v=AAAAAAAAAAA"


def test_a_channel_that_writes_keeps_its_name_as_author_and_is_the_source() -> None:
    article = parse("<p>灯亮了。", url=VIDEO, author=["桥边频道"], tags=["桥边频道"], channel="桥边频道")
    assert (article.author, article.tags, article.source_name) == (["桥边频道"], [], "桥边频道")
    article = parse("<p>灯亮了。", url=VIDEO, author=["林舟"], tags=["桥边频道"], channel="桥边频道")
    assert (article.author, article.tags, article.source_name) == (["林舟"], ["桥边频道"], None)


@pytest.mark.parametrize(
    ("channel", "author"),
    [
        ("桥边", "桥边 · 看灯"),
        ("桥边", "桥边 - 灯\u200a—\u200a部"),
        ("桥边", "桥边官方频道 Bridge - Official Channel"),
        ("桥Ann你說", "桥Ann你說 Ann and Bo"),
        ("BridgeMaid", "廠妹&男閨蜜 BridgeMaid"),
    ],
)
def test_an_account_that_is_called_after_its_channel_is_one_author(channel: str, author: str) -> None:
    article = parse("<p>灯亮了。", url=VIDEO, author=[author], tags=[channel], channel=channel)
    assert article.author == [" ".join(author.split())]


def test_two_people_beside_a_channel_stay_two() -> None:
    for channel in ("Anna", "ChinaFile", "Chen"):
        author = ["Ann Li & Bo Reed"]
        article = parse("<p>A bridge.", url=VIDEO, author=author, tags=[channel], channel=channel)
        assert article.author == ["Ann Li", "Bo Reed"]


def test_a_channel_that_is_the_site_is_neither_author_nor_tag() -> None:
    for channel in ("ChinaFile", "中参馆"):
        article = parse(
            "<p>A bridge.",
            url="https://www.chinafile.com/a", author=[channel], tags=[channel], channel=channel,
        )  # fmt: skip
        assert (article.author, article.tags, article.source_name) == ([], [], "ChinaFile")


def test_a_page_names_the_rest_of_those_whom_a_header_only_begins_to_name() -> None:
    def profile(name: str) -> str:
        return f"<div class=node-profile><h3><a href=/{name[:3]}>{name}</a></h3></div><p>Yes."

    html = "<div>" + profile("Ann Li") + profile("Bo Chen") + profile("Cy Wu") + "</div>"
    article = parse(html, url="https://www.chinafile.com/a", author=["Ann Li", "Bo Chen"])
    assert article.author == ["Ann Li", "Bo Chen", "Cy Wu"]
    assert [(block.kind, block.text) for block in article.blocks[:2]] == [("h", "Ann Li"), ("p", "Yes.")]
    assert parse(html, url="https://www.chinafile.com/a", author=["Di Sun"]).author == ["Di Sun"]


def test_a_field_that_a_rule_keeps_is_text_as_well(tmp_path: Path) -> None:
    parser = with_rule(tmp_path, 'byline = [{ select = "h3 a", kept = true }]')
    article = parser.parse(Page(dialect="d", html="<h3><a>Ann Li</a></h3><p>Yes.", url="https://e.com/a"))
    assert (article.author, [block.text for block in article.blocks]) == (["Ann Li"], ["Ann Li", "Yes."])


def test_a_first_day_stays_the_publications_where_the_time_is_days_later(tmp_path: Path) -> None:
    rule = 'published = ["time@datetime", { from = "url", match = "/([0-9]{8})/", first_day = true }]'
    parser = with_rule(tmp_path, rule)

    def times(day: str) -> tuple[str | None, str | None]:
        html = "<time datetime=2021-12-13T10:39:56Z>再次</time><p>水退了。"
        article = parser.parse(Page(dialect="d", html=html, title="题", url=f"https://e.com/{day}/a"))
        return tuple(one and one.at.isoformat() for one in (article.published, article.updated))  # type: ignore[return-value]

    assert times("20210329") == ("2021-03-29T00:00:00+00:00", "2021-12-13T10:39:56+00:00")
    assert times("20211212") == ("2021-12-13T10:39:56+00:00", None)
    assert times("20220101") == ("2021-12-13T10:39:56+00:00", None)


def test_code_is_text_and_the_title_of_one_of_many_pictures_isnt() -> None:
    code = "<figure class=code-block><pre>print('harbour')</pre></figure>"
    prose = "<p>The harbour was closed for a year, and this sentence says so at length.</p>" * 3
    title = "船靠岸了 人都来了"
    page = f"<title>{title}</title><h1>{title}</h1><div><p>{title} (3/27)</p>{prose}{code}{prose}</div>"
    texts = [block.text for block in read_whole(f"<!doctype html><html><body>{page}").blocks]
    assert "print('harbour')" in texts
    assert not any(title in text for text in texts)
