"""Damage with one reading is mended, and what has more than one stays."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.inputs.saved_pages import read_whole

from newsdrop.parse.repair import mended_noscripts, mended_url, shown_shadows, unglued


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("https://e.com/a?name=x®ion=TOP&b=1", "https://e.com/a?name=x&region=TOP&b=1"),
        ("https://e.com/a?b=1©right=2¶ms=3", "https://e.com/a?b=1&copyright=2&params=3"),
        ("https://e.com/a.png?w=1#038;ssl=1", "https://e.com/a.png?w=1&ssl=1"),
        ("https://e.com/®/©=1", "https://e.com/®/©=1"),
        ("https://e.com/a?q=©", "https://e.com/a?q=©"),
        ("https://e.com/a?clé=1", "https://e.com/a?clé=1"),
        ("https://e.com/中文?题=1", "https://e.com/中文?题=1"),
    ],
)
def test_ampersands_that_were_read_as_references_come_back(url: str, wanted: str) -> None:
    assert mended_url(url) == wanted


def test_a_tag_glued_to_its_attribute_is_parted_and_text_is_left_alone() -> None:
    glued = '<picture><sourcetype="image/webp"srcset="a.webp"/><imgsrc="a.jpg" alt="<imgsrc"></picture>'
    assert unglued(glued).startswith('<picture><source type="image/webp"srcset="a.webp"/><img src="a.jpg"')
    assert unglued("<p>&lt;imgsrc=</p><imgsource>") == "<p>&lt;imgsrc=</p><imgsource>"


@given(st.text())
def test_mending_twice_mends_nothing_more(text: str) -> None:
    assert unglued(unglued(text)) == unglued(text)
    assert mended_url(mended_url(text)) == mended_url(text)


@pytest.mark.parametrize(
    ("html", "wanted"),
    [
        (
            "<x-a><template shadowrootmode=open><p>一</p></template></x-a>",
            "<x-a><div shadowrootmode=open><p>一</p></div></x-a>",
        ),
        (
            "<TEMPLATE ShadowRoot='open'>一<template id=t>二</template>三</TEMPLATE><template>四</template>",
            "<div ShadowRoot='open'>一<template id=t>二</template>三</div><template>四</template>",
        ),
        ("<template>a shadow</template></template>", "<template>a shadow</template></template>"),
        ("<p>shadow<template shadowmode=open", "<p>shadow<template shadowmode=open"),
    ],
)  # fmt: skip
def test_what_a_component_showed_is_shown(html: str, wanted: str) -> None:
    assert shown_shadows(html) == wanted


@pytest.mark.parametrize(
    ("html", "closed"),
    [
        ("<noscript><iframe src=x></noscript><p>a", "<noscript><iframe src=x></iframe></noscript><p>a"),
        ("<NOSCRIPT><IFRAME src=x></NOSCRIPT>", "<NOSCRIPT><IFRAME src=x></iframe></NOSCRIPT>"),
        ("<noscript><iframe src=x></iframe></noscript>", "<noscript><iframe src=x></iframe></noscript>"),
        ("<iframe src=x><noscript><b>y</b></noscript>", "<iframe src=x><noscript><b>y</b></noscript>"),
    ],
)
def test_a_frame_ends_where_its_noscript_ends(html: str, closed: str) -> None:
    assert mended_noscripts(html) == closed


def test_a_frame_that_is_never_closed_holds_no_article() -> None:
    words = "<p>The lighthouse opened again on Tuesday, and everybody wanted to hear its horn.</p>"
    frame = "<noscript><iframe src=//e.org></noscript>"
    article = read_whole(f"<!doctype html><title>x</title><body>{frame}<h1>The horn</h1>{words}")
    assert [block.text for block in article.blocks] == [words[3:-4]]


def test_many_frames_cost_no_time() -> None:
    began = time.process_time()
    mended_noscripts("<noscript><iframe" * 50_000)
    assert time.process_time() - began < 1
