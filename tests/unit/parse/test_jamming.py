"""Words that a site hides between its paragraphs are no text; what may be the article's stays."""

from __future__ import annotations

import pytest
from tests.inputs.saved_pages import page_of, shipped_parser

HAN = "渡口的灯塔关了三年，星期二早上重新开放，守塔人说，有雾的日子来的人更多，谁都想听号角。"


def text(style: str, *lines: str) -> str:
    page = f"<!doctype html><title>灯塔</title><h1>灯塔</h1><div>{style}{''.join(lines)}</div>"
    return shipped_parser().parse(page_of(page.encode())).text


@pytest.mark.parametrize(
    ("style", "word"),
    [
        ("<style> .Nys8 { display:none; } </style>", "<span class='Nys8'>河边网,www.river.example</span>"),
        ("<style>.Nys8{display: none}</style>", "<p class=Nys8>河边网</p>"),
        ("", '<font class="jammer">&amp; k3 x! 7f</font>'),
    ],
)
def test_words_that_are_hidden_in_many_places_are_no_text(style: str, word: str) -> None:
    line = f"<p>{HAN}{word}</p>"
    white = f"<p>{HAN}<font color='#FFFFFF'>river.example</font></p>"
    assert text(style, line * 3, white) == "\n".join([HAN] * 4)


@pytest.mark.parametrize(
    "hidden",
    [f"<p class=more>{HAN}</p>" * 3, "<p class=more>水退了。</p>", "<p class=other>水退了。</p>" * 3],
)
def test_what_may_be_the_rest_of_the_article_stays(hidden: str) -> None:
    assert text("<style>.more{display:none}</style>", f"<p>{HAN}</p>", hidden).count("\n") > 0


def test_a_class_that_css_cannot_have_hides_nothing() -> None:
    style = "<style>.8x{display:none}</style>"
    assert "水退了" in text(style, f"<p>{HAN}</p>", "<p class=8x>水退了。</p>" * 3)


def test_white_words_are_text_on_any_other_page() -> None:
    assert "水退了" in text("", f"<p>{HAN}</p><p><font color='#FFFFFF'>水退了。</font></p>")


def test_pictures_that_are_hidden_until_they_load_stay() -> None:
    style = "<style>.lazyload{display:none}</style>"
    pictures = "".join(f"<p><img class=lazyload src=/{n}.jpg width=800 height=600></p>" for n in range(3))
    page = f"<!doctype html><title>灯塔</title><h1>灯塔</h1><div>{style}<p>{HAN}</p>{pictures}</div>"
    parsed = shipped_parser().parse(page_of(page.encode()))
    assert len(parsed.images) == 3
