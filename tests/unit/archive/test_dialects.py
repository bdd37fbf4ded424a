"""Each dialect is told by its content, and its header's traps come out right."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.saved_pages import page_of

from newsdrop.archive.limits import ReadLimits
from newsdrop.archive.reader import Reader
from newsdrop.documents import Page
from newsdrop.errors import TooLargeError, UnknownDialectError
from newsdrop.names import clean_text

URL = "https://www.example.org/a"
BODY = "<p>正文</p>"


def duty(title: str = "标题", url: str = URL, comment: str = "<!--1660630383000-->\n") -> Page:
    return page_of(f"{comment}[{title}]({url})\n------\n\n{BODY}\n".encode())


def jekyll(front: str, rest: str = f"\n{BODY}\n") -> Page:
    return page_of(f"---\n{front}\n---\n{rest}".encode())


def test_the_duty_machine_dialect_gives_title_url_time_and_body() -> None:
    page = duty()
    assert (page.dialect, page.title, page.url) == ("duty-machine/news", "标题", URL)
    assert page.archived_at_ms == 1660630383000
    assert page.published is not None
    assert page.published.at == datetime(2022, 8, 16, 6, 13, 3, tzinfo=UTC)
    assert page.published.precision == "second"
    assert page.html.strip() == BODY


@pytest.mark.parametrize(
    "comment",
    ["", "<!--NaN-->\n", "<!-- NaN -->\n", "<!--0-->\n", "<!---1-->\n", "<!--9999999999999999-->\n"],
)
def test_a_header_without_a_usable_time_gives_none(comment: str) -> None:
    page = duty(comment=comment)
    assert page.archived_at_ms is None
    assert page.published is None
    assert page.title == "标题"


@pytest.mark.parametrize(
    "title",
    [
        "【快讯】|中｜外|", "a](b", "[專題] 第一回 [video]", "](](", "(圆)括号(x)", "两  个空格\t制表",
        "上一行\n下一行", r"\“囚爱\“", "x](https://", "------", "前\n------\n后",
    ],
)  # fmt: skip
def test_a_title_may_hold_what_markdown_would_trip_over(title: str) -> None:
    page = duty(title=title)
    assert page.title == title.strip()
    assert page.url == URL


@pytest.mark.parametrize(
    "url",
    [
        "https://www.example.org/a_(b)", "http://www.rfi.fr//cn/x", "https://e.org/?q=)", "https://e.org/%e4%BD%A0",
        "https://e.org/a](b", "https://e.org/?full=y",
    ],
)  # fmt: skip
def test_a_url_may_hold_parentheses_and_brackets(url: str) -> None:
    assert duty(url=url).url == url


@pytest.mark.parametrize("url", ["", "null", "undefined", " "])
def test_a_missing_url_is_none(url: str) -> None:
    assert duty(url=url).url is None


def test_a_relative_url_is_kept_for_people_to_see() -> None:
    assert duty(url="/a/b").url == "/a/b"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1900 &amp; 2020", "1900 & 2020"),
        ("&#38; more", "& more"),
        ("R&D &copy 1", "R&D &copy 1"),
        ("&#xd800;", "\ufffd"),
    ],
)
def test_entities_in_titles_are_decoded_once_and_bare_ampersands_stay(written: str, read: str) -> None:
    assert duty(title=written).title == read


def test_carriage_returns_byte_order_marks_and_leading_blank_lines_change_nothing() -> None:
    text = f"\ufeff\n\n<!--1660630383000-->\r\n[标题]({URL})\r\n------\r\n\r\n{BODY}\r\n"
    page = page_of(text.encode())
    assert (page.title, page.url, page.archived_at_ms) == ("标题", URL, 1660630383000)
    assert page.html.strip() == BODY


def test_the_date_line_makes_it_the_other_dialect() -> None:
    page = page_of(f"[标题]({URL})\n------\n日期：Thu, 02 Jul 2020 18:28:24 +0000\n\n{BODY}\n".encode())
    assert page.dialect == "duty-machine/chinadigitaltimes"
    assert page.published is not None
    assert page.published.at == datetime(2020, 7, 2, 18, 28, 24, tzinfo=UTC)
    assert page.archived_at_ms == 1593714504000
    assert "日期" not in page.html


def test_a_date_line_that_cant_be_read_leaves_no_time() -> None:
    page = page_of(f"[标题]({URL})\n------\n日期：Invalid Date\n\n{BODY}".encode())
    assert (page.dialect, page.published) == ("duty-machine/chinadigitaltimes", None)
    assert page.html.strip() == BODY


def test_front_matter_gives_everything_but_the_sites_own_name() -> None:
    page = jekyll(
        'layout: post\ntitle: "他说：\\"好\\""\ndate: 2018-02-10T13:55:36+08:00\nauthor: 林一, 陈二、null\n'
        f'from: {URL}\ntags: [ 地图, "a, b" ]\ncategories: [ 技术 ]'
    )
    assert (page.dialect, page.title, page.url) == ("NodeBE4/oped2", '他说："好"', URL)
    assert page.author == ["林一", "陈二"]
    assert page.tags == ["地图", "a", "b"]
    assert page.section == "技术"
    assert page.archived_at_ms == 1518242136000


def test_the_sites_name_is_no_author_no_tag_and_no_section() -> None:
    page = jekyll(
        "title: x\nauthor: iYouPort\nfrom: https://www.iyouport.org/a\n"
        "tags: [ iYouPort ]\ncategories: [ iYouPort ]"
    )
    assert (page.author, page.tags, page.section) == ([], [], None)
    page = jekyll(f"title: x\nauthor: 中参馆\nfrom: {URL}\ntags: [ 中参馆 ]\ncategories: [ 中参馆 ]")
    assert (page.author, page.tags) == ([], [])
    page = jekyll(f"title: x\nauthor: YulinaHuang\nfrom: {URL}\ntags: [ Matters ]\ncategories: [ Matters ]")
    assert (page.author, page.tags) == (["YulinaHuang"], [])


@pytest.mark.parametrize(
    ("written", "precision", "ms"),
    [
        ("2014-02-28", "day", 1393545600000),
        ("2014-02-28T01:02:03.000Z", "second", 1393549323000),
        ("2014-02-28T01:02:03.004Z", "millisecond", 1393549323004),
        ("2014-02-28 01:02", "minute", 1393549320000),
        ("'2014-02-28 01:02:03 +0000'", "second", 1393549323000),
    ],
)
def test_front_matter_dates_keep_their_precision(written: str, precision: str, ms: int) -> None:
    page = jekyll(f"title: x\ndate: {written}")
    assert page.published is not None
    assert page.published.precision == precision
    assert page.archived_at_ms == ms


def test_the_hybrid_takes_its_time_and_title_from_the_second_header() -> None:
    rest = f"<!--1659629520000-->\n[等等...]({URL})\n------\n\n<div>\n{BODY}\n</div>\n"
    page = jekyll(f'title: "等等"\ndate: 2022-08-04T16:12:00.000Z\nfrom: {URL}/other', rest)
    assert (page.dialect, page.title, page.url) == ("NodeBE4/oped2-hybrid", "等等...", URL)
    assert page.archived_at_ms == 1659629520000
    assert "------" not in page.html


def test_the_hybrid_without_a_number_falls_back_to_the_front_matters_date() -> None:
    page = jekyll(
        "title: x\ndate: 2020-01-14T11:49:09+00:00", f"<!--NaN-->\n[x]({URL})\n------\n\n<div></div>"
    )
    assert (page.dialect, page.archived_at_ms) == ("NodeBE4/oped2-hybrid", 1579002549000)


def test_front_matter_over_a_body_that_begins_with_a_bracket_is_no_hybrid() -> None:
    page = jekyll(f"title: x\nfrom: {URL}", "[1] 脚注\n<p>正文</p>")
    assert (page.dialect, page.html) == ("NodeBE4/oped2", "[1] 脚注\n<p>正文</p>")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<!doctype html><html><body>x</body></html>", "a plain HTML page"),
        ("<p>x</p>", "HTML without a header"),
        ('{"a": 1}', "a JSON document"),
        ('[{"a": 1}]', "no such line"),
        ("<?xml version='1.0'?><rss/>", "an XML document"),
        ("# 标题\n\n正文", "a Markdown page"),
        ("只是一些文字", "'只是一些文字'"),
        ("---\ntitle: x\n\n正文", "the closing one is missing"),
        ("[标题](https://e.org)\n\n正文", "no such line"),
        ("WARC/1.0\r\n", "a WARC file"),
    ],
)
def test_anything_else_is_refused_with_what_was_expected_and_found(text: str, found: str) -> None:
    with pytest.raises(UnknownDialectError, match="expected") as caught:
        page_of(text.encode())
    assert found in str(caught.value)
    assert "test.md" in str(caught.value)


def test_a_header_over_its_limit_is_refused_by_the_settings_name() -> None:
    reader = Reader(ReadLimits(header_chars=100))
    with pytest.raises(TooLargeError, match=r"limits\.header_chars"):
        page_of(f"[{'长' * 200}]({URL})\n------\n".encode(), reader)
    with pytest.raises(TooLargeError, match=r"limits\.header_chars"):
        page_of(f"---\ntitle: {'长' * 200}\n---\n".encode(), reader)


TITLES = st.text(st.characters(codec="utf-8", exclude_characters="\r\x00&"), min_size=1, max_size=60)


@given(TITLES, st.integers(1, 4_000_000_000_000))
def test_any_title_survives_the_round_trip(title: str, ms: int) -> None:
    page = duty(title=title, comment=f"<!--{ms}-->\n")
    assert page.title == clean_text(title)
    assert (page.url, page.archived_at_ms) == (URL, ms)
