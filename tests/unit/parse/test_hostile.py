"""Any bytes give an Article or a PermanentError, soon: no page can hang, crash or exhaust a worker."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser, LexborNode
from tests.inputs.saved_pages import SAMPLES, page_of, shipped_parser

from newsdrop.documents import Article, Page
from newsdrop.errors import PermanentError, TooLargeError
from newsdrop.parse.markup import check_markup

#: Generous for a loaded machine; what we guard against takes minutes.
BOUND_S = 25.0
HEADER = b"[t](https://e.org/a)\n------\n\n"

MILLION = 1_000_000
PAGES: dict[str, Callable[[], str]] = {
    "nested divs": lambda: "<div>" * 400_000,
    "nested and closed divs": lambda: "<div>" * 200_000 + "</div>" * 200_000,
    "nested spans": lambda: "<span>" * 400_000 + "x",
    "nested formatting": lambda: "".join(f"<font color={n}>" for n in range(50_000)) + "<p>x" * 50_000,
    "unclosed formatting before paragraphs": lambda: (
        "".join(f"<font size={n}>" for n in range(480)) + "<p>x" * 12_000
    ),
    "unclosed formatting that no count shows": lambda: (
        "<div>" + "".join(f"<B CLASS={n}>" for n in range(400)) + "</div><p>x</p>" * 7_000
    ),
    "many attributes among quoted angles": lambda: (
        "<p " + " ".join(f'a{n} b{n}=">"' for n in range(60_000)) + ">x"
    ),
    "bodies with attributes each": lambda: "".join(
        "<body " + " ".join(f"a{n}-{m}" for m in range(900)) + ">" for n in range(60)
    ),
    "nested links": lambda: "<a href=x>" * 400_000,
    "nested tables": lambda: "<table><tr><td>" * 100_000,
    "nested lists": lambda: "<ul><li>" * 200_000,
    "nested quotes under a comment's end tags": lambda: "<blockquote><!--</blockquote>-->" * 100_000,
    "end tags inside scripts": lambda: "<div><script></div></script>" * 100_000,
    "end tags out of scope": lambda: "<div><table></div>" * 100_000,
    "end tags that close nothing": lambda: "<div>" * 2_000 + "</x>" * 450_000,
    "end tags that a scope keeps off": lambda: "<x><table>" + "<div>" * 2_000 + "</x>" * 450_000,
    "many attributes": lambda: "<p " + " ".join(f"a{n}" for n in range(400_000)) + ">x",
    "many attributes with slashes": lambda: "<p" + "".join(f"/a{n}" for n in range(400_000)) + ">x",
    "many quoted attributes": lambda: "<p " + " ".join(f'a{n}=">"' for n in range(400_000)) + ">x",
    "one giant attribute": lambda: "<p title='" + "x" * 5 * MILLION + "'>x",
    "many flat paragraphs": lambda: "<p>x" * 50_000,
    "too many tags": lambda: "<p>" * 3 * MILLION,
    "many breaks": lambda: "x<br>" * 50_000,
    "breaks between blanks": lambda: "<br> " * 50_000,
    "many captions": lambda: "<figcaption>x</figcaption>" * 20_000,
    "many captions of one picture": lambda: (
        "<img src=/x.jpg>" + "".join(f"<figcaption>{n:0100}</figcaption>" for n in range(100_000))
    ),
    "nested credits": lambda: "<figcaption>" + "<cite>" * 450 + "x",
    "many pictures": lambda: "".join(f"<img src=/{n}.jpg>" for n in range(20_000)),
    "many link lists": lambda: "<ul><li><a href=/x>x</a></ul>" * 10_000,
    "one long link list": lambda: (
        "<ul>" + "".join(f"<li><a href=/{n}>x</a>" for n in range(20_000)) + "</ul>"
    ),
    "a link among many empty elements": lambda: (
        "<ul><li><a href=/x>" + "字" * MILLION + "</a>" + "<b></b>" * 200_000 + "</ul>"
    ),
    "a long text deep in lists": lambda: (
        "<ul><li><div><i></i>" * 150 + "x" * 4 * MILLION + "<i></i></div></ul>" * 150
    ),
    "many links": lambda: "<a href=/x>x</a>" * 20_000,
    "many smaller thans": lambda: "< " * 400_000,
    "unclosed quotes": lambda: "<p a='" * 100_000,
    "unclosed comments": lambda: "<!--" * 100_000,
    "one giant text": lambda: "<p>" + "字" * 4 * MILLION,
    "one giant white space": lambda: "<p>字" + " \n" * 2 * MILLION + "字",
    "alternating white space": lambda: "<p>" + "字\n" * 200_000,
    "null bytes": lambda: "<p>a\0b" * 1_000,
    "deep noscript": lambda: "<noscript>" * 100_000 + "<img src=/x.jpg>",
    "stand-ins with names of many parts": lambda: (
        f"<img src=/loading{'_a' * 40}.php><img src=/default{'_a' * 40}.x data-src=/x.jpg>"
    ),
    "many images and sources of one picture": lambda: (
        "<picture>" + "<source srcset='data:x'>" * 6_000 + "<img>" * 6_000 + "</picture>"
    ),
    "sources below nested pictures": lambda: (
        "<picture><img>" * 400 + "<source srcset='data:x'>" * 50_000 + "</picture>" * 400
    ),
    "many noscripts": lambda: "<noscript><img src=/x.jpg></noscript>" * 10_000,
    "a base of nothing": lambda: "<plaintext>" + "<p>" * 1_000,
    "svg soup": lambda: "<svg><desc><div><math><mi>" * 50_000,
    "templates": lambda: "<template>" * 50_000,
    "selects": lambda: "<select><option>" * 100_000,
    "white space after a script's end": lambda: (
        '<html><head><script type="application/ld+json">-->' + " " * 200_000 + "x</script></head><p>x"
    ),
    "frames": lambda: "<frameset><frame></frameset>",
}


def outcome(page: Page) -> Article | PermanentError:
    started = time.process_time()
    try:
        return shipped_parser().parse(page)
    except PermanentError as error:
        return error
    finally:
        assert time.process_time() - started < BOUND_S


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("url", ["https://e.org/a", "https://www.bbc.com/a"])
def test_a_hostile_page_ends_soon(name: str, url: str) -> None:
    outcome(Page(dialect="d", html=PAGES[name](), title="t", url=url))


@pytest.mark.parametrize(
    "name", ["nested divs", "nested and closed divs", "nested spans", "nested tables", "nested links"]
)
def test_what_is_nested_too_deeply_is_refused_by_the_settings_name(name: str) -> None:
    error = outcome(Page(dialect="d", html=PAGES[name](), title="t"))
    assert isinstance(error, TooLargeError)
    assert "limits.html_depth" in str(error)


def test_just_deep_enough_is_read_and_one_more_refused() -> None:
    def nested(depth: int) -> Article | PermanentError:
        return outcome(Page(dialect="d", html="<div>" * depth + "<p>字</p>" + "</div>" * depth, title="t"))

    assert isinstance(nested(500), Article)
    assert isinstance(nested(520), TooLargeError)


@pytest.mark.parametrize(
    "html",
    [
        "<select>" + "<option>x</option>" * 20_000,
        "<select>" + "<OPTION>x" * 20_000,
        "".join(f"<html a{n}=1>" for n in range(20_000)),
        "<p>" + "".join(f"<Body a{n}>x" for n in range(20_000)),
        "".join(f"<html a{n}><body a{n}>" for n in range(4_000)),
        ("<p " + " ".join(f"{n:x}" for n in range(2_300)) + ">x") * 200,
        ("<p " + " ".join(f"a{n:x}='>'" for n in range(400)) + ">x") * 2_000,
    ],
    ids=["options", "open options", "html", "body", "html and body", "attributes", "quoted attributes"],
)
def test_what_only_costs_by_its_sum_is_refused_before_it_is_parsed(html: str) -> None:
    with pytest.raises(TooLargeError, match="is not a page of text"):
        check_markup(html, 512, "x")


def test_a_long_honest_page_passes_the_guard() -> None:
    paragraph = (
        "<div><p>字<b>字</b><a href='/x' title=\"a>b\">字</a><br><span>字</p></div><ul><li>一<li>二</ul>"
    )
    check_markup(paragraph * 20_000, 512, "x")
    table = "<table><tr><td>一<td>二<tr><td>三</table>"
    check_markup(table * 20_000, 512, "x")
    countries = "<select>" + "<option value=1>国</option>" * 250 + "</select>"
    check_markup("<html lang=zh class='a b'><body class=x id=y>" + countries * 30, 512, "x")
    check_markup("<html lang=zh><body class=x>字" * 1_000, 512, "x")


def test_lone_surrogates_in_a_page_are_an_article_or_an_error() -> None:
    assert isinstance(
        outcome(Page(dialect="d", html="<p>a\ud800b</p>", title="t\udfff")), Article | PermanentError
    )


def read(data: bytes) -> Article | PermanentError:
    try:
        return outcome(page_of(data))
    except PermanentError as error:
        return error


SEEDS = [path.read_bytes() for path in sorted(SAMPLES.rglob("*.md"))]
TOKENS = st.lists(
    st.sampled_from(
        [b"<p>", b"</p>", b"<div>", b"</div>", b"<br>", b"<b>", b"</b>", b"<a href=/x>", b"</a>", b"<li>",
         b"<ul>", b"<table>", b"<td>", b"<figure>", b"<figcaption>", b"</figure>", b"<img src=/x.jpg>",
         b"<noscript>", b"<!--", b"-->", b"<script>", b"</script>", b"&nbsp;", b"&#x0;", b"<main role=main>",
         b"<time datetime=2020-01-01>", b"<h2>", b"<blockquote>", b"\xe5\xad\x97", b" \n ", b"<svg>",
         b"<template>", b"<select>", b"\xff", b"\x00", b"<p class=wp-caption-text>", b"<iframe src=x>",
         b"<p role=text>"]
    ),
    max_size=60,
).map(b"".join)  # fmt: skip


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=300))
def test_any_bytes_give_an_article_or_a_permanent_error(data: bytes) -> None:
    read(data)


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([HEADER, b"---\ntitle: x\n---\n", HEADER.replace(b"e.org", b"www.bbc.com")]), TOKENS)
def test_any_markup_gives_an_article_or_a_permanent_error(header: bytes, markup: bytes) -> None:
    read(header + markup)


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(SEEDS), st.integers(0, 10_000), st.integers(0, 400), st.binary(max_size=40))
def test_a_damaged_page_gives_an_article_or_a_permanent_error(
    seed: bytes, at: int, cut: int, noise: bytes
) -> None:
    at %= len(seed)
    read(seed[:at] + noise + seed[at + cut :])


NESTING = [
    "<div>", "<p>", "</p>", "<b>", "</b>", "<a>", "<font color=1>", "<table>", "<td>", "<tr>", "<caption>",
    "<col>", "</table>", "<svg>", "<desc>", "<li>", "<option>", "<select>", "<button>", "</div>", "x", "<",
    "</", "<x y='</'>", "</br>", "<frameset>",
]  # fmt: skip


def depth_of(html: str) -> int:
    deepest = 0
    level: list[LexborNode | None] = [LexborHTMLParser(html).root]
    while level:
        inside: list[LexborNode | None] = []
        for node in level:
            child = node.child if node is not None else None
            while child is not None:
                if child.is_element_node:
                    inside.append(child)
                child = child.next
        deepest += 1
        level = inside
    return deepest


@given(st.lists(st.sampled_from(NESTING), max_size=60))
def test_no_page_is_nested_deeper_than_its_markup_promises(tags: list[str]) -> None:
    html = "".join(tags)
    assert depth_of(html) <= check_markup(html, 0, "x")
