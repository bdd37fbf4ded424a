"""Bodies in Markdown are told from HTML in linear time, and their notes are kept."""

from __future__ import annotations

import time

import pytest

from newsdrop.archive.dialects.markdown import as_html, is_markdown
from newsdrop.errors import TooLargeError


@pytest.mark.parametrize(
    "piece",
    ["](/", "](https://", "[a](/", "**", "__a", "| ", "`a", "<p", "{%", "```\n", "---\n", "![", "](/a b"],
)
def test_no_repeated_sign_costs_more_than_its_length(piece: str) -> None:
    body = "text " + piece * (200_000 // len(piece))
    started = time.process_time()
    is_markdown(body)
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    "link", ["[a](/b)", "[a](//b.org/c)", "[a](https://b.org/c(d)", "[a](http://b.org/c)"]
)
def test_a_link_is_a_sign(link: str) -> None:
    assert is_markdown(f"text {link} text")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (
            "第一段[^1]，[^b]。\n\n第二段。\n\n[^1]: 参见《旧城》第三章，八十岁时。\n[^b]: 有 空格。",
            "<p>第一段[1]，[b]。</p>\n<p>第二段。</p>\n<p>[1]: 参见《旧城》第三章，八十岁时。</p>\n"
            "<p>[b]: 有 空格。</p>\n",
        ),
        (
            "第一段[^1]。\n[^1]: 注。\n还是注。\n\n第二段。",
            "<p>第一段[1]。</p>\n<p>[1]: 注。\n还是注。</p>\n<p>第二段。</p>\n",
        ),
        ("[^1]: https://e.org/a", "<p>[1]: https://e.org/a</p>\n"),
        (
            "[^1]: 注。\n[a]: https://e.org/a\n\n见[此][a]。",
            '<p>[1]: 注。</p>\n<p>见<a href="https://e.org/a">此</a>。</p>\n',
        ),
        ("> [^1]: 注。", "<blockquote>\n<p>[1]: 注。</p>\n</blockquote>\n"),
        ("`a[^1]`", "<p><code>a[^1]</code></p>\n"),
        ("[^1](#n1)", '<p><a href="#n1">^1</a></p>\n'),
        ("好[^_^]", "<p>好[^_^]</p>\n"),
    ],
)
def test_footnotes_stay_text(written: str, read: str) -> None:
    assert as_html(written, "x") == read


@pytest.mark.parametrize(
    "text",
    ["[编者按]: 本文首发于某报，经授权转载。", "[注]:\n原文如此", "[按]: 见http://e.org/a的报道，下同。"],
)
def test_a_sentence_after_brackets_defines_no_link(text: str) -> None:
    assert as_html(f"{text}\n\n末段", "x") == f"<p>{text}</p>\n<p>末段</p>\n"


@pytest.mark.parametrize(
    "address",
    [
        "https://e.org/路径，一",
        "/a",
        "#b",
        "<一>",
        "图/一.jpg",
        "mailto:a@e.org",
        "page",
        'a.html "标题，一"',
    ],
)
def test_an_address_after_brackets_defines_a_link(address: str) -> None:
    html = as_html(f"见[此]。\n\n[此]: {address}", "x")
    assert html.startswith("<p>见<a href=")
    assert "]: " not in html


@pytest.mark.parametrize("piece", ["[^1]: 注\n", "[^1]", "[^", "[a]: 注\n", "[^1]: 注\n[a]: /b\n"])
def test_many_notes_take_time_in_proportion(piece: str) -> None:
    body = piece * (30_000 // len(piece))
    started = time.process_time()
    as_html(body, "x")
    assert time.process_time() - started < 5


@pytest.mark.parametrize("piece", ["[", "![", "[a]"])
def test_brackets_without_number_are_text(piece: str) -> None:
    def seconds(count: int) -> float:
        started = time.process_time()
        html = as_html("word " + piece * count + " end", "x")
        assert "word" in html
        assert "end" in html
        return time.process_time() - started

    # Eight times as many take eight times as long; as links that never come they took 64 times as long.
    assert seconds(160_000) < 30 * seconds(20_000)


def test_links_are_links_up_to_more_than_any_article_has() -> None:
    assert as_html("[a](https://e.org/b) " * 5_000, "x").count("<a ") == 5_000


@pytest.mark.parametrize("piece", ["字\n\n", "- a\n", "*a ", "`a`", "<b>"])
def test_more_lines_and_marks_than_any_article_has_are_refused(piece: str) -> None:
    assert "字" in as_html("字\n\n" + piece * 5_000, "x")
    with pytest.raises(TooLargeError, match="lines and"):
        as_html("字\n\n" + piece * 60_001, "x")
