"""Each dialect is told by its content, and its header's traps come out right."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.inputs.saved_pages import page_of

from newsdrop.archive.header import clean_url
from newsdrop.archive.reader import Reader
from newsdrop.documents import Page
from newsdrop.errors import EmptyFileError, TooLargeError, UnknownDialectError
from newsdrop.names import clean_text
from newsdrop.options import Limits

URL = "https://www.example.org/a"
BODY = "<p>正文</p>"


def duty(title: str = "标题", url: str = URL, comment: str = "<!--1660630383000-->\n") -> Page:
    return page_of(f"{comment}[{title}]({url})\n------\n\n{BODY}\n".encode())


def jekyll(front: str, rest: str = f"\n{BODY}\n") -> Page:
    return page_of(f"---\n{front}\n---\n{rest}".encode())


def test_the_duty_machine_dialect_gives_title_url_time_and_body() -> None:
    page = duty()
    assert (page.dialect, page.title, page.url) == ("duty-machine/news", "标题", URL)
    assert not page.whole
    assert page.archived_at_ms == 1660630383000
    assert page.published is not None
    assert page.published.at == datetime(2022, 8, 16, 6, 13, 3, tzinfo=UTC)
    assert page.published.precision == "second"
    assert page.html.strip() == BODY


@pytest.mark.parametrize(
    ("number", "ms"),
    [
        ("1660630383", 1660630383000),
        ("662688000", 662688000000),
        ("4102444800", 4102444800),
        ("86400000", 86400000),
    ],
)
def test_a_capture_in_seconds_is_told_from_one_in_milliseconds(number: str, ms: int) -> None:
    assert duty(comment=f"<!--{number}-->\n").archived_at_ms == ms


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


def test_a_date_line_without_a_zone_is_a_day() -> None:
    page = page_of(f"[标题]({URL})\n------\n日期：2020年7月2日 18:28\n\n{BODY}\n".encode())
    assert page.published is not None
    assert (page.published.at, page.published.precision) == (datetime(2020, 7, 2, tzinfo=UTC), "day")
    assert page.archived_at_ms == 1593714480000


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
    # Of any other name the parser decides, which knows the sites.
    page = jekyll(f"title: x\nauthor: 中参馆\nfrom: {URL}\ntags: [ 中参馆 ]\ncategories: [ 中参馆 ]")
    assert (page.author, page.tags, page.section, page.channel) == (["中参馆"], ["中参馆"], None, "中参馆")
    page = jekyll(f"title: x\nauthor: YulinaHuang\nfrom: {URL}\ntags: [ Matters ]\ncategories: [ Matters ]")
    assert (page.author, page.tags, page.channel) == (["YulinaHuang"], ["Matters"], "Matters")


def test_a_name_before_a_platforms_domain_is_who_writes_there() -> None:
    def authors(host: str, name: str) -> tuple[list[str], str | None]:
        told = f"title: x\nauthor: {name}\nfrom: https://{host}/a\ntags: [ {name} ]\ncategories: [ {name} ]"
        return jekyll(told).author, jekyll(told).channel

    assert authors("soundfury.medium.com", "soundfury") == (["soundfury"], "soundfury")
    assert authors("soundfury.medium.com", "medium") == ([], None)
    assert authors("www.lamps.com.tw", "lamps") == ([], None)
    assert authors("lamps.co.uk", "Lamps") == ([], None)


def test_a_single_category_without_tags_is_a_section_unless_the_author_is_it() -> None:
    page = jekyll(f"title: x\nauthor: 林一\nfrom: {URL}\ncategories: [ 国际 ]")
    assert (page.author, page.section) == (["林一"], "国际")
    page = jekyll(f"title: x\nauthor: 中参馆\nfrom: {URL}\ncategories: [ 中参馆 ]")
    assert (page.author, page.section, page.channel) == (["中参馆"], None, "中参馆")


def test_comments_after_quoted_values_are_no_part_of_them() -> None:
    page = jekyll(f'title: "甲"  # 一\nfrom: "{URL}"  # 二')
    assert (page.title, page.url) == ("甲", URL)


@pytest.mark.parametrize(
    ("written", "precision", "ms"),
    [
        ("2014-02-28", "day", 1393545600000),
        ("2014-02-28T01:02:03.000Z", "second", 1393549323000),
        ("2014-02-28T01:02:03.004Z", "millisecond", 1393549323004),
        ("2014-02-28 01:02 +0000", "minute", 1393549320000),
        ("2014-02-28 01:02", "day", 1393549320000),
        ("2014年2月28日 01:02", "day", 1393549320000),
        ("2014-2-28 1:02:03", "day", 1393549323000),
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
        ("<p>x</p>", "a piece of HTML without a header"),
        ("<article><h1>x</h1></article>", "a piece of HTML without a header"),
        ("<!-- a note -->\n<p>x</p>", "HTML that begins with a comment"),
        ("<!-- never closed <html>", "HTML that begins with a comment"),
        ("<htmlx>", "a piece of HTML without a header"),
        ('{"a": 1}', "a JSON document"),
        ('[{"a": 1}]', "is a JSON document"),
        ("<?xml version='1.0'?><rss/>", "an XML document"),
        ("# 标题\n\n正文", "a Markdown page"),
        ("只是一些文字", "'只是一些文字'"),
        ("---\ntitle: x\n\n正文", "closing --- line is missing"),
        ("[标题](https://e.org)\n\n正文", "no link header"),
        ("From: a@e.org\nSubject: b\n\n正文", "is a mail"),
        ("WARC/1.0\r\n", "a WARC file"),
    ],
)
def test_anything_else_is_refused_with_what_was_expected_and_found(text: str, found: str) -> None:
    with pytest.raises(UnknownDialectError, match="expected") as caught:
        page_of(text.encode())
    assert found in str(caught.value)
    assert "test.md" in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "<!doctype html><p>x",
        "\ufeff\n<!DOCTYPE HTML PUBLIC '-//W3C//DTD HTML 4.01//EN'>\n<html>",
        "<?xml version='1.0' encoding='utf-8'?>\n<!DOCTYPE html>\n<html xmlns='http://www.w3.org/1999/xhtml'>",
        "<HTML lang=zh><body>x",
        "<head><title>x</title></head>",
        "<meta charset=utf-8><title>x</title>",
        "<!-- one --><!-- two -->\n<!--1660630383000--><html>",
    ],
)
def test_a_whole_html_page_is_a_dialect_of_its_own(text: str) -> None:
    page = page_of(text.encode())
    assert page.dialect == "html"
    assert page.whole
    assert page.html == text.lstrip("\ufeff\n")
    assert (page.title, page.url, page.archived_at_ms, page.published) == ("", None, None, None)


@pytest.mark.parametrize(
    "before",
    [
        "<br />\n<b>Warning</b>:  f() failed in <b>/www/a.php</b> on line <b>3</b><br />\n",
        "<b>Strict Standards</b>: x in <b>y</b><br/>" * 3,
        "<script src=/proxy.js></script><style>a > b {}</style >\n<!-- proxy -->",
        "<SCRIPT>document.write('<div>')</SCRIPT>",
        "<!-- styles --><link href=/a.css rel=stylesheet>\n\n",
        "<DIV style='display:none' id=pager>1,<A href=a_1.html>2</A></DIV><!--\n<info>旧书</info>\n-->\n",
        "<div class=bar><div>某网</div><br></div>",
    ],
)
def test_what_stands_before_a_whole_page_is_left_out(before: str) -> None:
    page = page_of((before + "<!doctype html><html><body><p>x").encode())
    assert (page.dialect, page.html) == ("html", "<!doctype html><html><body><p>x")


def test_a_page_that_begins_with_its_style_sheet_is_a_whole_one() -> None:
    page = page_of(b"<link rel=stylesheet href=/a.css><head><title>x</title></head><body><p>x")
    assert (page.dialect, page.html) == ("html", "<head><title>x</title></head><body><p>x")


@pytest.mark.parametrize("before", [b"<script>x</script>", b"<div><p>x</p></div>", b"<link>"])
def test_scripts_before_a_fragment_make_no_page_of_it(before: bytes) -> None:
    with pytest.raises(UnknownDialectError):
        page_of(before * 2_000 + b"<p>x")


def test_words_before_a_whole_page_are_not_left_out() -> None:
    with pytest.raises(UnknownDialectError):
        page_of("<div>旧书</div>里有虫。<html><body><p>x".encode())


@pytest.mark.parametrize(
    ("comment", "url", "ms"),
    [
        (f"saved from url=(0025){URL} ", URL, None),
        ("saved from url=(0014)about:internet ", None, None),
        ("saved from url=(0020)file:///home/a.html", None, None),
        (
            f"\n Page saved with SingleFile \n url: {URL} \n"
            " saved date: Sat Apr 04 2020 19:32:11 GMT+0200 (Central European Summer Time)\n",
            URL,
            1586021531000,
        ),
        (
            " Mirrored from www.example.org/a by HTTrack Website Copier/3.x [XR&CO'2014], "
            "Sat, 04 Apr 2020 19:32:11 GMT ",
            "http://www.example.org/a",
            1586028731000,
        ),
        (f" Saved from {URL} at 2020-04-04T17:32:11Z using monolith v2.8.1 ", URL, 1586021531000),
        (" a comment of the page's own ", None, None),
    ],
)
def test_the_program_that_saved_a_page_says_where_it_is_from(
    comment: str, url: str | None, ms: int | None
) -> None:
    page = page_of(f"<!DOCTYPE html>\n<!--{comment}-->\n<html><body>x".encode())
    assert (page.dialect, page.url, page.archived_at_ms) == ("html", url, ms)


def test_a_corpus_of_pages_notes_it_in_an_element_around_each() -> None:
    page = page_of(f'<text id="{URL}" title="x" encoding="utf-8">\n\n<HTML><body><p>x</text>'.encode())
    assert (page.dialect, page.url, page.html) == ("html", URL, "<HTML><body><p>x</text>")
    numbered = page_of(b'<text id="7">\n<!DOCTYPE html>\n<html><body>x')
    assert (numbered.dialect, numbered.url) == ("html", None)


@pytest.mark.parametrize(
    ("answer", "ms"),
    [
        ("HTTP/1.1 200 OK\r\nServer: x\r\nDate: Sat, 04 Apr 2020 17:32:11 GMT\r\n\r\n", 1586021531000),
        ("HTTP/2 200\ncontent-type: text/html\n\n\n<!-- proxy -->", None),
    ],
)
def test_a_servers_answer_before_a_page_says_when_it_was_saved(answer: str, ms: int | None) -> None:
    page = page_of(f"{answer}<!DOCTYPE html><html><body>x".encode())
    assert (page.dialect, page.archived_at_ms, page.whole) == ("html", ms, True)
    assert page.html.endswith("<!DOCTYPE html><html><body>x")
    assert "HTTP" not in page.html
    with pytest.raises(UnknownDialectError):
        page_of(f"{answer}<p>x".encode())
    with pytest.raises(UnknownDialectError):
        page_of(b"HTTP/1.1 is a protocol.\n<!DOCTYPE html><html><body>x")


def test_webscrapbook_notes_it_in_the_first_element() -> None:
    noted = f'data-scrapbook-source="{URL}" data-scrapbook-create="20200404173211000"'
    page = page_of(f"<!DOCTYPE html>\n<html lang=zh {noted}><body>x".encode())
    assert (page.dialect, page.url, page.archived_at_ms) == ("html", URL, 1586021531000)


MARKDOWN = (
    "# 标题\n\n第一段的**重点。**还有一行\n又一行。\n\n　　第二段。\n\n    第三段。\n\n- 甲\n- 乙\n\n> 引文\n"
)


@pytest.mark.parametrize(
    ("header", "dialect"),
    [
        (f"<!--1660630383000-->\n[标题]({URL})\n------\n\n", "duty-machine/news"),
        (
            f"[标题]({URL})\n------\n日期：Thu, 02 Jul 2020 18:28:24 +0000\n\n",
            "duty-machine/chinadigitaltimes",
        ),
        (f"---\ntitle: 标题\nlink: {URL}\n---\n\n", "NodeBE4/oped2"),
        (f"---\ntitle: 标题\n---\n<!--NaN-->\n[标题]({URL})\n------\n\n", "NodeBE4/oped2-hybrid"),
    ],
)
def test_under_any_header_the_body_may_be_markdown(header: str, dialect: str) -> None:
    page = page_of((header + MARKDOWN).encode())
    assert (page.dialect, page.title, page.url) == (f"{dialect}+markdown", "标题", URL)
    for part in (
        "<h1>标题</h1>",
        "<strong>重点。\u2060</strong>还有",
        "<p>第三段。</p>",
        "<li>乙</li>",
        "<blockquote>\n<p>引文</p>",
    ):
        assert part in page.html


@pytest.mark.parametrize(
    ("body", "markdown"),
    [
        ("一段话\n\n又一段话", True),
        ("见[这里](https://e.org/x)。", True),
        ("**全文**", True),
        ("题目\n====\n", True),
        ("第一段\n\n第二段<br>还是\n\n第三段\n\n第四段", True),
        ("```html\n<p>代码</p>\n```\n\n说明", True),
        ("一段话", False),
        ("[1] 脚注\n<p>正文</p>", False),
        ("<p>一</p>\n\n<p>二</p>\n\n<ul><li>**三**</li></ul>", False),
        ("<pre>一\n\n二\n\n# 三</pre>", False),
        ("导语<br><br>一<br><br>二\n\n三", False),
        ("", False),
    ],
)
def test_a_body_is_markdown_by_its_signs_and_never_when_tags_make_its_paragraphs(
    body: str, markdown: bool
) -> None:
    page = page_of(f"[标题]({URL})\n------\n\n{body}".encode())
    assert page.dialect.endswith("+markdown") == markdown
    if not markdown:
        assert page.html.strip() == body


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("他说**“好”**了", "他说<strong>“好”</strong>了"),
        ("**注：**下同", "<strong>注：</strong>下同"),
        ("**注:**下同", "<strong>注:</strong>下同"),
        ("是*《书》*，", "是<em>《书》</em>，"),
        ("2*(3)*4", "2*(3)*4"),
        ("1、**On Salt**, 某人", "1、<strong>On Salt</strong>, 某人"),
        ("见：**[盐](http://e.org)**。", '见：<strong><a href="http://e.org">盐</a></strong>。'),
        ("见：**[盐](http://e.org)**后", '见：<strong><a href="http://e.org">盐</a></strong>后'),
        ("来自~~[盐](http://e.org)~~，", '来自<s><a href="http://e.org">盐</a></s>，'),
        ("来自《~~[盐](http://e.org)~~》后", '来自《<s><a href="http://e.org">盐</a></s>》后'),
        ("盐报~~《盐》~~完", "盐报<s>《盐》</s>完"),
        ("\\*某人的注", "*某人的注"),
        ("三\\*盐", "三*盐"),
        ("* 甲。\n* 乙。", "<ul>\n<li>甲。</li>\n<li>乙。</li>\n</ul>"),
        ("&#123;% raw %}\n\n一\n&#123;% endraw %}", "<p>一</p>"),
        ("{% quote 甲 %}一{% endquote %}", "<p>一</p>"),
        ('{{< figure src="a.png" >}}\n\n一 {{% /note %}}', "<p>一</p>"),
        ("`{% raw %}` 一", "<p><code>{% raw %}</code> 一</p>"),
        ("{% include x.html %}\n一\n{: .note}", "<p>一\n</p>"),
    ],
)
def test_marks_beside_chinese_punctuation_and_links_mark_and_escaped_ones_do_not(
    written: str, read: str
) -> None:
    page = page_of(f"[标题]({URL})\n------\n\n{written}\n\n末段".encode())
    assert read.removesuffix("</p>").rstrip() in page.html.replace("\u2060", "")


def test_markdown_longer_than_any_article_is_refused() -> None:
    body = "# 一\n\n" * 250_000
    with pytest.raises(TooLargeError, match="Markdown"):
        page_of(f"[标题]({URL})\n------\n\n{body}".encode())


def test_front_matter_of_other_generators_is_read_too() -> None:
    page = jekyll(
        f"title: x\npublished: 2020-01-02\nlastmod: 2020-02-03T04:05:06Z\nsubtitle: 导语\nurl: /a/\n"
        f"link: {URL}"
    )
    assert page.url == URL
    assert page.dek == "导语"
    assert page.published is not None
    assert page.published.precision == "day"
    assert page.updated is not None
    assert page.updated.at == datetime(2020, 2, 3, 4, 5, 6, tzinfo=UTC)


def test_front_matter_with_chinese_keys_or_those_of_crawlers_is_read_too() -> None:
    named = f"标题: 一条河\n作者: 林舟\n发布时间: 2020-01-02\n原文链接: {URL}"
    page = jekyll(f"{named}\n标签: '#书 #河'\n栏目: 社会\n地点: 河边")
    assert (page.title, page.author, page.url) == ("一条河", ["林舟"], URL)
    assert (page.tags, page.section, page.labels) == (["书", "河"], "社会", {"地点": ["河边"]})
    crawled = jekyll(
        "title: x\npublish_time: 1577934245\ndate_modified: 2020-02-03T04:05:06Z\nbyline: Ann Li"
    )
    assert crawled.published is not None
    assert crawled.updated is not None
    assert page.published is not None
    assert (crawled.published.at.year, crawled.updated.at.month, page.published.at.day) == (2020, 2, 2)
    assert (crawled.author, crawled.labels) == (["Ann Li"], {})


def test_a_header_over_its_limit_is_refused_by_the_settings_name() -> None:
    reader = Reader(Limits(header_chars=100))
    with pytest.raises(TooLargeError, match=r"limits\.header_chars"):
        page_of(f"[{'长' * 200}]({URL})\n------\n".encode(), reader)
    with pytest.raises(TooLargeError, match=r"limits\.header_chars"):
        page_of(f"---\ntitle: {'长' * 200}\n---\n".encode(), reader)


TITLES = st.text(st.characters(codec="utf-8", exclude_characters="\r\x00&"), min_size=1, max_size=60)


@given(TITLES, st.integers(4_102_444_800, 4_000_000_000_000))
def test_any_title_survives_the_round_trip(title: str, ms: int) -> None:
    page = duty(title=title, comment=f"<!--{ms}-->\n")
    assert page.title == clean_text(title)
    assert (page.url, page.archived_at_ms) == (URL, ms)


def test_a_file_of_blanks_and_invisible_characters_is_empty() -> None:
    with pytest.raises(EmptyFileError, match="contains only white space"):
        page_of("\u200b \u200b".encode())


def test_hugos_front_matter_is_read() -> None:
    page = page_of(
        b'+++\ntitle = "Title"\ndate = 2024-05-06T12:00:00+08:00\ntags = ["a"]\n'
        b'[params]\nauthor = "Jane Roe"\nlink = "https://e.org/a"\nmood = "blue"\n+++\nOne.\n\nTwo.\n'
    )
    assert (page.dialect, page.title, page.url) == ("hugo+markdown", "Title", "https://e.org/a")
    assert (page.author, page.tags, page.labels) == (["Jane Roe"], ["a"], {"mood": ["blue"]})
    assert page.published is not None
    assert page.published.at == datetime(2024, 5, 6, 4, tzinfo=UTC)


def test_hugos_front_matter_without_its_end_says_so() -> None:
    with pytest.raises(UnknownDialectError, match="closing"):
        page_of(b'+++\ntitle = "Title"\n')


def test_what_obsidians_clipper_writes_is_read() -> None:
    page = jekyll(
        'title: "Title"\nsource: "https://e.org/a"\nauthor:\n  - "[[Jane Roe]]"\n'
        '  - "[[people/bo|Bo Chen]]"\npublished: 2024-05-06\ncreated: 2024-05-07\n'
        'tags:\n  - "clippings"\n  - "[[News]]"\nmood: blue'
    )
    assert (page.url, page.author, page.tags) == ("https://e.org/a", ["Jane Roe", "Bo Chen"], ["News"])
    assert page.published is not None
    assert page.published.at.day == 6
    assert page.archived_at_ms == int(datetime(2024, 5, 7, tzinfo=UTC).timestamp() * 1000)
    assert page.labels == {"mood": ["blue"]}


def test_front_matter_of_any_script_is_kept_by_its_keys() -> None:
    page = jekyll("title: T\n地点: 时政\nreading time: 5\nx-y: dash\nlayout: post")
    assert page.labels == {"地点": ["时政"], "reading time": ["5"], "x-y": ["dash"]}


def test_links_and_marks_of_notes_are_taken_off_names() -> None:
    page = jekyll('title: T\nsource: https://e.org/a\nauthor: [[Jane Roe]]\ntags: ["#news", "C#"]')
    assert (page.author, page.tags) == (["Jane Roe"], ["news", "C#"])


def test_what_markdownload_writes_has_its_title_and_excerpt_in_the_body() -> None:
    page = jekyll(
        "created: 2024-05-07T12:00:00 (UTC +08:00)\ntags: [one,two]\nsource: https://e.org/a",
        "\n# The title\n\n> ## Excerpt\n> What it\n> says.\n\n---\nThe text.\n\nMore of it.\n",
    )
    assert (page.title, page.dek, page.url) == ("The title", "What it says.", "https://e.org/a")
    assert page.archived_at_ms == int(datetime(2024, 5, 7, 4, tzinfo=UTC).timestamp() * 1000)
    assert page.published is None
    assert "title" not in page.html
    assert "Excerpt" not in page.html


def test_a_source_that_is_no_address_is_a_label_and_created_a_date() -> None:
    page = jekyll("title: T\nsource: 某报\ncreated_by: me")
    assert (page.url, page.labels) == (None, {"source": ["某报"], "created_by": ["me"]})
    page = jekyll("title: T\ncreated: 2024-05-06")
    assert page.published is not None


def test_labels_are_bounded() -> None:
    page = jekyll("\n".join(f"key-{number}: {'x' * 1_200}" for number in range(50)))
    assert len(page.labels) == 40
    assert {len(value) for values in page.labels.values() for value in values} == {1_000}
    assert set(page.labels) >= {"key-0", "key-39"}


HEADERLESS = Reader(headerless=lambda _drop: True)


def headerless(text: str) -> Page:
    return page_of(text.encode(), HEADERLESS)


@pytest.mark.parametrize(
    ("text", "dialect", "html"),
    [
        ("第一行\n第二行 <\n", "headerless", "<p>第一行</p><p>第二行 &lt;</p>"),
        ("<p>一</p><p>二</p>", "headerless", "<p>一</p><p>二</p>"),
        ("一\n\n二", "headerless+markdown", "<p>一</p>\n<p>二</p>\n"),
        ("[图片] 正文没有标题。", "headerless", "<p>[图片] 正文没有标题。</p>"),
    ],
)
def test_where_a_folder_says_so_text_without_a_header_is_called_as_its_file(
    text: str, dialect: str, html: str
) -> None:
    page = headerless(text)
    assert (page.dialect, page.title, page.html, page.whole) == (dialect, "test", html, False)


def test_a_header_is_read_there_all_the_same() -> None:
    assert headerless(f"[标题]({URL})\n------\n\n{BODY}").title == "标题"


@pytest.mark.parametrize(
    "text", ['{"a": 1}', "<?xml version='1.0'?><rss/>", "---\ntitle: x\n", "#!/bin/sh\n"]
)
def test_what_is_no_prose_is_refused_there_too(text: str) -> None:
    with pytest.raises(UnknownDialectError):
        headerless(text)


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("https://e.org/a b/c", "https://e.org/a%20b/c"),
        ("https://e.org/a\u3000b", "https://e.org/a%E3%80%80b"),
        ("  https://e.org/a\n   /b ", "https://e.org/a/b"),
        ("https://e.org/a\x07b", "https://e.org/ab"),
        ("https://e.org/a?b=1&amp;c=2", "https://e.org/a?b=1&c=2"),
        ("e.org:8080/a", "e.org:8080/a"),
        ("/a/1", "/a/1"),
        ("javascript:alert(1)", None),
        ("DATA:text/html,x", None),
        ("file:///a.html", None),
        ("mailto:a@e.org", None),
        ("undefined", None),
        (" ", None),
    ],
)
def test_an_address_is_kept_as_it_is_written_but_for_its_blanks(written: str, url: str | None) -> None:
    assert clean_url(written) == url


@pytest.mark.parametrize("blank", [" ", "\t", "\r\n", " \n"])
def test_blanks_in_an_address_take_time_in_proportion(blank: str) -> None:
    begun_s = time.process_time()
    assert clean_url("https://e.org/a" + blank * 60_000 + "b") is not None
    assert time.process_time() - begun_s < 5


def test_hugos_front_matter_in_json_is_read() -> None:
    page = page_of(
        '{\n "title": "标题 {一}", "date": "2024-05-06T12:00:00+08:00", "tags": ["a"], "draft": null,\n'
        ' "params": {"author": "Jane Roe", "link": "https://e.org/a"}\n}\n\nOne.\n\nTwo.\n'.encode()
    )
    assert (page.dialect, page.title, page.url) == ("hugo+markdown", "标题 {一}", "https://e.org/a")
    assert (page.author, page.tags) == (["Jane Roe"], ["a"])
    assert page.html == "<p>One.</p>\n<p>Two.</p>\n"


@pytest.mark.parametrize(
    "text", ['{"title": "a"}', '{"title": "a"}\n{"title": "b"}\n', '{"a": 1}\nText.', '{"title": ' * 9_000]
)
def test_json_that_is_no_front_matter_is_refused(text: str) -> None:
    with pytest.raises(UnknownDialectError):
        page_of(text.encode())


def test_front_matter_in_json_has_the_limit_of_any_header() -> None:
    text = '{"title": "' + "a" * 60_000 + '"}\nText.'
    with pytest.raises(TooLargeError, match="front matter has more than 10,000 characters"):
        page_of(text.encode(), Reader(Limits(header_chars=10_000)))
