"""A page's own time is found where it shows it, and the times of other things are left alone."""

from __future__ import annotations

import time
from zoneinfo import ZoneInfo

import pytest
from tests.inputs.saved_pages import page_of, shipped_parser

from newsdrop.documents import Article, Page
from newsdrop.moments import DateOrder
from newsdrop.parse.dates import first_moment, moment_of_address, order_said, refined

PROSE = "".join(
    f"<p>The harbour was closed for a year, and sentence {n} says so at length.</p>" for n in "123"
)
URL = "https://daily.example.org/a/1.html"


def saved(body: str, head: str = "", *, lang: str = "en") -> Article:
    page = f"<!doctype html><html lang={lang}><head><title>A harbour</title>{head}</head><body>{body}"
    return shipped_parser().parse(page_of(page.encode()))


def published(article: Article) -> str | None:
    moment = article.published
    return None if moment is None else f"{moment.at.isoformat()} {moment.precision}"


DAY = "2022-01-26T00:00:00+00:00 day"
CLOCK = "2022-01-26T10:00:00+01:00 second"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("<time datetime=2022-01-26T10:00:00+01:00>yesterday</time>", CLOCK),
        ("<div class=info><time datetime=2022-01-26T10:00:00+01:00>26.01.2022</time></div>", CLOCK),
        ("<time datetime=''>January 26, 2022</time>", DAY),
        ("<p>by Ann, <abbr class=published title=2022-01-26T10:00:00+01:00>Jan 26</abbr></p>", CLOCK),
        ("<span itemprop=datePublished>26. Januar 2022</span>", DAY),
        ("<div class=post-meta>Ann Li | Jan. 26, 2022 | 5 min read</div>", DAY),
        ("<div class=articleInfo>来源：某社 2022年01月26日10:00 编辑：甲</div>", DAY),
        ("<div id=pubtime>2022-01-26 10:00:00</div>", DAY),
        (
            "<span class=newsdate data-timestamp=1643187600>vor drei Tagen</span>",
            "2022-01-26T09:00:00+00:00 second",
        ),
        ("<div>26 janvier 2022 à 10h00</div>", DAY),
        ("<p class=byline>Updated Jan 27, 2022 — Published Jan 26, 2022</p>", DAY),
        ("<span class=updated>27 Jan 2022</span><span class=date>26 Jan 2022</span>", DAY),
        (
            "<p>The first ships came in before dawn, said the master.</p><div><b>26 Jan 2022</b></div>",
            DAY,
        ),
        ("<div class=withSidebar><div><div><div><span>26 Jan 2022</span></div></div></div></div>", DAY),
        ("<div class=article-footer-top><time datetime=2022-01-26T10:00:00+01:00>26 Jan</time></div>", CLOCK),
        ("<span class='dot caption-with-letter-spacing'><time>26 January 2022</time></span>", DAY),
        (
            "<div class='meta date-header'><span>Posted on 26 January 2022</span><div class=tags>"
            f"{'<a href=/t>Journals and their editors</a> ' * 8}</div></div>",
            DAY,
        ),
    ],
)
def test_the_line_of_the_date_is_found_and_is_no_text(line: str, expected: str) -> None:
    for page in (
        f"<article><h1>A harbour</h1>{line}{PROSE}</article>",
        f"<h1>A harbour</h1>{line}<article>{PROSE}</article>",
    ):
        article = saved(page)
        assert published(article) == expected
        assert [block.text[:11] for block in article.blocks if "2022" in block.text] == []
        assert len(article.blocks) >= 3


@pytest.mark.parametrize(
    "page",
    [
        "<section><h3>26.01.2022</h3><h1>A harbour</h1>{}</section>",
        "<div><div><span class=news-date>26.01.2022</span> - Port</div><h1>A harbour</h1><div>{}</div></div>",
        "<figure class=teaser><b class=date>26.01.2022</b><h1>A harbour</h1></figure><article>{}</article>",
        "<section><h1>A harbour</h1><aside><ul class=meta><li class=date>26.01.2022</ul></aside></section>"
        "<article>{}</article>",
        "<h1>Daily</h1><div><h2>A harbour</h2><small>26.01.2022</small></div><article>{}</article>",
        "<div class=h-title>A harbour</div><p class=h-info><b>26.01.2022</b></p><article>{}</article>",
        "<h1>A harbour</h1><div class=uploaded-date>26.01.22</div><article>{}</article>",
        "<h1>A harbour</h1><table><tr><td>来源：河</td><td>2022-01-26 10:00:00</table><article>{}</article>",
        "<h1>A harbour</h1><cite>河边醒报 (2022-01-26 10:00)</cite><article>{}</article>",
        "<h1>A harbour</h1><table><tr><td>http://www.river.example 2022/1/26 10:00:00 河 字体: 【大 中 小】"
        "</table><article>{}</article>",
        "<h1>A harbour</h1><p>【<a href=/>http://river.example</a>】 【 2022-01-26 】 【来源： 河边网 】</p>"
        "<article>{}</article>",
        "<h1>A</h1><table><tr><td><span id=pubtime>2022年01月26日</span></table><article>{}</article>",
        "<div><h3>A harbour</h3><p class=meta>27.01.2022</p></div>"
        "<article><h3>A harbour</h3><p class=meta>26.01.2022</p>{}</article>",
        "<article><h3>A harbour</h3>{}"
        "<div class=post-footer><a rel=bookmark><abbr title=2022-01-26>10:00</abbr></a></div></article>",
        "<article><ol class=breadcrumbs><li><h1>A harbour</h1></ol><p>Port</p><h2>A harbour!</h2>"
        "<p>Ann Li | The harbour of Newtown | 26.01.2022</p>{}</article>",
    ],
)
def test_a_date_by_the_title_is_the_articles(page: str) -> None:
    assert published(saved(page.format(PROSE), lang="de")) == DAY


def test_years_of_two_digits_are_read_where_the_day_goes_first() -> None:
    line = "<h1>A harbour</h1><div class=date>26.01.22</div>"
    assert published(saved(f"{line}<article>{PROSE}</article>")) is None
    version = "<h1>A harbour</h1><div>Version 26.1.22</div>"
    assert published(saved(f"{version}<article>{PROSE}</article>", lang="de")) is None


@pytest.mark.parametrize(
    "line",
    [
        "<div class=masthead><span class=date>26 January 2022</span></div><h1>A harbour</h1>",
        "<div class=date>26 January 2022</div><h1>A harbour</h1>",
        "<h1>A harbour</h1><ul class=related><li><time datetime=2022-01-26>x</time></ul>",
        "<h1>A harbour</h1><aside><time datetime=2022-01-26>x</time></aside>",
        "<h1>A harbour</h1><div class=comment><time datetime=2022-01-26T10:00:00Z>x</time></div>",
        "<h1>A harbour</h1><div class=meta>12 comments, 2022 views</div>",
        "<h1>A harbour</h1><div class=date>26 January</div>",
        "<h1>A harbour</h1><div class=date>5/6/2022</div>",
        "<h1>A harbour</h1><div class=copyright>© 26 January 2022</div>",
        "<h1>A harbour</h1><table><tr><td>Registriert: 26.01.2022</table>",
        "<h1>A harbour</h1><table class=infobox><tr><td>January 26, 2022<i>(2022-01-26)</i></table>",
    ],
)
def test_the_times_of_other_things_are_not_the_articles(line: str) -> None:
    assert published(saved(f"{line}<article>{PROSE}</article>")) is None


@pytest.mark.parametrize(
    "after",
    [
        "<div class=teasers><div class=date>26 January 2022</div></div>",
        "<div><span class=date>26 January 2022</span></div>",
        "<footer><time datetime=2022-01-26>x</time></footer>",
    ],
)
def test_behind_the_text_a_time_has_to_say_what_it_is(after: str) -> None:
    assert published(saved(f"<h1>A harbour</h1><article>{PROSE}</article>{after}")) is None
    told = "<div class=info>Veröffentlicht am 26. Januar 2022</div>"
    assert published(saved(f"<h1>A harbour</h1><article>{PROSE}</article>{told}")) == DAY


def test_dates_in_running_text_are_nobodys() -> None:
    prose = (
        f"{PROSE}<p>On Wednesday, 26 January 2022, the <time datetime=2022-01-26>harbour</time> was opened, "
        "as the mayor had promised to the fishermen, and to all others who live by the sea, often and loud."
    )
    article = saved(f"<article><h1>A harbour</h1>{PROSE}{prose}</article>")
    assert "harbour was opened" in article.text
    assert article.published is None
    article = saved(
        f"<article><h1>A harbour</h1><p>On 26 January 2022 the harbour, closed for years, opened.{PROSE}"
    )
    assert published(article) is None


def test_an_update_alone_is_no_publication() -> None:
    article = saved(f"<article><h1>A harbour</h1><div class=meta>Updated 27 Jan 2022</div>{PROSE}</article>")
    assert article.published is None
    assert article.updated is not None
    line = "<p class=update-time><span>송고시간</span>2022-01-27 10:00</p>"
    article = saved(f"<article><h1>A harbour</h1>{line}{PROSE}</article>")
    assert published(article) == "2022-01-27T00:00:00+00:00 day"


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("<meta name=date content=2022-01-26T10:00:00+01:00>", CLOCK),
        ("<meta name='dc.date' content='26. Januar 2022'>", DAY),
        ("<meta property='weibo: article:create_at' content='2022-01-26 10:00:00'>", DAY),
        ("<meta value=2022-01-26T10:00:00+01:00 name=article:published_time>", CLOCK),
        ("<meta name=pubdate content=soon><meta name=date content=2022-01-26>", DAY),
        ("<meta name=pubdate content=2022-01-26><meta name=date content=2022-01-26T10:00:00+01:00>", CLOCK),
        ("<meta name=pubdate content=2022-01-26><meta name=date content=2022-01-27T10:00:00+01:00>", DAY),
        ("<meta name=viewport content=2022-01-26>", None),
        ("<meta name=published content='January 26, 2022'>", DAY),
        ("<meta name=w-published-date content=2022-01-26T10:00:00+01:00>", CLOCK),
        ("<meta name=unpublished content=2022-01-26><meta name=publisher content=2022-01-26>", None),
    ],
)
def test_the_first_place_that_can_be_read_counts_and_others_make_it_exact(
    head: str, expected: str | None
) -> None:
    assert published(saved(f"<article><h1>A harbour</h1>{PROSE}", head)) == expected


@pytest.mark.parametrize(
    ("ld", "expected"),
    [
        ('{"@type":"WebPage","datePublished":"2022-01-26T10:00:00+01:00"}', CLOCK),
        (
            '{"@graph":[{"@type":"WebSite"},{"@type":["WebPage","ItemPage"],"datePublished":"2022-01-26"}]}',
            DAY,
        ),
        ('{"@type":"VideoObject","uploadDate":"2022-01-26"}', DAY),
        (
            '{"@type":"Recipe","datePublished":"Tue Jan 26 10:00:00 CET 2022"}',
            "2022-01-26T10:00:00+01:00 second",
        ),
        ('{"@type":"NewsArticle","datePublished":1643187600000}', "2022-01-26T09:00:00+00:00 second"),
        ('{"@type":"NewsArticle","datePublished":"26.01.2022"}', DAY),
        ('[{"@type":"NewsArticle","headline":"A"},{"@type":"WebPage","datePublished":"2022-01-26"}]', DAY),
        (
            '[{"@type":"Recipe","datePublished":"2022-01-26"},{"@type":"Recipe","datePublished":"2022-01-27"}]',
            None,
        ),
        ('{"@type":"Comment","datePublished":"2022-01-26"}', None),
        ('{"@type":"ItemList","itemListElement":[{"@type":"WebPage","datePublished":"2022-01-26"}]}', None),
    ],
)
def test_json_ld_of_any_kind_may_tell_the_pages_time(ld: str, expected: str | None) -> None:
    head = f"<script type=application/ld+json>{ld}</script>"
    assert published(saved(f"<article><h1>A harbour</h1>{PROSE}", head)) == expected


@pytest.mark.parametrize(
    ("lang", "url", "order"),
    [
        ("en-GB", None, "dmy"),
        ("en_US", None, "mdy"),
        ("en", None, None),
        ("fr", None, "dmy"),
        ("zh-CN", None, None),
        (None, "https://a.example.co.uk/b", "dmy"),
        ("en", "https://a.example.com.au/b", "dmy"),
        ("en-US", "https://a.example.de/b", None),
        ("en-US", "https://a.example.com/b", "mdy"),
        (None, None, None),
    ],
)
def test_language_or_country_say_which_number_is_the_days(
    lang: str | None, url: str | None, order: DateOrder | None
) -> None:
    assert order_said(lang, url) == order


def test_two_numbers_are_a_date_where_the_page_says_its_language() -> None:
    body = f"<article><h1>A harbour</h1><div class=date>05/06/2022</div>{PROSE}</article>"
    assert published(saved(body)) is None
    assert published(saved(body, lang="en-GB")) == "2022-06-05T00:00:00+00:00 day"
    assert published(saved(body, lang="en-US")) == "2022-05-06T00:00:00+00:00 day"


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://e.org/news/aloc/201404040243-1.aspx", "2014-04-04 day"),
        ("https://e.org/news/201499990243-1.aspx", None),
        ("https://web.archive.org/web/20160526123456/http://e.org/story", None),
        ("https://web.archive.org/web/20160526123456/http://e.org/2014/04/04/story", "2014-04-04 day"),
        ("https://a.example/2022/01/26/harbour", "2022-01-26 day"),
        ("https://a.example/2022-01-26-harbour.html", "2022-01-26 day"),
        ("https://a.example/news/20220126/1.html", "2022-01-26 day"),
        ("https://a.example/n1/2022/0126/c1-2.html", "2022-01-26 day"),
        ("https://a.example/yw/202201/t20220126_1.html", "2022-01-26 day"),
        ("https://a.example/202201/26/1.html", "2022-01-26 day"),
        ("https://a.example/politics/2022-01/26/c_1.htm", "2022-01-26 day"),
        ("https://a.example/2022/01-26/1.shtml", "2022-01-26 day"),
        ("https://a.example/world/2022/jan/26/harbour", "2022-01-26 day"),
        ("https://a.example/2022/1/26/harbour", "2022-01-26 day"),
        ("https://a.example/2022/01/harbour", "2022-01-01 month"),
        ("https://a.example/2022/13/26/harbour", None),
        ("https://a.example/12022012634", None),
        ("https://a.example/a?d=2022-01-26", None),
        ("https://2022-01-26.example/a", None),
        ("https://a.example/18220126/a", None),
        ("https://a.example/world-62545099", None),
        (None, None),
    ],
)
def test_an_address_may_name_the_day(url: str | None, day: str | None) -> None:
    moment = moment_of_address(url)
    assert (moment and f"{moment.at:%Y-%m-%d} {moment.precision}") == day


def test_the_address_is_the_last_place() -> None:
    url = "https://a.example/2022/01/26/harbour"
    page = Page(dialect="d", html=PROSE, title="A harbour", url=url)
    assert published(shipped_parser().parse(page)) == DAY
    told = Page(dialect="d", html=f"<time datetime=2022-01-27>x</time>{PROSE}", title="A harbour", url=url)
    assert published(shipped_parser().parse(told)) == "2022-01-27T00:00:00+00:00 day"


def test_a_labelled_line_is_read_in_the_sites_zone() -> None:
    zone = ZoneInfo("Europe/Paris")
    moment = first_moment(["Publié le : 26/01/2022 - 10:00 Modifié le : 27/01/2022 - 11:00"], zone)
    assert moment is not None
    assert moment.at.isoformat() == "2022-01-26T10:00:00+01:00"
    assert refined(None, moment) == refined(moment, None) == moment


@pytest.mark.parametrize(
    "body",
    [
        "<div class=date>" * 500 + "x",
        "<div class=date>x</div>" * 20_000,
        "<h1>x</h1>" + "<i class=meta>" * 300 + "y" * 500_000,
        "<span class='" + "aB" * 50_000 + "'>x</span>" * 2,
        "<time datetime='" + "1" * 100_000 + "'>x</time>",
    ],
)  # fmt: skip
def test_hostile_pages_cost_no_time(body: str) -> None:
    page = Page(dialect="d", html=f"<article>{body}</article>", title="x", url=URL)
    started = time.process_time()
    shipped_parser().parse(page)
    assert time.process_time() - started < 2


@pytest.mark.parametrize(("host", "day"), [("www.rfi.fr", "2023-06-05"), ("a.example.com", None)])
def test_the_country_of_an_address_says_it_for_a_feeds_fragment_too(host: str, day: str | None) -> None:
    html = f"<p><time>05/06/2023 - 10:00</time></p>{PROSE}"
    page = Page(dialect="d", html=html, title="A harbour", url=f"https://{host}/cn/a")
    article = shipped_parser().parse(page)
    assert (article.published and f"{article.published.at:%Y-%m-%d}") == day


TITLES = [
    "<div class=cover><h4>A harbour</h4><div><span>时间：2022-01-26</span><b>甲</b></div></div>{}",
    "<div><span>A harbour</span><p>时间：2022-01-26 10:00</p></div><div>{}</div>",
    "<h1></h1><div class=h-title>A harbour</div><span class=h-time>2022-01-26 10:00:40</span>{}",
    "<h1><a href=/>Daily</a></h1><h3>A harbour</h3><div>2022-01-26</div>{}",
]


@pytest.mark.parametrize("body", TITLES)
def test_the_title_is_found_wherever_it_stands(body: str) -> None:
    assert published(saved(body.format(PROSE))) == DAY


WECHAT = (
    "<!doctype html><title>港口</title><h1>港口</h1><a id=js_name>\n 河边日报 </a>"
    "<em id=publish_time>{}</em>"
    '<div id="js_content"><p>港口关了一年，这句话说得很长，长得足够成为一段文字，谁也不会当作菜单。</p></div>'
    '<script>var ct = "1643191200"; var nickname = "河边日报";</script>'
)


def test_wechats_script_says_when_and_its_account_who() -> None:
    for shown in ("", "2022年01月26日 18:00"):
        article = shipped_parser().parse(page_of(WECHAT.format(shown).encode()))
        assert published(article) == "2022-01-26T18:00:00+08:00 second"
        assert article.author == ["河边日报"]
    signed = WECHAT.replace("<p>", "<p>文/林舟</p><p>")
    assert shipped_parser().parse(page_of(signed.encode())).author == ["林舟"]
    told = WECHAT.replace("<h1>港口</h1>", "<h1>港口(2021.9.21)</h1>").format("Today")
    assert published(shipped_parser().parse(page_of(told.encode()))) == "2022-01-26T18:00:00+08:00 second"
    elsewhere = WECHAT.format("").replace("js_content", "text")
    assert published(shipped_parser().parse(page_of(elsewhere.encode()))) is None


def test_a_page_of_wechat_is_from_its_account_and_not_from_the_platform() -> None:
    for platform in ("微信公众平台", "Weixin Official Accounts Platform"):
        head = f"<title>港口</title><meta property=og:site_name content='{platform}'>"
        signed = WECHAT.format("").replace("<title>港口</title>", head).replace("<p>", "<p>文/林舟</p><p>")
        article = shipped_parser().parse(page_of(signed.encode()))
        assert (article.author, article.source_name) == (["林舟"], "河边日报")


def test_a_short_chinese_title_is_found_where_a_line_begins_the_tabs() -> None:
    head = "<!doctype html><title>港口今天重开｜河边消息｜河边电子报</title>"
    page = f"{head}<h3>港口今天重开</h3><ul><li>2022-01-26</ul>"
    prose = "<p>港口关了一年，这句话说得很长，长得足够成为一段文字，谁也不会把它当作菜单。</p>" * 3
    article = shipped_parser().parse(page_of(f"{page}<div>{prose}</div>".encode()))
    assert (article.title, published(article)) == ("港口今天重开", DAY)


def test_the_footer_of_the_article_may_say_when_it_was_published() -> None:
    footer = "<footer class=single-footer><ul><li>阅读 539</li></ul><div>发布日期：2022-01-26</div></footer>"
    own = f"<article><h1>A harbour</h1>{PROSE * 8}{footer}</article>"
    assert published(saved(own)) == DAY
    assert published(saved(own.replace("发布日期：", "截至"))) is None
    other = footer.replace("发布日期：", "")
    assert published(saved(f"<div><h1>A harbour</h1>{PROSE * 8}{other}</div>")) is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("<center>发布日期：<!-- begin -->2022-01-26<!-- end --> 责任编辑：甲</center>", DAY),
        ("<b title=发布时间>发布时间：2022年1月26日</b> 来源：某会", DAY),
        ("<i>上傳時間 2022/01/26 10:00</i>", DAY),
        ("<p>Veröffentlicht am 26.01.2022<br>Dauer: 1 Stunde</p>", DAY),
        ("<div>Gespeichert von <b>anna</b> am 26. Januar 2022 - 18:55</div>", DAY),
        ("<p>Published on 26 January 2022 in the Herald.</p>", DAY),
        ("<p>His book, published on 26 January 2022, is blue.</p>", None),
        ("<p>Published on 26 January 2022</p><p>Published on 27 January 2022</p>", None),
        ("<p>发布日期：2022-01-26</p><p>发布日期：2022-01-27</p>", None),
        ("<p>截止日期：2022-01-26</p>", None),
        ("<p>发布时间：2022-13-26</p>", None),
    ],
)
def test_a_day_labelled_as_the_publications_counts_anywhere_if_there_is_no_other(
    line: str, expected: str | None
) -> None:
    page = f"<div class=a><h3>港口</h3><div>{PROSE * 4}</div></div><div class=b>{line}</div>"
    assert published(saved(page, lang="zh")) == expected


def test_a_publication_without_its_year_has_that_of_an_update_on_the_same_day() -> None:
    meta = "<meta itemprop=dateUpdate content='2022-01-26 12:00:57'>"
    line = f"<div><h1>港口</h1><span>发布时间：01-26</span> <span>12:00</span>{meta}</div>"
    article = saved(f"{line}{PROSE * 3}", lang="zh")
    assert (published(article), article.updated) == (DAY, None)
    other = saved(f"{line.replace('：01-26', '：01-25')}{PROSE * 3}", lang="zh")
    assert published(other) is None


def test_what_happened_before_the_web_is_no_publication_unless_it_stands_by_the_title() -> None:
    card = "<aside><div class=date>Launch Date: April 1, 1976</div></aside>"
    beside = "<div class=info><b>Launch Date:</b> April 1, 1976</div>"
    for other in (card, beside):
        page = f"<article><h1>A harbour</h1>{PROSE * 20}{other}{PROSE}</article>"
        assert published(saved(page)) is None
    own = f"<article><h1>A harbour</h1><time>April 1, 1976</time>{PROSE * 20}</article>"
    assert published(saved(own)) == "1976-04-01T00:00:00+00:00 day"
