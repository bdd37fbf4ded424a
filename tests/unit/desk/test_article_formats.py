from __future__ import annotations

from markdown_it import MarkdownIt
from selectolax.lexbor import LexborHTMLParser

from newsdrop.desk.article_formats import as_html, as_markdown

HOSTILE = [
    "# no heading", "1. no list", "- no list", "*no* _emphasis_", "<script>alert(1)</script>", "[no](http://link)",
    "`no code`", "===", "> no quote", "a\\*b", "| no | table |", "&amp; stays",
]  # fmt: skip
SOURCE = {
    "title": "A *title* <b>",
    "summary": "What it says",
    "text": "\n".join(HOSTILE),
    "language": "zh-Hant",
    "images": [
        {"url": "https://a.com/1.jpg?a=1&b=2", "caption": "圖 [1]", "credit": "AFP"},
        {"url": "javascript:alert(1)", "alt": "no picture"},
    ],
    "captions": ["The <i>opening</i>"],
}
FACTS = ["By Ann", "https://www.bbc.com/1?a=1&b=2"]


def test_markdown_says_what_the_article_says_and_nothing_of_it_is_markup() -> None:
    html = MarkdownIt().render(as_markdown(SOURCE, FACTS))
    page = LexborHTMLParser(html)
    assert [node.text() for node in page.css("h1")] == ["A *title* <b>"]
    assert [node.text() for node in page.css("p")][2:-3] == HOSTILE
    assert page.css("i, ul, ol, em, script, blockquote, code, h2, table") == []
    (picture,) = page.css("img")
    assert (picture.attributes["src"], picture.attributes["alt"]) == (
        "https://a.com/1.jpg?a=1&b=2",
        "圖 [1] (AFP)",
    )
    assert [node.text() for node in page.css("p")][-2:] == ["no picture", "The <i>opening</i>"]


def test_html_says_what_the_article_says_and_runs_nothing() -> None:
    page = LexborHTMLParser(as_html(SOURCE, FACTS))
    assert [node.attributes["lang"] for node in page.css("html")] == ["zh-Hant"]
    assert [node.text() for node in page.css("h1")] == ["A *title* <b>"]
    assert [node.text() for node in page.css("p")][2:] == HOSTILE
    assert page.css("script") == []
    assert [node.attributes["src"] for node in page.css("img")] == ["https://a.com/1.jpg?a=1&b=2"]
    assert [node.text() for node in page.css("figcaption")] == [
        "圖 [1] (AFP)",
        "no picture",
        "The <i>opening</i>",
    ]
    assert [node.attributes["href"] for node in page.css("a")] == ["https://www.bbc.com/1?a=1&b=2"]
    assert "default-src 'none'" in as_html(SOURCE, FACTS)
