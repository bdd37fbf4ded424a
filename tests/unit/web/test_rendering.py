"""No text from outside becomes markup, and no address a way out but http and https."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from newsdrop.web.rendering import FORM_SIGNATURE, language_tag, marked, plain, render, web_address


@given(st.text(), st.lists(st.integers(0, 40), min_size=4, max_size=4))
def test_marked_text_is_the_text_and_nothing_else_but_marks(text: str, ends: list[int]) -> None:
    begin, stop, begin_2, stop_2 = sorted(min(end, len(text)) for end in ends)
    made = str(marked(text, [(begin, stop), (begin_2, stop_2)]))
    assert made.count("<mark>") == made.count("</mark>") == 2
    assert not set(re.sub(r"</?mark>", "", made)) & set("<>\"'")


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        " javascript:alert(1)",
        "data:text/html,x",
        "java\nscript:alert(1)",
        "//example.com",
        "https:",
        "http://a\u202eb.example/",
        "https://example.com/\n",
        "ftp://example.com",
        None,
        "",
    ],
)
def test_no_other_address_becomes_a_link(url: str | None) -> None:
    assert web_address(url) == ""


def test_an_address_of_the_web_stays() -> None:
    assert web_address("https://example.com/香港?a=1") == "https://example.com/香港?a=1"


@pytest.mark.parametrize("tag", ['"><script>', "zh_Hant", "", None, 5, "a" * 40])
def test_what_is_no_language_is_not_said(tag: object) -> None:
    assert language_tag(tag) == ""
    assert language_tag("zh-Hant") == ' lang="zh-Hant"'


@pytest.mark.parametrize("char", ["\x00", "\x1b", "\u202e", "\u2028", "\x85", "\u2066"])
def test_what_turns_text_around_is_taken_out(char: str) -> None:
    assert plain(f"a{char}b") == "a\ufffdb"
    assert plain("a\nb\tc") == "a\nb\tc"
    assert plain("\udcff") == "\\udcff"


def test_an_error_is_a_page_that_escapes_its_words() -> None:
    request = Request({"type": "http", "path": "/x", "headers": [], "query_string": b"", FORM_SIGNATURE: "f"})
    page = render("error.html", request, {"title": "<b>", "detail": "<script>"}, status=404)
    assert page.status_code == 404
    assert b"<script>" not in page.body
    assert b"&lt;script&gt;" in bytes(page.body)
