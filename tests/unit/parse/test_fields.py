"""Which of a page's people are authors, and which of its descriptions are a standfirst."""

from __future__ import annotations

import pytest
from tests.inputs.saved_pages import read_whole, shipped_parser

from newsdrop.documents import Page

WORDS = "港口关了三年，星期二早上重新开放，守塔人说，有雾的日子来的人更多，谁都想听号角。"


def page(head: str, before: str = "", after: str = "") -> str:
    return (
        f"<!doctype html><title>港口今天重新开放</title>{head}<body><div><h1>港口今天重新开放</h1>{before}"
        f"<p>{WORDS}</p><p>{WORDS[:20]}，风再大也要走。</p></div>{after}"
    )


@pytest.mark.parametrize(
    ("before", "after", "authors"),
    [
        ("", "<div>编辑：林舟</div>", []),
        ("", "<div>[责编：林舟]</div>", []),
        (
            "<p>某社河边5月9日电（记者陈河）桥通了，船停了，人们都说好，一直到夜里。</p>",
            "<div>责任编辑：林舟</div>",
            ["陈河"],
        ),
        ("", "<div>作者：林舟 编辑：林舟</div>", ["林舟"]),
        ("", "<div>编辑：陈河</div>", ["林舟"]),
        ("", "", ["林舟"]),
    ],
)
def test_whom_a_page_calls_its_editor_is_no_author(before: str, after: str, authors: list[str]) -> None:
    assert read_whole(page("<meta name=author content=林舟>", before, after)).author == authors


def test_a_descriptions_markup_is_no_part_of_it() -> None:
    description = "&lt;div&gt;&lt;p class=x&gt;渡轮 1 &lt; 2 人&lt;/p&gt;，桥上的人&lt;a href="
    assert (
        read_whole(page(f"<meta name=description content='{description}'>")).dek == "渡轮 1 < 2 人 ，桥上的人"
    )


def test_a_site_is_not_called_as_its_article() -> None:
    title = "A harbour that was closed for three years opens again today"
    html = (
        f"<!doctype html><title>{title}</title><meta property=og:site_name content='{title}'><p>{WORDS}</p>"
    )
    assert read_whole(html).source_name is None
    assert read_whole(html.replace(title, "The Harbour")).source_name == "The Harbour"


@pytest.mark.parametrize(("language", "name"), [("en-GB", None), ("zh-Hans", "BBC News 中文")])
def test_a_page_in_another_language_isnt_of_the_chinese_part_of_its_site(
    language: str, name: str | None
) -> None:
    html = f"<!doctype html><html lang={language}><title>A harbour</title><body><p>{WORDS}</p>"
    page = Page(dialect="html", html=html, url="https://www.bbc.com/news/1", whole=True)
    assert shipped_parser().parse(page).source_name == name


@pytest.mark.parametrize(("title", "name"), [("A harbour", None), ("港口今天重开", "BBC News 中文")])
def test_a_page_that_names_no_language_is_of_the_part_that_its_title_is_in(
    title: str, name: str | None
) -> None:
    text = (
        "The harbour was closed for a year, and this sentence says so at length." if name is None else WORDS
    )
    html = f"<!doctype html><title>{title}</title><h1>{title}</h1><body><p>{text}</p>"
    page = Page(dialect="html", html=html, url="https://www.bbc.com/news/1", whole=True)
    assert shipped_parser().parse(page).source_name == name


@pytest.mark.parametrize(
    "description",
    [
        "文章浏览阅读1.3w次，点赞40次，收藏98次。港口关了三年，另有一说。",
        "港口今天重新开放-",
        "河边网,专题报道,港口,港口新闻",
        "var isMobile = { Android: function() { return navigator.userAgent.match(/Android/i); }",
        f"桥头的新集市。{WORDS}",
    ],
)
def test_a_description_that_says_nothing_new_is_no_standfirst(description: str) -> None:
    picture = "<figure><img src=/a.jpg><figcaption>桥头的新集市。</figcaption></figure>"
    assert read_whole(page(f"<meta name=description content='{description}'>", picture)).dek is None
