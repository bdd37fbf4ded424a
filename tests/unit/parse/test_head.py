"""A saved page's own head fills what no header says, and is believed no further."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.inputs.saved_pages import page_of, shipped_parser

from newsdrop.documents import Article, Moment, Page
from newsdrop.parse.parser import Parser
from newsdrop.parse.rules import load_rules

URL = "https://daily.example.org/a/1.html"
BODY = "<article><p>新桥今天通车，桥头的集市也开了。</p><p>第二段。</p></article>"


def ld(value: Any, kind: str = "application/ld+json") -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return f"<script type={kind}>{text}</script>"


def news(**facts: Any) -> dict[str, Any]:
    return {"@context": "https://schema.org", "@type": "NewsArticle", **facts}


def person(name: str) -> dict[str, str]:
    return {"@type": "Person", "name": name}


def saved(head: str, body: str = BODY) -> Article:
    return shipped_parser().parse(page_of(f"<!doctype html><html><head>{head}</head><body>{body}".encode()))


def test_open_graph_and_meta_give_every_fact() -> None:
    article = saved(
        f"<link rel='shortlink canonical' href='{URL}'><title>页签 - 某报</title>"
        "<meta property=og:title content='桥通车了 - 某报'><meta property=og:site_name content=某报>"
        "<meta property=article:published_time content=2021-05-06T07:08:09+08:00>"
        "<meta property=article:modified_time content=2021-05-07T07:08:09+08:00>"
        "<meta property=article:section content=本地>"
        "<meta property=article:tag content=桥><meta property=article:tag content=交通>"
        "<meta property=og:description content='本报记者走访了桥头。'>"
        "<meta name=author content='林一、陈二'>"
    )
    assert article.dialect == "html"
    assert (article.title, article.url, article.domain) == ("桥通车了", URL, "example.org")
    assert (article.source_name, article.section, article.tags) == ("某报", "本地", ["桥", "交通"])
    assert (article.author, article.dek) == (["林一", "陈二"], "本报记者走访了桥头。")
    assert article.published == Moment(datetime.fromisoformat("2021-05-06T07:08:09+08:00"))
    assert article.updated == Moment(datetime.fromisoformat("2021-05-07T07:08:09+08:00"))
    assert [block.text for block in article.blocks] == ["新桥今天通车，桥头的集市也开了。", "第二段。"]


def test_json_ld_gives_every_fact() -> None:
    article = saved(
        ld(
            news(
                headline="桥通车了",
                mainEntityOfPage={"@type": "WebPage", "@id": URL},
                datePublished="2021-05-06T07:08:09Z",
                dateModified="2021-05-08",
                author=[person("林一"), person("陈二")],
                publisher={"@type": "Organization", "name": "某报"},
                articleSection=["本地", "交通"],
                keywords="桥，交通",
                description="本报记者走访了桥头。",
            )
        )
    )
    assert (article.title, article.url, article.author) == ("桥通车了", URL, ["林一", "陈二"])
    assert (article.source_name, article.section, article.tags) == ("某报", "本地", ["桥", "交通"])
    assert article.dek == "本报记者走访了桥头。"
    assert article.published == Moment(datetime(2021, 5, 6, 7, 8, 9, tzinfo=UTC))
    assert article.updated is not None
    assert article.updated.precision == "day"


def test_broken_json_ld_of_one_article_still_says_when_and_what() -> None:
    told = '"headline": "题", "datePublished": "2021-05-06T07:08:09Z", "description": "他说"好"了"'
    article = saved(ld(f'{{"@type": "NewsArticle", {told}}}'))
    assert article.title == "题"
    assert article.published == Moment(datetime(2021, 5, 6, 7, 8, 9, tzinfo=UTC))
    twice = saved(ld(f'{{"@type": "NewsArticle", {told}, "datePublished": "2020-01-01", "x": "y"}}'))
    assert twice.published is None


@pytest.mark.parametrize(
    "script",
    [
        ld([{"@type": "WebSite", "name": "x"}, news(headline="题")]),
        ld({"@graph": [{"@type": "WebPage"}, {"@type": ["Thing", "OpinionNewsArticle"], "headline": "题"}]}),
        ld({"@type": "WebPage", "mainEntity": news(headline="题")}),
        ld({"@type": "http://schema.org/BlogPosting", "headline": "题"}),
        ld('// <![CDATA[\n{"@type": "Article", "headline": "题"}\n// ]]>'),
        ld('<!-- {"@type": "Article", "headline": "题", "description": "一\n行"} -->'),
        ld("{broken") + ld(news(headline="题")),
        ld({"@type": "Blog", "blogPost": [{"@type": "BlogPosting", "headline": "题"}]}),
    ],
)  # fmt: skip
def test_the_article_is_found_wherever_json_ld_keeps_it(script: str) -> None:
    assert saved(script, "<h1>别的</h1>" + BODY).title == "题"


@pytest.mark.parametrize(
    "script",
    [
        ld({"@type": "ItemList", "itemListElement": [news(headline="题")]}),
        ld({"@type": "Person", "headline": "题"}),
        ld(news(headline="题"), kind="text/javascript"),
        ld("[" * 100_000),
        ld('{"@type":' * 20_000),
        ld("9" * 6_000),
        ld('{"@type": "NewsArticle", "headline": {"a": [[["x"]]]}, "author": [[1, null, {"name": 3}]]}'),
        ld(json.dumps(news(headline="题")) + " " * 600_000),
        ld("{broken"),
        ld("null"),
    ],
)
def test_other_or_broken_json_ld_is_passed_over(script: str) -> None:
    assert saved(script, "<h1>页面的题</h1>" + BODY).title == "页面的题"


@pytest.mark.parametrize(
    "place",
    [
        {"url": URL},
        {"url": "http://daily.example.org/a/1.html/"},
        {"@id": URL + "#article"},
        {"mainEntityOfPage": URL},
        {"mainEntityOfPage": {"@type": "WebPage", "@id": URL}},
        {"mainEntityOfPage": [{"@type": "WebPage", "name": "x", "url": URL}]},
    ],
)  # fmt: skip
def test_of_several_articles_the_one_at_the_pages_own_address_is_it(place: dict[str, Any]) -> None:
    other = {"url": URL + "2", "@id": 3, "mainEntityOfPage": [None]}
    script = ld(
        [
            news(headline="别的", datePublished="2001-02-03T04:05:06Z", author=person("别人"), **other),
            news(headline="题", datePublished="2021-05-06T07:08:09Z", author=person("林一"), **place),
        ]
    )
    known = Page(dialect="warc", html=f"<html><head>{script}</head><body>{BODY}", url=URL)
    for article in (shipped_parser().parse(known), saved(f"<link rel=canonical href='{URL}'>{script}")):
        assert (article.title, article.author) == ("题", ["林一"])
        assert article.published == Moment(datetime(2021, 5, 6, 7, 8, 9, tzinfo=UTC))


def test_of_several_articles_at_other_addresses_the_first_is_it() -> None:
    script = ld([news(headline="一", url=URL + "1"), news(headline="二", url=URL + "2")])
    assert saved(script).title == saved(f"<link rel=canonical href='{URL}'>{script}").title == "一"


def test_a_blogs_list_of_posts_is_no_article() -> None:
    posts = [{"@type": "BlogPosting", "headline": name, "datePublished": "2022-01-26"} for name in "题文"]
    article = saved(ld({"@type": "Blog", "blogPost": posts}), "<h1>别的</h1>" + BODY)
    assert (article.title, article.published) == ("别的", None)


def test_an_author_by_reference_is_looked_up_and_an_outlet_comes_last() -> None:
    graph = {
        "@graph": [
            {"@type": "Person", "@id": "#p", "name": "林一"},
            news(author={"@id": "#p"}, headline="x"),
        ]
    }
    assert saved(ld(graph) + "<meta name=author content=编辑部>").author == ["林一"]
    outlet = ld(news(author={"@type": "Organization", "name": "通讯社"}, headline="x"))
    assert saved(outlet).author == ["通讯社"]
    assert saved(outlet, "<a rel=author>陈二</a>" + BODY).author == ["陈二"]
    own = "<meta property=og:site_name content=通讯社>"
    assert saved(own + outlet).author == []
    assert saved("<meta property=article:author content=https://www.facebook.com/x>").author == []


@pytest.mark.parametrize(
    ("href", "url"),
    [
        (URL, URL),
        ("//daily.example.org/a/1.html", "https://daily.example.org/a/1.html"),
        ("https://daily.example.org/?p=1", "https://daily.example.org/?p=1"),
        ("https://daily.example.org/", None),
        ("https://daily.example.org", None),
        ("/a/1.html", None),
        ("javascript:void(0)", None),
        ("http://[broken", None),
        ("", None),
    ],
)
def test_a_canonical_address_counts_unless_it_is_a_front_page_or_none(href: str, url: str | None) -> None:
    assert saved(f"<link rel=canonical href='{href}'>").url == url


def test_where_a_page_was_saved_from_goes_before_what_it_says_of_itself() -> None:
    page = page_of(f"<!-- saved from url=(0020)https://e.org/saved -->\n<html><head>"
                   f"<link rel=canonical href='{URL}'></head>{BODY}".encode())  # fmt: skip
    assert shipped_parser().parse(page).url == "https://e.org/saved"
    warc = Page(
        dialect="warc",
        html="<html><head><link rel=canonical href='/a/2.html'>"
        f"{ld(news(headline='题', author=person('林一')))}</head><body>{BODY}",
        url=URL,
        archived_at_ms=7,
    )  # fmt: skip
    article = shipped_parser().parse(warc)
    assert (article.url, article.title, article.author, article.archived_at_ms) == (URL, "题", ["林一"], 7)


def test_a_header_goes_before_the_head_in_everything() -> None:
    published = Moment(datetime(2020, 1, 2, tzinfo=UTC), "day")
    page = Page(
        dialect="d",
        html=f"<html><head><link rel=canonical href='https://e.org/2'><meta property=og:title content=二>"
        "<meta property=article:section content=二>"
        f"{ld(news(datePublished='2021-01-01T00:00:00Z', keywords=['二'], author=person('二')))}"
        f"</head><body>{BODY}",
        title="一",
        url="https://e.org/1",
        published=published,
        author=["甲"],
        tags=["甲"],
        section="甲",
    )  # fmt: skip
    article = shipped_parser().parse(page)
    assert (article.title, article.url, article.section) == ("一", "https://e.org/1", "甲")
    assert (article.author, article.tags, article.published) == (["甲"], ["甲"], published)


@pytest.mark.parametrize(
    ("description", "dek"),
    [
        ("标题 新桥,集市,桥头", None),
        ("标题,新桥 集市", None),
        ("标题_河边网", None),
        ("作者：《河边》记者", None),
        ("标题 集市也在桥头开了，人人都来。", "标题 集市也在桥头开了，人人都来。"),
        ("本报记者走访了桥头。", "本报记者走访了桥头。"),
        ("新桥今天通车，桥头的…", None),
        ("新桥今天通车，桥头的集市也开了。第二段。", None),
        ("标题", None),
        ("", None),
    ],
)
def test_a_description_that_repeats_title_or_text_is_no_dek(description: str, dek: str | None) -> None:
    head = f"<meta property=og:title content=标题><meta name=description content='{description}'>"
    assert saved(head).dek == dek


def test_a_clock_without_a_zone_is_read_in_the_rules_zone(tmp_path: Path) -> None:
    (tmp_path / "sites").mkdir()
    (tmp_path / "sites" / "default.toml").write_text("")
    (tmp_path / "sites" / "e.toml").write_text(
        'name = "某站"\nhosts = ["example.org"]\nzone = "Asia/Shanghai"'
    )
    head = f"<link rel=canonical href='{URL}'>{ld(news(datePublished='2021-05-06 07:08:09'))}"
    html = f"<html><head>{head}</head>{BODY}"
    article = Parser(load_rules([tmp_path])).parse(Page(dialect="html", html=html))
    assert article.source_name == "某站"
    assert article.published is not None
    assert article.published.at.isoformat() == "2021-05-06T07:08:09+08:00"
    without = shipped_parser().parse(Page(dialect="html", html=html))
    assert without.published is not None
    assert without.published.precision == "day"


def test_a_whole_page_of_a_site_whose_rule_knows_feeds_only_is_read_by_the_default_under_the_sites_name(
    tmp_path: Path,
) -> None:
    (tmp_path / "sites").mkdir()
    default = 'root = ["article"]\ndrop = ["nav"]\npublished = ["time@datetime"]\n'
    (tmp_path / "sites" / "default.toml").write_text(default)
    rule = 'name = "某站"\nhosts = ["example.org"]\nzone = "Asia/Shanghai"\ndrop = ["b"]\n'
    (tmp_path / "sites" / "feed.toml").write_text(rule + '[[era]]\nwhen = ".new"\nroot = [".new"]\n[[era]]\n')
    parser = Parser(load_rules([tmp_path]))
    time = "<time datetime='2021-05-06 07:08'>x</time>"

    def read(html: str, *, whole: bool) -> tuple[str, str | None, list[str], str | None]:
        article = parser.parse(Page(dialect="d", html=html, whole=whole, title="t", url=URL))
        at = article.published.at.isoformat() if article.published else None
        return article.rule, article.source_name, [block.text for block in article.blocks], at

    menu, body = "<nav>菜单</nav><p>热门</p>", "<article><p>正文<b>粗</b></p></article>"
    assert read(menu + body + time, whole=True) == (
        "default",
        "某站",
        ["正文粗"],
        "2021-05-06T07:08:00+08:00",
    )
    assert read(menu + body, whole=False) == ("feed", "某站", ["菜单", "热门", "正文"], None)
    assert read(menu + f"<div class=new>{body}</div>", whole=True) == ("feed", "某站", ["正文"], None)


def test_a_page_with_a_title_in_its_tab_only_keeps_it_and_h1_goes_first() -> None:
    assert saved("<title>页签</title>").title == "页签"
    assert saved("<title>页签</title>", "<h1>题</h1>" + BODY).title == "题"


def test_everything_the_head_gives_is_explained() -> None:
    page = page_of(
        f"<!doctype html><html><head><link rel=canonical href='{URL}'><meta property=og:title content=题>"
        "<meta property=og:site_name content=某报>"
        f"{ld(news(datePublished='2021-05-06T07:08:09Z', author=person('林一')))}"
        f"</head><body><nav>菜单</nav><h1>题</h1>{BODY}<div>页尾</div>".encode()
    )  # fmt: skip
    told = shipped_parser().explain(page)
    assert (told.dialect, told.encoding, told.rule, told.era) == ("html", "utf-8", "default", 1)
    assert {origin.field: origin.place for origin in told.origins} == {
        "text": "rule: root article",
        "title": "head: og:title",
        "url": "head: canonical",
        "domain": "head: canonical",
        "published": "head: ld:datePublished",
        "author": "head: ld:person",
        "source_name": "head: og:site_name",
    }
    assert [(one.role, one.selector, one.text) for one in told.dropped] == [
        ("drop", "nav", "菜单"),
        ("root", "outside of it", "题"),
        ("root", "outside of it", "页尾"),
    ]


def test_a_canonical_address_counts_in_the_head_only_and_only_if_it_is_one() -> None:
    assert saved("", f"<link rel=canonical href='{URL}'>{BODY}").url is None
    assert saved(f"<link rel=canonical href='{URL}'><link rel=canonical href='{URL}'>").url == URL
    two = f"<link rel=canonical href='{URL}'><link rel=canonical href='{URL}2'>"
    assert saved(two).url is None
    assert saved(f"{two}<meta property=og:url content='{URL}3'>").url == f"{URL}3"


@pytest.mark.parametrize("url", ["javascript:void(0)", "/a/1.html", "data:text/html,x"])
def test_a_headers_address_of_no_page_gives_way_to_the_heads(url: str) -> None:
    html = f"<html><head><link rel=canonical href='{URL}'></head><body>{BODY}"
    assert shipped_parser().parse(Page(dialect="d", html=html, title="x", url=url)).url == URL
