"""Selecting by the thread's own engine gives what a document's does."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from newsdrop.parse.elements import BLOCK_TAGS, SKIPPED, TEXT_ID, WRAPPER_IDS, WRAPPERS, by_tag_id
from newsdrop.parse.selection import anywhere, is_bounded, within

PAGE = "<main><p class=a>一<b>二</b></p><div><p>三</p></div></main><p>四</p>"


@pytest.mark.parametrize("selector", ["p", "main p", ".a, b", "p:has(> b)", "i", "p:lexbor-contains('三')"])
def test_within_finds_what_css_finds(selector: str) -> None:
    document = LexborHTMLParser(PAGE)
    wanted = [node.mem_id for node in document.css(selector)]
    assert [node.mem_id for node in within(document, selector)] == wanted
    assert anywhere(document, selector) == bool(wanted)


SIBLINGS = "<b>0</b><hr><p class=a>1<i>x</i><p>2<div><p>3<hr><b>4</b><p>5</div><b>6</b><p title='~'>7"


@pytest.mark.parametrize(
    "selector",
    [
        "hr ~ p", "hr~p", "div, hr ~ p, i", "p.a ~ p ~ b", "div hr ~ *", "body > hr ~ p",
        "b ~ hr ~ [title='~']", "p[title~='~']", "hr ~ p:has(i)", "hr ~ :is(b, div)",
        "hr ~ nothing, nothing ~ p", "p ~ p:lexbor-contains('5')",
    ],
)  # fmt: skip
def test_siblings_are_found_as_css_finds_them(selector: str) -> None:
    document = LexborHTMLParser(SIBLINGS)
    wanted = [node.mem_id for node in document.css(selector)]
    assert [node.mem_id for node in within(document, selector)] == wanted
    assert anywhere(document, selector) == bool(wanted)
    assert is_bounded(selector)


@pytest.mark.parametrize("selector", ["div:has(hr ~ p)", "hr ~ p > b", "hr ~ :is(b ~ p)", ":not(hr ~ p) ~ b"])
def test_siblings_that_take_the_square_of_the_page_are_told(selector: str) -> None:
    assert not is_bounded(selector)


def test_siblings_of_a_long_page_are_found_soon() -> None:
    document = LexborHTMLParser("<p>x" * 100_000)
    begun = time.process_time()
    assert not within(document, "hr ~ p:lexbor-contains('x'), p:lexbor-contains('y') ~ p")
    assert time.process_time() - begun < 5


def test_within_a_node_the_rest_of_the_page_is_left_out() -> None:
    document = LexborHTMLParser(PAGE)
    main = document.css_first("main")
    assert main is not None
    assert [node.text() for node in within(main, "p")] == ["一二", "三"]
    assert within(main, "main") == main.css("main")


def test_a_broken_selector_is_told_and_the_next_one_works() -> None:
    document = LexborHTMLParser(PAGE)
    for search in (within, anywhere):
        with pytest.raises(SelectolaxError):
            search(document, "p[")
        assert search(document, "b")


def test_threads_search_at_once() -> None:
    def search(number: int) -> int:
        document = LexborHTMLParser(f"<p>{'<b>x</b>' * number}")
        return len(within(document, "b"))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(search, range(200))) == list(range(200))


def test_the_parsers_numbers_stand_for_the_names() -> None:
    names = [*BLOCK_TAGS, *WRAPPERS, *SKIPPED, "a", "br", "img"]
    numbers = by_tag_id({name: name for name in names})
    page = LexborHTMLParser("<p>x<b>y</b><br><img><a>z</a></p><!-- c --><table><tr><td>t<svg></svg></table>")
    assert page.body is not None
    for node in page.body.traverse(include_text=True):
        if node.tag in names:
            assert numbers[node.tag_id] == node.tag
        assert (node.tag_id == TEXT_ID) == (node.tag == "-text")
        assert (node.tag_id in WRAPPER_IDS) == (node.tag in WRAPPERS)
